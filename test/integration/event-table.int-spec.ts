import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, TableMismatchError } from 'nestjs-dynamo-event-store';
import { startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import {
  eventTableCloudFormation,
  type CloudFormationTableProperties,
} from '../../libs/dynamo-event-store/src/dynamo/table-cloudformation.js';
import { eventTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/table-definition.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

const wire = recordingClient();
const { client } = wire;
const order = { type: 'order-placed', payload: { total: '12.50' } };

beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  client.destroy();
});

function storeOn(tableName: string): DynamoEventStore {
  return new DynamoEventStore({ client, tableName });
}

async function timeToLiveOf(tableName: string) {
  return (await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }))).TimeToLiveDescription;
}

async function expectToWork(store: DynamoEventStore): Promise<void> {
  const stream = { aggregate: 'order', id: 'o-1' };
  const head = await store.append(stream, [order], { expected: 'none' });
  await store.append(stream, [order, order], { expected: head });
  const versions: number[] = [];
  for await (const { version } of store.read(stream)) versions.push(version);
  expect(versions).toEqual([1, 2, 3]);
  expect((await store.listStreams('order')).items.map((item) => item.stream)).toEqual([stream]);
}

describe('createTable', () => {
  it('creates a table that the store works on, with time to live', async () => {
    const tableName = uniqueTableName('create');
    await storeOn(tableName).createTable();
    await expectToWork(storeOn(tableName));
    expect(await timeToLiveOf(tableName)).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  });

  it('takes a table that exists for what it is, and changes nothing', async () => {
    const tableName = uniqueTableName('twice');
    await storeOn(tableName).createTable();
    await storeOn(tableName).append({ aggregate: 'order', id: 'o-1' }, [order], { expected: 'none' });
    wire.reset();

    await storeOn(tableName).createTable({ billing: { readUnits: 5, writeUnits: 5 } });

    expect(wire.operations()).toEqual(['DescribeTable', 'DescribeTimeToLive']);
    expect(await storeOn(tableName).head({ aggregate: 'order', id: 'o-1' })).toMatchObject({ version: 1 });
  });

  it('can be called by many at once', async () => {
    const tableName = uniqueTableName('race');
    await Promise.all(Array.from({ length: 8 }, () => storeOn(tableName).createTable()));
    await expectToWork(storeOn(tableName));
    expect(await timeToLiveOf(tableName)).toMatchObject({ AttributeName: 'ttl' });
  });

  it.each(['CreateTable', 'UpdateTimeToLive'])('is not misled when the answer to %s is lost', async (operation) => {
    const tableName = uniqueTableName('lost');
    wire.fault = (request) =>
      request.operation === operation && wire.operations().filter((each) => each === operation).length === 1
        ? 'drop-response'
        : undefined;
    await storeOn(tableName).createTable();
    expect(wire.operations().filter((each) => each === operation)).toHaveLength(2);
    await expectToWork(storeOn(tableName));
    expect(await timeToLiveOf(tableName)).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  });

  // DynamoDB Local builds indexes in the background and gets nowhere while other suites write: so an engine of its own.
  it('waits for an index that is being added', async () => {
    const engine = await startLocalDynamoDb({ engine: 'dynamodb-local', startupTimeoutMs: 60_000 });
    const own = new DynamoDBClient(engine.clientConfig);
    try {
      const tableName = uniqueTableName('backfill');
      const { GlobalSecondaryIndexes, AttributeDefinitions, ...table } = eventTableDefinition({ tableName });
      await own.send(new CreateTableCommand({ ...table, AttributeDefinitions: AttributeDefinitions.slice(0, 2) }));
      const GlobalSecondaryIndexUpdates = GlobalSecondaryIndexes.map((index) => ({ Create: index }));
      const adding = new UpdateTableCommand({
        TableName: tableName,
        AttributeDefinitions,
        GlobalSecondaryIndexUpdates,
      });
      const { TableDescription } = await own.send(adding);
      expect(TableDescription!.GlobalSecondaryIndexes![0]!.IndexStatus).toBe('CREATING');

      const store = new DynamoEventStore({ client: own, tableName });
      await store.createTable();

      const { Table } = await own.send(new DescribeTableCommand({ TableName: tableName }));
      expect(Table!.GlobalSecondaryIndexes![0]!.IndexStatus).toBe('ACTIVE');
      await expectToWork(store);
    } finally {
      own.destroy();
      await engine.stop();
    }
  }, 120_000);

  it('provisions table and index', async () => {
    const tableName = uniqueTableName('provisioned');
    await storeOn(tableName).createTable({ billing: { readUnits: 7, writeUnits: 3 } });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    const units = { ReadCapacityUnits: 7, WriteCapacityUnits: 3 };
    expect(Table!.ProvisionedThroughput).toMatchObject(units);
    expect(Table!.GlobalSecondaryIndexes![0]!.ProvisionedThroughput).toMatchObject(units);
  });

  it('switches time to live on where it is off', async () => {
    const tableName = uniqueTableName('no-ttl');
    await client.send(new CreateTableCommand(eventTableDefinition({ tableName })));
    await storeOn(tableName).createTable();
    expect(await timeToLiveOf(tableName)).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  });

  it.each([-1, Number.NaN])('refuses to wait %d seconds', async (waitSeconds) => {
    await expect(storeOn(uniqueTableName('wait')).createTable({ waitSeconds })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'waitSeconds',
    });
    expect(wire.operations()).toEqual([]);
  });
});

