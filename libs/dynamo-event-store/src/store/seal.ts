import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { StreamId } from '../event/stream-id.js';
import type { SubjectKey } from './subject-keys.js';

/** Key id, and what is sealed with it as base64url. */
export type Sealed = readonly [key: string, text: string];

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where sealed text belongs: it opens nowhere else. */
export interface SealPlace {
  readonly stream: StreamId;
  readonly version: number;
}

/**
 * AES-256-GCM with the place as associated data. The nonce is made of the text and the place under a key of its own
 * (the idea of RFC 5297), so that a repeated append stores the same bytes, and no nonce serves two texts.
 */
export function seal({ id, secret }: SubjectKey, place: SealPlace, text: string): Sealed {
  const bound = boundTo(place, id);
  const nonce = createHmac('sha256', derive(secret, 'nonce'))
    .update(JSON.stringify([bound, text]))
    .digest()
    .subarray(0, NONCE_BYTES);
  return [id, encrypt(derive(secret, 'encryption'), nonce, bound, Buffer.from(text)).toString('base64url')];
}

/** Inverse of `seal`. Throws when the text was changed or moved. */
export function unseal({ id, secret }: SubjectKey, place: SealPlace, sealed: string): string {
  return decrypt(derive(secret, 'encryption'), boundTo(place, id), Buffer.from(sealed, 'base64url')).toString();
}

/** Stands for the text in comparisons, wherever it is stored; tells nothing without the key. */
export function tokenOf({ id, secret }: SubjectKey, stream: StreamId, text: string): Sealed {
  const bound = JSON.stringify([boundTo({ stream, version: 0 }, id), text]);
  return [id, createHmac('sha256', derive(secret, 'token')).update(bound).digest('base64url')];
}

/** Encrypts bytes so that they open only while all the keys are there. */
export function sealTogether(keys: readonly SubjectKey[], place: SealPlace, bytes: Uint8Array): string {
  return encrypt(jointSecret(keys), randomBytes(NONCE_BYTES), boundTo(place, idsOf(keys)), bytes).toString('base64url');
}

/** Inverse of `sealTogether`. */
export function unsealTogether(keys: readonly SubjectKey[], place: SealPlace, sealed: string): Buffer {
  return decrypt(jointSecret(keys), boundTo(place, idsOf(keys)), Buffer.from(sealed, 'base64url'));
}

function encrypt(key: Uint8Array, nonce: Uint8Array, bound: string, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, bound: string, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** One key for each purpose (RFC 5869). */
function derive(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `nestjs-dynamo-event-store ${purpose}`, 32));
}

function jointSecret(keys: readonly SubjectKey[]): Uint8Array {
  const secrets = keys.toSorted(byId).map(({ secret }) => secret);
  return derive(Buffer.concat(secrets), 'snapshot');
}

function idsOf(keys: readonly SubjectKey[]): string {
  return keys
    .toSorted(byId)
    .map(({ id }) => id)
    .join(' ');
}

function byId(a: SubjectKey, b: SubjectKey): number {
  return a.id < b.id ? -1 : 1;
}

function boundTo({ stream: { tenant, aggregate, id }, version }: SealPlace, key: string): string {
  return JSON.stringify([tenant ?? null, aggregate, id, version, key]);
}
