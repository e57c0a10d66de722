/** A key, encrypted with a master key. */
export interface WrappedKey {
  /** Names the master key, so that it is found again after a rotation. */
  readonly masterKey: string;
  /** base64. */
  readonly bytes: string;
}

/**
 * Keeps the keys of data subjects safe: encrypts them with a master key that never leaves it. `KmsKeyProvider` of `./kms`
 * uses AWS KMS; `LocalKeyProvider` is for development and tests.
 */
export interface KeyProvider {
  /**
   * With the current master key; another one has another name.
   * @param context Must be the same for `unwrap`; it may appear in logs of the provider.
   */
  wrap(key: Uint8Array, context: Readonly<Record<string, string>>): Promise<WrappedKey>;
  /** @throws KeyProviderError The master key is not known, or may not be used. */
  unwrap(wrapped: WrappedKey, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
}

/** How a store keeps personal data. */
export interface PersonalDataSettings {
  readonly keys: KeyProvider;
  /**
   * How long another process may go on with keys that it has, in ms; `forget` takes that long. Each process asks the
   * control table once in this time, while it handles personal data; 0: for each operation. Default 1,000.
   */
  readonly forgetWithinMs?: number | undefined;
  /** Table where the keys are, encrypted with the master key. Default: the event table's name and `-control`. */
  readonly controlTable?: string | undefined;
  /** Keys kept in memory, as they are: a whole number from 1. Default 10,000. */
  readonly cachedKeys?: number | undefined;
}
