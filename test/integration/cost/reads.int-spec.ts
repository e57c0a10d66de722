import { describe, expect, it } from '@jest/globals';
import type { ReadRange, StreamHead, StreamId } from 'nestjs-dynamo-event-store';
import {
  commitBytes,
  commitItemBytes,
  costOfHead,
  costOfHolder,
  costOfList,
  costOfLoad,
  costOfRead,
  costOfStoredCommand,
  listingBytes,
  receiptBytes,
  reservationBytes,
  totalOf,
} from 'nestjs-dynamo-event-store/cost';
import { listingShardOf, partitionKeyOf } from '../../../libs/dynamo-event-store/src/dynamo/table-schema.js';
import { noise, NOW, onEachEngine, shapeOf } from '../../support/cost/cost-cases.js';

const KB = 1_024;

onEachEngine('a read costs what the formula says', (fixture) => {
  const { store } = fixture;

  /** A stream whose commits are exactly so large. */
  async function streamOf(...sizes: readonly number[]): Promise<StreamHead> {
    const stream = fixture.stream();
    let head: StreamHead | undefined;
    for (const bytes of sizes) {
      const empty = commitBytes(shapeOf(stream, (head?.version ?? 0) + 1, [noise(0)]));
      head = await store.append(stream, [noise(bytes - empty)], { expected: head ?? 'none' });
    }
    expect(await fixture.sizesOf(stream)).toEqual(sizes);
    return head!;
  }

  async function drain(stream: StreamId, range: ReadRange = {}): Promise<number> {
    const versions: number[] = [];
    for await (const { version } of store.read(stream, range)) versions.push(version);
    return versions.length;
  }

  describe('of a whole stream, rounded once for each page', () => {
    it.each<[string, number[]]>([
      ['nothing', []],
      ['one commit of 4,095 bytes', [4_095]],
      ['one commit of 4,096 bytes', [4_096]],
      ['one commit of 4,097 bytes', [4_097]],
      ['eight commits of 512 bytes', Array<number>(8).fill(512)],
      ['eight of them, and a byte more', [...Array<number>(7).fill(512), 513]],
      ['three commits that are 1 MB less a byte', [400 * KB - 1, 400 * KB, 224 * KB]],
      ['three commits that are just 1 MB', [400 * KB - 1, 400 * KB, 224 * KB + 1]],
      ['four commits above 1 MB', [400 * KB - 1, 400 * KB, 224 * KB, 300]],
      ['seven commits of 390 KB', Array<number>(7).fill(390 * KB)],
    ])('%s', async (_, sizes) => {
      const stream = sizes.length === 0 ? fixture.stream() : (await streamOf(...sizes)).stream;
      await fixture.expectCost(costOfRead({ items: sizes }), () => drain(stream));
      await fixture.expectCost(costOfRead({ items: [...sizes].reverse() }), () => drain(stream, { order: 'backward' }));
      await fixture.expectCost(costOfRead({ items: sizes, consistency: 'eventual' }), () =>
        drain(stream, { consistency: 'eventual' }),
      );
    });

    it('of many equal commits, however they are told', async () => {
      const sizes = Array<number>(40).fill(60 * KB);
      const { stream } = await streamOf(...sizes);
      expect(costOfLoad({ count: 40, bytes: 60 * KB })).toEqual(costOfLoad(sizes));
      await fixture.expectCost(costOfLoad({ count: 40, bytes: 60 * KB }), () => drain(stream));
    });

    it('with a commit in parts', async () => {
      const head = await streamOf(300);
      await store.append(head.stream, [noise(1_500_000)], { expected: head });
      const items = [300, ...commitItemBytes(shapeOf(head.stream, 2, [noise(1_500_000)]))];
      await fixture.expectCost(costOfRead({ items }), () => drain(head.stream));
    });
  });

  it('of a part of a stream: what it takes, and one commit more before it', async () => {
    const { stream } = await streamOf(...Array<number>(10).fill(3_000));
    const five = costOfRead({ items: { count: 5, bytes: 3_000 } });
    await fixture.expectCost(five, () => drain(stream, { limit: 5 }));
    await fixture.expectCost(totalOf(costOfHead(3_000), five), () => drain(stream, { from: 3, limit: 5 }));
    await fixture.expectCost(costOfHead(3_000), () => drain(stream, { order: 'backward', limit: 1 }));
  });

  describe('of the head', () => {
    it.each([300, 4_096, 4_097])('after a commit of %i bytes', async (bytes) => {
      const { stream } = await streamOf(300, bytes);
      await fixture.expectCost(costOfHead(bytes), () => store.head(stream));
    });

    it('of a stream that is not there', async () => {
      await fixture.expectCost(costOfHead(0), () => store.head(fixture.stream()));
    });

    it.each([409_600, 1_500_000, 2_600_000])('after a commit in parts, of %i bytes', async (bytes) => {
      const { stream } = await store.append(fixture.stream(), [noise(bytes)], { expected: 'none' });
      const items = commitItemBytes(shapeOf(stream, 1, [noise(bytes)]));
      expect(items.length).toBeGreaterThan(1);
      await fixture.expectCost(costOfHead(items), () => store.head(stream));
    });
  });

  it('of a stored command, there or not', async () => {
    const { stream } = await store.append(fixture.stream(), [noise(9)], { expected: 'none', idempotencyKey: 'k' });
    const receipt = receiptBytes({ stream, first: 1, last: 1, recordedAt: NOW });
    await fixture.expectCost(costOfStoredCommand(receipt), () => store.storedCommand(stream, { idempotencyKey: 'k' }));
    await fixture.expectCost(costOfStoredCommand(0), () => store.storedCommand(stream, { idempotencyKey: 'x' }));
  });

  it('of the holder of a value, there or not', async () => {
    const value = { scope: 'email', value: fixture.stream().id };
    const { stream } = await store.append(fixture.stream(), [noise(9)], { expected: 'none', reserve: [value] });
    await fixture.expectCost(costOfHolder(reservationBytes(stream, 'email')), () => store.reservationOf(value));
    await fixture.expectCost(costOfHolder(0), () => store.reservationOf({ ...value, scope: 'none' }));
  });

  describe('of a list', () => {
    it.each([
      [1, 100],
      [150, 100],
      [150, 10],
    ])('of %i streams, with a limit of %i', async (count, limit) => {
      const aggregate = `list-${count}-${limit}`;
      const streams = Array.from({ length: count }, () => fixture.stream(aggregate));
      for (const stream of streams) await store.append(stream, [noise(1)], { expected: 'none' });
      const entries = [0, 1, 2, 3].map((shard) =>
        streams
          .filter((stream) => listingShardOf(partitionKeyOf(stream), 4) === shard)
          .slice(0, limit)
          .map((stream) => listingBytes(stream, NOW)),
      );
      await fixture.expectCost(costOfList({ partitions: entries }), () => store.listStreams(aggregate, { limit }));
    });
  });
});
