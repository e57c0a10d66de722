import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { KeyProviderError, KeyProviderUnavailableError, type KeyOperation } from '../errors/personal-data-errors.js';
import type { KeyProvider, WrappedKey } from '../store/key-provider.js';

export interface KmsKeyProviderOptions {
  /** A client of yours; never destroyed here. */
  readonly client: KMSClient;
  /** Id or ARN of a symmetric key, or name or ARN of an alias. Give an ARN where the key is of another account. */
  readonly keyId: string;
}

/**
 * Master key in AWS KMS. One `Encrypt` for each new data subject, and one `Decrypt` for each that a process meets for the
 * first time. KMS rotates the material of a key itself; to change to another key, give its id, or point the alias at it,
 * and call `DataSubjects.rewrap`; the former one has to stay until that has ended.
 */
export class KmsKeyProvider implements KeyProvider {
  private readonly client: KMSClient;
  private readonly keyId: string;

  /** @throws InvalidArgumentError `keyId` is empty. */
  constructor({ client, keyId }: KmsKeyProviderOptions) {
    if (keyId === '') throw new InvalidArgumentError('keyId', 'must not be empty.');
    this.client = client;
    this.keyId = keyId;
  }

  /** @throws KeyProviderError, KeyProviderUnavailableError */
  async wrap(key: Uint8Array, context: Readonly<Record<string, string>>): Promise<WrappedKey> {
    const input = { KeyId: this.keyId, Plaintext: key, EncryptionContext: { ...context } };
    const { CiphertextBlob, KeyId } = await this.call('wrap', this.keyId, () =>
      this.client.send(new EncryptCommand(input)),
    );
    if (CiphertextBlob === undefined || KeyId === undefined) throw new KeyProviderUnavailableError('wrap', this.keyId);
    const masterKey = isAlias(this.keyId) ? KeyId : this.keyId;
    return { masterKey, bytes: Buffer.from(CiphertextBlob).toString('base64') };
  }

  /** @throws KeyProviderError, KeyProviderUnavailableError */
  async unwrap({ masterKey, bytes }: WrappedKey, context: Readonly<Record<string, string>>): Promise<Uint8Array> {
    const input = {
      KeyId: masterKey,
      CiphertextBlob: Buffer.from(bytes, 'base64'),
      EncryptionContext: { ...context },
    };
    const { Plaintext } = await this.call('unwrap', masterKey, () => this.client.send(new DecryptCommand(input)));
    if (Plaintext === undefined) throw new KeyProviderUnavailableError('unwrap', masterKey);
    return Plaintext;
  }

  private async call<T>(operation: KeyOperation, masterKey: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (cause) {
      throw isRefusal(cause)
        ? new KeyProviderError(operation, masterKey, cause)
        : new KeyProviderUnavailableError(operation, masterKey, cause);
    }
  }
}

/** An alias may point at another key tomorrow, and KMS decrypts with the named key only. */
function isAlias(keyId: string): boolean {
  return /(?:^|:)alias\//.test(keyId);
}

const WITHOUT_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const THROTTLED = new Set(['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded']);

/**
 * What KMS refuses for good. The errors that its API reference calls retryable are server faults, but for throttling; no
 * answer, or one that cannot be read, says nothing about the key.
 */
function isRefusal(cause: unknown): boolean {
  const { name = '', $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
  const { httpStatusCode = 0 } = $metadata ?? {};
  if (WITHOUT_CREDENTIALS.has(name)) return true;
  return httpStatusCode >= 400 && httpStatusCode < 500 && httpStatusCode !== 429 && !THROTTLED.has(name);
}
