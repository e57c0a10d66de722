import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, type StreamAppend, type StreamHead, type StreamId } from 'nestjs-dynamo-event-store';
import { itemBytes, MAX_TRANSACTION_BYTES, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type WireRequest } from '../support/recording-client.js';

/** Of DynamoDB, which counts the conditions too; the store stays below it. */
const LIMIT = 4 * 1024 * 1024;
/** Without the retries of the SDK, so that one fault fails one call. */
const wire = recordingClient({ maxAttempts: 1 });
const patient = recordingClient({ maxAttempts: 3 });
const tableName = uniqueTableName('transactions');
const backoff = (): Promise<void> => Promise.resolve();
const store = new DynamoEventStore({ client: wire.client, tableName, backoff });
const retrying = new DynamoEventStore({ client: patient.client, tableName, backoff });
let count = 0;
/** Names of one length, so that keys are of one size. */
const stream = (): StreamId => ({ aggregate: 'transactions', id: String(count++).padStart(6, '0') });
const note = (payload: unknown): { type: string; payload: unknown } => ({ type: 'noted', payload });
const create = (events = [note('a')]): StreamAppend => ({ stream: stream(), events, expected: 'none' });

async function stored(target: StreamId): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for await (const { event } of store.read<unknown>(target)) payloads.push(event);
  return payloads;
}

const actionsOf = ({ input }: WireRequest): TransactWriteItem[] => input['TransactItems'] as TransactWriteItem[];
const itemsOf = (request: WireRequest): Item[] =>
  actionsOf(request).flatMap(({ Put }) => (Put?.Item === undefined ? [] : [Put.Item]));
const tokensOf = (requests: readonly WireRequest[]): unknown[] =>
  requests.map(({ input }) => input['ClientRequestToken']);

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
  patient.reset();
});
afterAll(() => {
  wire.client.destroy();
  patient.client.destroy();
});

describe('an atomic write to several streams is exactly one request', () => {
  it.each([2, 10, 100])('for %i new streams, and again for their heads', async (size) => {
    const heads = await store.appendAll(Array.from({ length: size }, () => create()));
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    wire.reset();
    await store.appendAll(heads.map((head) => ({ stream: head.stream, events: [note('b')], expected: head })));
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    expect(actionsOf(wire.requests[0]!)).toHaveLength(size);
  });

  it('for a single stream the plain PutItem of an append', async () => {
    await store.appendAll([create()]);
    expect(wire.operations()).toEqual(['PutItem']);
  });

  it('for a check alone, of a head that the store issued', async () => {
    const expected = await store.append(stream(), [note('a')], { expected: 'none' });
    wire.reset();
    await store.appendAll([{ stream: expected.stream, expected }]);
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    expect(actionsOf(wire.requests[0]!)).toEqual([{ ConditionCheck: expect.anything() }]);
  });

  it('and one read of one commit before it for each bare version and each "any"', async () => {
    const [a, b] = await store.appendAll([create(), create()]);
    wire.reset();
    await store.appendAll([
      { stream: a!.stream, events: [note('b')], expected: 1 },
      { stream: b!.stream, events: [note('b')], expected: 'any' },
      create(),
    ]);
    expect(wire.operations()).toEqual(['Query', 'Query', 'TransactWriteItems']);
    expect(wire.requests.slice(0, 2)).toMatchObject([{ items: 1 }, { items: 1 }]);
  });

  it('that conflicts is that one request and no read', async () => {
    const [a, b] = await store.appendAll([create(), create()]);
    const next = (head: StreamHead): StreamAppend => ({ stream: head.stream, events: [note('b')], expected: head });
    await store.appendAll([next(a!), next(b!)]);
    wire.reset();
    await expect(store.appendAll([next(a!), next(b!), create()])).rejects.toMatchObject({
      code: 'CONCURRENCY',
      conflicts: [{ winner: [{ version: 2 }] }, { winner: [{ version: 2 }] }],
    });
    expect(wire.operations()).toEqual(['TransactWriteItems']);
  });
});

