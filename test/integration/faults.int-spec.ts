import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, type StreamHead, type StreamId } from 'nestjs-dynamo-event-store';
import {
  injectFaults,
  KILLED,
  SimulatedProcess,
  type Fault,
  type FaultKind,
  type FaultOptions,
  type FaultyClient,
} from '../../libs/dynamo-event-store/src/testing/faults/index.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

type Item = Record<string, AttributeValue>;

const database = testClient();
const tableName = uniqueTableName('faults');
/** Sees what is stored, without faults. */
const observer = new DynamoEventStore({ client: database, tableName });
let count = 0;
const newStream = (): StreamId => ({ aggregate: 'faulty', id: String(count++) });
const note = (payload: string): { type: string; payload: string } => ({ type: 'noted', payload });

async function notes(store: DynamoEventStore, stream: StreamId): Promise<string[]> {
  const payloads: string[] = [];
  for await (const { event } of store.read<string>(stream)) payloads.push(event);
  return payloads;
}

const stored = (stream: StreamId): Promise<string[]> => notes(observer, stream);

function faultyStore(options: Partial<FaultOptions>): { faulty: FaultyClient; store: DynamoEventStore } {
  const faulty = injectFaults(database, { seed: 'integration', ...options });
  return { faulty, store: new DynamoEventStore({ client: faulty.client, tableName }) };
}

/** The first request goes wrong, and no other. */
const first = (fault: Fault): Partial<FaultOptions> => ({ plan: (_, index) => (index === 0 ? fault : undefined) });

const operations = ({ log }: FaultyClient): string[] => log.map(({ operation }) => operation);

beforeAll(() => observer.createTable());
afterAll(() => {
  database.destroy();
});

describe('an append', () => {
  const append = (store: DynamoEventStore, stream: StreamId): Promise<StreamHead> =>
    store.append(stream, [note('a')], { expected: 'none', commitId: 'c-1' });

  it.each<[string, Fault, string, string[]]>([
    ['that never arrives has an unknown outcome', 'dropRequest', 'STORE_UNAVAILABLE', []],
    ['whose answer is lost has an unknown outcome', 'dropResponse', 'STORE_UNAVAILABLE', ['a']],
    [
      'that the database fails at has an unknown outcome',
      { kind: 'serverError', carriedOut: false },
      'STORE_UNAVAILABLE',
      [],
    ],
    [
      'that the database fails after has an unknown outcome',
      { kind: 'serverError', carriedOut: true },
      'STORE_UNAVAILABLE',
      ['a'],
    ],
    ['that is throttled was not carried out', 'throttle', 'STORE_THROTTLED', []],
  ])('%s; sent again with its commit id it is stored once', async (_, fault, code, afterwards) => {
    const stream = newStream();
    const { store } = faultyStore(first(fault));
    await expect(append(store, stream)).rejects.toMatchObject({ code, retryable: true, commitId: 'c-1' });
    expect(await stored(stream)).toEqual(afterwards);
    expect((await append(store, stream)).version).toBe(1);
    expect(await stored(stream)).toEqual(['a']);
  });

  it('that the SDK sends twice finds its own commit in the way, and succeeds', async () => {
    const stream = newStream();
    const { faulty, store } = faultyStore(first('resend'));
    const head = await append(store, stream);
    expect(faulty.log).toMatchObject([
      { operation: 'PutItem', outcome: 'failed', error: 'ConditionalCheckFailedException' },
    ]);
    await store.append(stream, [note('b')], { expected: head });
    expect(await stored(stream)).toEqual(['a', 'b']);
  });

  it('in the way of a transaction is tried again by the store', async () => {
    const stream = newStream();
    const { faulty, store } = faultyStore(first('transactionConflict'));
    expect((await append(store, stream)).version).toBe(1);
    expect(faulty.log).toMatchObject([
      { operation: 'PutItem', outcome: 'failed', error: 'TransactionConflictException' },
      { operation: 'PutItem', outcome: 'answered' },
    ]);
    expect(await stored(stream)).toEqual(['a']);
  });

  it.each<[FaultKind, string, string | undefined]>([
    ['throttle', 'failed', 'TransactionCanceledException'],
    ['transactionConflict', 'failed', 'TransactionCanceledException'],
    ['resend', 'answered', undefined],
  ])('as a transaction, under %s, is stored once', async (kind, outcome, error) => {
    const stream = newStream();
    const { faulty, store } = faultyStore(first(kind));
    const head = await store.append(stream, [note('a')], { expected: 'none', idempotencyKey: 'k-1' });
    expect(head.version).toBe(1);
    expect(faulty.log[0]).toMatchObject({
      operation: 'TransactWriteItems',
      outcome,
      ...(error === undefined ? {} : { error }),
    });
    expect(await stored(stream)).toEqual(['a']);
  });

  it('of which a copy comes late is stored once, and what came meanwhile stays', async () => {
    const stream = newStream();
    let release: () => void = () => undefined;
    const { faulty, store } = faultyStore({
      ...first('duplicate'),
      pause: () => new Promise((resolve) => (release = resolve)),
    });
    const head = await append(store, stream);
    await store.append(stream, [note('b')], { expected: head });
    release();
    await faulty.settled();
    expect(await stored(stream)).toEqual(['a', 'b']);
  });

  it('that is delayed finds the stream moved on by then', async () => {
    const stream = newStream();
    const waits: (() => void)[] = [];
    const { faulty, store } = faultyStore({
      ...first({ kind: 'delay', beforeMs: 5 }),
      pause: () => new Promise((resolve) => waits.push(resolve)),
    });
    const late = append(store, stream);
    await observer.append(stream, [note('theirs')], { expected: 'none' });
    expect(waits).toHaveLength(1);
    waits[0]!();
    await expect(late).rejects.toMatchObject({ code: 'CONCURRENCY', actual: 1 });
    expect(faulty.log).toMatchObject([{ fault: { kind: 'delay', beforeMs: 5 }, outcome: 'failed' }]);
    expect(await stored(stream)).toEqual(['theirs']);
  });
});

