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
import { IncompleteCommitError } from './incomplete-commit-error.js';
import { itemBytes, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, type Item } from './item-size.js';
import { compressIfCheaper, MAX_BODY_BYTES, plainAttribute, unpack, unpackAttribute } from './packed-body.js';
import { decodeChanges, encodeChanges } from './reservation-item.js';
import {
  ATTRIBUTES,
  commitSortKey,
  listingKey,
  listingShardOf,
  MAX_PARTITION_KEY_BYTES,
  parseCommitSortKey,
  partitionKeyOf,
  partSortKey,
} from './table-schema.js';

/** Latest time that a `Date` can hold, in ms. */
const END_OF_TIME = 8.64e15;

/**
 * The items of a commit: one; above 400 KB a first one and its parts, to be written together. The events are compressed
 * when that saves a write unit, and left readable otherwise.
 * Throws `EventTooLargeError` or `CommitTooLargeError` above 4 MB.
 */
export function toCommitItems(commit: Commit, listingShards: number): readonly [Item, ...Item[]] {
  const head = describe(commit, listingShards);
  const whole = { ...head, [ATTRIBUTES.events]: plainAttribute(commit.body) };
  const bodyBytes = Buffer.byteLength(commit.body);
  if (bodyBytes > MAX_BODY_BYTES) throw tooLarge(commit, head, bodyBytes, MAX_BODY_BYTES);
  const stored = compressIfCheaper(whole, ATTRIBUTES.events, commit.body);
  const bytes = itemBytes(stored);
  if (bytes <= roomOf(commit)) return [stored];
  if (itemBytes(head) > MAX_ITEM_BYTES / 2)
    throw new CommitTooLargeError(commit.stream, commit.count, bytes, MAX_ITEM_BYTES);
  const items = split(head, stored[ATTRIBUTES.events]?.B ?? Buffer.from(commit.body), commit);
  const total = items.reduce((sum, item) => sum + itemBytes(item), 0);
  if (total > MAX_TRANSACTION_BYTES) throw tooLarge(commit, head, total, MAX_TRANSACTION_BYTES);
  return items;
}

/**
 * Inverse of `toCommitItems`. Throws `StreamCorruptedError` for what is not a commit.
 * @param parts Further items of the commit, in order.
 */
export function fromCommitItems(stream: StreamId, item: Item, parts: readonly Item[] = []): Commit {
  const version = parseCommitSortKey(item[ATTRIBUTES.sortKey]?.S ?? '');
  const count = Number(item[ATTRIBUTES.count]?.N);
  const recordedAt = Number(item[ATTRIBUTES.recordedAt]?.N);
  const commitId = item[ATTRIBUTES.commitId]?.S;
  const types = item[ATTRIBUTES.types]?.L?.flatMap(({ S }) => S ?? []);
  const ttl = item[ATTRIBUTES.ttl]?.N;
  const reservations = item[ATTRIBUTES.reservations];
  if (
    version === undefined ||
    !Number.isSafeInteger(count) ||
    count < 0 ||
    !isInstant(recordedAt) ||
    commitId === undefined ||
    types === undefined
  ) {
    throw new StreamCorruptedError(stream, version ?? 0, 'the item is not a commit of this layout');
  }
  if (partsOf(item) !== parts.length + 1)
    throw new IncompleteCommitError(
      stream,
      version,
      `the commit has ${partsOf(item)} parts, but ${parts.length + 1} were found`,
    );
  try {
    return {
      stream,
      version,
      count,
      types,
      commitId,
      recordedAt,
      metadata: decodeMetadata(item[ATTRIBUTES.metadata]?.S),
      body: readBody([item, ...parts]),
      ttl: ttl === undefined ? undefined : Number(ttl),
      ...(reservations === undefined ? {} : { reservations: decodeChanges(reservations) }),
    };
  } catch (cause) {
    throw new StreamCorruptedError(
      stream,
      version,
      'the metadata, the events or the reservations of the commit cannot be read',
      cause,
    );
  }
}

/** Number of items that the commit of this first item has. */
export function partsOf(item: Item): number {
  return Number(item[ATTRIBUTES.parts]?.N ?? 1);
}

