import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DynamoEventStore, type StreamId } from 'nestjs-dynamo-event-store';
import { itemBytes, type Item } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { uniqueTableName } from '../../support/dynamodb.js';
import { recordingClient } from '../../support/recording-client.js';

const wire = recordingClient();
const store = new DynamoEventStore({ client: wire.client, tableName: uniqueTableName('cost') });

/** About 300 bytes of JSON that hardly compress. */
function event(index: number): { type: string; payload: object } {
  const text = Array.from({ length: 200 }, () => String.fromCharCode(33 + Math.floor(Math.random() * 93))).join('');
  return { type: 'measured', payload: { index, text, at: '2026-01-01T00:00:00.000Z', amount: '12.34' } };
}

/** Well-compressible events of the same size. */
function plainEvent(index: number): { type: string; payload: object } {
  return {
    type: 'measured',
    payload: { index, note: 'a sentence that people write again and again. '.repeat(6), amount: '12.34' },
  };
}

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
});

describe('an append is exactly one PutItem', () => {
  let count = 0;
  const stream = (): StreamId => ({ aggregate: 'cost', id: `append-${count++}` });

  it.each([1, 10, 100])('of %i events, charged by its size and nothing else', async (events) => {
    const target = stream();
    const head = await store.append(target, [event(0)], { expected: 'none' });
    wire.reset();

    await store.append(
      target,
      Array.from({ length: events }, (_, index) => event(index)),
      { expected: head },
    );

    expect(wire.operations()).toEqual(['PutItem']);
    const [request] = wire.requests;
    const bytes = itemBytes(request!.input['Item'] as Item);
    expect(request!.capacity!.CapacityUnits).toBe(Math.ceil(bytes / 1024));
    expect(request!.capacity!.GlobalSecondaryIndexes).toBeUndefined();
  });

  it.each([1, 10, 100])('of %i events; the first of a stream costs one unit more, for the listing', async (events) => {
    await store.append(
      stream(),
      Array.from({ length: events }, (_, index) => event(index)),
      { expected: 'none' },
    );

    expect(wire.operations()).toEqual(['PutItem']);
    const [request] = wire.requests;
    const bytes = itemBytes(request!.input['Item'] as Item);
    expect(request!.capacity!.Table!.CapacityUnits).toBe(Math.ceil(bytes / 1024));
    expect(request!.capacity!.GlobalSecondaryIndexes!['streams']!.CapacityUnits).toBe(1);
  });

  it('compresses when that saves a unit, and not for a small one', async () => {
    const target = stream();
    const head = await store.append(target, [plainEvent(0)], { expected: 'none' });
    expect((wire.requests[0]!.input['Item'] as Item)['events']!.S).toContain('a sentence');
    wire.reset();
    await store.append(
      target,
      Array.from({ length: 100 }, (_, index) => plainEvent(index)),
      { expected: head },
    );
    expect((wire.requests[0]!.input['Item'] as Item)['events']!.B).toBeInstanceOf(Uint8Array);
    expect(wire.requests[0]!.capacity!.CapacityUnits).toBeLessThanOrEqual(4);
  });

  it('has a fixed overhead of at most 150 bytes besides the key (one event, default metadata)', async () => {
    const target = stream();
    const head = await store.append(target, [event(0)], { expected: 'none' });
    await store.append(target, [event(1)], { expected: head });
    const overheads = wire.requests.map(({ input }) => {
      const item = input['Item'] as Item;
      const key = Buffer.byteLength(item['pk']!.S!) + Buffer.byteLength(item['sk']!.S!);
      const payload = (JSON.parse(item['events']!.S!) as [[number, object]])[0][1];
      return itemBytes(item) - key - Buffer.byteLength(JSON.stringify(payload));
    });
    expect(Math.max(...overheads)).toBeLessThanOrEqual(150);
  });

  it('with a bare version costs one read of one commit more', async () => {
    const target = stream();
    await store.append(target, [event(0)], { expected: 'none' });
    for (let version = 1; version < 20; version++) await store.append(target, [event(version)], { expected: version });
    wire.reset();
    await store.append(target, [event(20)], { expected: 20 });
    expect(wire.operations()).toEqual(['Query', 'PutItem']);
    expect(wire.requests[0]).toMatchObject({ items: 1, capacity: { CapacityUnits: 1 } });
  });

  it('that conflicts is one PutItem and no read', async () => {
    const target = stream();
    await store.append(target, [event(0)], { expected: 'none' });
    wire.reset();
    await expect(store.append(target, [event(1)], { expected: 'none' })).rejects.toMatchObject({
      code: 'CONCURRENCY',
      winner: [{ version: 1 }],
    });
    expect(wire.operations()).toEqual(['PutItem']);
  });
});

