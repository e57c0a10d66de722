import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { On, OnTimer, Reactor, type DueTimer, type RecordedEvent } from 'nestjs-dynamo-event-store';
import { eventually } from '../../../../test/support/eventually.js';
import { cart, ReadSideWorld, type Process } from '../../../../test/support/read-sides.js';
import {
  CartNoted,
  carts,
  CartsProjection,
  ItemAdded,
  products,
  ProductsProjection,
} from '../../../../test/support/shop.js';

const acme = { ...cart('c-1'), tenant: 'acme' };
const globex = { ...cart('c-1'), tenant: 'globex' };
const REQUIRED = { code: 'TENANT_REQUIRED' };

/** Fails for one tenant while it is told to, and sets a timer for each stream. */
class Reactions {
  readonly seen: string[] = [];
  readonly due: DueTimer[] = [];
  failing: string | undefined;
}

function reactorOf(reactions: Reactions): object {
  @Reactor({ name: 'reactions', attempts: 1 })
  class Handlers {
    @On(CartNoted) noted(_: CartNoted, { stream, version, metadata }: RecordedEvent): void {
      if (stream.tenant === reactions.failing) throw new Error('not now');
      reactions.seen.push(`${String(metadata.tenantId)}/${stream.id}/${version}`);
    }
    @OnTimer('remind') remind(timer: DueTimer): void {
      reactions.due.push(timer);
    }
  }
  return new Handlers();
}

let world: ReadSideWorld;
let reactions: Reactions;
let process: Process;
beforeEach(async () => {
  world = new ReadSideWorld();
  reactions = new Reactions();
  process = await world.start([new CartsProjection(), new ProductsProjection(), reactorOf(reactions)], {
    tenancy: true,
  });
});
afterEach(() => world.stop());

describe('streams of two tenants with one id', () => {
  it('have items of their own, in views keyed by stream and in views with keys of their own', async () => {
    const { store, projections, readSide } = process;
    const heads = [
      await store.append(acme, [new ItemAdded('tea', 2)], { expected: 'none' }),
      await store.append(globex, [new ItemAdded('tea', 5), new ItemAdded('tea', 1)], { expected: 'none' }),
    ];
    for (const head of heads)
      await Promise.all([projections.waitFor('carts', head), projections.waitFor('products', head)]);
    const found = async (tenant: string) => [
      await readSide.readModels.view(carts).get('c-1', { tenant }),
      await readSide.readModels.view(products).get('tea', { tenant }),
    ];
    expect(await found('acme')).toEqual([
      { items: 2, versions: [1] },
      { product: 'tea', quantity: 2, events: 1 },
    ]);
    expect(await found('globex')).toEqual([
      { items: 6, versions: [1, 2] },
      { product: 'tea', quantity: 6, events: 2 },
    ]);
    expect(await found('initech')).toEqual([undefined, undefined]);
  });

  it('are waited for, parked and resumed one by one', async () => {
    const { store, projections } = process;
    reactions.failing = 'acme';
    const first = await store.append(acme, [new CartNoted('x')], { expected: 'none' });
    const second = await store.append(globex, [new CartNoted('x')], { expected: 'none' });
    await projections.waitFor('reactions', second);
    await expect(projections.waitFor('reactions', first, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'STREAM_PARKED',
      stream: acme,
    });
    expect((await projections.parkedStreams('reactions')).map(({ stream }) => stream)).toEqual([acme]);
    await projections.waitFor('reactions', await store.append(globex, [new CartNoted('y')], { expected: second }));
    expect(await projections.resumeStream('reactions', globex)).toBe(false);
    reactions.failing = undefined;
    expect(await projections.resumeStream('reactions', acme)).toBe(true);
    await projections.waitFor('reactions', first);
    expect(reactions.seen).toEqual(['globex/c-1/1', 'globex/c-1/2', 'acme/c-1/1']);
  });

  it('have timers of their own', async () => {
    const { timers } = process.readSide;
    const at = new Date();
    for (const tenant of ['acme', 'globex', 'initech'])
      await timers.schedule({ name: 'remind', id: 'c-1', tenant }, new Date(at.getTime() + 200), `of ${tenant}`);
    expect(await timers.cancel({ name: 'remind', id: 'c-1', tenant: 'globex' })).toBe(true);
    await eventually('two timers have been called', () => reactions.due.length === 2);
    expect(reactions.due.map(({ id, tenant, data }) => [id, tenant, data]).sort()).toEqual([
      ['c-1', 'acme', 'of acme'],
      ['c-1', 'initech', 'of initech'],
    ]);
  });
});

describe('with tenancy', () => {
  it('views and timers are asked for with a tenant', async () => {
    const { readModels, timers } = process.readSide;
    await expect(readModels.view(carts).get('c-1')).rejects.toMatchObject({ ...REQUIRED, target: 'view carts' });
    await expect(readModels.view(carts).find('c-1', {})).rejects.toMatchObject(REQUIRED);
    await expect(readModels.view(carts).query({ index: 'any' as never, partition: 'p' })).rejects.toMatchObject(
      REQUIRED,
    );
    const timer = { name: 'remind', id: 'c-1' };
    await expect(timers.schedule(timer, new Date())).rejects.toMatchObject({ ...REQUIRED, target: 'timer remind/c-1' });
    await expect(timers.cancel(timer)).rejects.toMatchObject(REQUIRED);
  });

  it('no empty tenant stands for none', async () => {
    const invalid = { code: 'INVALID_ARGUMENT', argument: 'tenant' };
    const { readModels, timers } = (await world.process([])).readSide;
    await expect(readModels.view(carts).get('c-1', { tenant: '' })).rejects.toMatchObject(invalid);
    await expect(timers.cancel({ name: 'remind', id: 'c-1', tenant: '' })).rejects.toMatchObject(invalid);
  });
});
