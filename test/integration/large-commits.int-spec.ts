import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand, PutItemCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, type AppendOptions, type ReadRange, type StreamId } from 'nestjs-dynamo-event-store';
import { itemBytes, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type WireRequest } from '../support/recording-client.js';

const ITEM = 400 * 1024;
/** The first item of a stream leaves room for the mark of an archived one. */
const FIRST = ITEM - 1;
const LIMIT = 4 * 1024 * 1024;
const MEGABYTE = 2 ** 20;
const wire = recordingClient({ maxAttempts: 1 });
/** Changes what is stored behind the back of the store. */
const hand = testClient();
const tableName = uniqueTableName('large');
const store = new DynamoEventStore({ client: wire.client, tableName });
/** The number of a time takes more or fewer bytes; this one always the same. */
const clocked = new DynamoEventStore({ client: wire.client, tableName, clock: () => new Date(1_700_000_000_123) });
let count = 0;
/** Names of one length, so that keys are of one size. */
const stream = (): StreamId => ({ aggregate: 'large', id: String(count++).padStart(6, '0') });
const noise = (bytes: number) => ({ type: 'noise', payload: Uint8Array.from(randomBytes(bytes)) });
const note = (payload: string) => ({ type: 'noted', payload });

const create = (target: StreamId, bytes: number, options: Partial<AppendOptions> = {}) =>
  store.append(target, [noise(bytes)], { expected: 'none', ...options });

async function versions(target: StreamId, range: ReadRange = {}): Promise<number[]> {
  const found: number[] = [];
  for await (const { version } of store.read(target, range)) found.push(version);
  return found;
}

function itemsOf({ input }: WireRequest): Item[] {
  const actions = input['TransactItems'] as TransactWriteItem[];
  return actions.flatMap(({ Put }) => (Put?.Item === undefined ? [] : [Put.Item]));
}

const key = ({ id }: StreamId, version: number, part?: number): Item => ({
  pk: { S: `#large#${id}` },
  sk: { S: `e#${String(version).padStart(16, '0')}${part === undefined ? '' : `#${String(part).padStart(2, '0')}`}` },
});
const remove = (target: StreamId, version: number, part?: number) =>
  hand.send(new DeleteItemCommand({ TableName: tableName, Key: key(target, version, part) }));
const megabytes = (): number =>
  Math.ceil(wire.requests.reduce((sum, { capacity }) => sum + capacity!.CapacityUnits! * 4096, 0) / MEGABYTE);

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
  hand.destroy();
});