describe('reads', () => {
  const long: StreamId = { aggregate: 'cost', id: 'long' };
  const commits = 2_000;

  beforeAll(async () => {
    let head = await store.head(long);
    // 1.5 KB a commit, in all 3 MB.
    const text = (index: number) => `${index}:`.padEnd(1_350, 'abcdefghij');
    for (let index = 0; index < commits; index++) {
      head = await store.append(long, [{ type: 'filled', payload: text(index) }], {
        expected: head.version === 0 ? 'none' : head,
      });
    }
  }, 600_000);

  it('of a stream of 3 MB take one Query per MB, and give back 2,000 commits equal and in order', async () => {
    const bytes: number[] = [];
    let next = 0;
    for await (const recorded of store.read<string>(long)) {
      expect(recorded.version).toBe(next + 1);
      if (recorded.event !== `${next}:`.padEnd(1_350, 'abcdefghij'))
        throw new Error(`Event ${recorded.version} differs.`);
      bytes.push(recorded.event.length);
      next += 1;
    }
    expect(next).toBe(commits);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(2_600_000);
    const megabytes = Math.ceil(
      wire.requests.reduce((sum, { capacity }) => sum + capacity!.CapacityUnits! * 4096, 0) / 2 ** 20,
    );
    expect(wire.operations()).toEqual(Array.from({ length: megabytes }, () => 'Query'));
  });

  it('of the last event of that stream take one request for one item (P2)', async () => {
    for await (const { version } of store.read(long, { order: 'backward', limit: 1 })) expect(version).toBe(commits);
    expect(wire.operations()).toEqual(['Query']);
    expect(wire.requests[0]).toMatchObject({ items: 1, capacity: { CapacityUnits: 1 } });
    wire.reset();
    expect((await store.head(long)).version).toBe(commits);
    expect(wire.requests).toMatchObject([{ operation: 'Query', items: 1 }]);
  });

  it('from the middle take one item more, and a limit is paid as a limit', async () => {
    const versions: number[] = [];
    for await (const { version } of store.read(long, { from: 1_000, limit: 5 })) versions.push(version);
    expect(versions).toEqual([1_000, 1_001, 1_002, 1_003, 1_004]);
    expect(wire.requests.map(({ operation, items }) => [operation, items])).toEqual([
      ['Query', 1],
      ['Query', 5],
    ]);
  });

  it('are strongly consistent unless asked otherwise, and then cost half (P15)', async () => {
    const small: StreamId = { aggregate: 'cost', id: 'small' };
    await store.append(small, [event(0)], { expected: 'none' });
    wire.reset();
    for await (const { version } of store.read(small)) expect(version).toBe(1);
    for await (const { version } of store.read(small, { consistency: 'eventual' })) expect(version).toBe(1);
    const eventual = new DynamoEventStore({ client: wire.client, tableName: store.tableName, consistentReads: false });
    for await (const { version } of eventual.read(small)) expect(version).toBe(1);
    expect(wire.requests.map(({ input, capacity }) => [input['ConsistentRead'], capacity!.CapacityUnits])).toEqual([
      [true, 1],
      [false, 0.5],
      [false, 0.5],
    ]);
  });

  it('of one commit of 390 KB, compressed or not, take one request', async () => {
    const noise = Buffer.from(Array.from({ length: 290_000 }, () => Math.floor(Math.random() * 256))).toString(
      'base64',
    );
    const big: StreamId = { aggregate: 'cost', id: 'big' };
    const halves = [noise.slice(0, 195_000), noise.slice(195_000)];
    await store.append(
      big,
      halves.map((payload) => ({ type: 'half', payload })),
      { expected: 'none' },
    );
    const stored = itemBytes(wire.requests[0]!.input['Item'] as Item);
    const bytes: StreamId = { aggregate: 'cost', id: 'bytes' };
    const raw = new Uint8Array(399_360).map(() => Math.floor(Math.random() * 256));
    await store.append(bytes, [{ type: 'raw', payload: raw }], { expected: 'none' });
    expect(itemBytes(wire.requests[1]!.input['Item'] as Item)).toBeGreaterThan(390 * 1024);
    expect(stored).toBeLessThan(390 * 1024);
    wire.reset();
    const read: unknown[] = [];
    for await (const { event: payload } of store.read<unknown>(big)) read.push(payload);
    for await (const { event: payload } of store.read<unknown>(bytes)) read.push(payload);
    expect(read).toEqual([...halves, raw]);
    expect(wire.operations()).toEqual(['Query', 'Query']);
  });

  it('of a list are one request per partition of the index', async () => {
    await store.listStreams('cost', { limit: 3 });
    expect(wire.operations()).toEqual(['Query', 'Query', 'Query', 'Query']);
    expect(wire.requests.every(({ input }) => input['IndexName'] === 'streams')).toBe(true);
  });
});
