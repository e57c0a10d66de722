import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { eventStoreConformance, startLocalDynamoDb, type LocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

describe('on DynamoDB Local', () => {
  const client = testClient();
  const tableName = uniqueTableName('conformance');

  beforeAll(() => new DynamoEventStore({ client, tableName }).createTable());
  afterAll(() => {
    client.destroy();
  });

  for (const { name, run } of eventStoreConformance(() => new DynamoEventStore({ client, tableName }))) it(name, run);
});

describe('on dynalite, which has neither ALL_OLD nor transactions', () => {
  let engine: LocalDynamoDb;
  let client: DynamoDBClient;
  const tableName = uniqueTableName('conformance');

  beforeAll(async () => {
    engine = await startLocalDynamoDb({ engine: 'dynalite' });
    client = new DynamoDBClient(engine.clientConfig);
    await new DynamoEventStore({ client, tableName }).createTable();
  });
  afterAll(async () => {
    client.destroy();
    await engine.stop();
  });

  it('runs on dynalite', () => {
    expect(engine.engine).toBe('dynalite');
  });
  const cases = eventStoreConformance(() => new DynamoEventStore({ client, tableName }), { transactions: false });
  for (const { name, run } of cases) it(name, run);
});