describe('a commit above 400 KB is one TransactWriteItems', () => {
  it.each([
    [410_000, 2],
    [1_500_000, 4],
    [3_900_000, 10],
  ])('of %i bytes in %i items, each full but the last', async (bytes, items) => {
    const target = stream();
    const ttl = new Date(Date.UTC(2100, 0, 1));
    await create(target, bytes, { ttl, metadata: { actorId: 'ada' } });
    // Under retention a new stream is looked for first.
    expect(wire.operations()).toEqual(['Query', 'TransactWriteItems']);
    const [first, ...parts] = itemsOf(wire.requests[1]!);
    expect(parts).toHaveLength(items - 1);
    const sizes = [first!, ...parts].map(itemBytes);
    expect(sizes.slice(0, -1)).toEqual(Array.from({ length: items - 1 }, (_, index) => (index === 0 ? FIRST : ITEM)));
    expect(sizes.at(-1)).toBeLessThanOrEqual(ITEM);
    expect(Object.keys(first!).sort()).toEqual(
      ['at', 'commit', 'events', 'list', 'meta', 'n', 'parts', 'pk', 'sk', 'ttl', 'types'].sort(),
    );
    expect(first).toMatchObject({ ...key(target, 1), n: { N: '1' }, parts: { N: String(items) } });
    for (const [index, part] of parts.entries())
      expect(part).toEqual({ ...key(target, 1, index + 2), ttl: first!['ttl'], events: { B: expect.anything() } });
  });

  it('in which only the first item has a condition, since the parts are of its slot', async () => {
    const target = stream();
    await create(target, 1_000_000);
    const actions = wire.requests[0]!.input['TransactItems'] as TransactWriteItem[];
    expect(actions.map(({ Put }) => Put?.ConditionExpression)).toEqual([
      'attribute_not_exists(pk)',
      undefined,
      undefined,
    ]);
    await expect(create(target, 1_000_000)).rejects.toMatchObject({ code: 'CONCURRENCY' });
    expect(await versions(target)).toEqual([1]);
  });

  it('and up to the last byte but one of 400 KB a single PutItem', async () => {
    const write = (bytes: number) => clocked.append(stream(), [noise(bytes)], { expected: 'none' });
    await write(400_000);
    const most = 400_000 + FIRST - itemBytes(wire.requests[0]!.input['Item'] as Item);
    wire.reset();
    await write(most);
    await write(most + 1);
    expect(wire.operations()).toEqual(['PutItem', 'TransactWriteItems']);
    expect(itemBytes(wire.requests[0]!.input['Item'] as Item)).toBe(FIRST);
    expect(itemsOf(wire.requests[1]!)).toHaveLength(2);
  });

  it('does not keep its stream from being archived, however full the first item is', async () => {
    const target = stream();
    await create(target, 1_000_000);
    await store.archiveStream(target);
    const { items } = await store.listStreams(target.aggregate, { archived: true });
    expect(items.map(({ stream: { id } }) => id)).toEqual([target.id]);
  });

  it('that is compressed first: 6 MB of text that people write fit into one PutItem', async () => {
    const text = 'a sentence that people write again and again. '.repeat(130_000);
    await store.append(stream(), [note(text)], { expected: 'none' });
    expect(wire.operations()).toEqual(['PutItem']);
  });

  it('up to 4 MB: whatever is not refused before any request is stored, up to 1 KB below', async () => {
    const write = (bytes: number) => clocked.append(stream(), [noise(bytes)], { expected: 'none' });
    await write(4_000_000);
    const most = 4_000_000 + LIMIT - itemsOf(wire.requests[0]!).reduce((sum, item) => sum + itemBytes(item), 0);
    const outcome = async (bytes: number): Promise<string> => {
      wire.reset();
      const error = await write(bytes).catch((cause: unknown) => cause as { code: string });
      return 'code' in error ? `${error.code} after ${wire.requests.length} requests` : 'stored';
    };
    expect(await outcome(most - 1024)).toBe('stored');
    expect(await outcome(most + 1)).toMatch(/^(?:EVENT|COMMIT)_TOO_LARGE after 0 requests$/);
    for (const less of [0, 1, 12, 24, 50, 150, 300, 511, 512, 513])
      expect(await outcome(most - less)).toMatch(/^(?:stored|(?:EVENT|COMMIT)_TOO_LARGE after 0 requests)$/);
  });

  it('whose answer is lost is found when it is sent again, and told apart from another one', async () => {
    const target = stream();
    const events = [noise(1_500_000), note('end')];
    wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    const options = { expected: 'none', commitId: 'c-1' } as const;
    await expect(store.append(target, events, options)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await store.append(target, events, options)).version).toBe(2);
    await expect(store.append(target, [noise(1_500_000), note('end')], options)).rejects.toMatchObject({
      code: 'COMMIT_ID_REUSED',
    });
    expect(await versions(target)).toEqual([1, 2]);
  });
});

describe('reading large commits', () => {
  const target: StreamId = { aggregate: 'large', id: 'read' };

  beforeAll(async () => {
    let head = await create(target, 3_900_000);
    head = await store.append(target, [note('small')], { expected: head });
    head = await store.append(target, [noise(1_500_000), note('b')], { expected: head });
    await store.append(target, [note('end')], { expected: head });
  });

  it.each(['forward', 'backward'] as const)('%s takes at most one Query per MB, strongly consistent', async (order) => {
    const found = await versions(target, { order });
    expect(order === 'forward' ? found : found.reverse()).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(wire.operations())).toEqual(new Set(['Query']));
    expect(wire.requests.length).toBeLessThanOrEqual(megabytes());
    expect(wire.requests.reduce((sum, { items = 0 }) => sum + items, 0)).toBe(10 + 1 + 4 + 1);
    expect(wire.requests.every(({ input }) => input['ConsistentRead'] === true)).toBe(true);
  });

  it('with a limit reads that commit and one item more at most', async () => {
    expect(await versions(target, { limit: 1 })).toEqual([1]);
    expect(wire.requests.reduce((sum, { items = 0 }) => sum + items, 0)).toBe(10);
    wire.reset();
    expect(await versions(target, { limit: 2 })).toEqual([1, 2]);
    expect(wire.requests.reduce((sum, { items = 0 }) => sum + items, 0)).toBe(11);
    wire.reset();
    expect(await versions(target, { order: 'backward', limit: 2 })).toEqual([5, 4]);
    expect(wire.requests.reduce((sum, { items = 0 }) => sum + items, 0)).toBeLessThanOrEqual(5);
    wire.reset();
    expect(await versions(target, { from: 2, to: 2 })).toEqual([2]);
    expect(wire.requests).toMatchObject([{ operation: 'Query', items: 1 }]);
  });

  it('as the winner of a conflict takes one Query per MB more than the refused write', async () => {
    const error = store.append(target, [note('late')], { expected: 'none' });
    await expect(error).rejects.toMatchObject({ code: 'CONCURRENCY', actual: 1, winner: [{ version: 1 }] });
    const [first, ...reads] = wire.operations();
    expect(first).toBe('PutItem');
    expect(new Set(reads)).toEqual(new Set(['Query']));
    expect(reads.length).toBeLessThanOrEqual(5);
  });

  it('goes on where a page was lost', async () => {
    const patient = recordingClient({ maxAttempts: 3 });
    patient.fault = (_, index) => (index % 2 === 0 ? 'drop-response' : undefined);
    const other = new DynamoEventStore({ client: patient.client, tableName });
    const found: number[] = [];
    for await (const { version } of other.read(target)) found.push(version);
    expect(found).toEqual([1, 2, 3, 4, 5]);
    expect(patient.requests.length).toBeGreaterThan(6);
    patient.client.destroy();
  });
});

