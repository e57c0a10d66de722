import { describe, expect, it } from '@jest/globals';
import type { StateType, StreamHead } from 'nestjs-dynamo-event-store';
import {
  commitBytes,
  costOfArchive,
  costOfClose,
  costOfHead,
  costOfPurge,
  listingBytes,
  reservationBytes,
} from 'nestjs-dynamo-event-store/cost';
import { noise, NOW, onEachEngine, shapeOf } from '../../support/cost/cost-cases.js';

const STATE: StateType = { name: 'life', schemaVersion: 1, eventClass: undefined };

onEachEngine('the end of a stream costs what the formula says', (fixture) => {
  const { store } = fixture;

  async function streamOf(sizes: readonly number[]): Promise<StreamHead> {
    const stream = fixture.stream();
    let head: StreamHead | undefined;
    for (const bytes of sizes) head = await store.append(stream, [noise(bytes)], { expected: head ?? 'none' });
    return head!;
  }

  describe('close', () => {
    it.each(['any', 'version', 'head'] as const)('at %s', async (how) => {
      const head = await streamOf([100, 5_000]);
      const { stream } = head;
      const lastCommit = commitBytes(shapeOf(stream, 2, [noise(5_000)]));
      const end = commitBytes(shapeOf(stream, 3, []));
      const options = how === 'any' ? {} : { expected: how === 'head' ? head : 2 };
      await fixture.expectCost(costOfClose({ lastCommit, end, atHead: how === 'head' }), () =>
        store.closeStream(stream, options),
      );
      expect((await fixture.sizesOf(stream)).at(-1)).toBe(end);
      await fixture.expectCost(costOfHead(end), () => store.closeStream(stream));
    });
  });

  it.each([100, 1_500, 800_000])('archive, and back, with a first commit of %i bytes', async (bytes) => {
    const { stream } = await streamOf([bytes]);
    const [firstCommit = 0] = await fixture.sizesOf(stream);
    const cost = costOfArchive({ firstCommit, listing: listingBytes(stream, NOW) });
    await fixture.expectCost(cost, () => store.archiveStream(stream));
    await fixture.expectCost(cost, () => store.archiveStream(stream, false));
  });

  it('archive of a first commit that is a byte short of another unit', async () => {
    const stream = fixture.stream();
    const events = [noise(1_024 - commitBytes(shapeOf(stream, 1, [noise(0)])))];
    await store.append(stream, events, { expected: 'none' });
    const cost = costOfArchive({ firstCommit: 1_024, listing: listingBytes(stream, NOW) });
    expect(cost.writeUnits).toBe(2 + 2);
    await fixture.expectCost(cost, () => store.archiveStream(stream));
  });

  describe('purge', () => {
    it.each([1, 2, 26, 27, 60])('of %i commits', async (count) => {
      const { stream } = await streamOf(Array.from({ length: count }, (_, index) => 500 + 30 * index));
      const items = await fixture.sizesOf(stream);
      const facts = {
        items,
        lastCommit: items.at(-1)!,
        end: commitBytes(shapeOf(stream, count + 1, [])),
        listing: listingBytes(stream, NOW),
      };
      await fixture.expectCost(costOfPurge(facts), () => store.purgeStream(stream));
      expect(await fixture.sizesOf(stream)).toEqual([]);
    });

    it('of a closed stream', async () => {
      const { stream } = await streamOf([100, 3_000, 100]);
      const items = await fixture.sizesOf(stream);
      await store.closeStream(stream);
      const end = commitBytes(shapeOf(stream, 4, []));
      const facts = { items, lastCommit: 0, end, listing: listingBytes(stream, NOW), closed: true };
      await fixture.expectCost(costOfPurge(facts), () => store.purgeStream(stream));
    });

    it('of a stream with receipts, values, a snapshot, and pages of more than 1 MB', async () => {
      let head = await streamOf([100, 350_000, 900_000]);
      const { stream } = head;
      const reserve = ['a', 'b'].map((scope) => ({ scope, value: stream.id }));
      head = await store.append(stream, [noise(100)], {
        expected: head,
        idempotencyKey: 'k',
        reserve,
        commitId: 'c-1',
      });
      await store.saveSnapshot({ head, type: STATE, state: { any: 'state' } });
      const last = await store.append(stream, [noise(390_000)], { expected: head, idempotencyKey: 'l' });
      const items = await fixture.sizesOf(stream);
      const facts = {
        items,
        firstCommit: 2,
        hasSnapshot: true,
        lastCommit: items.at(-2)!,
        end: commitBytes(shapeOf(stream, last.version + 1, [])),
        listing: listingBytes(stream, NOW),
        held: reserve.map(({ scope }) => reservationBytes(stream, scope, 'c-1', NOW)),
      };
      expect(costOfPurge(facts).requests).toEqual([
        { operation: 'Query', count: 6 },
        { operation: 'PutItem', count: 1 },
        { operation: 'DeleteItem', count: 2 },
        { operation: 'BatchWriteItem', count: 2 },
        { operation: 'TransactWriteItems', count: 1 },
      ]);
      await fixture.expectCost(costOfPurge(facts), () => store.purgeStream(stream));
    });
  });
});
