/** A key of one data subject. */
export interface SubjectKey {
  /** Names the key in stored events; tells nothing about the person. */
  readonly id: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** The key to encrypt with now. */
export interface SealingKey extends SubjectKey {
  /** Key for comparisons: the first one of the data subject, so that what is repeated is the same after a renewal. */
  readonly first: SubjectKey;
}

/** Tells whether what was read since its beginning may still be used. */
export interface ErasureWatch {
  /** Whether personal data was read since, by anybody in this process. */
  readonly isConcerned: boolean;
  /** Whether somebody was forgotten since. */
  hasMoved(): Promise<boolean>;
}

/** The keys that personal data is encrypted with: one per data subject, until the person is forgotten. */
export interface SubjectKeys {
  /**
   * Number of times that somebody was forgotten, as far as this process may not know better: what was read while it was
   * lower may hold personal data that must not be shown any more.
   */
  erasures(): Promise<number>;
  /** The key to encrypt with; made when there is none. For what stores events, and nothing else. */
  keyOf(subject: string, tenant: string | undefined): Promise<SealingKey>;
  /**
   * The key to encrypt with, for what was made of stored events; `undefined` when the person has none. A key that was made
   * after what a watch has seen makes that watch tell.
   */
  existingKeyOf(subject: string, tenant: string | undefined): Promise<SealingKey | undefined>;
  /** Begins to watch: what is read from here on may show a person who is forgotten before it is used. */
  watch(): ErasureWatch;
  /**
   * Keys by their ids; those of forgotten subjects are missing.
   * @throws SubjectKeysMissingError A key is neither there nor was it ever deleted: this is the wrong control table.
   */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>;
}

const NO_KEY: SubjectKey = { id: 'none', secret: new Uint8Array(32) };

/** The keys that are there, and one that nothing is stored with for all others: for dry runs. */
export function withoutNewKeys(keys: SubjectKeys): SubjectKeys {
  return {
    erasures: () => keys.erasures(),
    existingKeyOf: (subject, tenant) => keys.existingKeyOf(subject, tenant),
    find: (ids) => keys.find(ids),
    watch: () => keys.watch(),
    keyOf: async (subject, tenant) => (await keys.existingKeyOf(subject, tenant)) ?? { ...NO_KEY, first: NO_KEY },
  };
}
