import type { StreamId } from '../event/stream-id.js';

/**
 * Key, attribute and index names, and how keys are built. No other file knows them.
 *
 * | item        | pk                                      | sk                                 |
 * | ----------- | --------------------------------------- | ---------------------------------- |
 * | receipt     | `<tenant>#<aggregate>#<id>`             | `c#<digest of the key>`            |
 * | commit      | same                                    | `e#<first version>`                |
 * | part        | same                                    | `e#<first version>#<part, from 2>` |
 * | snapshot    | same                                    | `s#`                               |
 * | reservation | `<tenant>##unique#<scope>#<digest>`     | `u#`                               |
 *
 * Sorted, receipts come first and stay out of every read; the snapshot comes last, so that one backward query finds it and
 * the newest commits. A reservation has a partition of its own.
 */
export const ATTRIBUTES = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Number of events; 0 for the tombstone of a closed stream. */
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
  /** Number of items of a commit above 400 KB, the first included. */
  parts: 'parts',
  /** Of a snapshot or receipt: first and last version of the commit it is about. */
  first: 'first',
  last: 'last',
  /** Of a snapshot: version of the state's shape, and the state as JSON text or bytes. */
  schema: 'schema',
  state: 'state',
  /** Of a receipt: which attempt stored it, digest of the events, and what the caller said identifies the command. */
  attempt: 'try',
  digest: 'digest',
  fingerprint: 'print',
  /** Of a commit: what it reserves and releases. */
  reservations: 'unique',
  /** Of a reservation: partition key of the stream that holds the value. */
  holder: 'holder',
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
const RECEIPT_PREFIX = 'c#';
/** Sort key of the snapshot: after every commit. */
export const SNAPSHOT_SORT_KEY = 's#';
const PART_DIGITS = 2;
const RESERVATION = 'unique';
export const RESERVATION_SORT_KEY = 'u#';

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

/** Begins with the tenant, like every key; an aggregate's name is not empty, and a stream's key has three parts. */
export function reservationPartitionKey(tenant: string | undefined, scope: string, digest: string): string {
  return reservationKeyPrefix(tenant) + [scope, digest].map(escapePart).join('#');
}

/** What the keys of a tenant's reservations begin with. It has more separators than any key of a stream. */
export function reservationKeyPrefix(tenant = ''): string {
  return `${escapePart(tenant)}##${RESERVATION}#`;
}

export function commitSortKey(firstVersion: number): string {
  return `${COMMIT_PREFIX}${String(firstVersion).padStart(VERSION_DIGITS, '0')}`;
}

/** Key of a further item of a commit; its first item is under the commit's own key. @param part From 2. */
export function partSortKey(firstVersion: number, part: number): string {
  return `${commitSortKey(firstVersion)}#${String(part).padStart(PART_DIGITS, '0')}`;
}

/** After the commit and all of its parts, before the next commit. */
export function lastSortKeyOf(firstVersion: number): string {
  return `${commitSortKey(firstVersion)}#~`;
}

/** Which part of which commit a sort key is; `undefined` when it is not the key of a part. */
export function parsePartSortKey(key: string): { readonly version: number; readonly part: number } | undefined {
  const [, commit = '', digits = ''] = /^(e#\d{16})#(\d{2})$/.exec(key) ?? [];
  const version = parseCommitSortKey(commit);
  return version === undefined ? undefined : { version, part: Number(digits) };
}

export function receiptSortKey(id: string): string {
  return `${RECEIPT_PREFIX}${id}`;
}

/** First version of the commit under a sort key; `undefined` when it is not the key of a commit. */
export function parseCommitSortKey(key: string): number | undefined {
  const digits = key.slice(COMMIT_PREFIX.length);
  if (!key.startsWith(COMMIT_PREFIX) || !/^\d{16}$/.test(digits)) return undefined;
  const version = Number(digits);
  return Number.isSafeInteger(version) && version > 0 ? version : undefined;
}

/** Partition of the listing index; archived streams have partitions of their own. */
export function listingKey(aggregate: string, tenant: string | undefined, shard: number, archived = false): string {
  return `${escapePart(tenant ?? '')}#${escapePart(aggregate)}#${archived ? 'a' : ''}${shard}`;
}

/** Whether a partition of the listing index is one of archived streams. */
export function isArchivedListing(key: string): boolean {
  return /#a\d+$/.test(key);
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
