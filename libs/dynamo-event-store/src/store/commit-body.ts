import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { EncodedPayload } from '../event/event-codec.js';
import type { JsonValue } from '../event/json-value.js';
import type { Sealed } from './seal.js';
import { mayHoldTags } from '../event/value-codec.js';

/**
 * The payloads of a commit: JSON text `[[typeIndex, payload], …]`, where `[typeIndex, payload, sealed]` has encrypted
 * parts; or, when a serializer gave bytes, frames of `kind (1 byte: 0 JSON, 1 bytes, 2 JSON of [payload, sealed], 3 a `Buffer`) ·
 * typeIndex (2) · length (4) · payload`, all numbers big-endian.
 */
export type CommitBody = string | Uint8Array;

export interface BodyEntry<P> {
  readonly typeIndex: number;
  readonly payload: P;
  /** Parts of the payload that stand in it as their fallbacks; absent when there are none. */
  readonly sealed?: readonly Sealed[] | undefined;
}

const FRAME_HEADER_BYTES = 7;
const MAX_TYPE_INDEX = 0xffff;

export function encodeBody(entries: readonly BodyEntry<EncodedPayload>[]): CommitBody {
  if (entries.every((entry) => typeof entry.payload === 'string')) {
    return `[${entries.map((entry) => `[${entry.typeIndex},${contentOf(entry)}]`).join(',')}]`;
  }
  return Buffer.concat(entries.flatMap(encodeFrame));
}

/** Inverse of `encodeBody`. Throws `SyntaxError` when the body is not one. */
export function decodeBody(body: CommitBody): {
  readonly entries: readonly BodyEntry<JsonValue | Uint8Array>[];
  readonly mayHoldTags: boolean;
} {
  if (typeof body === 'string') {
    const pairs: unknown = JSON.parse(body);
    if (!Array.isArray(pairs)) throw new SyntaxError('the body is not a list of events');
    return { entries: pairs.map(toEntry), mayHoldTags: mayHoldTags(body) };
  }
  return { entries: decodeFrames(body), mayHoldTags: true };
}

/** Payload, and what is sealed of it, as JSON text. */
function contentOf({ payload, sealed }: BodyEntry<EncodedPayload>): string {
  return sealed === undefined ? (payload as string) : `${payload as string},${JSON.stringify(sealed)}`;
}

function toEntry(pair: unknown): BodyEntry<JsonValue> {
  if (!Array.isArray(pair) || pair.length < 2 || pair.length > 3 || !Number.isSafeInteger(pair[0]))
    throw new SyntaxError('an event is not a pair of type and payload');
  const [typeIndex, payload, sealed] = pair as [number, JsonValue, unknown];
  return sealed === undefined ? { typeIndex, payload } : { typeIndex, payload, sealed: toSealed(sealed) };
}

function toSealed(sealed: unknown): readonly Sealed[] {
  const isPair = (pair: unknown): pair is Sealed =>
    Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  if (!Array.isArray(sealed) || !sealed.every(isPair)) throw new SyntaxError('what is sealed is not a list of pairs');
  return sealed;
}

function encodeFrame(entry: BodyEntry<EncodedPayload>): Uint8Array[] {
  const { typeIndex, payload, sealed } = entry;
  const text = sealed === undefined ? payload : `[${contentOf(entry)}]`;
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (typeIndex > MAX_TYPE_INDEX)
    throw new InvalidArgumentError(
      'events',
      `one commit holds events of more than ${MAX_TYPE_INDEX + 1} types; append them in several commits.`,
    );
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt8(sealed !== undefined ? 2 : kindOfFrame(payload), 0);
  header.writeUInt16BE(typeIndex, 1);
  header.writeUInt32BE(bytes.length, 3);
  return [header, bytes];
}

function kindOfFrame(payload: EncodedPayload): number {
  if (typeof payload === 'string') return 0;
  return Buffer.isBuffer(payload) ? 3 : 1;
}

function decodeFrames(body: Uint8Array): BodyEntry<JsonValue | Uint8Array>[] {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const entries: BodyEntry<JsonValue | Uint8Array>[] = [];
  for (let at = 0; at < buffer.length;) {
    if (at + FRAME_HEADER_BYTES > buffer.length) throw new SyntaxError('a frame is cut off');
    const kind = buffer.readUInt8(at);
    if (kind > 3) throw new SyntaxError(`a frame is of the unknown kind ${kind}`);
    const typeIndex = buffer.readUInt16BE(at + 1);
    const start = at + FRAME_HEADER_BYTES;
    const end = start + buffer.readUInt32BE(at + 3);
    if (end > buffer.length) throw new SyntaxError('a frame is cut off');
    const bytes = buffer.subarray(start, end);
    if (kind === 1 || kind === 3)
      entries.push({ typeIndex, payload: kind === 1 ? new Uint8Array(bytes) : Buffer.from(bytes) });
    else {
      const parsed = JSON.parse(bytes.toString()) as JsonValue;
      entries.push(kind === 0 ? { typeIndex, payload: parsed } : toEntry([typeIndex, ...(parsed as JsonValue[])]));
    }
    at = end;
  }
  return entries;
}
