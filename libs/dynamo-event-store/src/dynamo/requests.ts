import type {
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { StreamId } from '../event/stream-id.js';
import type { CommitQuery } from '../store/commit-log.js';
import type { Item } from './item-size.js';
import {
  ATTRIBUTES,
  commitSortKey,
  lastSortKeyOf,
  LISTING_INDEX,
  listingKey,
  listingShardOf,
  partitionKeyOf,
  SNAPSHOT_SORT_KEY,
} from './table-schema.js';

/** `Limit` is a 32-bit number; pages of 1 MB end long before. */
const MAX_LIMIT = 2 ** 31 - 1;

export function itemKey(stream: StreamId, sortKey: string): Item {
  return { [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) }, [ATTRIBUTES.sortKey]: { S: sortKey } };
}

export function planGetItem(table: string, stream: StreamId, sortKey: string): GetItemCommandInput {
  return { TableName: table, Key: itemKey(stream, sortKey), ConsistentRead: true };
}

/** The bounds keep items of other kinds under the same partition key out of every read. @param limit In items. */
export function planQueryCommits(
  table: string,
  stream: StreamId,
  query: CommitQuery,
  startKey?: Item,
): QueryCommandInput {
  const bounds = [commitSortKey(query.lowest), lastSortKeyOf(query.highest)] as const;
  return planQueryStream(table, stream, bounds, query, startKey);
}

/** The end of a stream, newest first: the snapshot, if there is one, then commits. @param limit In items. */
export function planQueryLatest(table: string, stream: StreamId, limit: number): QueryCommandInput {
  const query = { order: 'backward', limit, consistency: 'strong' } as const;
  return planQueryStream(table, stream, [commitSortKey(1), SNAPSHOT_SORT_KEY], query);
}

/** Keys of all items of a stream, of whatever kind, and what its commits have reserved and released. */
export function planQueryKeys(table: string, stream: StreamId, startKey?: Item): QueryCommandInput {
  return {
    TableName: table,
    KeyConditionExpression: `${ATTRIBUTES.partitionKey} = :stream`,
    ExpressionAttributeValues: { ':stream': { S: partitionKeyOf(stream) } },
    ExpressionAttributeNames: {
      '#commit': ATTRIBUTES.commitId,
      '#at': ATTRIBUTES.recordedAt,
      '#reservations': ATTRIBUTES.reservations,
    },
    ProjectionExpression: `${ATTRIBUTES.partitionKey}, ${ATTRIBUTES.sortKey}, #commit, #at, #reservations`,
    ConsistentRead: true,
    ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
  };
}

/** Only what is newer replaces a snapshot; one that was found useless is replaced whatever its version. */
export function planPutSnapshot(table: string, item: Item, replaces: number | undefined): PutItemCommandInput {
  const names = { '#last': ATTRIBUTES.last, '#schema': ATTRIBUTES.schema };
  const newer = 'attribute_not_exists(#last) OR #last < :last OR (#last = :last AND #schema <> :schema)';
  return {
    TableName: table,
    Item: item,
    ConditionExpression: replaces === undefined ? newer : `${newer} OR #last = :replaces`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: {
      ':last': item[ATTRIBUTES.last] ?? { N: '0' },
      ':schema': item[ATTRIBUTES.schema] ?? { N: '0' },
      ...(replaces === undefined ? {} : { ':replaces': { N: String(replaces) } }),
    },
  };
}

/** The first commit carries the stream's place in the listing; moving it to another partition of the index archives it. */
export function planSetListing(
  table: string,
  stream: StreamId,
  listingShards: number,
  archived: boolean,
): UpdateItemCommandInput {
  const { aggregate, tenant } = stream;
  const shard = listingShardOf(partitionKeyOf(stream), listingShards);
  return {
    TableName: table,
    Key: itemKey(stream, commitSortKey(1)),
    UpdateExpression: 'SET #list = :list',
    ConditionExpression: `attribute_exists(${ATTRIBUTES.partitionKey})`,
    ExpressionAttributeNames: { '#list': ATTRIBUTES.listing },
    ExpressionAttributeValues: { ':list': { S: listingKey(aggregate, tenant, shard, archived) } },
  };
}

export interface ListingBounds {
  /** ms since the epoch, inclusive. */
  readonly after: number;
  readonly before: number;
  readonly forward: boolean;
  readonly limit: number;
}

export function planQueryListing(
  table: string,
  partition: string,
  bounds: ListingBounds,
  startKey?: Item,
): QueryCommandInput {
  return {
    TableName: table,
    IndexName: LISTING_INDEX,
    KeyConditionExpression: '#list = :list AND #at BETWEEN :after AND :before',
    ExpressionAttributeNames: { '#list': ATTRIBUTES.listing, '#at': ATTRIBUTES.recordedAt },
    ExpressionAttributeValues: {
      ':list': { S: partition },
      ':after': { N: String(bounds.after) },
      ':before': { N: String(bounds.before) },
    },
    ScanIndexForward: bounds.forward,
    Limit: bounds.limit,
    ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
  };
}

function planQueryStream(
  table: string,
  stream: StreamId,
  [lowest, highest]: readonly [string, string],
  query: Pick<CommitQuery, 'order' | 'limit' | 'consistency'>,
  startKey?: Item,
): QueryCommandInput {
  return {
    TableName: table,
    KeyConditionExpression: `${ATTRIBUTES.partitionKey} = :stream AND ${ATTRIBUTES.sortKey} BETWEEN :lowest AND :highest`,
    ExpressionAttributeValues: {
      ':stream': { S: partitionKeyOf(stream) },
      ':lowest': { S: lowest },
      ':highest': { S: highest },
    },
    ScanIndexForward: query.order === 'forward',
    ConsistentRead: query.consistency === 'strong',
    ...(query.limit === undefined ? {} : { Limit: Math.min(query.limit, MAX_LIMIT) }),
    ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
  };
}
