import { beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamId } from 'nestjs-dynamo-event-store';
import {
  commitBytes,
  costOfOwnViewStep,
  costOfReactorStep,
  costOfRebuild,
  costOfSharedViewsStep,
  totalOf,
  type Cost,
  type IndexChange,
} from 'nestjs-dynamo-event-store/cost';
import { controlTableDefinition } from '../../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { createTable } from '../../../libs/dynamo-event-store/src/dynamo/create-table.js';
import { DynamoControlStore } from '../../../libs/dynamo-event-store/src/dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { DynamoTableScan } from '../../../libs/dynamo-event-store/src/dynamo/dynamo-table-scan.js';
import { itemBytes } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';
import {
  progressItemKey,
  readModelTableDefinition,
  viewItemKey,
  type AnyView,
} from '../../../libs/dynamo-event-store/src/dynamo/read-model/view-schema.js';
import { ControlStoreFence } from '../../../libs/dynamo-event-store/src/projection/control-store-fence.js';
import type { ViewWriter } from '../../../libs/dynamo-event-store/src/projection/view.js';
import { flat, noise, NOW, onEachEngine, shapeOf } from '../../support/cost/cost-cases.js';
import { uniqueTableName } from '../../support/dynamodb.js';
import {
  buyers,
  doing,
  ledger,
  order,
  orderLog,
  orderSummary,
  readModels,
  sales,
  selling,
  stepOf,
} from '../../support/read-models.js';

