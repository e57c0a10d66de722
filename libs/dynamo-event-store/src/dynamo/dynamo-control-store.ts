import { DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { FailedRequest } from '../errors/request-errors.js';
import type { ControlRange, ControlRecord, ControlStore } from '../feed/control-store.js';
import { watched } from './attempts.js';
import { CONTROL } from './control-schema.js';
import type { DynamoRequests } from './dynamo-requests.js';
import type { Item } from './item-size.js';

/** Sorts after every id in use. */
const LAST_ID = '\u{10ffff}';

/** Control records as items of one table. */
export class DynamoControlStore implements ControlStore {
  constructor(
    private readonly requests: DynamoRequests,
    private readonly tableName: () => string,
  ) {}

  async get<T>(partition: string, id: string): Promise<ControlRecord<T> | undefined> {
    const input = { TableName: this.tableName(), Key: keyOf(partition, id), ConsistentRead: true };
    const { Item: item } = await this.requests.send(this.describe('read control record'), (client) =>
      client.send(new GetItemCommand(input)),
    );
    return item && recordOf<T>(item);
  }

  async list<T>(partition: string, { from = '', to = LAST_ID, limit }: ControlRange = {}): Promise<ControlRecord<T>[]> {
    const records: ControlRecord<T>[] = [];
    let startKey: Item | undefined;
    do {
      const input = {
        TableName: this.tableName(),
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#pk': CONTROL.partitionKey, '#sk': CONTROL.sortKey },
        ExpressionAttributeValues: { ':pk': { S: partition }, ':from': { S: from || '\0' }, ':to': { S: to } },
        ConsistentRead: true,
        ...(limit === undefined ? {} : { Limit: limit - records.length }),
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      };
      const page = await this.requests.send(this.describe('list control records'), (client) =>
        client.send(new QueryCommand(input)),
      );
      for (const item of page.Items ?? []) records.push(recordOf<T>(item));
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined && (limit === undefined || records.length < limit));
    return records;
  }

  async put<T>(partition: string, id: string, value: T, expected: number, revision = expected + 1): Promise<boolean> {
    const input = {
      TableName: this.tableName(),
      Item: {
        ...keyOf(partition, id),
        [CONTROL.revision]: { N: String(revision) },
        [CONTROL.document]: { S: JSON.stringify(value) },
      },
      ...atRevision(expected),
    };
    const answer = await this.requests.sendConditional(this.describe('write control record'), (client) =>
      client.send(watched(new PutItemCommand(input))),
    );
    return 'output' in answer;
  }

  async delete(partition: string, id: string, expected: number): Promise<boolean> {
    const input = { TableName: this.tableName(), Key: keyOf(partition, id), ...atRevision(expected) };
    const answer = await this.requests.sendConditional(this.describe('delete control record'), (client) =>
      client.send(watched(new DeleteItemCommand(input))),
    );
    return 'output' in answer;
  }

  private describe(operation: string): FailedRequest {
    return { operation, table: this.tableName() };
  }
}

function keyOf(partition: string, id: string): Item {
  return { [CONTROL.partitionKey]: { S: partition }, [CONTROL.sortKey]: { S: id } };
}

function atRevision(expected: number) {
  if (expected === 0)
    return {
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': CONTROL.partitionKey },
    };
  return {
    ConditionExpression: '#rev = :rev',
    ExpressionAttributeNames: { '#rev': CONTROL.revision },
    ExpressionAttributeValues: { ':rev': { N: String(expected) } },
  };
}

function recordOf<T>(item: Item): ControlRecord<T> {
  return {
    id: item[CONTROL.sortKey]?.S ?? '',
    value: JSON.parse(item[CONTROL.document]?.S ?? 'null') as T,
    revision: Number(item[CONTROL.revision]?.N),
  };
}
