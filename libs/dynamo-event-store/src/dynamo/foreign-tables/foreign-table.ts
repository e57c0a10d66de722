import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { jitteredBackoff } from '../../store/backoff.js';
import { DynamoRequests } from '../dynamo-requests.js';
import type { Item } from '../item-size.js';

export interface ForeignTableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Shares in which the table is scanned at the same time: 1 to 1,000. Default 1. */
  readonly segments?: number;
}

/** What the items of a table are made into, share by share: strongly consistent scans, all pages. */
export function sharesOf<T>(
  options: ForeignTableOptions,
  read: (items: AsyncIterable<Item>) => AsyncIterable<T>,
): AsyncIterable<T>[] {
  const { segments = 1 } = options;
  if (!Number.isInteger(segments) || segments < 1 || segments > 1_000)
    throw new InvalidArgumentError('segments', `is ${segments}, but must be a whole number from 1 to 1000.`);
  return Array.from({ length: segments }, (_, segment) => read(itemsOf(options, segment, segments)));
}

async function* itemsOf(
  { client, tableName: table }: ForeignTableOptions,
  segment: number,
  segments: number,
): AsyncGenerator<Item, void, undefined> {
  const requests = new DynamoRequests(() => client, jitteredBackoff);
  let startKey: Item | undefined;
  do {
    const input = {
      TableName: table,
      ConsistentRead: true,
      ...(segments === 1 ? {} : { Segment: segment, TotalSegments: segments }),
      ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
    };
    const page = await requests.send({ operation: 'scan', table }, (each) => each.send(new ScanCommand(input)));
    yield* page.Items ?? [];
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
}