onEachEngine('the read side costs what the formula says', (fixture) => {
  const { engine } = fixture;
  const { client } = engine;
  const tableName = uniqueTableName('views');
  const models = () => readModels({ client, tableName });
  let count = 0;
  const newOrder = (): StreamId => order(`o-${String(count++).padStart(4, '0')}`);

  beforeAll(() => createTable(client, readModelTableDefinition(tableName)));

  /** Bytes of the item of a view; 0 when there is none. */
  const sizeOf = async (view: AnyView, key: string): Promise<number> =>
    bytesUnder(viewItemKey(view, 1, undefined, key));
  const bytesUnder = async (partitionKey: string): Promise<number> =>
    (await engine.itemsOf(tableName, partitionKey)).reduce((sum, item) => sum + itemBytes(item), 0);

  /** Sizes are known only afterwards, so the cost is asked for then. */
  async function expectStep(step: () => Promise<unknown>, cost: () => Promise<Cost>): Promise<void> {
    const measured = await engine.measure(step);
    expect(measured).toEqual(flat(await cost()));
  }

  describe('a step of one view that is keyed by stream', () => {
    const note = (id: string, bytes: number) => (views: ViewWriter) =>
      views.of(ledger).update(id, () => ({ applied: [1], note: 'x'.repeat(bytes) }));

    it('costs the larger of before and after, and a read when the process does not know the item', async () => {
      const stream = newOrder();
      const fence = models().fence([ledger]);
      let before = 0;
      for (const [from, bytes] of [10, 900, 1_100, 5_000, 100].entries()) {
        const step = () => fence.advance(stepOf('ledger', stream, from, from + 1), note(stream.id, bytes));
        await expectStep(step, async () => costOfOwnViewStep({ before, after: await sizeOf(ledger, stream.id) }));
        before = await sizeOf(ledger, stream.id);
      }
      const cold = models().fence([ledger]);
      await expectStep(
        () => cold.advance(stepOf('ledger', stream, 5, 6), note(stream.id, 6_000)),
        async () => costOfOwnViewStep({ before, after: await sizeOf(ledger, stream.id), reads: true }),
      );
      before = await sizeOf(ledger, stream.id);
      await expectStep(
        () =>
          models()
            .fence([ledger])
            .advance(stepOf('ledger', stream, 6, 7), () => Promise.resolve()),
        () => Promise.resolve(costOfOwnViewStep({ before, after: before, unchanged: true })),
      );
    });

    it('costs its units again in each index, twice where it moves', async () => {
      const stream = newOrder();
      const fence = models().fence([orderSummary]);
      let before = 0;
      // By customer, by status: where the item is in each index before and after.
      const steps = [
        { customerId: 'a', status: 'open', indexes: ['new', 'new'] },
        { customerId: 'a'.repeat(1_500), status: 'open', indexes: ['moved', 'same'] },
        { customerId: 'b', status: 'paid', indexes: ['moved', 'left'] },
        { customerId: 'b', status: 'paid', indexes: ['same', 'none'] },
      ] as const;
      for (const [from, { customerId, status, indexes }] of steps.entries()) {
        const value = { customerId, status, placedAt: new Date(0), applied: [from] };
        await expectStep(
          () =>
            fence.advance(
              stepOf('order-summary', stream, from, from + 1),
              doing((views) => {
                views.of(orderSummary).put(stream.id, value);
              }),
            ),
          async () => {
            const after = await sizeOf(orderSummary, stream.id);
            const changes: Record<(typeof indexes)[number], IndexChange> = {
              none: {},
              new: { after },
              left: { before },
              same: { before, after },
              moved: { before, after, moved: true },
            };
            return costOfOwnViewStep({ before, after, indexes: indexes.map((change) => changes[change]) });
          },
        );
        before = await sizeOf(orderSummary, stream.id);
      }
    });
  });

  describe('a step of views that streams share', () => {
    const progressOf = (stream: StreamId) =>
      bytesUnder(progressItemKey({ projection: 'selling', generation: 1, stream }));

    it('costs twice the units of the progress and of each item, and its index entries once', async () => {
      const [product, buyer] = [`p-${count}`, `b-${count}`];
      const fence = models().fence(selling);
      for (const stream of [newOrder(), newOrder(), newOrder()]) {
        const sold = await sizeOf(sales, product);
        const bought = await sizeOf(buyers, buyer);
        let orders = 0;
        await expectStep(
          () =>
            fence.advance(stepOf('selling', stream, 0, 1), async (views) => {
              views.of(sales).increment(product, { quantity: 2 }, { product, quantity: 0, orders: 0 });
              await views.of(buyers).update(buyer, (current) => {
                orders = (current?.orders.length ?? 0) + 1;
                return { orders: [...(current?.orders ?? []), 'x'.repeat(700)] };
              });
            }),
          async () => {
            const after = await sizeOf(buyers, buyer);
            // In the index of busy buyers from the second order on.
            const indexes = orders === 1 ? [] : orders === 2 ? [{ after }] : [{ before: bought, after }];
            return costOfSharedViewsStep({
              progress: await progressOf(stream),
              changes: [
                { before: sold, after: await sizeOf(sales, product) },
                { before: bought, after, reads: true, indexes },
              ],
            });
          },
        );
      }
    });

    it('costs a check for what it only reads, and a unit when it changes nothing', async () => {
      const stream = newOrder();
      const fence = models().fence(selling);
      const product = `p-${count}`;
      await expectStep(
        () =>
          fence.advance(stepOf('selling', stream, 0, 1), async (views) => {
            await views.of(sales).get(product);
            views.of(orderLog).put(stream.id, { applied: [1] });
          }),
        async () => costOfSharedViewsStep({ changes: [{ after: await sizeOf(orderLog, stream.id) }], reads: [0] }),
      );
      await expectStep(
        () => fence.advance(stepOf('selling', stream, 1, 2), () => Promise.resolve()),
        () => Promise.resolve(costOfSharedViewsStep({ changes: [] })),
      );
      await expectStep(
        () =>
          fence.advance(stepOf('selling', stream, 2, 3), async (views) => {
            await views.of(sales).get(product);
          }),
        () => Promise.resolve(costOfSharedViewsStep({ changes: [], reads: [0] })),
      );
      const before = await sizeOf(orderLog, stream.id);
      await expectStep(
        () =>
          fence.advance(
            stepOf('selling', stream, 3, 4),
            doing((views) => {
              views.of(orderLog).delete(stream.id);
            }),
          ),
        () => Promise.resolve(costOfSharedViewsStep({ changes: [{ before }] })),
      );
    });
  });

  it('a step of a reactor costs a unit, by one PutItem', async () => {
    const table = uniqueTableName('control');
    await createTable(client, controlTableDefinition(table));
    const requests = new DynamoRequests(
      () => client,
      () => Promise.resolve(),
    );
    const fence = new ControlStoreFence({ store: new DynamoControlStore(requests, () => table), context: undefined });
    const stream = newOrder();
    for (const from of [0, 1, 2])
      await fixture.expectCost(costOfReactorStep(), () =>
        fence.advance(stepOf('mail', stream, from, from + 1), () => Promise.resolve()),
      );
  });

  it('a rebuild costs one Scan for each MB of the event table', async () => {
    const requests = new DynamoRequests(
      () => client,
      () => Promise.resolve(),
    );
    const { store } = fixture;
    const scan = new DynamoTableScan(
      requests,
      () => store.tableName,
      () => new Date(NOW),
    );
    const drain = async () => {
      for await (const page of scan.pages(0, 1)) expect(page.items).toBeGreaterThanOrEqual(0);
    };
    await fixture.expectCost(costOfRebuild({ items: [], steps: totalOf() }), drain);
    const stream = fixture.stream();
    for (const version of [1, 2, 3, 4, 5, 6, 7])
      await store.append(stream, [noise(300_000)], { expected: version === 1 ? 'none' : 'any' });
    const sizes = await fixture.sizesOf(stream);
    expect(sizes[1]).toBe(commitBytes(shapeOf(stream, 2, [noise(300_000)])));
    await fixture.expectCost(costOfRebuild({ items: sizes, steps: totalOf() }), drain);
  });
});