describe('createTable leaves a table of another kind as it is, and tells what is different:', () => {
  const definition = (tableName: string): CreateTableCommandInput => eventTableDefinition({ tableName });
  const keys = (hash: string, range: string): CreateTableCommandInput['KeySchema'] => [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];
  const listingIndex = { IndexName: 'streams', Projection: { ProjectionType: 'KEYS_ONLY' } } as const;

  it.each<[string, (tableName: string) => CreateTableCommandInput, string[]]>([
    [
      'other keys and no index',
      (tableName) => ({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
      [
        'keys: found id N HASH, needed pk S HASH, sk S RANGE',
        'index streams: found none, needed list S HASH, at N RANGE',
      ],
    ],
    [
      'no index',
      (tableName) => ({
        ...definition(tableName),
        AttributeDefinitions: definition(tableName).AttributeDefinitions!.slice(0, 2),
        GlobalSecondaryIndexes: undefined,
      }),
      ['index streams: found none, needed list S HASH, at N RANGE'],
    ],
    [
      'an index of another name',
      (tableName) => ({
        ...definition(tableName),
        GlobalSecondaryIndexes: [{ ...listingIndex, IndexName: 'listing', KeySchema: keys('list', 'at') }],
      }),
      ['index streams: found none, needed list S HASH, at N RANGE'],
    ],
    [
      'other keys of the index',
      (tableName) => ({
        ...definition(tableName),
        GlobalSecondaryIndexes: [{ ...listingIndex, KeySchema: keys('at', 'list') }],
      }),
      ['index streams: found at N HASH, list S RANGE, needed list S HASH, at N RANGE'],
    ],
    [
      'another type of a key',
      (tableName) => ({
        ...definition(tableName),
        AttributeDefinitions: definition(tableName).AttributeDefinitions!.map((each) =>
          each.AttributeName === 'at' ? { ...each, AttributeType: 'S' } : each,
        ),
      }),
      ['index streams: found list S HASH, at S RANGE, needed list S HASH, at N RANGE'],
    ],
  ])('%s', async (_, inputOf, differences) => {
    const tableName = uniqueTableName('mismatch');
    await client.send(new CreateTableCommand(inputOf(tableName)));
    wire.reset();

    const error = await storeOn(tableName)
      .createTable()
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TableMismatchError);
    expect(error).toMatchObject({ table: tableName, differences, retryable: false });
    expect((error as Error).message).toBe(
      `Table ${tableName} exists, but is not the table that is needed:\n${differences.map((each) => `  - ${each}`).join('\n')}`,
    );
    expect(wire.operations()).toEqual(['DescribeTable']);
  });

  it('time to live on another attribute', async () => {
    const tableName = uniqueTableName('mismatch');
    await client.send(new CreateTableCommand(definition(tableName)));
    const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));

    await expect(storeOn(tableName).createTable()).rejects.toThrow(
      `Table ${tableName} exists, but is not the table that is needed:\n  - time to live: found on expires, needed on ttl`,
    );
    expect(await timeToLiveOf(tableName)).toMatchObject({ AttributeName: 'expires' });
  });
});

describe('the CloudFormation template', () => {
  it('has properties that DynamoDB makes a working table of', async () => {
    const tableName = uniqueTableName('template');
    const template = JSON.parse(
      eventTableCloudFormation({
        tableName,
        deletionProtection: false,
        tableClass: 'standard',
        tags: { team: 'orders' },
      }),
    ) as { Resources: { EventTable: { Properties: CloudFormationTableProperties } } };
    // What CloudFormation itself does with these: two are requests of their own, and one implies a field.
    const {
      TimeToLiveSpecification,
      PointInTimeRecoverySpecification,
      StreamSpecification,
      SSESpecification,
      ...input
    } = template.Resources.EventTable.Properties;
    expect([PointInTimeRecoverySpecification, SSESpecification]).toEqual([
      { PointInTimeRecoveryEnabled: true },
      undefined,
    ]);

    const plain = testClient();
    await plain.send(
      new CreateTableCommand({ ...input, StreamSpecification: { StreamEnabled: true, ...StreamSpecification } }),
    );
    await waitUntilTableExists({ client: plain, maxWaitTime: 30 }, { TableName: tableName });
    await plain.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));
    plain.destroy();

    await expectToWork(storeOn(tableName));
    wire.reset();
    await storeOn(tableName).createTable();
    expect(wire.operations()).toEqual(['DescribeTable', 'DescribeTimeToLive']);
  });
});
