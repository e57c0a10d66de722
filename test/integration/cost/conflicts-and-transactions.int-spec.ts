import { describe, expect, it } from '@jest/globals';
import type { StreamHead } from 'nestjs-dynamo-event-store';
import {
  commitBytes,
  commitItemBytes,
  costOfAppendAll,
  costOfRefusedAppend,
  listingBytes,
  receiptBytes,
} from 'nestjs-dynamo-event-store/cost';
import { idempotentCommitId } from '../../../libs/dynamo-event-store/src/store/receipt.js';
import { noise, NOW, onEachEngine, shapeOf } from '../../support/cost/cost-cases.js';

async function refusalOf(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toMatchObject({ code: 'CONCURRENCY' });
}

onEachEngine('what several writers and several streams cost', (fixture) => {
  const { store } = fixture;
  const began = (bytes = 100): Promise<StreamHead> =>
    store.append(fixture.stream(), [noise(bytes)], { expected: 'none' });

  describe('a refused append', () => {
    it.each([
      [100, 3_000],
      [3_000, 100],
      [700, 700],
    ])('of an event of %i bytes by a commit of %i: the larger of both', async (brought, obstacle) => {
      const head = await began();
      const { stream } = head;
      await store.append(stream, [noise(obstacle)], { expected: head });
      const commit = commitBytes(shapeOf(stream, 2, [noise(brought)]));
      const inTheWay = commitBytes(shapeOf(stream, 2, [noise(obstacle)]));
      await fixture.expectCost(costOfRefusedAppend({ append: { commit }, inTheWay }), () =>
        refusalOf(store.append(stream, [noise(brought)], { expected: head })),
      );
    });

    it('with an idempotency key: twice, and its receipt', async () => {
      const head = await began();
      const { stream } = head;
      await store.append(stream, [noise(2_500)], { expected: head });
      const inTheWay = commitBytes(shapeOf(stream, 2, [noise(2_500)]));
      const shape = shapeOf(stream, 2, [noise(100)], { commitId: idempotentCommitId(stream, 'k') });
      const append = {
        commit: commitBytes(shape),
        receipt: receiptBytes({ stream, first: 2, last: 2, recordedAt: NOW }),
      };
      await fixture.expectCost(costOfRefusedAppend({ append, inTheWay }), () =>
        refusalOf(store.append(stream, [noise(100)], { expected: head, idempotencyKey: 'k' })),
      );
    });

    it('that begins a stream costs no listing', async () => {
      const { stream } = await began(2_000);
      const append = { commit: commitBytes(shapeOf(stream, 1, [noise(10)])), listing: listingBytes(stream) };
      const inTheWay = commitBytes(shapeOf(stream, 1, [noise(2_000)]));
      await fixture.expectCost(costOfRefusedAppend({ append, inTheWay }), () =>
        refusalOf(store.append(stream, [noise(10)], { expected: 'none' })),
      );
    });

    it('by a commit above 400 KB: which is read', async () => {
      const head = await began();
      const { stream } = head;
      await store.append(stream, [noise(1_800_000)], { expected: head });
      const inTheWay = commitItemBytes(shapeOf(stream, 2, [noise(1_800_000)]));
      const commit = commitBytes(shapeOf(stream, 2, [noise(100)]));
      const cost = costOfRefusedAppend({ append: { commit }, inTheWay });
      expect(cost.requests).toContainEqual({ operation: 'Query', count: 3 });
      await fixture.expectCost(cost, () => refusalOf(store.append(stream, [noise(100)], { expected: head })));
    });
  });

  describe('a write to several streams', () => {
    it.each([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 3],
      [10, 0],
    ])('%i, and %i unchanged', async (count, unchanged) => {
      const heads = await Promise.all(Array.from({ length: count }, () => began()));
      const checked = await Promise.all(Array.from({ length: unchanged }, () => began()));
      const facts = heads.map(({ stream }, index) => ({
        commit: commitBytes(shapeOf(stream, 2, [noise(400 * index)])),
      }));
      await fixture.expectCost(costOfAppendAll({ appends: facts, unchanged }), () =>
        store.appendAll([
          ...heads.map((head, index) => ({ stream: head.stream, events: [noise(400 * index)], expected: head })),
          ...checked.map((head) => ({ stream: head.stream, expected: head })),
        ]),
      );
    });

    it('new ones, whose listing costs a unit each; at a bare version, a read', async () => {
      const { stream } = await began();
      const [lastCommit = 0] = await fixture.sizesOf(stream);
      const created = [fixture.stream(), fixture.stream()];
      const appends = [
        ...created.map((each) => ({
          commit: commitBytes(shapeOf(each, 1, [noise(900)])),
          listing: listingBytes(each),
        })),
        { commit: commitBytes(shapeOf(stream, 2, [noise(10)])), lastCommit },
      ];
      await fixture.expectCost(costOfAppendAll({ appends }), () =>
        store.appendAll([
          ...created.map((each) => ({ stream: each, events: [noise(900)], expected: 'none' as const })),
          { stream, events: [noise(10)], expected: 1 },
        ]),
      );
    });

    it('none of which is written: twice a unit for each check', async () => {
      const head = await began();
      await fixture.expectCost(costOfAppendAll({ appends: [], unchanged: 1 }), () =>
        store.appendAll([{ stream: head.stream, expected: head }]),
      );
    });
  });
});
