import { UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTES, commitSortKey, partitionKeyOf } from '../../libs/dynamo-event-store/src/dynamo/table-schema.js';
import type { StreamId } from '../../libs/dynamo-event-store/src/event/stream-id.js';

/** Overwrites an attribute of a commit with something that does not belong there. */
export async function damageCommit(
  client: DynamoDBClient,
  tableName: string,
  stream: StreamId,
  version: number,
  attribute: 'events' | 'count',
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: {
        [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
        [ATTRIBUTES.sortKey]: { S: commitSortKey(version) },
      },
      UpdateExpression: 'SET #a = :v',
      ExpressionAttributeNames: { '#a': ATTRIBUTES[attribute] },
      ExpressionAttributeValues: { ':v': { S: 'spoilt' } },
    }),
  );
}
