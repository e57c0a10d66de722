import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { FailedRequest } from '../../errors/request-errors.js';
import type { DynamoRequests } from '../dynamo-requests.js';
import type { Item } from '../item-size.js';
import { VIEW } from './view-schema.js';

/** One item of the table of read models; strongly consistent unless told otherwise. */
export async function readItem(
  requests: DynamoRequests,
  request: FailedRequest,
  itemKey: string,
  consistent = true,
): Promise<Item | undefined> {
  const input = {
    TableName: request.table,
    Key: { [VIEW.partitionKey]: { S: itemKey } },
    ConsistentRead: consistent,
  };
  const { Item: item } = await requests.send(request, (client) => client.send(new GetItemCommand(input)));
  return item;
}
