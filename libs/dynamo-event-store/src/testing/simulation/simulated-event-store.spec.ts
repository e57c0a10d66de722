import { afterAll, describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from '../../dynamo/dynamo-event-store.js';
import { eventTableDefinition } from '../../dynamo/table-definition.js';
import { eventStoreConformance } from '../conformance/conformance-suite.js';
import { SimulatedDynamoDb } from './simulated-dynamodb.js';

const tableName = 'events';

describe('on the simulated DynamoDB the store keeps every rule of an EventStore', () => {
  const database = new SimulatedDynamoDb();
  database.createTable(tableName, eventTableDefinition({ tableName }));

  for (const { name, run } of eventStoreConformance(() => new DynamoEventStore({ client: database.client, tableName })))
    it(name, run);

  afterAll(() => {
    expect(database.items(tableName).length).toBeGreaterThan(100);
  });
});

it('a store creates its table there, and finds it ready', async () => {
  const database = new SimulatedDynamoDb();
  const store = new DynamoEventStore({ client: database.client, tableName });
  await store.createTable({ waitSeconds: 0 });
  await store.createTable({ waitSeconds: 0 });
  expect(database.expire(tableName, 0)).toBe(0);
  expect(database.consumed.requests).toMatchObject({ CreateTable: 1, UpdateTimeToLive: 1 });
});
