import type { GetItemCommandInput, PutItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { StreamId } from '../event/stream-id.js';
import type { CommitQuery } from '../store/commit-log.js';
import type { Item } from './item-size.js';
import { ATTRIBUTES, commitSortKey, LISTING_INDEX, partitionKeyOf } from './table-schema.js';

/** `Limit` is a 32-bit number; pages of 1 MB end long before. */
const MAX_LIMIT = 2 ** 31 - 1;

/** One conditional write: the slot must be free. The refusal brings the item in the way, at no cost. */
export function planPutCommit(table: string, item: Item): PutItemCommandInput {
  return {
    TableName: table,
    Item: item,
    ConditionExpression: `attribute_not_exists(${ATTRIBUTES.partitionKey})`,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

export function planGetCommit(table: string, stream: StreamId, version: number): GetItemCommandInput {
  return {
    TableName: table,
    Key: {
      [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
      [ATTRIBUTES.sortKey]: { S: commitSortKey(version) },
    },
    ConsistentRead: true,
  };
}

/** The bounds keep items of other kinds under the same partition key out of every read. */
export function planQueryCommits(
  table: string,
  stream: StreamId,
  query: CommitQuery,
  startKey?: Item,
): QueryCommandInput {
  return {
    TableName: table,
    KeyConditionExpression: `${ATTRIBUTES.partitionKey} = :stream AND ${ATTRIBUTES.sortKey} BETWEEN :lowest AND :highest`,
    ExpressionAttributeValues: {
      ':stream': { S: partitionKeyOf(stream) },
      ':lowest': { S: commitSortKey(query.lowest) },
      ':highest': { S: commitSortKey(query.highest) },
    },
    ScanIndexForward: query.order === 'forward',
    ConsistentRead: query.consistency === 'strong',
    ...(query.limit === undefined ? {} : { Limit: Math.min(query.limit, MAX_LIMIT) }),
    ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
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