/** Everything of a commit but its events. */
function describe(commit: Commit, listingShards: number): Item {
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
  };
  const metadata = encodeMetadata(commit.metadata);
  if (metadata !== undefined) item[ATTRIBUTES.metadata] = { S: metadata };
  if (commit.ttl !== undefined) item[ATTRIBUTES.ttl] = { N: String(commit.ttl) };
  if (commit.reservations !== undefined) item[ATTRIBUTES.reservations] = encodeChanges(commit.reservations);
  if (commit.version === 1) {
    const { aggregate, tenant } = commit.stream;
    item[ATTRIBUTES.listing] = { S: listingKey(aggregate, tenant, listingShardOf(partitionKey, listingShards)) };
  }
  return item;
}

/** Bytes of the first item. A stream that is archived later has one byte more in its place in the listing. */
function roomOf({ version }: Commit): number {
  return version === 1 ? MAX_ITEM_BYTES - 1 : MAX_ITEM_BYTES;
}

/** As many bytes into each item as it holds; the number of items is known beforehand, since it is in the first one. */
function split(head: Item, bytes: Uint8Array, commit: Commit): readonly [Item, ...Item[]] {
  const parts: Item[] = [];
  const first: Item = { ...head, [ATTRIBUTES.parts]: { N: '99' } };
  const room = roomOf(commit) - itemBytes({ ...first, [ATTRIBUTES.events]: { B: new Uint8Array() } });
  let at = room;
  while (at < bytes.byteLength) {
    const part: Item = {
      [ATTRIBUTES.partitionKey]: head[ATTRIBUTES.partitionKey] ?? { S: '' },
      [ATTRIBUTES.sortKey]: { S: partSortKey(commit.version, parts.length + 2) },
      ...(commit.ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(commit.ttl) } }),
      [ATTRIBUTES.events]: { B: new Uint8Array() },
    };
    const end = at + MAX_ITEM_BYTES - itemBytes(part);
    parts.push({ ...part, [ATTRIBUTES.events]: { B: bytes.subarray(at, end) } });
    at = end;
  }
  const count = { N: String(parts.length + 1) };
  return [{ ...first, [ATTRIBUTES.parts]: count, [ATTRIBUTES.events]: { B: bytes.subarray(0, room) } }, ...parts];
}

function checkPartitionKey(stream: StreamId, partitionKey: string): void {
  const bytes = Buffer.byteLength(partitionKey);
  if (bytes <= MAX_PARTITION_KEY_BYTES) return;
  throw new InvalidArgumentError(
    'stream',
    `the key of ${describeStream(stream).slice(0, 80)}… takes ${bytes} bytes; the limit is ${MAX_PARTITION_KEY_BYTES}.`,
  );
}

/** Says whether one event is to blame, or all of them together. */
function tooLarge(commit: Commit, head: Item, bytes: number, limit: number): EventTooLargeError | CommitTooLargeError {
  for (const [index, { typeIndex, payload }] of decodeBody(commit.body).entries.entries()) {
    const label = commit.types[typeIndex] ?? '';
    const body = encodeBody([
      { typeIndex: 0, payload: payload instanceof Uint8Array ? payload : JSON.stringify(payload) },
    ]);
    const alone = limit === MAX_BODY_BYTES ? Buffer.byteLength(body) : bytesAlone(head, label, body);
    if (alone > limit) return new EventTooLargeError(commit.stream, parseTypeLabel(label).name, index, alone, limit);
  }
  return new CommitTooLargeError(commit.stream, commit.count, bytes, limit);
}

function bytesAlone(head: Item, label: string, body: CommitBody): number {
  const alone = { ...head, [ATTRIBUTES.types]: { L: [{ S: label }] }, [ATTRIBUTES.events]: plainAttribute(body) };
  return itemBytes(compressIfCheaper(withoutMetadata(alone), ATTRIBUTES.events, body));
}

function withoutMetadata(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== ATTRIBUTES.metadata));
}

function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && Math.abs(ms) <= END_OF_TIME;
}

function readBody(items: readonly Item[]): CommitBody {
  if (items.length === 1) return unpackAttribute(items[0]?.[ATTRIBUTES.events]);
  return unpack(Buffer.concat(items.map((item) => item[ATTRIBUTES.events]?.B ?? new Uint8Array())));
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
