import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  SimulatedDynamoDb,
  type SimulatedDynamoDbOptions,
  type SimulatedTableDefinition,
} from '../../libs/dynamo-event-store/src/testing/simulation/index.js';

export type Item = Record<string, AttributeValue>;

export const S = (text: string): AttributeValue.SMember => ({ S: text });
export const N = (number: number | string): AttributeValue.NMember => ({ N: String(number) });
export const B = (...bytes: number[]): AttributeValue.BMember => ({ B: Uint8Array.from(bytes) });
export const L = (...list: AttributeValue[]): AttributeValue.LMember => ({ L: list });
export const M = (map: Item): AttributeValue.MMember => ({ M: map });

export const TABLE = 'things';

/** Text keys, and an index of each projection; `group` and `rank` are the keys of the indexes. */
export const THINGS: SimulatedTableDefinition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'grp', AttributeType: 'S' },
    { AttributeName: 'rnk', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    { IndexName: 'keys', KeySchema: indexKeys(), Projection: { ProjectionType: 'KEYS_ONLY' } },
    {
      IndexName: 'some',
      KeySchema: indexKeys(),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a'] },
    },
    { IndexName: 'all', KeySchema: indexKeys(), Projection: { ProjectionType: 'ALL' } },
  ],
};

function indexKeys(): SimulatedTableDefinition['KeySchema'] {
  return [
    { AttributeName: 'grp', KeyType: 'HASH' },
    { AttributeName: 'rnk', KeyType: 'RANGE' },
  ];
}

export interface Things {
  readonly database: SimulatedDynamoDb;
  readonly client: DynamoDBClient;
}

/** A simulated database with the table. */
export function things(options: SimulatedDynamoDbOptions = {}): Things {
  const database = new SimulatedDynamoDb(options);
  database.createTable(TABLE, THINGS);
  return { database, client: database.client };
}

/** What the promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    (value) => {
      throw new Error(`Nothing was thrown, but the answer was ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as Error & Record<string, unknown>,
  );
}