describe('a process that is killed during an append', () => {
  it.each([
    ['before the request is carried out', false, []],
    ['between request and answer', true, ['a']],
  ])('%s never hears of it; its successor appends with the same commit id, once', async (_, carriedOut, afterwards) => {
    const stream = newStream();
    const { faulty } = faultyStore(first({ kind: 'kill', carriedOut }));
    const handle = (process: SimulatedProcess): Promise<StreamHead | typeof KILLED> =>
      process.run(() => {
        const store = new DynamoEventStore({ client: process.client, tableName });
        return store.append(stream, [note('a')], { expected: 'none', commitId: 'c-1' });
      });
    expect(await handle(new SimulatedProcess(faulty, 'first'))).toBe(KILLED);
    expect(await stored(stream)).toEqual(afterwards);
    expect(await handle(new SimulatedProcess(faulty, 'second'))).toMatchObject({ version: 1 });
    expect(await stored(stream)).toEqual(['a']);
    expect(faulty.log[0]).toMatchObject({ process: 'first', outcome: 'killed', fault: { carriedOut } });
  });
});

describe('a read', () => {
  it('in short pages is complete and in order, in both directions', async () => {
    const stream = newStream();
    const texts = Array.from({ length: 12 }, (_, n) => String(n));
    for (const text of texts) await observer.append(stream, [note(text)], { expected: 'any' });
    const { faulty, store } = faultyStore({ rates: { partialResult: 1 } });
    expect(await notes(store, stream)).toEqual(texts);
    const backward: string[] = [];
    for await (const { event } of store.read<string>(stream, { order: 'backward' })) backward.push(event);
    expect(backward).toEqual(texts.toReversed());
    expect(operations(faulty).length).toBeGreaterThan(6);
  });

  it('that may be stale sees an earlier end of the stream; one that may not be sees the last', async () => {
    const stream = newStream();
    let head = await observer.append(stream, [note('a')], { expected: 'none' });
    const { store } = faultyStore({ plan: (_, index) => (index > 0 ? { kind: 'staleRead', age: 1 } : undefined) });
    const read = async (consistency: 'strong' | 'eventual'): Promise<number> => {
      let events = 0;
      for await (const event of store.read(stream, { consistency })) events = event.version;
      return events;
    };
    expect(await read('eventual')).toBe(1);
    head = await observer.append(stream, [note('b')], { expected: head });
    expect(head.version).toBe(2);
    expect(await read('eventual')).toBe(1);
    expect(await read('eventual')).toBe(2);
    await observer.append(stream, [note('c')], { expected: head });
    expect(await read('strong')).toBe(3);
  });

  it('of the list of streams in short pages gives each stream once', async () => {
    const streams = Array.from({ length: 12 }, (_, n) => ({ aggregate: 'listed', id: String(n) }));
    for (const stream of streams) await observer.append(stream, [note('a')], { expected: 'none' });
    const { faulty, store } = faultyStore({ rates: { partialResult: 1 } });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listStreams('listed', { limit: 5, cursor });
      found.push(...page.items.map(({ stream }) => stream.id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found.sort()).toEqual(streams.map(({ id }) => id).sort());
    const cut = faulty.log.filter(({ fault, withoutEffect }) => fault !== undefined && withoutEffect === undefined);
    expect(cut.length).toBeGreaterThan(0);
  });
});

describe('requests that the store does not make, on the same table', () => {
  const itemOf = (n: number): Item => ({ pk: { S: `own#${n % 2}` }, sk: { S: String(n) } });
  const items = Array.from({ length: 20 }, (_, n) => itemOf(n));
  const { client } = injectFaults(database, { seed: 9, rates: { partialResult: 1 } });

  it('a batch of writes and one of reads are carried out in parts', async () => {
    let writes = items.map((Item) => ({ PutRequest: { Item } }));
    let rounds = 0;
    for (; writes.length > 0; rounds++) {
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: writes } }),
      );
      writes = (UnprocessedItems?.[tableName] ?? []) as typeof writes;
    }
    expect(rounds).toBeGreaterThan(1);
    const found: Item[] = [];
    for (let keys: Item[] = items; keys.length > 0;) {
      const batch = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await client.send(batch);
      found.push(...(Responses?.[tableName] ?? []));
      keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
    const order = (item: Item): number => Number(item['sk']!.S);
    expect(found.sort((a, b) => order(a) - order(b))).toEqual(items);
  });

  it('a transaction sent twice is carried out once', async () => {
    const { client: resending } = injectFaults(database, { seed: 1, rates: { resend: 1 } });
    const increment = (): TransactWriteItemsCommand =>
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Update: {
              TableName: tableName,
              Key: { pk: { S: 'counter' }, sk: { S: '0' } },
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
        ],
      });
    await resending.send(increment());
    await resending.send(increment());
    const { Items } = await database.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'counter' } },
        ConsistentRead: true,
      }),
    );
    expect(Items).toMatchObject([{ n: { N: '2' } }]);
  });
});

