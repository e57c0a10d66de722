import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DynamoEventStore,
  type StateQuery,
  type StateReading,
  type StateType,
  type StreamHead,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import { itemBytes, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

const wire = recordingClient({ maxAttempts: 2 });
/** Changes what is stored behind the back of the store. */
const hand = testClient();
const tableName = uniqueTableName('snapshots');
const store = new DynamoEventStore({ client: wire.client, tableName });
const type: StateType = { name: 'counter', schemaVersion: 1, eventClass: undefined };
let count = 0;
const newStream = (): StreamId => ({ aggregate: 'counter', id: String(count++) });
const note = (payload: unknown) => ({ type: 'noted', payload });

/** Heads of a stream of one-event commits; that of version n at n - 1. */
async function grown(commits: number): Promise<StreamHead[]> {
  const stream = newStream();
  const heads: StreamHead[] = [];
  for (let version = 1; version <= commits; version++)
    heads.push(await store.append(stream, [note(version)], { expected: heads.at(-1) ?? 'none' }));
  wire.reset();
  return heads;
}

const save = (head: StreamHead, state: object = { at: head.version }) => store.saveSnapshot({ head, type, state });

async function versionsOf({ events }: StateReading): Promise<number[]> {
  const versions: number[] = [];
  for await (const { version } of events) versions.push(version);
  return versions;
}

async function read(stream: StreamId, query: StateQuery = { type }): Promise<[string, number | undefined, number[]]> {
  const reading = await store.readState(stream, query);
  return [reading.base, reading.snapshot?.version, await versionsOf(reading)];
}

const keyOf = ({ id }: StreamId, sortKey: string): Item => ({ pk: { S: `#counter#${id}` }, sk: { S: sortKey } });
const snapshotOf = async (stream: StreamId): Promise<Item | undefined> =>
  (await hand.send(new GetItemCommand({ TableName: tableName, Key: keyOf(stream, 's#'), ConsistentRead: true }))).Item;

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
  hand.destroy();
});

describe('reading a state', () => {
  it('with a snapshot and a short tail is one consistent Query of the snapshot, the tail and one commit more', async () => {
    const heads = await grown(30);
    const { stream } = heads[0]!;
    await save(heads[24]!);
    for (const tail of [5, 10, 20]) {
      wire.reset();
      expect(await read(stream, { type, tail })).toEqual(['snapshot', 25, [26, 27, 28, 29, 30]]);
      expect(wire.requests).toMatchObject([
        {
          operation: 'Query',
          items: tail + 2,
          input: { Limit: tail + 2, ScanIndexForward: false, ConsistentRead: true },
        },
      ]);
    }
  });

  it('at the very version of the snapshot is that one Query too, and its head takes an append without a read', async () => {
    const heads = await grown(3);
    await save(heads[2]!);
    wire.reset();
    const reading = await store.readState(heads[0]!.stream, { type, tail: 10 });
    expect(await versionsOf(reading)).toEqual([]);
    await store.append(heads[0]!.stream, [note(4)], { expected: reading.events.head! });
    expect(wire.operations()).toEqual(['Query', 'PutItem']);
  });

  it('with a longer tail reads every commit after the snapshot, and the one that it covers, once', async () => {
    const heads = await grown(30);
    await save(heads[4]!);
    wire.reset();
    expect((await read(heads[0]!.stream, { type, tail: 10 }))[2]).toHaveLength(25);
    expect(wire.operations()).toEqual(['Query', 'Query']);
    expect(wire.requests.map(({ items }) => items)).toEqual([12, 15]);
  });

  it('without a snapshot is one Query for a short stream, and reads no commit twice for a long one', async () => {
    const { stream } = (await grown(30))[0]!;
    const all = Array.from({ length: 30 }, (_, index) => index + 1);
    expect(await read(stream, { type, tail: 100 })).toEqual(['start', undefined, all]);
    expect(wire.requests).toMatchObject([{ operation: 'Query', items: 30 }]);
    wire.reset();
    expect(await read(stream, { type, tail: 10 })).toEqual(['start', undefined, all]);
    expect(wire.requests.map(({ items }) => items)).toEqual([12, 18]);
    wire.reset();
    expect(await read(stream, {})).toEqual(['start', undefined, all]);
    expect(wire.requests).toMatchObject([{ operation: 'Query', items: 30 }]);
  });

  it('after a head is one Query that begins with its commit', async () => {
    const heads = await grown(10);
    await save(heads[8]!);
    wire.reset();
    expect(await read(heads[0]!.stream, { type, after: heads[6]! })).toEqual(['after', undefined, [8, 9, 10]]);
    expect(wire.requests).toMatchObject([{ operation: 'Query', items: 4, input: { ConsistentRead: true } }]);
  });

  it('follows pages where commits of several megabytes lie between, before or around the snapshot', async () => {
    const stream = newStream();
    const large = () => note(Uint8Array.from(randomBytes(1_500_000)));
    let head = await store.append(stream, [large(), note('x')], { expected: 'none' });
    await save(head);
    for (const tail of [1, 2, 100]) expect(await read(stream, { type, tail })).toEqual(['snapshot', 2, []]);
    head = await store.append(stream, [large()], { expected: head });
    head = await store.append(stream, [note('small')], { expected: head });
    for (const tail of [1, 2, 100]) expect(await read(stream, { type, tail })).toEqual(['snapshot', 2, [3, 4]]);
    await store.append(stream, [note('last'), large()], { expected: head });
    for (const tail of [1, 2, 100]) {
      expect(await read(stream, { type, tail })).toEqual(['snapshot', 2, [3, 4, 5, 6]]);
      expect(await read(stream, { type: { ...type, schemaVersion: 2 }, tail })).toEqual([
        'start',
        undefined,
        [1, 2, 3, 4, 5, 6],
      ]);
    }
    expect(await read(stream, { after: head })).toEqual(['after', undefined, [5, 6]]);
  });
});

