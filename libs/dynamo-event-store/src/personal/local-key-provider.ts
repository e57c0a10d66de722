import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { KeyProviderError } from '../errors/personal-data-errors.js';
import type { KeyProvider, WrappedKey } from '../store/key-provider.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface LocalKeyProviderOptions {
  /** Master keys by name, each 32 bytes: as they are, or as base64. Older ones stay until their keys are wrapped anew. */
  readonly keys: Readonly<Record<string, string | Uint8Array>>;
  /** Name of the one to wrap with. Default: the last of `keys`. */
  readonly current?: string;
}

/** Master keys in the memory of the process, for development and tests: whoever reads its configuration has them. */
export class LocalKeyProvider implements KeyProvider {
  readonly currentKey: string;
  private readonly keys: ReadonlyMap<string, Uint8Array>;

  /** @throws InvalidArgumentError There is no key, one has not 32 bytes, or `current` is none of them. */
  constructor({ keys, current = Object.keys(keys).at(-1) ?? '' }: LocalKeyProviderOptions) {
    this.keys = new Map(Object.entries(keys).map(([name, key]) => [name, checkKey(name, key)]));
    if (this.keys.size === 0) throw new InvalidArgumentError('keys', 'must hold at least one master key.');
    if (!this.keys.has(current)) throw new InvalidArgumentError('current', `there is no master key "${current}".`);
    this.currentKey = current;
  }

  /** A provider with a new random master key: what is written with it can be read only by this process. */
  static ephemeral(): LocalKeyProvider {
    return new LocalKeyProvider({ keys: { ephemeral: randomBytes(KEY_BYTES) } });
  }

  wrap(key: Uint8Array, context: Readonly<Record<string, string>>): Promise<WrappedKey> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.masterKey('wrap', this.currentKey), nonce);
    cipher.setAAD(bound(context));
    const bytes = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    return Promise.resolve({ masterKey: this.currentKey, bytes: bytes.toString('base64') });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- so that what it throws is a rejection
  async unwrap({ masterKey, bytes }: WrappedKey, context: Readonly<Record<string, string>>): Promise<Uint8Array> {
    const sealed = Buffer.from(bytes, 'base64');
    const nonce = sealed.subarray(0, NONCE_BYTES);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.masterKey('unwrap', masterKey), nonce);
      decipher.setAAD(bound(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      if (cause instanceof KeyProviderError) throw cause;
      throw new KeyProviderError('unwrap', masterKey, cause);
    }
  }

  private masterKey(operation: 'wrap' | 'unwrap', name: string): Uint8Array {
    const key = this.keys.get(name);
    if (key === undefined) throw new KeyProviderError(operation, name);
    return key;
  }
}

function checkKey(name: string, key: string | Uint8Array): Uint8Array {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : key;
  if (bytes.length === KEY_BYTES) return bytes;
  throw new InvalidArgumentError('keys', `master key "${name}" has ${bytes.length} bytes, but needs ${KEY_BYTES}.`);
}

function bound(context: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
