import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  type ReadRange,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const client = testClient();
const TableName = uniqueTableName('raw');
const store = new DynamoEventStore({ client, tableName: TableName });
let count = 0;

const key = (stream: StreamId, version: number): Record<string, AttributeValue> => ({
  pk: { S: `#raw#${stream.id}` },
  sk: { S: `e#${String(version).padStart(16, '0')}` },
});

/** Commits of 2, 3 and 1 events. */
async function stream(): Promise<StreamId> {
  const target = { aggregate: 'raw', id: `s-${count++}` };
  for (const size of [2, 3, 1]) {
    await store.append(
      target,
      Array.from({ length: size }, (_, index) => ({ type: 'noted', payload: index })),
      { expected: 'any' },
    );
  }
  return target;
}

async function versions(target: StreamId, range: ReadRange = {}): Promise<number[]> {
  const found: number[] = [];
  for await (const { version } of store.read(target, range)) found.push(version);
  return found;
}

beforeAll(() => store.createTable());
afterAll(() => {
  client.destroy();
});

describe('what lies in the table', () => {
  it('is one item per commit, with the attributes of the documented layout', async () => {
    const target = await stream();
    const { Items } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': key(target, 1)['pk']! },
      }),
    );
    expect(
      Items!.map((item) => [item['sk']!.S, item['n']!.N, item['types'], item['events']!.S, 'list' in item]),
    ).toEqual([
      ['e#0000000000000001', '2', { L: [{ S: 'noted~1' }] }, '[[0,0],[0,1]]', true],
      ['e#0000000000000003', '3', { L: [{ S: 'noted~1' }] }, '[[0,0],[0,1],[0,2]]', false],
      ['e#0000000000000006', '1', { L: [{ S: 'noted~1' }] }, '[[0,0]]', false],
    ]);
  });

  it('never changes: neither a refused nor a repeated append touches a stored item', async () => {
    const target = await stream();
    const stored = async () => (await client.send(new GetItemCommand({ TableName, Key: key(target, 1) }))).Item;
    const before = await stored();
    const again = { expected: 'none', commitId: before!['commit']!.S! } as const;
    await store.append(
      target,
      [
        { type: 'noted', payload: 0 },
        { type: 'noted', payload: 1 },
      ],
      again,
    );
    await expect(store.append(target, [{ type: 'noted', payload: 9 }], { expected: 'none' })).rejects.toMatchObject({
      code: 'CONCURRENCY',
    });
    expect(await stored()).toEqual(before);
  });

  it('carries its time to live in seconds, rounded up', async () => {
    const target = { aggregate: 'raw', id: 'ttl' };
    await store.append(target, [{ type: 'noted', payload: 1 }], {
      expected: 'none',
      ttl: new Date(Date.UTC(2100, 0, 1) + 1),
    });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key(target, 1) }));
    expect(Item!['ttl']).toEqual({ N: String(Date.UTC(2100, 0, 1) / 1000 + 1) });
  });

  it('of another kind under the same key, such as a snapshot, is invisible to every read (P14)', async () => {
    const target = await stream();
    for (const sk of ['s#', 's#1', 'a', 'e', 'f#', 'k#key']) {
      await client.send(
        new PutItemCommand({ TableName, Item: { ...key(target, 1), sk: { S: sk }, state: { S: '{}' } } }),
      );
    }
    expect(await versions(target)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await versions(target, { order: 'backward', limit: 1 })).toEqual([6]);
    expect(await versions(target, { from: 2, to: 4 })).toEqual([2, 3, 4]);
    expect((await store.head(target)).version).toBe(6);
  });
});

describe('a stream whose beginning has expired', () => {
  @DomainEvent({ name: 'counted' })
  class Counted {
    readonly by = 1;
  }
  @Aggregate({ name: 'raw', ttlSeconds: 3600 })
  class Counter extends AggregateRoot {
    total = 0;
    count(): this {
      this.apply(new Counted());
      return this;
    }
    @EventHandler(Counted) protected onCounted({ by }: Counted): void {
      this.total += by;
    }
  }

  it('is read as what is left, but never loaded as an aggregate', async () => {
    const repository = new AggregateRepository(store);
    const counter = new Counter('expired').count();
    await repository.save(counter);
    await repository.save(counter.count());
    const target = { aggregate: 'raw', id: 'expired' };
    await client.send(new DeleteItemCommand({ TableName, Key: key(target, 1) }));
    expect(await versions(target)).toEqual([2]);
    await expect(repository.load(Counter, 'expired')).rejects.toMatchObject({
      code: 'STREAM_CORRUPTED',
      stream: target,
    });
  });
});

describe('a damaged stream is an error, never a wrong state', () => {
  const remove = (target: StreamId, version: number) =>
    client.send(new DeleteItemCommand({ TableName, Key: key(target, version) }));

  it('when a commit in the middle is missing, whichever way it is read', async () => {
    const target = await stream();
    await remove(target, 3);
    for (const range of [{}, { order: 'backward' }, { from: 2 }, { from: 4 }, { from: 2, to: 6 }] as const) {
      await expect(versions(target, range)).rejects.toMatchObject({
        code: 'STREAM_CORRUPTED',
        version: 3,
        fault: 'versions 3 to 5 are missing',
      });
    }
    expect(await versions(target, { to: 2 })).toEqual([1, 2]);
    // What lies before the range is not read, so it cannot be missed.
    expect(await versions(target, { from: 6 })).toEqual([6]);
  });

  it('when the first commit is missing', async () => {
    const target = await stream();
    await remove(target, 1);
    for (const range of [{}, { order: 'backward' }, { from: 2 }] as const) {
      await expect(versions(target, range)).rejects.toMatchObject({
        code: 'STREAM_CORRUPTED',
        fault: 'versions 1 to 2 are missing',
      });
    }
  });

  it.each([
    ['overlapping commits', { n: { N: '4' } }],
    ['a wrong count', { n: { N: '2' } }],
    ['no count', { n: { S: 'x' } }],
    ['no events', { events: { NULL: true } }],
    ['cut-off JSON', { events: { S: '[[0,1]' } }],
    ['broken gzip', { events: { B: Uint8Array.of(0x1f, 0x8b, 1, 2, 3) } }],
    ['cut-off frames', { events: { B: Uint8Array.of(1, 0, 0, 0, 0, 0, 9, 1) } }],
    ['an unknown type index', { types: { L: [] } }],
    ['an unreadable type', { types: { L: [{ S: 'nonsense' }] } }],
  ] as [string, Record<string, AttributeValue>][])('with %s', async (_, change) => {
    const target = await stream();
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key(target, 3) }));
    await client.send(new PutItemCommand({ TableName, Item: { ...Item, ...change } }));
    await expect(versions(target)).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', stream: target });
  });
});
