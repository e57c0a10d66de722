import type { StreamId } from '../event/stream-id.js';

/**
 * Key, attribute and index names, and how keys are built. No other file knows them.
 *
 * | item   | pk                          | sk                       |
 * | ------ | --------------------------- | ------------------------ |
 * | commit | `<tenant>#<aggregate>#<id>` | `e#<first version>`      |
 */
export const ATTRIBUTES = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Number of events. */
  count: 'n',
  /** Type labels that occur in the commit. */
  types: 'types',
  commitId: 'commit',
  /** ms since the epoch; also the sort key of the listing index. */
  recordedAt: 'at',
  metadata: 'meta',
  /** The events: JSON text as `S`; gzipped, or of a serializer's own format, as `B`. */
  events: 'events',
  /** Seconds since the epoch, as DynamoDB's TTL wants it. */
  ttl: 'ttl',
  /** Partition of the listing index; on first commits only, which keeps the index sparse. */
  listing: 'list',
} as const;

/** Index that lists the streams of an aggregate by time of creation. */
export const LISTING_INDEX = 'streams';

/** Default number of partitions of the listing index, per aggregate and tenant: room for 4,000 new streams a second. */
export const DEFAULT_LISTING_SHARDS = 4;
export const MAX_LISTING_SHARDS = 64;

/** Limits of DynamoDB on key values, in bytes. */
export const MAX_PARTITION_KEY_BYTES = 2048;

/** Enough digits for every safe integer, so that text order is version order. */
const VERSION_DIGITS = 16;
const COMMIT_PREFIX = 'e#';

export function partitionKeyOf({ tenant, aggregate, id }: StreamId): string {
  return [tenant ?? '', aggregate, id].map(escapePart).join('#');
}

/** Inverse of `partitionKeyOf`; `undefined` when the key is not one of a stream. */
export function parsePartitionKey(key: string): StreamId | undefined {
  const parts = key.split('#').map(unescapePart);
  const [tenant, aggregate, id] = parts;
  if (parts.length !== 3 || tenant === undefined || !aggregate || !id) return undefined;
  return tenant === '' ? { aggregate, id } : { aggregate, id, tenant };
}

export function commitSortKey(firstVersion: number): string {
  return `${COMMIT_PREFIX}${String(firstVersion).padStart(VERSION_DIGITS, '0')}`;
}

/** First version of the commit under a sort key; `undefined` when it is not the key of a commit. */
export function parseCommitSortKey(key: string): number | undefined {
  const digits = key.slice(COMMIT_PREFIX.length);
  if (!key.startsWith(COMMIT_PREFIX) || !/^\d{16}$/.test(digits)) return undefined;
  const version = Number(digits);
  return Number.isSafeInteger(version) && version > 0 ? version : undefined;
}

export function listingKey(aggregate: string, tenant: string | undefined, shard: number): string {
  return `${escapePart(tenant ?? '')}#${escapePart(aggregate)}#${shard}`;
}

/** Which partition of the listing index a stream belongs to: FNV-1a over the key, so that it is spread and stable. */
export function listingShardOf(partitionKey: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(partitionKey)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}

function escapePart(part: string): string {
  return part.replaceAll('%', '%25').replaceAll('#', '%23');
}

function unescapePart(part: string): string {
  return part.replaceAll('%23', '#').replaceAll('%25', '%');
}
