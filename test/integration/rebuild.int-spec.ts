import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import {
  DynamoEventStore,
  On,
  Projection,
  ReadSide,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';
import { carts, CartsProjection, ItemAdded, products, ProductsProjection, SHOP_EVENTS } from '../support/shop.js';

/** 100,000 by hand: `REBUILD_EVENTS=100000 npm run test:int -- --testPathPatterns rebuild`. */
const EVENTS = Number(process.env['REBUILD_EVENTS'] ?? 4_000);
const PER_COMMIT = 20;
const COMMITS_PER_STREAM = 5;
const STREAMS = EVENTS / PER_COMMIT / COMMITS_PER_STREAM;
const POISONED = { aggregate: 'cart', id: 'c-7' };

const tableName = uniqueTableName('rebuild');
const client = testClient({ requestHandler: { httpsAgent: { maxSockets: 64 } } });
const store = new DynamoEventStore({ client, tableName, events: SHOP_EVENTS });
const poison = { armed: false };

@Projection({ name: 'products', version: 1, views: [products], attempts: 2 })
class DelicateProducts extends ProductsProjection {
  @On(ItemAdded)
  override added(event: ItemAdded, envelope: RecordedEvent, views: ViewWriter): void {
    if (poison.armed && envelope.stream.id === POISONED.id && envelope.version === 30) throw new Error('poison');
    super.added(event, envelope, views);
  }
}

const readSide = new ReadSide({
  store,
  feed: streamsFeed({ pollMs: 50, idlePollMs: 100 }),
  refreshMs: 100,
  retryPauseMs: () => 1,
});

const products10 = Array.from({ length: 10 }, (_, index) => `p-${index}`);

async function sold(): Promise<number[]> {
  const views = await Promise.all(products10.map((key) => readSide.readModels.view(products).get(key)));
  return views.map((view) => view?.quantity ?? 0);
}

/** The same from the events themselves. */
async function folded(): Promise<number[]> {
  const totals = products10.map(() => 0);
  for (let stream = 0; stream < STREAMS; stream++)
    for await (const { event } of store.read({ aggregate: 'cart', id: `c-${stream}` }))
      if (event instanceof ItemAdded) totals[Number(event.product.slice(2))]! += event.quantity;
  return totals;
}

beforeAll(async () => {
  await store.createTable();
  let next = 0;
  const fill = async (): Promise<void> => {
    while (next < STREAMS) {
      const id = `c-${next++}`;
      for (let commit = 0; commit < COMMITS_PER_STREAM; commit++) {
        const events = Array.from({ length: PER_COMMIT }, (_, index) => new ItemAdded(`p-${index % 10}`, 1));
        await store.append({ aggregate: 'cart', id }, events, {
          expected: commit === 0 ? 'none' : commit * PER_COMMIT,
        });
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, fill));
  readSide.add([{ instance: new CartsProjection() }, { instance: new DelicateProducts() }]);
  await readSide.createTables();
  readSide.start();
}, 900_000);
afterAll(async () => {
  await readSide.stop();
  client.destroy();
});

describe(`a rebuild over ${EVENTS} events`, () => {
  it('gives what a fold of all events gives, while commands keep arriving; a poison event parks one stream alone', async () => {
    const { projections } = readSide;
    await eventually(
      'the first build is done',
      async () => (await projections.status('products')).active.build === undefined,
      600_000,
    );
    expect(await sold()).toEqual(await folded());

    poison.armed = true;
    const estimate = await projections.estimateRebuild();
    const began = performance.now();
    await projections.rebuild('products');
    let written = 0;
    const build = { isDone: false };
    let progress = '';
    const commands = (async () => {
      while (!build.isDone) {
        await store.append({ aggregate: 'cart', id: `c-${written % STREAMS}` }, [new ItemAdded('p-3', 1)], {
          expected: 'any',
        });
        written += 1;
        await yieldToOthers();
      }
    })();
    await eventually(
      'the new build is complete',
      async () => {
        const { next } = await projections.status('products');
        if (next?.build !== undefined)
          progress = `${next.build.events} events, ${next.build.eventsPerSecond}/s, ${next.build.readUnits} read units, ${next.build.percent} %`;
        return next !== undefined && next.build === undefined;
      },
      600_000,
    );
    const seconds = (performance.now() - began) / 1_000;
    build.isDone = true;
    await commands;
    process.stdout.write(
      `rebuild of ${EVENTS} events in ${seconds.toFixed(1)} s, ${Math.round(EVENTS / seconds)}/s, while ${written} commands arrived; ` +
        `estimated ${estimate.readUnits} read units, ${estimate.readPrice} dollars; last seen: ${progress}\n`,
    );

    // The old build is served until somebody has looked at the one stream.
    const parked = await projections.parkedStreams('products');
    expect(parked.map(({ stream, version, reason }) => [stream.id, version, reason])).toEqual([['c-7', 30, 'poison']]);
    expect(await projections.activeBuild('products')).toBe(1);
    poison.armed = false;
    expect(await projections.resumeStream('products', POISONED)).toBe(true);
    // The last one that it has waited for.
    expect(await projections.activeBuild('products')).toBe(2);
    for (let stream = 0; stream < STREAMS; stream++)
      await projections.waitFor('products', await store.head({ aggregate: 'cart', id: `c-${stream}` }), {
        timeoutMs: 60_000,
      });
    expect(await sold()).toEqual(await folded());
    const head = await store.head(POISONED);
    await projections.waitFor('carts', head, { timeoutMs: 60_000 });
    expect((await readSide.readModels.view(carts).get(POISONED.id))?.versions.length).toBe(head.version);
    expect(await projections.removeOldBuilds('products')).toBeGreaterThan(0);
  }, 1_500_000);
});
