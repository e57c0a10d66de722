import {
  BatchWriteItemCommand,
  ScanCommand,
  type BatchWriteItemCommandOutput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { watched } from '../attempts.js';
import type { DynamoRequests } from '../dynamo-requests.js';
import type { Item } from '../item-size.js';
import { VIEW } from './view-schema.js';

/** Most requests that one BatchWriteItem takes. */
const BATCH = 25;
/** Parts of the table that are read side by side. */
const SEGMENTS = 4;

/** Deletes all items whose key contains one of the marks. Reads the whole table: a filter saves no read units. */
export async function removeMarked(requests: DynamoRequests, table: string, marks: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: SEGMENTS }, (_, segment) => removeFromSegment(requests, table, marks, segment)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function removeFromSegment(
  requests: DynamoRequests,
  table: string,
  marks: readonly string[],
  segment: number,
): Promise<number> {
  let deleted = 0;
  let startKey: Item | undefined;
  do {
    const input = {
      TableName: table,
      Segment: segment,
      TotalSegments: SEGMENTS,
      ConsistentRead: true,
      FilterExpression: marks.map((_, index) => `contains(#pk, :mark${index})`).join(' OR '),
      ProjectionExpression: '#pk',
      ExpressionAttributeNames: { '#pk': VIEW.partitionKey },
      ExpressionAttributeValues: Object.fromEntries(marks.map((mark, index) => [`:mark${index}`, { S: mark }])),
      ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
    };
    const page = await requests.send({ operation: 'removeGeneration', table }, (client) =>
      client.send(new ScanCommand(input)),
    );
    const keys = page.Items ?? [];
    await deleteAll(requests, table, keys);
    deleted += keys.length;
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return deleted;
}

async function deleteAll(requests: DynamoRequests, table: string, keys: readonly Item[]): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) {
    let batch: WriteRequest[] | undefined = keys.slice(at, at + BATCH).map((Key) => ({ DeleteRequest: { Key } }));
    for (let attempt = 1; batch !== undefined && batch.length > 0; attempt++) {
      if (attempt > 1) await requests.pause(attempt);
      const command = watched(new BatchWriteItemCommand({ RequestItems: { [table]: batch } }));
      const answer: BatchWriteItemCommandOutput = await requests.sendWrite(
        { operation: 'removeGeneration', table },
        (client) => client.send(command),
      );
      batch = answer.UnprocessedItems?.[table];
    }
  }
}
