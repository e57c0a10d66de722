import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { KeyProviderError, KeyProviderUnavailableError } from '../errors/personal-data-errors.js';
import type { KeyProvider, WrappedKey } from '../store/key-provider.js';

export interface KmsKeyProviderOptions {
  /** A client of yours; never destroyed here. */
  readonly client: KMSClient;
  /** ARN or id of a symmetric key, or an alias. Give the ARN of a key where several accounts use it. */
  readonly keyId: string;
}

/**
 * Master key in AWS KMS. One `Encrypt` for each new data subject, and one `Decrypt` for each that a process meets for the
 * first time. KMS rotates the material of a key itself; to change to another key, give its id and call `DataSubjects.rewrap`.
 */
export class KmsKeyProvider implements KeyProvider {
  private readonly client: KMSClient;
  readonly currentKey: string;

  /** @throws InvalidArgumentError `keyId` is empty. */
  constructor({ client, keyId }: KmsKeyProviderOptions) {
    if (keyId === '') throw new InvalidArgumentError('keyId', 'must not be empty.');
    this.client = client;
    this.currentKey = keyId;
  }

  async wrap(key: Uint8Array, context: Readonly<Record<string, string>>): Promise<WrappedKey> {
    const input = { KeyId: this.currentKey, Plaintext: key, EncryptionContext: { ...context } };
    const { CiphertextBlob } = await this.call('wrap', this.currentKey, () =>
      this.client.send(new EncryptCommand(input)),
    );
    return { masterKey: this.currentKey, bytes: Buffer.from(CiphertextBlob ?? []).toString('base64') };
  }

  async unwrap({ masterKey, bytes }: WrappedKey, context: Readonly<Record<string, string>>): Promise<Uint8Array> {
    const input = {
      KeyId: masterKey,
      CiphertextBlob: Buffer.from(bytes, 'base64'),
      EncryptionContext: { ...context },
    };
    const { Plaintext } = await this.call('unwrap', masterKey, () => this.client.send(new DecryptCommand(input)));
    if (Plaintext === undefined) throw new KeyProviderError('unwrap', masterKey);
    return Plaintext;
  }

  private async call<T>(operation: 'wrap' | 'unwrap', masterKey: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (cause) {
      throw isTransient(cause)
        ? new KeyProviderUnavailableError(operation, masterKey, cause)
        : new KeyProviderError(operation, masterKey, cause);
    }
  }
}

/** Neither throttling nor an outage says anything about the key ("Encrypt", KMS API Reference). */
function isTransient(cause: unknown): boolean {
  const {
    name = '',
    $metadata,
    $retryable,
  } = cause as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
    $retryable?: object;
  };
  const status = $metadata?.httpStatusCode;
  if ($retryable !== undefined || status === undefined || status >= 500) return true;
  return ['ThrottlingException', 'LimitExceededException', 'DependencyTimeoutException'].includes(name);
}
