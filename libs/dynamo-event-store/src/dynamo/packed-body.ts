import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { MAX_BODY_BYTES } from '../cost/limits.js';
import { itemBytes, writeUnits, type Item } from './item-size.js';

export { MAX_BODY_BYTES };

/** Fastest level: at the sizes of commits the higher ones save a few percent for twice the time. */
const GZIP = { level: 1 };

/** A body of `commit-body.ts` as an attribute: text stays readable as `S`; bytes are `B`. */
export function plainAttribute(body: string | Uint8Array): AttributeValue {
  return typeof body === 'string' ? { S: body } : { B: body };
}

export function compress(body: string | Uint8Array): Uint8Array {
  return gzipSync(body, GZIP);
}

/** The item with the body compressed in the named attribute when that saves a write unit, else the item as it is. */
export function compressIfCheaper(item: Item, attribute: string, body: string | Uint8Array): Item {
  const units = writeUnits(itemBytes(item));
  if (units === 1) return item;
  const compressed = { ...item, [attribute]: { B: compress(body) } };
  return writeUnits(itemBytes(compressed)) < units ? compressed : item;
}

/** Inverse of `plainAttribute` and of `compress`. Throws when there is neither text nor bytes, or too much of them. */
export function unpackAttribute(value: AttributeValue | undefined): string | Uint8Array {
  if (value?.S !== undefined) return value.S;
  if (value?.B === undefined) throw new SyntaxError('there is no text and there are no bytes');
  return unpack(value.B);
}

/** What the bytes are, they tell themselves: gzip begins with 1f 8b, JSON text with a bracket, frames with 0 or 1. */
export function unpack(bytes: Uint8Array): string | Uint8Array {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = isCompressed ? gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes;
  const isText = content[0] === 0x5b;
  return isText ? Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString() : content;
}