describe('command handlers under many faults at once', () => {
  const rates = {
    kill: 0.03,
    dropRequest: 0.05,
    dropResponse: 0.05,
    throttle: 0.05,
    serverError: 0.05,
    transactionConflict: 0.05,
    resend: 0.05,
    partialResult: 0.3,
    duplicate: 0.1,
    delay: 0.1,
    delayMs: [1, 5],
  } as const;

  it.each([1, 2, 3])('store each of their commands once, in the order of each (seed %i)', async (seed) => {
    const stream = newStream();
    const faulty = injectFaults(database, { seed, rates });
    const commands = (name: string): string[] => Array.from({ length: 8 }, (_, n) => `${name}-${n}`);
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        for (const command of commands(name)) await handle(faulty, name, stream, command);
      }),
    );
    await faulty.settled();
    const found = await stored(stream);
    for (const name of ['a', 'b', 'c']) expect(found.filter((text) => text.startsWith(name))).toEqual(commands(name));
    expect(new Set(faulty.log.map(({ fault }) => fault?.kind)).size).toBeGreaterThan(6);
  });

  /** Begins anew after conflicts, failures and death, until the command is known to be stored. */
  async function handle(faulty: FaultyClient, name: string, stream: StreamId, command: string): Promise<void> {
    for (;;) {
      const process = new SimulatedProcess(faulty, name);
      const store = new DynamoEventStore({ client: process.client, tableName });
      try {
        if ((await process.run(() => decideAndAppend(store, stream, command))) !== KILLED) return;
      } catch (error) {
        if (!isRetryable(error)) throw error;
      }
    }
  }

  async function decideAndAppend(store: DynamoEventStore, stream: StreamId, command: string): Promise<void> {
    const events = store.read<string>(stream);
    for await (const { event } of events) if (event === command) return;
    await store.append(stream, [note(command)], { expected: events.head!, commitId: command });
  }

  function isRetryable(error: unknown): boolean {
    const { retryable, code } = error as { retryable?: boolean; code?: string };
    return retryable === true || code === 'CONCURRENCY';
  }
});
