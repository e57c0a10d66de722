import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, type StreamId } from 'nestjs-dynamo-event-store';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

const wire = recordingClient({ maxAttempts: 3 });
const store = new DynamoEventStore({ client: wire.client, tableName: uniqueTableName('lost') });
let count = 0;
const stream = (): StreamId => ({ aggregate: 'lost', id: String(count++) });
const event = (name: string): { type: string; payload: string } => ({ type: 'noted', payload: name });

async function stored(target: StreamId): Promise<string[]> {
  const payloads: string[] = [];
  for await (const { event: payload } of store.read<string>(target)) payloads.push(payload);
  return payloads;
}

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
});

describe('an append whose answer is lost', () => {
  it('is a success after the retry of the SDK, and stored once (P4)', async () => {
    const target = stream();
    wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    const head = await store.append(target, [event('a'), event('b')], { expected: 'none' });
    expect(wire.operations()).toEqual(['PutItem', 'PutItem']);
    expect(head.version).toBe(2);
    expect(await stored(target)).toEqual(['a', 'b']);
  });

  it('is a success with a head, a bare version and "any" alike', async () => {
    const target = stream();
    let head = await store.append(target, [event('a')], { expected: 'none' });
    const dropOnce = () => {
      wire.reset();
      let left = 1;
      wire.fault = ({ operation }) => (operation === 'PutItem' && left-- > 0 ? 'drop-response' : undefined);
    };
    dropOnce();
    head = await store.append(target, [event('b')], { expected: head });
    dropOnce();
    await store.append(target, [event('c')], { expected: head.version });
    dropOnce();
    expect((await store.append(target, [event('d')], { expected: 'any' })).version).toBe(4);
    expect(await stored(target)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('whose retries are lost too has an unknown outcome, names its commit id, and is safe to send again (P5)', async () => {
    const target = stream();
    wire.fault = () => 'drop-response';
    const attempt = store.append(target, [event('a')], { expected: 'none', commitId: 'c-1' });
    await expect(attempt).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      commitId: 'c-1',
      stream: `lost/${target.id}`,
      message: expect.stringContaining('c-1'),
    });
    expect(wire.operations()).toEqual(['PutItem', 'PutItem', 'PutItem']);
    wire.reset();
    expect((await store.append(target, [event('a')], { expected: 'none', commitId: 'c-1' })).version).toBe(1);
    expect(await stored(target)).toEqual(['a']);
  });

  it('is told apart from a conflict when another writer came first', async () => {
    const target = stream();
    wire.fault = (_, index) => (index === 0 ? 'drop-request' : undefined);
    const loser = store.append(target, [event('mine')], { expected: 'none' });
    const other = new DynamoEventStore({ client: store.client, tableName: store.tableName });
    const outcomes = await Promise.allSettled([loser, other.append(target, [event('theirs')], { expected: 'none' })]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await stored(target)).toHaveLength(1);
  });
});

describe('an append that never arrives', () => {
  it('is sent again by the SDK and stored once', async () => {
    const target = stream();
    wire.fault = (_, index) => (index < 2 ? 'drop-request' : undefined);
    expect((await store.append(target, [event('a')], { expected: 'none' })).version).toBe(1);
    expect(await stored(target)).toEqual(['a']);
  });

  it('because of throttling is reported as that, never as a conflict (P18)', async () => {
    wire.fault = () => 'throttle';
    await expect(store.append(stream(), [event('a')], { expected: 'none' })).rejects.toMatchObject({
      code: 'STORE_THROTTLED',
      retryable: true,
    });
  });
});

describe('an engine that does not return the item in the way', () => {
  it('is asked for it by one consistent read, and own writes are recognised all the same', async () => {
    const target = stream();
    wire.client.middlewareStack.add(
      (next) => async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if (error instanceof Error && error.name === 'ConditionalCheckFailedException')
            delete (error as { Item?: unknown }).Item;
          throw error;
        }
      },
      { step: 'initialize', name: 'hideItem' },
    );
    try {
      wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
      expect((await store.append(target, [event('a')], { expected: 'none' })).version).toBe(1);
      expect(wire.operations()).toEqual(['PutItem', 'PutItem', 'GetItem']);
      expect(wire.requests[2]!.input['ConsistentRead']).toBe(true);
      await expect(store.append(target, [event('b')], { expected: 'none' })).rejects.toMatchObject({
        code: 'CONCURRENCY',
        actual: 1,
      });
    } finally {
      wire.client.middlewareStack.remove('hideItem');
    }
  });
});

describe('reads', () => {
  it('go on after a lost page, without losing or repeating events', async () => {
    const target = stream();
    const text = 'x'.repeat(60_000);
    for (let index = 0; index < 30; index++) {
      await store.append(
        target,
        [{ type: 'noted', payload: { index, random: Array.from({ length: 5_000 }, () => Math.random()), text } }],
        { expected: 'any' },
      );
    }
    wire.reset();
    wire.fault = (_, index) => (index % 2 === 0 ? 'drop-response' : undefined);
    const indexes: number[] = [];
    for await (const { event: payload } of store.read<{ index: number }>(target)) indexes.push(payload.index);
    expect(indexes).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(wire.requests.length).toBeGreaterThan(2);
  });

  it('of a table that does not exist, or without access to the engine, say so', async () => {
    const nowhere = new DynamoEventStore({ client: wire.client, tableName: 'no-such-table' });
    await expect(nowhere.head(stream())).rejects.toMatchObject({
      code: 'TABLE_NOT_FOUND',
      table: 'no-such-table',
      operation: 'read',
    });
    const TableName = uniqueTableName('other-keys');
    const key = { AttributeName: 'id', KeyType: 'HASH' } as const;
    await wire.client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [key],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const foreign = new DynamoEventStore({ client: wire.client, tableName: TableName });
    await expect(foreign.head(stream())).rejects.toMatchObject({ code: 'TABLE_MISMATCH', table: TableName });
    await expect(foreign.append(stream(), [event('a')], { expected: 'none' })).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
    });
    await expect(foreign.listStreams('a')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    const unreachable = new DynamoEventStore({
      clientConfig: {
        endpoint: 'http://127.0.0.1:9',
        region: 'local',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
      },
      tableName: 't',
    });
    await expect(unreachable.head(stream())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    unreachable.close();
  });
});
