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
import { checkedAmount } from './amount.js';
import { itemBytes } from './item-bytes.js';
import { writeUnits } from './write-units.js';

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
  return compressed < Infinity && writeUnits(compressed) < writeUnits(plain) ? compressed : plain;
}

/** Place of a stream in the listing index, which its first commit holds. */
export function listingKeyOf(stream: StreamId, archived = false, shards = DEFAULT_LISTING_SHARDS): string {
  return listingKey(stream.aggregate, stream.tenant, listingShardOf(partitionKeyOf(stream), shards), archived);
}

/** Bytes of the entry of a stream in the listing index. */
export function listingBytes(stream: StreamId, recordedAt = RECORDED_AT): number {
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

/** Bytes of the item of an idempotency key. */
export function receiptBytes({
  stream,
  first,
  last,
  fingerprint,
  recordedAt = RECORDED_AT,
  ttl,
}: ReceiptShape): number {
  return itemBytes({
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: receiptSortKey(DIGEST) },
    [ATTRIBUTES.commitId]: { S: KEYED_COMMIT_ID },
    [ATTRIBUTES.first]: { N: String(first) },
    [ATTRIBUTES.last]: { N: String(last) },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
    [ATTRIBUTES.attempt]: { S: UUID },
    [ATTRIBUTES.digest]: { S: DIGEST },
    ...(fingerprint === true ? { [ATTRIBUTES.fingerprint]: { S: DIGEST } } : {}),
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
  });
}

/** Bytes of the item of a reserved value. @param commitId Default: one that the store makes. */
export function reservationBytes(
  stream: StreamId,
  scope: string,
  commitId: string = UUID,
  recordedAt: number = RECORDED_AT,
): number {
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

/** Bytes of the item of a snapshot. */
export function snapshotBytes({ stream, version, stateBytes, compressedBytes, ...rest }: SnapshotShape): number {
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
  return cheaperBytes(frame + '[[0,]]'.length + checkedAmount('stateBytes', stateBytes), frame, compressedBytes);
}
