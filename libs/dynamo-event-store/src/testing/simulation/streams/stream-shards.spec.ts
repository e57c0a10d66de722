import { DescribeStreamCommand, type Shard } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from '@jest/globals';
import { rejectionOf, TABLE } from '../../../../../../test/support/simulated-table.js';
import type { StreamRecord } from '../../../../../../test/support/stream-reader.js';
import {
  inTime,
  ofItem,
  sequences,
  SKS,
  states,
  streamedThings,
  upTo,
  writeAll,
} from '../../../../../../test/support/streamed-things.js';

const HOUR = 3_600_000;

function expectLineage(shards: readonly Shard[]): void {
  const byId = new Map(shards.map((shard) => [shard.ShardId, shard]));
  for (const { ParentShardId: parentId, SequenceNumberRange: range } of shards) {
    const { StartingSequenceNumber: start, EndingSequenceNumber: end } = range!;
    if (end !== undefined) expect(BigInt(end)).toBeGreaterThan(BigInt(start!));
    if (parentId === undefined) continue;
    const parentEnd = byId.get(parentId)!.SequenceNumberRange!.EndingSequenceNumber!;
    expect(BigInt(start!)).toBeGreaterThan(BigInt(parentEnd));
  }
}

describe('shards', () => {
  it('share the items, also those of one partition key', async () => {
    const { put, reader } = await streamedThings({ streams: { shards: 3 } });
    for (const n of upTo(3)) for (const sk of SKS) await put(sk, n);
    const shards = await reader.shards();
    expect(shards).toHaveLength(3);
    const found = await Promise.all(shards.map((shard) => reader.shard(shard)));
    const items = found.map((records) => new Set(states(records).map(([sk]) => sk!)));
    for (const each of items) expect(each.size).toBeGreaterThan(0);
    // An item is in one of them only.
    expect(items.flatMap((each) => [...each]).sort()).toEqual(SKS);
  });

  it.each([0, -1, 1.5])('cannot be %d', async (shards) => {
    await expect(streamedThings({ streams: { shards } })).rejects.toThrow(/streams.shards/);
  });

  it('that roll over are closed, and have one child each that takes up the sequence', async () => {
    const { database, put, reader } = await streamedThings({ streams: { shards: 2 } });
    for (const sk of SKS) await put(sk, 1);
    database.rollShards(TABLE);
    for (const sk of SKS) await put(sk, 2);
    const shards = await reader.shards();
    expect(shards.map(({ ParentShardId: id }) => id)).toEqual([
      undefined,
      undefined,
      shards[0]!.ShardId,
      shards[1]!.ShardId,
    ]);
    expect(shards.map(({ SequenceNumberRange: range }) => range!.EndingSequenceNumber !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expectLineage(shards);
    const [a, b, childOfA, childOfB] = await Promise.all(shards.map((shard) => reader.shard(shard)));
    const items = (records: StreamRecord[] | undefined): string[] => states(records!).map(([sk]) => sk!);
    expect([items(childOfA), items(childOfB)]).toEqual([items(a), items(b)]);
    expect(states([...a!, ...b!]).every((state) => state.endsWith('1'))).toBe(true);
    expect(states([...childOfA!, ...childOfB!]).every((state) => state.endsWith('2'))).toBe(true);
    const ends = shards.map(({ SequenceNumberRange: range }) => BigInt(range!.EndingSequenceNumber ?? 0));
    for (const each of sequences(a!)) expect(each).toBeLessThanOrEqual(ends[0]!);
  });

  it('that are split have two children each, with half of the items', async () => {
    const { database, put, reader } = await streamedThings();
    database.splitShards(TABLE);
    for (const sk of SKS) await put(sk, 1);
    const shards = await reader.shards();
    expect(shards.map(({ ParentShardId: id }) => id)).toEqual([undefined, shards[0]!.ShardId, shards[0]!.ShardId]);
    expectLineage(shards);
    const [parent, ...children] = await Promise.all(shards.map((shard) => reader.shard(shard)));
    expect(parent).toEqual([]);
    for (const child of children) expect(child.length).toBeGreaterThan(0);
    expect(states(children.flat()).sort()).toEqual(SKS.map((sk) => `${sk}1`));
  });

  it('that are split again still have each item in one of them', async () => {
    const { database, put, reader } = await streamedThings();
    for (let round = 0; round < 2; round++) database.splitShards(TABLE);
    for (let item = 0; item < 100; item++) await put(`${item}.`, 1);
    const open = (await reader.shards()).filter(({ SequenceNumberRange: range }) => !range!.EndingSequenceNumber);
    const found = await Promise.all(open.map((shard) => reader.shard(shard)));
    expect(found).toHaveLength(4);
    for (const records of found) expect(records.length).toBeGreaterThan(10);
    expect(new Set(found.flatMap(states)).size).toBe(100);
  });

  it('that closed leave to their children what was under way, after what they have', async () => {
    await inTime({ delayMs: () => 100 }, async ({ database, put, reader, time }) => {
      await put('a', 1);
      await time.pause(60);
      await put('a', 2);
      await time.pause(60);
      database.rollShards(TABLE);
      await time.pause(100);
      const [parent, child] = await reader.shards();
      expect([states(await reader.shard(parent!)), states(await reader.shard(child!))]).toEqual([['a1'], ['a2']]);
    });
  });

  it('live as long as they are told, split as often as they are told, and keep every item in order', async () => {
    await inTime(
      {
        shards: 2,
        delayMs: (random) => 3_000 * random.next(),
        shardLifetimeMs: (random) => 500 + 4_000 * random.next(),
        splits: 0.5,
        maxOpenShards: 5,
      },
      async (things) => {
        await writeAll(things, 40, 50);
        await things.time.pause(3_000);
        const shards = await things.reader.shards();
        expectLineage(shards);
        const children = new Map<string | undefined, number>();
        for (const { ParentShardId: id } of shards) children.set(id, (children.get(id) ?? 0) + 1);
        children.delete(undefined);
        expect(new Set(children.values())).toEqual(new Set([1, 2]));
        expect(shards.filter(({ SequenceNumberRange: range }) => !range!.EndingSequenceNumber)).toHaveLength(5);
        const found = await things.reader.all();
        for (const sk of SKS) expect(ofItem(found, sk)).toEqual(upTo(40));
      },
    );
  });

  it.each([
    [0, 1, 1],
    [1, 32, 32],
    [0.5, 2, 31],
  ])('split with probability %d: 5 generations later there are %d to %d', async (splits, least, most) => {
    await inTime({ shardLifetimeMs: () => 1_000, splits, maxOpenShards: 100 }, async ({ reader, time }) => {
      await time.pause(5_500);
      const shards = await reader.shards();
      const open = shards.filter(({ SequenceNumberRange: range }) => !range!.EndingSequenceNumber);
      expect(open.length).toBeGreaterThanOrEqual(least);
      expect(open.length).toBeLessThanOrEqual(most);
    });
  });

  it('do not close by themselves unless told', async () => {
    await inTime({}, async ({ reader, time }) => {
      await time.pause(100 * HOUR);
      expect(await reader.shards()).toHaveLength(1);
    });
  });

  it('do not close twice when they were rolled by hand', async () => {
    await inTime({ shardLifetimeMs: () => 1_000 }, async ({ database, reader, time }) => {
      await time.pause(500);
      database.rollShards(TABLE);
      await time.pause(999);
      expect(await reader.shards()).toHaveLength(2);
      await time.pause(1);
      expect(await reader.shards()).toHaveLength(3);
    });
  });

  it('disappear 24 hours after they closed, and are still named by their children', async () => {
    await inTime({}, async ({ database, reader, put, time }) => {
      await put('a', 1);
      await time.pause(HOUR);
      const [parent] = await reader.shards();
      database.rollShards(TABLE);
      await time.pause(24 * HOUR);
      expect(await reader.shards()).toHaveLength(2);
      expect(await reader.shard(parent!)).toEqual([]);
      const iterator = await reader.iterator(parent!.ShardId!, 'TRIM_HORIZON');
      await time.pause(1);
      const [child, ...others] = await reader.shards();
      expect([child!.ParentShardId, others]).toEqual([parent!.ShardId, []]);
      for (const gone of [reader.iterator(parent!.ShardId!, 'TRIM_HORIZON'), reader.page(iterator)])
        expect((await rejectionOf(gone)).name).toBe('ResourceNotFoundException');
    });
  });

  it('are described page by page, of at most 100, and by their parent', async () => {
    const { database, reader } = await streamedThings({ streams: { shards: 60 } });
    database.rollShards(TABLE);
    const client = database.streamsClientFor();
    const described = async (more: object) =>
      (await client.send(new DescribeStreamCommand({ StreamArn: reader.arn, ...more }))).StreamDescription!;
    const first = await described({});
    expect([first.Shards!.length, first.LastEvaluatedShardId]).toEqual([100, first.Shards![99]!.ShardId]);
    const rest = await described({ ExclusiveStartShardId: first.LastEvaluatedShardId });
    expect([rest.Shards!.length, rest.LastEvaluatedShardId]).toEqual([20, undefined]);
    expect(await reader.shards(7)).toEqual([...first.Shards!, ...rest.Shards!]);
    // A full page may be the last.
    expect(await described({ ExclusiveStartShardId: first.LastEvaluatedShardId, Limit: 20 })).toEqual(rest);
    const ShardFilter = { Type: 'CHILD_SHARDS', ShardId: first.Shards![3]!.ShardId };
    expect((await described({ ShardFilter })).Shards).toEqual([first.Shards![63]]);
    for (const Limit of [0, 101])
      expect(await rejectionOf(described({ Limit }))).toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(/limit/),
      });
  });
});