describe('saving a snapshot', () => {
  it('is one PutItem, on the condition that nothing newer is there', async () => {
    const heads = await grown(3);
    expect(await save(heads[1]!)).toBe(true);
    expect(wire.requests).toMatchObject([
      { operation: 'PutItem', input: { ConditionExpression: expect.stringContaining('#last < :last') } },
    ]);
    expect(wire.requests[0]!.capacity).toMatchObject({ CapacityUnits: 1 });
    expect(await snapshotOf(heads[0]!.stream)).toMatchObject({
      first: { N: '2' },
      last: { N: '2' },
      schema: { N: '1' },
      state: { S: '[[0,{"at":2}]]' },
    });
  });

  it('that is superseded is one refused PutItem and no error', async () => {
    const heads = await grown(3);
    await save(heads[2]!);
    const before = await snapshotOf(heads[0]!.stream);
    wire.reset();
    for (const head of heads) expect(await save(head, { other: true })).toBe(false);
    expect(wire.operations()).toEqual(['PutItem', 'PutItem', 'PutItem']);
    expect(await snapshotOf(heads[0]!.stream)).toEqual(before);
  });

  it('at the same moment from many sides leaves the newest', async () => {
    const heads = await grown(12);
    await Promise.all([...heads, ...heads].map((head) => save(head)));
    expect(await read(heads[0]!.stream)).toEqual(['snapshot', 12, []]);
  });

  it('compresses a state where that saves a unit, and keeps small ones readable', async () => {
    const [head] = await grown(1);
    await save(head!, { text: 'again and again '.repeat(20_000) });
    const stored = await snapshotOf(head!.stream);
    expect(stored!['state']!.B).toBeInstanceOf(Uint8Array);
    expect(itemBytes(stored!)).toBeLessThan(4_096);
    const { snapshot } = await store.readState(head!.stream, { type });
    expect(snapshot!.state).toEqual({ text: 'again and again '.repeat(20_000) });
  });

  it('whose answer is lost leaves a snapshot that can be used', async () => {
    const [head] = await grown(1);
    wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    await save(head!);
    expect(await read(head!.stream)).toEqual(['snapshot', 1, []]);
  });

  it('never touches a commit, and no read of events sees it', async () => {
    const heads = await grown(3);
    const { stream } = heads[0]!;
    await save(heads[1]!);
    const versions: number[] = [];
    for await (const { version } of store.read(stream, { order: 'backward' })) versions.push(version);
    expect(versions).toEqual([3, 2, 1]);
    expect((await store.head(stream)).version).toBe(3);
    expect((await store.append(stream, [note(4)], { expected: 'any' })).version).toBe(4);
  });
});

describe('a snapshot that was damaged is useless, never an error and never a wrong state', () => {
  it.each<[string, Item]>([
    ['its state is not JSON', { state: { S: '[[0,{"at"' } }],
    ['its state is missing', { state: { NULL: true } }],
    ['its state is broken gzip', { state: { B: Uint8Array.of(0x1f, 0x8b, 1, 2, 3) } }],
    ['its state is no list', { state: { S: '{"at":2}' } }],
    ['it does not name its commit', { commit: { NULL: true } }],
    ['its commit is another one', { commit: { S: 'other' } }],
    ['its version lies inside no commit', { last: { N: '7' } }],
    ['its version is that of an earlier commit', { last: { N: '1' } }],
    ['its schema is no number', { schema: { S: 'x' } }],
  ])('when %s; the next one replaces it', async (_, change) => {
    const heads = await grown(3);
    const { stream } = heads[0]!;
    await save(heads[1]!);
    await hand.send(new PutItemCommand({ TableName: tableName, Item: { ...(await snapshotOf(stream)), ...change } }));
    const reading = await store.readState(stream, { type });
    expect(reading.base).toBe('start');
    expect(await versionsOf(reading)).toEqual([1, 2, 3]);
    const { useless } = reading;
    expect(useless).toMatchObject({ version: expect.any(Number), reason: expect.any(String) });
    expect(await store.saveSnapshot({ head: heads[2]!, type, state: {}, replaces: useless!.version })).toBe(true);
    expect(await read(stream)).toEqual(['snapshot', 3, []]);
  });

  it('when its version is no number', async () => {
    const heads = await grown(3);
    const { stream } = heads[0]!;
    await save(heads[1]!);
    await hand.send(
      new PutItemCommand({ TableName: tableName, Item: { ...(await snapshotOf(stream)), last: { S: 'x' } } }),
    );
    expect(await read(stream)).toEqual(['start', undefined, [1, 2, 3]]);
  });

  it('when the commits after it are gone: then the stream is what is damaged', async () => {
    const heads = await grown(5);
    const { stream } = heads[0]!;
    await save(heads[1]!);
    await hand.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(stream, 'e#0000000000000003') }));
    for (const query of [{ type }, { type, tail: 1 }, { after: heads[1]! }, { after: heads[0]! }, {}])
      await expect(read(stream, query)).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', stream });
  });

  it('when the commit that it covers is gone, although nothing in the stream expires', async () => {
    const heads = await grown(4);
    const { stream } = heads[0]!;
    await save(heads[1]!);
    for (const version of [1, 2])
      await hand.send(
        new DeleteItemCommand({ TableName: tableName, Key: keyOf(stream, `e#000000000000000${version}`) }),
      );
    for (const tail of [1, 2, 100])
      await expect(read(stream, { type, tail })).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', stream });
  });
});
