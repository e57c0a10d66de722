import {
  ATTRIBUTES,
  commitSortKey,
  DEFAULT_LISTING_SHARDS,
  listingKey,
  listingShardOf,
  partitionKeyOf,
  receiptSortKey,
  reservationPartitionKey,
  RESERVATION_SORT_KEY,
  SNAPSHOT_SORT_KEY,
} from '../dynamo/table-schema.js';
import type { StreamId } from '../event/stream-id.js';
import { SnapshotTooLargeError } from '../errors/store-errors.js';
import { checkName } from '../store/arguments.js';
import { checkCommon, checkedFacts, checkedFlag, checkedStream, checkedWhole } from './arguments.js';
import { itemBytes } from './item-bytes.js';
import { MAX_BODY_BYTES, MAX_ITEM_BYTES } from './limits.js';
import { unitsOfBytes } from './write-units.js';

/** What ids and digests are made of is of no matter, only how long they are. */
const UUID = 'x'.repeat(36);
const DIGEST = 'x'.repeat(43);
const KEYED_COMMIT_ID = `key-${DIGEST}`;
const RECORDED_AT = 1_767_225_612_345;

/**
 * Bytes of an item whose events or state are compressed when that saves a write unit.
 * @param plain Bytes of the item with its text as it is.
 * @param frame Bytes of the item without it.
 * @param compressedBytes Of the text after gzip.
 */
export function cheaperBytes(plain: number, frame: number, compressedBytes = Infinity): number {
  const compressed = frame + compressedBytes;
  return compressed < Infinity && unitsOfBytes(compressed) < unitsOfBytes(plain) ? compressed : plain;
}

/** Place of a stream in the listing index, which its first commit holds. */
export function listingKeyOf(stream: StreamId, archived = false, shards = DEFAULT_LISTING_SHARDS): string {
  return listingKey(stream.aggregate, stream.tenant, listingShardOf(partitionKeyOf(stream), shards), archived);
}

/**
 * Bytes of the entry of a stream in the listing index.
 * @throws InvalidArgumentError It is not a stream, or the time is none.
 */
export function listingBytes(stream: StreamId, recordedAt = RECORDED_AT): number {
  checkedStream(stream);
  checkCommon({ recordedAt });
  return itemBytes({
    [ATTRIBUTES.listing]: { S: listingKeyOf(stream) },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: commitSortKey(1) },
  });
}

export interface ReceiptShape {
  readonly stream: StreamId;
  /** Versions of the first and of the last event of the commit. */
  readonly first: number;
  readonly last: number;
  /** Whether the command has a fingerprint. Default `false`. */
  readonly fingerprint?: boolean;
  /** ms since the epoch. */
  readonly recordedAt?: number;
  /** Seconds since the epoch. */
  readonly ttl?: number;
}

/**
 * Bytes of the item of an idempotency key.
 * @throws InvalidArgumentError Something of it cannot be meant, such as a version that is not a whole number from 1.
 */
export function receiptBytes(receipt: ReceiptShape): number {
  const form = '{ stream, first, last }';
  const { stream, first, last, fingerprint, recordedAt = RECORDED_AT, ttl } = checkedFacts('receipt', receipt, form);
  checkedStream(stream);
  checkedWhole('first', first, 1);
  checkedWhole('last', last, first);
  checkCommon({ recordedAt, ttl });
  return itemBytes({
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: receiptSortKey(DIGEST) },
    [ATTRIBUTES.commitId]: { S: KEYED_COMMIT_ID },
    [ATTRIBUTES.first]: { N: String(first) },
    [ATTRIBUTES.last]: { N: String(last) },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
    [ATTRIBUTES.attempt]: { S: UUID },
    [ATTRIBUTES.digest]: { S: DIGEST },
    ...(checkedFlag('fingerprint', fingerprint) ? { [ATTRIBUTES.fingerprint]: { S: DIGEST } } : {}),
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
  });
}

/**
 * Bytes of the item of a reserved value.
 * @param commitId Default: one that the store makes.
 * @throws InvalidArgumentError Something of it cannot be meant, such as an empty scope.
 */
export function reservationBytes(
  stream: StreamId,
  scope: string,
  commitId: string = UUID,
  recordedAt: number = RECORDED_AT,
): number {
  checkedStream(stream);
  checkName('scope', scope);
  checkCommon({ commitId, recordedAt });
  return itemBytes({
    [ATTRIBUTES.partitionKey]: { S: reservationPartitionKey(stream.tenant, scope, DIGEST) },
    [ATTRIBUTES.sortKey]: { S: RESERVATION_SORT_KEY },
    [ATTRIBUTES.holder]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.commitId]: { S: commitId },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
  });
}

export interface SnapshotShape {
  readonly stream: StreamId;
  /** Last version in the state. */
  readonly version: number;
  /** Bytes of the state as JSON text in UTF-8. */
  readonly stateBytes: number;
  /** Bytes of the state after gzip. It is stored so when that saves a write unit. Default: it does not compress. */
  readonly compressedBytes?: number;
  /** Version of the first event of the last commit in the state. Default: that of the last event. */
  readonly first?: number;
  /** Default 1. */
  readonly schemaVersion?: number;
  /** ms since the epoch: time of that commit. */
  readonly recordedAt?: number;
  readonly commitId?: string;
  /** Seconds since the epoch. */
  readonly ttl?: number;
}

/**
 * Bytes of the item of a snapshot.
 * @throws InvalidArgumentError Something of it cannot be meant, such as a version that is not a whole number from 1.
 * @throws SnapshotTooLargeError Above 400 KB after compression, or 64 MB before: the store keeps none.
 */
export function snapshotBytes(snapshot: SnapshotShape): number {
  checkSnapshot(snapshot);
  const { stream, version, stateBytes, compressedBytes, ...rest } = snapshot;
  const { first = version, schemaVersion = 1, recordedAt = RECORDED_AT, commitId = UUID, ttl } = rest;
  const frame = itemBytes({
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: SNAPSHOT_SORT_KEY },
    [ATTRIBUTES.first]: { N: String(first) },
    [ATTRIBUTES.last]: { N: String(version) },
    [ATTRIBUTES.commitId]: { S: commitId },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
    [ATTRIBUTES.schema]: { N: String(schemaVersion) },
    [ATTRIBUTES.state]: { S: '' },
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
  });
  const bytes = cheaperBytes(frame + '[[0,]]'.length + stateBytes, frame, compressedBytes);
  if (bytes > MAX_ITEM_BYTES || stateBytes > MAX_BODY_BYTES)
    throw new SnapshotTooLargeError(stream, version, bytes, MAX_ITEM_BYTES);
  return bytes;
}

function checkSnapshot(snapshot: SnapshotShape): void {
  const { stream, version, stateBytes, compressedBytes, first, schemaVersion, ...rest } = checkedFacts(
    'snapshot',
    snapshot,
    '{ stream, version, stateBytes }',
  );
  checkedStream(stream);
  checkedWhole('version', version, 1);
  checkedWhole('stateBytes', stateBytes);
  if (compressedBytes !== undefined) checkedWhole('compressedBytes', compressedBytes);
  if (first !== undefined) checkedWhole('first', first, 1, version);
  if (schemaVersion !== undefined) checkedWhole('schemaVersion', schemaVersion, 1);
  checkCommon(rest);
}