describe('a large commit that is damaged is an error, whichever way it is read, and never shorter or other events', () => {
  async function damaged(change: (target: StreamId) => Promise<unknown>, bytes = 1_500_000): Promise<StreamId> {
    const target = stream();
    await store.append(target, [note('a')], { expected: 'none' });
    await store.append(target, [noise(bytes)], { expected: 1 });
    await store.append(target, [note('c')], { expected: 2 });
    await change(target);
    return target;
  }
  const put = (item: Item | undefined) => hand.send(new PutItemCommand({ TableName: tableName, Item: item! }));
  const get = async (target: StreamId, part?: number) =>
    (await hand.send(new GetItemCommand({ TableName: tableName, Key: key(target, 2, part) }))).Item!;

  it.each<[string, string, (target: StreamId) => Promise<unknown>]>([
    ['the first part is missing', 'has 4 parts, but 3 were found', (target) => remove(target, 2, 2)],
    ['the last part is missing', 'has 4 parts, but 3 were found', (target) => remove(target, 2, 4)],
    [
      'all parts are missing',
      'has 4 parts, but 1 were found',
      (target) => Promise.all([2, 3, 4].map((part) => remove(target, 2, part))),
    ],
    ['the first item is missing', 'has no first item', (target) => remove(target, 2)],
    ['there is a part too many', '', async (target) => put({ ...(await get(target, 4)), ...key(target, 2, 5) })],
    [
      'a part is cut off',
      'cannot be read',
      async (target) => put({ ...(await get(target, 3)), events: { B: Uint8Array.of(1) } }),
    ],
    [
      'a part is there twice and another one is missing',
      '',
      async (target) => {
        await put({ ...(await get(target, 4)), ...key(target, 2, 5) });
        await remove(target, 2, 3);
      },
    ],
  ])('when %s', async (_, fault, change) => {
    const target = await damaged(change);
    for (const range of [{}, { order: 'backward' }, { from: 2, to: 2 }, { from: 2 }] as const)
      await expect(versions(target, range)).rejects.toMatchObject({
        code: 'STREAM_CORRUPTED',
        stream: target,
        fault: expect.stringContaining(fault),
      });
    expect((await store.head(target)).version).toBe(3);
  });

  it.each(['forward', 'backward'] as const)('when only its parts are left of a stream, read %s', async (order) => {
    const target = stream();
    await create(target, 1_500_000);
    await remove(target, 1);
    await expect(versions(target, { order })).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', stream: target });
    await expect(store.head(target)).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', stream: target });
  });
});

describe('a large commit that has expired', () => {
  it.each<[string, readonly (number | undefined)[]]>([
    ['none of its items', []],
    ['a part', [3]],
    ['its first item', [undefined]],
    ['all but a part', [undefined, 2, 4]],
  ])('counts as gone, also while DynamoDB has deleted %s so far', async (_, deleted) => {
    const target = stream();
    const future = new Date(Date.now() + 3_600_000);
    await create(target, 1_500_000, { ttl: new Date(Date.now() - 2_000) });
    await store.append(target, [note('b')], { expected: 1, ttl: future });
    for (const part of deleted) await remove(target, 1, part);
    for (const range of [{}, { order: 'backward' }, { from: 2 }, { from: 1, to: 2 }] as const)
      expect(await versions(target, range)).toEqual([2]);
    expect((await store.head(target)).version).toBe(2);
    expect((await store.append(target, [note('c')], { expected: 2, ttl: future })).version).toBe(3);
  });
});
