import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createDynamoClient, DynamoEventStore, StoreUnavailableError, type StreamId } from 'nestjs-dynamo-event-store';
import { startFaultProxy, type FaultProxy, type FaultProxyOptions } from 'nestjs-dynamo-event-store/testing';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';

type Plan = NonNullable<FaultProxyOptions['plan']>;

const tableName = uniqueTableName('lost-answers');
const database = testClient();
const observer = new DynamoEventStore({ client: database, tableName });
const opened: FaultProxy[] = [];
const clients: DynamoDBClient[] = [];
let streams = 0;
const newStream = (): StreamId => ({ aggregate: 'account', id: String(streams++) });
const deposited = (amount: number) => ({ type: 'deposited', payload: { amount } });
const isWrite = (operation: string): boolean => operation === 'PutItem' || operation === 'TransactWriteItems';

beforeAll(() => observer.createTable());
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const each of opened.splice(0)) await each.close();
});
afterAll(() => {
  database.destroy();
});

/** A store behind a proxy, on a client of the library's own making, or of the SDK's. */
async function storeBehind(
  plan: Plan,
  makeClient: (config: DynamoDBClientConfig) => DynamoDBClient = createDynamoClient,
): Promise<{ store: DynamoEventStore; proxy: FaultProxy }> {
  const proxy = await startFaultProxy(testClientConfig().endpoint, { seed: 1, plan });
  const client = makeClient({ ...testClientConfig(), endpoint: proxy.url, maxAttempts: 3 });
  opened.push(proxy);
  clients.push(client);
  return { store: new DynamoEventStore({ client, tableName, backoff: () => Promise.resolve() }), proxy };
}

async function amountsIn(stream: StreamId): Promise<number[]> {
  const amounts: number[] = [];
  for await (const { event } of observer.read<{ amount: number }>(stream)) amounts.push(event.amount);
  return amounts;
}

/** The first try of each write goes like this, all others are throttled. */
const firstTry =
  (first: ReturnType<Plan>): Plan =>
  ({ operation, attempt }) =>
    !isWrite(operation) ? undefined : attempt === 1 ? first : 'throttle';

describe.each([
  ["the library's client", createDynamoClient],
  ["the SDK's client", testClient],
] as const)('a write through %s', (_, makeClient) => {
  it.each<[string, ReturnType<Plan>]>([
    ['is cut off', 'dropResponse'],
    ['is cut off in the middle', { kind: 'dropResponse', halfAnswered: true }],
    ['says that the database failed', { kind: 'serverError', status: 500, carriedOut: true }],
  ])('is a success when it was carried out, its answer %s, and its repetitions are throttled', async (__, fault) => {
    const { store, proxy } = await storeBehind(firstTry(fault), makeClient);
    const plain = newStream();
    const head = await store.append(plain, [deposited(1)], { expected: 'none' });
    expect(head.version).toBe(1);
    expect((await store.append(plain, [deposited(2)], { expected: head })).version).toBe(2);
    expect((await store.append(plain, [deposited(3)], { expected: 'any' })).version).toBe(3);
    expect(await amountsIn(plain)).toEqual([1, 2, 3]);
    const keyed = newStream();
    const stored = await store.append(keyed, [deposited(4)], { expected: 'none', idempotencyKey: 'k-1' });
    expect([stored.version, stored.repeated]).toEqual([1, undefined]);
    const [one, other] = [newStream(), newStream()];
    const heads = await store.appendAll([
      { stream: one, events: [deposited(5)], expected: 'none' },
      { stream: other, events: [deposited(6)], expected: 'none', idempotencyKey: 'k-2' },
    ]);
    expect(heads.map(({ version }) => version)).toEqual([1, 1]);
    expect([await amountsIn(keyed), await amountsIn(one), await amountsIn(other)]).toEqual([[4], [5], [6]]);
    expect(proxy.log.filter(({ fault: each }) => each?.kind === 'throttle').length).toBeGreaterThan(0);
  });

  it('has an unknown outcome when its first try may still be on its way', async () => {
    const { store } = await storeBehind(firstTry('dropRequest'), makeClient);
    const stream = newStream();
    const append = store.append(stream, [deposited(1)], { expected: 'none', commitId: 'c-1' });
    const error: unknown = await append.catch((each: unknown) => each);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toMatchObject({
      commitId: 'c-1',
      retryable: true,
      message: expect.stringContaining('commit id c-1'),
    });
    const all = store.appendAll([
      { stream, events: [deposited(1)], expected: 'none', commitId: 'c-1' },
      { stream: newStream(), events: [deposited(2)], expected: 'none' },
    ]);
    await expect(all).rejects.toBeInstanceOf(StoreUnavailableError);
    expect((await observer.append(stream, [deposited(1)], { expected: 'none', commitId: 'c-1' })).version).toBe(1);
  });

  it('has an unknown outcome when its first try was lost and it can no longer look', async () => {
    const { store } = await storeBehind(
      ({ operation, attempt }) =>
        operation === 'GetItem' ? 'dropRequest' : attempt === 1 ? 'dropResponse' : 'throttle',
      makeClient,
    );
    const stream = newStream();
    const append = store.append(stream, [deposited(1)], { expected: 'none', commitId: 'c-1' });
    await expect(append).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', commitId: 'c-1' });
    expect(await amountsIn(stream)).toEqual([1]);
  });

  it('is a conflict when another write has taken its place', async () => {
    const stream = newStream();
    const { store } = await storeBehind(firstTry('dropRequest'), makeClient);
    await observer.append(stream, [deposited(9)], { expected: 'none' });
    await expect(store.append(stream, [deposited(1)], { expected: 'none' })).rejects.toMatchObject({
      code: 'CONCURRENCY',
      actual: 1,
    });
    expect(await amountsIn(stream)).toEqual([9]);
  });

  it('is throttled, and not stored, when each of its tries was', async () => {
    const { store } = await storeBehind(firstTry('throttle'), makeClient);
    const stream = newStream();
    await expect(store.append(stream, [deposited(1)], { expected: 'none' })).rejects.toMatchObject({
      code: 'STORE_THROTTLED',
      message: expect.stringContaining('throttled'),
    });
    expect(await amountsIn(stream)).toEqual([]);
  });

  it('is a success when its answer is lost and another transaction is in the way of its repetitions', async () => {
    let tries = 0;
    const { store } = await storeBehind(
      ({ operation }) => (!isWrite(operation) ? undefined : ++tries === 1 ? 'dropResponse' : 'transactionConflict'),
      makeClient,
    );
    const [one, other] = [newStream(), newStream()];
    await store.appendAll([
      { stream: one, events: [deposited(1)], expected: 'none' },
      { stream: other, events: [deposited(2)], expected: 'none' },
    ]);
    expect([await amountsIn(one), await amountsIn(other)]).toEqual([[1], [2]]);
  });
});

it('a client without retries knows of each refusal that nothing was written', async () => {
  const { store, proxy } = await storeBehind(firstTry('throttle'), (config) =>
    createDynamoClient({ ...config, maxAttempts: 1 }),
  );
  const stream = newStream();
  await expect(store.append(stream, [deposited(1)], { expected: 'none' })).rejects.toMatchObject({
    code: 'STORE_THROTTLED',
  });
  expect(proxy.log.map(({ operation }) => operation)).toEqual(['PutItem']);
});
