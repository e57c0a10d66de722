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

/** The keys that personal data is encrypted with: one per data subject, until the person is forgotten. */
export interface SubjectKeys {
  /**
   * Number of times that somebody was forgotten, as far as this process may not know better: what was read while it was
   * lower may hold personal data that must not be shown any more.
   */
  erasures(): Promise<number>;
  /** Whether a data subject has a key. */
  isKnown(subject: string, scope: { readonly tenant?: string | undefined }): Promise<boolean>;
  /** The key to encrypt with; made when there is none. */
  keyOf(subject: string, tenant: string | undefined): Promise<SealingKey>;
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
    isKnown: (subject, scope) => keys.isKnown(subject, scope),
    find: (ids) => keys.find(ids),
    keyOf: async (subject, tenant) =>
      (await keys.isKnown(subject, { tenant })) ? keys.keyOf(subject, tenant) : { ...NO_KEY, first: NO_KEY },
  };
}
