import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  UpdateTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, TableNotReadyError } from 'nestjs-dynamo-event-store';
import { eventTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/table-definition.js';
import { recordingClient, type RecordingClient } from '../support/recording-client.js';

/** DynamoDB Local is ready at once; dynalite takes as long as it is told to, as DynamoDB does. */
const DYNALITE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('dynalite')(workerData);
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

let engine: Worker;
let wire: RecordingClient;
let client: DynamoDBClient;
let store: DynamoEventStore;
const tableName = 'events';

/** In a thread of its own: what it still means to do after a test would hold up the process. */
async function startDynalite(times: {
  createTableMs?: number;
  deleteTableMs?: number;
  updateTableMs?: number;
}): Promise<void> {
  engine = new Worker(DYNALITE, {
    eval: true,
    workerData: { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...times },
  });
  const [port] = (await once(engine, 'message')) as [number];
  wire = recordingClient({ endpoint: `http://127.0.0.1:${port}` });
  client = wire.client;
  store = new DynamoEventStore({ client, tableName });
}

async function statusOfTable(): Promise<string | undefined> {
  return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table?.TableStatus;
}

afterEach(async () => {
  client.destroy();
  await engine.terminate();
});

describe('while a table is being created', () => {
  beforeEach(() => startDynalite({ createTableMs: 700 }));

  it('createTable waits until table and index can be used', async () => {
    await store.createTable();
    expect(wire.operations().filter((operation) => operation === 'CreateTable')).toHaveLength(1);
    expect(wire.operations().filter((operation) => operation === 'DescribeTable').length).toBeGreaterThan(2);
    expect(await statusOfTable()).toBe('ACTIVE');
    expect(
      await store.append({ aggregate: 'order', id: '1' }, [{ type: 'placed', payload: {} }], { expected: 'none' }),
    ).toMatchObject({ version: 1 });
  });

  it('by another process, it waits too', async () => {
    await client.send(new CreateTableCommand(eventTableDefinition({ tableName })));
    wire.reset();
    await store.createTable();
    expect(wire.operations()).not.toContain('CreateTable');
    expect(await statusOfTable()).toBe('ACTIVE');
  });

  it('it is checked at once, and a wrong one is not waited for', async () => {
    await client.send(
      new CreateTableCommand({
        ...eventTableDefinition({ tableName }),
        GlobalSecondaryIndexes: undefined,
        AttributeDefinitions: eventTableDefinition({ tableName }).AttributeDefinitions.slice(0, 2),
      }),
    );
    await expect(store.createTable()).rejects.toMatchObject({ code: 'TABLE_MISMATCH' });
    expect(await statusOfTable()).toBe('CREATING');
  });
});

describe('when the time to wait is over', () => {
  beforeEach(() => startDynalite({ createTableMs: 60_000 }));

  it.each([0, 0.2])(
    '(%d s), createTable says what the table is doing, and that it may be called again',
    async (waitSeconds) => {
      const error = await store.createTable({ waitSeconds }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TableNotReadyError);
      expect(error).toMatchObject({
        code: 'TABLE_NOT_READY',
        retryable: true,
        table: tableName,
        status: 'CREATING',
        waitedSeconds: waitSeconds,
      });
      expect((error as Error).message).toBe(
        `Table events is still CREATING after ${waitSeconds} s. Call again, or wait longer (waitSeconds).`,
      );
    },
  );
});

describe('while a table is being deleted', () => {
  beforeEach(() => startDynalite({ deleteTableMs: 500 }));

  it('createTable waits until it is gone, and creates the next one', async () => {
    await store.createTable();
    await client.send(new DeleteTableCommand({ TableName: tableName }));
    expect(await statusOfTable()).toBe('DELETING');
    wire.reset();
    await store.createTable();
    expect(wire.operations()).toContain('CreateTable');
    expect(await statusOfTable()).toBe('ACTIVE');
  });
});

describe('while a table is being updated', () => {
  beforeEach(() => startDynalite({ updateTableMs: 60_000 }));

  it('createTable finds it usable', async () => {
    await store.createTable({ billing: { readUnits: 1, writeUnits: 1 } });
    const ProvisionedThroughput = { ReadCapacityUnits: 2, WriteCapacityUnits: 2 };
    await client.send(new UpdateTableCommand({ TableName: tableName, ProvisionedThroughput }));
    expect(await statusOfTable()).toBe('UPDATING');
    await store.createTable();
    expect(await statusOfTable()).toBe('UPDATING');
  });
});
