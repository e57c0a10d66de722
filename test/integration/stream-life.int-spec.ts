import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { codeOf, note, splitBatch, StreamLifeFixture } from '../support/stream-life-fixture.js';

const life = new StreamLifeFixture();
const { wire, hand, tableName, store, others } = life;

describe('closing and archiving', () => {
  it('closes with one read and one PutItem of an item without events, where the next commit would go', async () => {
    const head = await others.append(life.newStream(), [note('a'), note('b')], { expected: 'none' });
    const closed = await store.closeStream(head.stream, { expected: 2, metadata: { actorId: 'ada' } });
    expect(wire.operations().at(-1)).toBe('PutItem');
    expect(wire.requests.length).toBeLessThanOrEqual(3);
    const { Item } = await hand.send(new GetItemCommand({ TableName: tableName, Key: life.keyOf(head.stream, 3) }));
    expect(Item).toMatchObject({ n: { N: '0' }, at: { N: String(closed.recordedAt!.getTime()) } });
    wire.reset();
    await store.closeStream(head.stream);
    expect(wire.operations()).toEqual(['Query']);
  });

  it('is closed although the answer is lost, and closing it again says so', async () => {
    const head = await others.append(life.newStream(), [note('a')], { expected: 'none' });
    wire.fault = ({ operation }) => (operation === 'PutItem' ? 'drop-response' : undefined);
    expect(await codeOf(store.closeStream(head.stream))).toBe('STORE_UNAVAILABLE');
    wire.reset();
    expect(await store.closeStream(head.stream)).toMatchObject({ version: 1, closed: true });
  });

  it('archives with one UpdateItem, which changes only the place in the listing', async () => {
    const head = await others.append(life.newStream(), [note('a')], { expected: 'none' });
    const stored = async () =>
      (await hand.send(new GetItemCommand({ TableName: tableName, Key: life.keyOf(head.stream, 1) }))).Item!;
    const { list, ...before } = await stored();
    await store.archiveStream(head.stream);
    expect(wire.operations()).toEqual(['UpdateItem']);
    const { list: archived, ...after } = await stored();
    expect(after).toEqual(before);
    expect(archived).not.toEqual(list);
    await store.archiveStream(head.stream, false);
    expect((await stored())['list']).toEqual(list);
  });
});

describe('purging', () => {
  it('closes, reads the keys, deletes them by 25, and at last the first commit and the end together', async () => {
    const heads = await life.richStream();
    const items = (await life.sortKeysOf(heads[0]!.stream)).length;
    expect(await store.purgeStream(heads[0]!.stream)).toBe(items + 1);
    const operations = wire.operations();
    expect(operations.filter((operation) => operation !== 'Query')).toEqual([
      'PutItem',
      'BatchWriteItem',
      'BatchWriteItem',
      'TransactWriteItems',
    ]);
    expect(wire.requests.at(-1)!.input['TransactItems']).toMatchObject([
      { Delete: { TableName: tableName, Key: life.keyOf(heads[0]!.stream, 1) } },
      { Delete: { TableName: tableName, Key: life.keyOf(heads[0]!.stream, 33) } },
    ]);
    expect(await life.sortKeysOf(heads[0]!.stream)).toEqual([]);
  });

  it('follows the pages of the keys, and batches that were not done at once', async () => {
    const stream = life.newStream();
    for (let index = 0; index < 4; index++)
      await others.append(stream, [note(Uint8Array.from(randomBytes(900_000))), note('x')], { expected: 'any' });
    let batches = 0;
    wire.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'BatchWriteItemCommand' || batches++ > 3) return next(args);
          const { arriving, left } = splitBatch(args.input);
          const answer = await next({ ...args, input: { RequestItems: { [tableName]: arriving } } });
          return { ...answer, output: { ...answer.output, UnprocessedItems: { [tableName]: left } } };
        },
      { step: 'initialize', name: 'unprocessed' },
    );
    try {
      expect(await store.purgeStream(stream)).toBe(4 * 3 + 1);
    } finally {
      wire.client.middlewareStack.remove('unprocessed');
    }
    expect(batches).toBeGreaterThan(2);
    expect(await life.sortKeysOf(stream)).toEqual([]);
  });
});

describe('a stream with a gap, read as of a time before the gap ended', () => {
  it('is damaged, not shorter', async () => {
    let now = 1_700_000_000_000;
    const clocked = new DynamoEventStore({ client: hand, tableName, clock: () => new Date(now) });
    const stream = life.newStream();
    for (let version = 1; version <= 4; version++, now += 1_000)
      await clocked.append(stream, [note(version)], { expected: 'any' });
    const asOf = new Date(1_700_000_001_500);
    expect(await life.versions(stream, { asOf })).toEqual([1, 2]);
    await hand.send(new DeleteItemCommand({ TableName: tableName, Key: life.keyOf(stream, 2) }));
    for (const order of ['forward', 'backward'] as const)
      expect([order, await codeOf(life.versions(stream, { asOf, order }))]).toEqual([order, 'STREAM_CORRUPTED']);
  });
});
