import { DynamoDBClient, PutItemCommand, QueryCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../contestants/client-config.js';
import { BOOKED, type Booking } from './bookings.js';

/** The bare SDK with its defaults: an item per commit, its events as one JSON string. */
export class BareAccounts {
  private readonly client: DynamoDBClient;

  constructor(
    endpoint: string,
    private readonly table: string,
  ) {
    this.client = new DynamoDBClient(clientConfig(endpoint));
  }

  /** @param version Of the new event, from 1. */
  async append(id: string, version: number, booking: Booking): Promise<void> {
    await this.client.send(
      new PutItemCommand({
        TableName: this.table,
        Item: {
          pk: { S: `bare#${id}` },
          sk: { S: sortKeyOf(version) },
          at: { N: String(Date.now()) },
          events: { S: JSON.stringify([{ type: BOOKED, payload: booking }]) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  }

  async load(id: string): Promise<{ readonly version: number; readonly balance: number }> {
    let [version, balance] = [0, 0];
    let startKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':pk': { S: `bare#${id}` },
            ':from': { S: sortKeyOf(1) },
            ':to': { S: 'e#~' },
          },
          ConsistentRead: true,
          ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
        }),
      );
      for (const { events } of page.Items ?? [])
        for (const { payload } of JSON.parse(events?.S ?? '') as readonly { readonly payload: Booking }[]) {
          version += 1;
          balance += payload.amount;
        }
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
    return { version, balance };
  }
}

function sortKeyOf(version: number): string {
  return `e#${String(version).padStart(16, '0')}`;
}
