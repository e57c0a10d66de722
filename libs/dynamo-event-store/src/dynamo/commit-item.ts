import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { CommitTooLargeError, EventTooLargeError, StreamCorruptedError } from '../errors/store-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { JsonValue } from '../event/json-value.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { parseTypeLabel } from '../event/type-label.js';
import { decodeValue, encodeValue, mayHoldTags } from '../event/value-codec.js';
import { isRecord } from '../event/value-kind.js';
import { decodeBody, encodeBody, type CommitBody } from '../store/commit-body.js';
import type { Commit } from '../store/commit.js';
import { itemBytes, MAX_ITEM_BYTES, writeUnits, type Item } from './item-size.js';
import {
  ATTRIBUTES,
  commitSortKey,
  listingKey,
  listingShardOf,
  MAX_PARTITION_KEY_BYTES,
  parseCommitSortKey,
  partitionKeyOf,
} from './table-schema.js';

/** Fastest level: at the sizes of commits the higher ones save a few percent for twice the time. */
const GZIP = { level: 1 };
/** Text that gzip makes small enough for an item may be far larger; reading it must not hurt the process. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Latest time that a `Date` can hold, in ms. */
const END_OF_TIME = 8.64e15;

/**
 * The item of a commit. The events are compressed when that saves a write unit, and left readable otherwise.
 * Throws `EventTooLargeError` or `CommitTooLargeError` above 400 KB.
 */
export function toCommitItem(commit: Commit, listingShards: number): Item {
  const partitionKey = partitionKeyOf(commit.stream);
  checkPartitionKey(commit.stream, partitionKey);
  if (!isInstant(commit.recordedAt)) throw new InvalidArgumentError('clock', 'it did not give a valid date.');
  const item: Item = {
    [ATTRIBUTES.partitionKey]: { S: partitionKey },
    [ATTRIBUTES.sortKey]: { S: commitSortKey(commit.version) },
    [ATTRIBUTES.count]: { N: String(commit.count) },
    [ATTRIBUTES.types]: { L: commit.types.map((type) => ({ S: type })) },
    [ATTRIBUTES.commitId]: { S: commit.commitId },
    [ATTRIBUTES.recordedAt]: { N: String(commit.recordedAt) },
    [ATTRIBUTES.events]: eventsAttribute(commit.body),
  };
  const metadata = encodeMetadata(commit.metadata);
  if (metadata !== undefined) item[ATTRIBUTES.metadata] = { S: metadata };
  if (commit.ttl !== undefined) item[ATTRIBUTES.ttl] = { N: String(commit.ttl) };
  if (commit.version === 1) {
    const { aggregate, tenant } = commit.stream;
    item[ATTRIBUTES.listing] = { S: listingKey(aggregate, tenant, listingShardOf(partitionKey, listingShards)) };
  }
  if (Buffer.byteLength(commit.body) > MAX_BODY_BYTES)
    throw tooLarge(commit, item, Buffer.byteLength(commit.body), MAX_BODY_BYTES);
  const stored = compressIfCheaper(item, commit.body);
  const bytes = itemBytes(stored);
  if (bytes > MAX_ITEM_BYTES) throw tooLarge(commit, item, bytes, MAX_ITEM_BYTES);
  return stored;
}

/** Inverse of `toCommitItem`. Throws `StreamCorruptedError` for an item that is not a commit. */
export function fromCommitItem(stream: StreamId, item: Item): Commit {
  const version = parseCommitSortKey(item[ATTRIBUTES.sortKey]?.S ?? '');
  const count = Number(item[ATTRIBUTES.count]?.N);
  const recordedAt = Number(item[ATTRIBUTES.recordedAt]?.N);
  const commitId = item[ATTRIBUTES.commitId]?.S;
  const types = item[ATTRIBUTES.types]?.L?.flatMap(({ S }) => S ?? []);
  const ttl = item[ATTRIBUTES.ttl]?.N;
  if (
    version === undefined ||
    !Number.isSafeInteger(count) ||
    count < 1 ||
    !isInstant(recordedAt) ||
    commitId === undefined ||
    types === undefined
  ) {
    throw new StreamCorruptedError(stream, version ?? 0, 'the item is not a commit of this layout');
  }
  try {
    return {
      stream,
      version,
      count,
      types,
      commitId,
      recordedAt,
      metadata: decodeMetadata(item[ATTRIBUTES.metadata]?.S),
      body: readBody(item[ATTRIBUTES.events]),
      ttl: ttl === undefined ? undefined : Number(ttl),
    };
  } catch (cause) {
    throw new StreamCorruptedError(stream, version, 'the metadata or the events of the commit cannot be read', cause);
  }
}