it('the request carries a token, and each item the condition that its slot is free; a check writes nothing', async () => {
  const [a, checked] = await store.appendAll([create(), create()]);
  wire.reset();
  const created = create();
  await store.appendAll([
    { stream: a!.stream, events: [note('b'), note('c')], expected: a! },
    { stream: checked!.stream, expected: checked! },
    created,
  ]);
  const vacant = {
    TableName: tableName,
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
  const key = ({ id }: StreamId, version: number) => ({
    pk: { S: `#transactions#${id}` },
    sk: { S: `e#${String(version).padStart(16, '0')}` },
  });
  const { input } = wire.requests[0]!;
  expect(input['ClientRequestToken']).toMatch(/^[0-9a-f-]{36}$/);
  expect(input['TransactItems']).toEqual([
    { Put: { ...vacant, Item: expect.objectContaining({ ...key(a!.stream, 2), n: { N: '2' } }) } },
    { ConditionCheck: { ...vacant, Key: key(checked!.stream, 2) } },
    { Put: { ...vacant, Item: expect.objectContaining({ ...key(created.stream, 1), n: { N: '1' } }) } },
  ]);
  await store.appendAll([create(), create()]);
  expect(new Set(tokensOf(wire.requests)).size).toBe(2);
});

describe('the limits of a transaction', () => {
  it('are 100 items, checks and keys included: 101 are refused before any request', async () => {
    const checked = await store.append(stream(), [note('a')], { expected: 'none' });
    const keyed = (index: number): StreamAppend => ({ ...create(), idempotencyKey: `k-${index}` });
    const items = (keys: number, plain: number) => [
      ...Array.from({ length: keys }, (_, index) => keyed(index)),
      ...Array.from({ length: plain }, () => create()),
      { stream: checked.stream, expected: checked },
    ];
    wire.reset();
    await expect(store.appendAll(items(25, 50))).rejects.toMatchObject({
      code: 'TRANSACTION_TOO_LARGE',
      items: 101,
      limits: { items: 100, bytes: MAX_TRANSACTION_BYTES },
    });
    expect(wire.requests).toEqual([]);
    await store.appendAll(items(25, 49));
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    expect(actionsOf(wire.requests[0]!)).toHaveLength(100);
  });

  it.each([
    [6, 1],
    [40, 10],
  ])(
    'are 4 MB together, of %i streams and %i checks too: what is not refused before any request is stored',
    async (streams, checks) => {
      // The number of a time takes more or fewer bytes.
      const clocked = new DynamoEventStore({
        client: wire.client,
        tableName,
        clock: () => new Date(1_700_000_000_123),
      });
      const checked = await clocked.appendAll(Array.from({ length: checks }, () => create()));
      const each = Math.floor(4_000_000 / streams);
      const write = (last: number) =>
        clocked.appendAll([
          ...Array.from({ length: streams }, (_, index) =>
            create([note(Uint8Array.from(randomBytes(index === 0 ? last : each)))]),
          ),
          ...checked.map((head) => ({ stream: head.stream, expected: head })),
        ]);
      wire.reset();
      await write(each);
      const most = each + LIMIT - itemsOf(wire.requests[0]!).reduce((sum, item) => sum + itemBytes(item), 0);
      const outcome = async (bytes: number): Promise<string> => {
        wire.reset();
        const error = await write(bytes).catch((cause: unknown) => cause as { code: string });
        return 'code' in error ? `${error.code} after ${wire.requests.length} requests` : 'stored';
      };
      expect(await outcome(most - 4_096)).toBe('stored');
      expect(await outcome(most + 1)).toBe('TRANSACTION_TOO_LARGE after 0 requests');
      for (const less of [0, 24, 144, 250, 511, 512, 513, 700, 1_023, 1_024, 1_025, 1_500, 2_000])
        expect([less, await outcome(most - less)]).toEqual([
          less,
          expect.stringMatching(/^(?:stored|TRANSACTION_TOO_LARGE after 0 requests)$/),
        ]);
    },
  );
});

describe('an atomic write whose answer is lost', () => {
  const commits = (): StreamAppend[] => [
    { ...create([note('a'), note('b')]), commitId: 'c-1' },
    { ...create(), commitId: 'c-2' },
  ];

  it('is a success after the retry of the SDK, which sends the same token, and stored once', async () => {
    patient.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    const write = commits();
    expect((await retrying.appendAll(write)).map(({ version }) => version)).toEqual([2, 1]);
    expect(patient.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(new Set(tokensOf(patient.requests)).size).toBe(1);
    for (const { stream: target, events } of write) expect(await stored(target)).toHaveLength(events.length);
  });

  it('has an unknown outcome; repeated with its commit ids it finds its own commits, in one request, also later', async () => {
    wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    const write = commits();
    await expect(store.appendAll(write)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', operation: 'appendAll' });
    wire.reset();
    const heads = await store.appendAll(write);
    expect(heads.map(({ version }) => version)).toEqual([2, 1]);
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    for (const head of heads) await store.append(head.stream, [note('next')], { expected: head });
    wire.reset();
    expect((await retrying.appendAll(write)).map(({ version }) => version)).toEqual([2, 1]);
    for (const { stream: target, events } of write) expect(await stored(target)).toHaveLength(events.length + 1);
  });

  it('or whose request is lost, is stored by the repeated call', async () => {
    wire.fault = (_, index) => (index === 0 ? 'drop-request' : undefined);
    const write = commits();
    await expect(store.appendAll(write)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await stored(write[0]!.stream)).toEqual([]);
    await store.appendAll(write);
    expect(await stored(write[0]!.stream)).toEqual(['a', 'b']);
  });

  it('is told apart from a conflict where the engine does not return the items in the way', async () => {
    const hide = (error: unknown): never => {
      const { CancellationReasons: reasons = [] } = error as { CancellationReasons?: { Item?: unknown }[] };
      for (const reason of reasons) delete reason.Item;
      throw error;
    };
    wire.client.middlewareStack.add((next) => (args) => next(args).catch(hide), { step: 'initialize', name: 'hide' });
    try {
      wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
      const write = commits();
      await expect(store.appendAll(write)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      wire.reset();
      expect((await store.appendAll(write)).map(({ version }) => version)).toEqual([2, 1]);
      expect(wire.operations()).toEqual(['TransactWriteItems', 'GetItem', 'GetItem']);
      expect(wire.requests.slice(1).every(({ input }) => input['ConsistentRead'] === true)).toBe(true);
      const others = write.map(({ commitId: _, ...rest }) => ({ ...rest, events: [note('z')] }));
      await expect(store.appendAll(others)).rejects.toMatchObject({
        code: 'CONCURRENCY',
        conflicts: [{ actual: 2 }, { actual: 1 }],
      });
    } finally {
      wire.client.middlewareStack.remove('hide');
    }
  });
});

describe('an atomic write that another transaction is in the way of', () => {
  it('is sent again with the same token, and is never a conflict', async () => {
    let left = 3;
    wire.fault = () => (left-- > 0 ? 'transaction-conflict' : undefined);
    const write = [create(), create()];
    expect((await store.appendAll(write)).map(({ version }) => version)).toEqual([1, 1]);
    expect(wire.requests).toHaveLength(4);
    expect(new Set(tokensOf(wire.requests)).size).toBe(1);
  });

  it('for good is reported as throttled, and nothing is written', async () => {
    wire.fault = () => 'transaction-conflict';
    const write = [create(), create()];
    await expect(store.appendAll(write)).rejects.toMatchObject({ code: 'STORE_THROTTLED', retryable: true });
    wire.reset();
    for (const { stream: target } of write) expect(await stored(target)).toEqual([]);
  });
});