function checkPartitionKey(stream: StreamId, partitionKey: string): void {
  const bytes = Buffer.byteLength(partitionKey);
  if (bytes <= MAX_PARTITION_KEY_BYTES) return;
  throw new InvalidArgumentError(
    'stream',
    `the key of ${describeStream(stream).slice(0, 80)}… takes ${bytes} bytes; the limit is ${MAX_PARTITION_KEY_BYTES}.`,
  );
}

function compressIfCheaper(item: Item, body: CommitBody): Item {
  const bytes = itemBytes(item);
  if (writeUnits(bytes) === 1) return item;
  const compressed = { ...item, [ATTRIBUTES.events]: { B: gzipSync(body, GZIP) } };
  return writeUnits(itemBytes(compressed)) < writeUnits(bytes) ? compressed : item;
}

/** Says whether one event is to blame, or all of them together. */
function tooLarge(commit: Commit, item: Item, bytes: number, limit: number): EventTooLargeError | CommitTooLargeError {
  for (const [index, { typeIndex, payload }] of decodeBody(commit.body).entries.entries()) {
    const label = commit.types[typeIndex] ?? '';
    const body = encodeBody([
      { typeIndex: 0, payload: payload instanceof Uint8Array ? payload : JSON.stringify(payload) },
    ]);
    const alone = limit === MAX_BODY_BYTES ? Buffer.byteLength(body) : bytesAlone(item, label, body);
    if (alone > limit) return new EventTooLargeError(commit.stream, parseTypeLabel(label).name, index, alone, limit);
  }
  return new CommitTooLargeError(commit.stream, commit.count, bytes, limit);
}

function bytesAlone(item: Item, label: string, body: CommitBody): number {
  const alone = { ...item, [ATTRIBUTES.types]: { L: [{ S: label }] }, [ATTRIBUTES.events]: eventsAttribute(body) };
  return itemBytes(compressIfCheaper(withoutMetadata(alone), body));
}

function withoutMetadata(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== ATTRIBUTES.metadata));
}

function eventsAttribute(body: CommitBody): AttributeValue {
  return typeof body === 'string' ? { S: body } : { B: body };
}

function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && Math.abs(ms) <= END_OF_TIME;
}

function readBody(value: AttributeValue | undefined): CommitBody {
  if (value?.S !== undefined) return value.S;
  if (value?.B === undefined) throw new SyntaxError('there are no events');
  // Frames begin with a byte 0 or 1, gzip with 0x1f 0x8b: the content tells which it is.
  if (value.B[0] !== 0x1f || value.B[1] !== 0x8b) return value.B;
  const inflated = gunzipSync(value.B, { maxOutputLength: MAX_BODY_BYTES });
  return inflated[0] === 0x5b ? inflated.toString() : inflated;
}

function encodeMetadata(metadata: EventMetadata | undefined): string | undefined {
  if (metadata === undefined) return undefined;
  const text = JSON.stringify(encodeValue(metadata, 'metadata'));
  return text === '{}' ? undefined : text;
}

function decodeMetadata(text: string | undefined): EventMetadata | undefined {
  if (text === undefined) return undefined;
  const parsed = JSON.parse(text) as JsonValue;
  const metadata = mayHoldTags(text) ? decodeValue(parsed) : parsed;
  if (!isRecord(metadata)) throw new SyntaxError('the metadata is not an object');
  return metadata as EventMetadata;
}
