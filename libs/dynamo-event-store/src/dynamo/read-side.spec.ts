import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { On, OnAny, OnTimer, Projection, Reactor, type DueTimer, type RecordedEvent } from 'nestjs-dynamo-event-store';
import type { FeedSource } from '../feed/feed-source.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { eventually } from '../../../../test/support/eventually.js';
import { cart, ReadSideWorld } from '../../../../test/support/read-sides.js';
import {
  CartEmptied,
  CartNoted,
  carts,
  CartsProjection,
  ItemAdded,
  products,
  ProductsProjection,
} from '../../../../test/support/shop.js';
import { cartLog, gate, MemoryFence, type Apply, type Effects } from '../../../../test/support/subscriptions.js';
import { ReadSide } from './read-side.js';

let world: ReadSideWorld;
beforeEach(() => {
  world = new ReadSideWorld();
});
afterEach(() => world.stop());

const added = new ItemAdded('tea', 2);
const noted = new CartNoted('x');
const stream = cart('c-1');

function reactor(seen: unknown[], options: { from?: 'beginning' | 'now'; replayable?: boolean; name?: string } = {}) {
  @Reactor({ name: 'mails', attempts: 1, ...options })
  class Mails {
    @On(ItemAdded) added(_: ItemAdded, { stream: { id }, version }: RecordedEvent, context: unknown): void {
      seen.push([`${id}/${version}`, context]);
    }
  }
  return new Mails();
}

/** So that what follows is recorded at another ms. */
function nextInstant(): Promise<void> {
  return delay(2);
}

describe('the read side', () => {
  it('brings projections up to date and keeps them there', async () => {
    const before = await world.process([]);
    await before.store.append(stream, [added, noted], { expected: 'none' });
    const { store, readSide, projections, problems, failures } = await world.start([
      new CartsProjection(),
      new ProductsProjection(),
    ]);
    const head = await store.append(stream, [new CartEmptied(), new ItemAdded('tea', 3)], { expected: 2 });
    await projections.waitFor('carts', head);
    await projections.waitFor(ProductsProjection, head);
    expect(await readSide.readModels.view(carts).find('c-1')).toEqual({
      key: 'c-1',
      version: 4,
      value: { items: 3, versions: [1, 3, 4] },
    });
    expect(await readSide.readModels.view(products).get('tea')).toEqual({ product: 'tea', quantity: 5, events: 2 });
    expect([problems, failures]).toEqual([[], []]);
  });

  it('shows the state of each subscription', async () => {
    const { store, projections } = await world.start([new CartsProjection(), reactor([])]);
    await projections.waitFor('carts', await store.append(stream, [added], { expected: 'none' }));
    await eventually(
      'the first scan is done',
      async () => (await projections.status('carts')).active.build === undefined,
    );
    const active = { version: 1, generation: 1, build: undefined, parked: 0 };
    expect(await projections.statuses()).toEqual([
      {
        name: 'carts',
        kind: 'projection',
        paused: false,
        active: { ...active, lag: { seconds: 0, pendingCommits: 0 } },
        next: undefined,
        codeVersion: 1,
        lastFailure: undefined,
      },
      expect.objectContaining({ name: 'mails', kind: 'reactor' }),
    ]);
    expect(projections.names).toEqual(['carts', 'mails']);
  });

  it('several instances share the work, and one that takes over goes on', async () => {
    const seen: unknown[] = [];
    const [a, b] = [
      await world.start([reactor(seen, { from: 'beginning' })]),
      await world.start([reactor(seen, { from: 'beginning' })]),
    ];
    let head = await a.store.append(stream, [added], { expected: 'none' });
    await b.projections.waitFor('mails', head);
    await a.readSide.stop();
    head = await a.store.append(stream, [added], { expected: head });
    await b.projections.waitFor('mails', head);
    expect(seen).toEqual([
      ['c-1/1', { replay: false }],
      ['c-1/2', { replay: false }],
    ]);
  });

  it('finishes at its stop what is in hand, and takes nothing up', async () => {
    const { passed, open } = gate();
    const seen: number[] = [];
    const { store, readSide } = await world.start([
      cartLog(async ({ version }) => {
        seen.push(version);
        await passed;
        seen.push(-version);
      }),
    ]);
    await store.append(stream, [added], { expected: 'none' });
    await eventually('the event is in hand', () => seen.length === 1);
    let stopped = false;
    const stopping = readSide.stop().then(() => {
      stopped = true;
    });
    await store.append(cart('c-2'), [added], { expected: 'none' });
    await new Promise(setImmediate);
    expect(stopped).toBe(false);
    open();
    await stopping;
    expect(seen).toEqual([1, -1]);
  });

  it('a pause that comes while a build is about to begin holds the build back', async () => {
    const { passed, open } = gate();
    const { passed: subscribing, open: called } = gate();
    const seen: number[] = [];
    const feed: FeedSource = {
      run: (_, signal) => once(signal, 'abort').then(() => undefined),
      subscribe: () => (called(), passed),
      unsubscribe: () => Promise.resolve(),
      nudge: () => undefined,
      lag: () => Promise.resolve(new Map()),
    };
    const log = cartLog(({ version }) => void seen.push(version));
    const elsewhere = await world.process([log], { feed: undefined });
    await elsewhere.store.append(stream, [added], { expected: 'none' });
    const { projections } = await world.start([log], { feed: { create: () => feed } });
    await subscribing;
    await elsewhere.projections.pause('log');
    open();
    await eventually('the pause is seen', async () => (await projections.status('log')).paused);
    await delay(50);
    expect(seen).toEqual([]);
    await elsewhere.projections.resume('log');
    await eventually('it goes on', () => seen.length === 1);
  });

  it('makes no request at boot without a feed; the first look puts each subscription on record', async () => {
    const { readSide } = await world.process([new CartsProjection(), reactor([])], { feed: undefined });
    const requests: string[] = [];
    const { client } = (readSide as unknown as { options: { store: { client: { send: unknown } } } }).options.store;
    const send = client.send as (command: object) => Promise<unknown>;
    client.send = (command: object) => {
      requests.push(command.constructor.name);
      return send.call(client, command);
    };
    readSide.start();
    await readSide.stop();
    expect(requests).toEqual([]);
    await readSide.projections.status('carts');
    expect(requests.slice(0, 2)).toEqual(['GetItemCommand', 'PutItemCommand']);
    requests.length = 0;
    await readSide.projections.status('carts');
    expect(requests).not.toContain('PutItemCommand');
  });

  it('gives no consumers only when there are none, not when it could not ask', async () => {
    const { readSide } = await world.process([new CartsProjection()], { feed: undefined, refreshMs: 60_000 });
    const { client } = (readSide as unknown as { options: { store: { client: { send: unknown } } } }).options.store;
    const send = client.send;
    client.send = () => Promise.reject(Object.assign(new Error('denied'), { name: 'AccessDeniedException' }));
    await expect(readSide.consumers()).rejects.toThrow('denied');
    client.send = send;
    expect((await readSide.consumers()).map(({ key }) => key)).toEqual(['carts@1']);
  });
});

describe('what is refused at boot', () => {
  it('two subscriptions of one name', async () => {
    await expect(world.process([reactor([]), reactor([])])).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      faults: ['There is another projection or reactor named "mails".'],
    });
  });

  it('two reactors for one timer', async () => {
    @Reactor({ name: 'a' })
    class A {
      @OnTimer('t') timer(): void {
        throw new Error('not reached');
      }
    }
    @Reactor({ name: 'b' })
    class B extends A {}
    await expect(world.process([new A(), new B()])).rejects.toMatchObject({
      faults: [`The reactor "a" has @OnTimer('t') too; name it otherwise.`],
    });
  });

  it('a projection whose fence is not given, which would silently lose exactly-once', async () => {
    await expect(world.process([cartLog(() => undefined, { fence: MemoryFence })])).rejects.toMatchObject({
      faults: [expect.stringContaining('Its fence is missing')],
    });
  });

  it('what is no subscription', async () => {
    await expect(world.process([{}])).rejects.toMatchObject({ faults: ['It has neither @Projection nor @Reactor.'] });
  });

  it.each([
    ['segments', 0],
    ['positions', 1.5],
    ['refreshMs', 0],
    ['leaseMs', NaN],
    ['timerPollMs', -1],
    ['settleMs', -1],
  ])('%s of %s', async (setting, value) => {
    const { store } = await world.process([]);
    expect(() => new ReadSide({ store, [setting]: value })).toThrow(InvalidArgumentError);
  });
});

describe('which streams are followed', () => {
  const every = (seen: string[], aggregates?: string[]) => {
    @Projection({ name: 'every', ...(aggregates === undefined ? {} : { aggregates }) })
    class Every {
      @On(ItemAdded) any(_: ItemAdded, { stream: { aggregate } }: RecordedEvent): void {
        seen.push(aggregate);
      }
    }
    return new Every();
  };

  it.each<[string, string[] | undefined, Record<string, string[]> | undefined, string[]]>([
    ['those named', ['order'], undefined, ['order']],
    ['those that handle the events, when aggregates are known', undefined, { 'item-added': ['cart'] }, ['cart']],
    ['all, when no aggregate handles the event', undefined, {}, ['cart', 'order']],
    ['all, when aggregates are not known', undefined, undefined, ['cart', 'order']],
  ])('%s', async (_, aggregates, owners, followed) => {
    const seen: string[] = [];
    const { store, readSide, projections } = await world.process([every(seen, aggregates), new ProductsProjection()]);
    if (owners !== undefined) readSide.followAggregatesOf({ aggregatesOf: (event) => owners[event] ?? [] });
    for (const aggregate of ['cart', 'order'])
      await store.append({ aggregate, id: '1' }, [added], { expected: 'none' });
    readSide.start();
    await eventually('the scan is done', async () => (await projections.status('every')).active.build === undefined);
    expect(seen.sort()).toEqual(followed);
  });
});

describe('pause and resume', () => {
  it('count for all instances, and nothing is missed', async () => {
    const seen: unknown[] = [];
    const [a, b] = [await world.start([reactor(seen)]), await world.start([reactor(seen)])];
    await a.projections.waitFor('mails', await a.store.append(stream, [added], { expected: 'none' }));
    await b.projections.pause('mails');
    await eventually('both know', async () => {
      const consumers = await Promise.all([a.readSide.consumers(), b.readSide.consumers()]);
      return consumers.flat().length === 0;
    });
    expect((await a.projections.status('mails')).paused).toBe(true);
    const head = await a.store.append(stream, [added], { expected: 1 });
    await expect(a.projections.waitFor('mails', head, { timeoutMs: 60 })).rejects.toMatchObject({
      code: 'PROJECTION_BEHIND',
      applied: 1,
      version: 2,
    });
    expect(seen).toHaveLength(1);
    await a.projections.resume('mails');
    await b.projections.waitFor('mails', head);
    expect(seen).toHaveLength(2);
  });

  it('without a feed order a search of the table for what was missed, for the new build as well', async () => {
    const { store, readSide, projections } = await world.process([new CartsProjection()], { feed: undefined });
    readSide.start();
    await projections.runBuilds();
    await projections.rebuild('carts');
    await projections.pause('carts');
    expect(await readSide.consumers()).toEqual([]);
    await store.append(stream, [added], { expected: 'none' });
    await projections.runBuilds();
    expect((await projections.status('carts')).active.build).toBeUndefined();
    await projections.resume('carts');
    const { active, next } = await projections.status('carts');
    expect([active.build?.reason, next?.build?.reason]).toEqual(['paused without a feed', 'paused without a feed']);
    await projections.runBuilds();
    expect(await readSide.readModels.view(carts).get('c-1')).toMatchObject({ items: 2 });
    expect((await projections.status('carts')).active).toMatchObject({ generation: 2, build: undefined });
  });
});

describe('a reactor', () => {
  it('from now on never sees what was before its first start, and misses nothing after', async () => {
    const seen: unknown[] = [];
    const { store } = await world.process([]);
    let head = await store.append(stream, [added, added], { expected: 'none' });
    await nextInstant();
    const first = await world.start([reactor(seen)]);
    await nextInstant();
    head = await store.append(stream, [noted, added], { expected: head });
    await first.projections.waitFor('mails', head);
    await first.readSide.stop();
    head = await store.append(stream, [added], { expected: head });
    const second = await world.start([reactor(seen)]);
    await second.projections.waitFor('mails', head);
    expect(seen.map((each) => (each as [string])[0])).toEqual(['c-1/4', 'c-1/5']);
  });

  it('is replayed only when it may be, beside new events, and marked', async () => {
    const seen: [string, { replay: boolean }][] = [];
    const { store, projections } = await world.start([reactor(seen, { replayable: true }), new CartsProjection()]);
    await nextInstant();
    await projections.waitFor('mails', await store.append(stream, [added, added], { expected: 'none' }));
    await projections.replay('mails');
    await eventually('the replay is over', async () => (await projections.status('mails')).next === undefined);
    await projections.waitFor('mails', await store.append(stream, [added], { expected: 2 }));
    expect(seen.filter(([, { replay }]) => !replay).map(([id]) => id)).toEqual(['c-1/1', 'c-1/2', 'c-1/3']);
    expect(seen.filter(([, { replay }]) => replay).map(([id]) => id)).toEqual(['c-1/1', 'c-1/2']);
    await expect(projections.replay('carts')).rejects.toMatchObject({ code: 'SUBSCRIPTION_STATE' });
    await expect(projections.rebuild('mails')).rejects.toMatchObject({ code: 'SUBSCRIPTION_STATE' });
  });

  it('takes new events once while it is replayed', async () => {
    const { readSide, projections } = await world.process([reactor([], { replayable: true })], { feed: undefined });
    readSide.start();
    await projections.replay('mails');
    expect((await projections.status('mails')).next?.build?.reason).toBe('replay');
    expect((await readSide.consumers()).map(({ key }) => key)).toEqual(['mails@1']);
  });

  it('a replay that has parked streams stays in sight until it is cancelled', async () => {
    let isBroken = true;
    @Reactor({ name: 'mails', from: 'beginning', replayable: true, attempts: 1 })
    class Mails {
      readonly seen: number[] = [];
      @OnAny() any(_: object, { version }: RecordedEvent, { replay }: { replay: boolean }): void {
        if (replay && isBroken) throw new Error('no');
        if (replay) this.seen.push(version);
      }
    }
    const mails = new Mails();
    const { store, projections } = await world.start([mails]);
    await projections.waitFor('mails', await store.append(stream, [added, added], { expected: 'none' }));
    await projections.replay('mails');
    await eventually('the replay is over', async () => (await projections.status('mails')).next?.build === undefined);
    expect(await projections.parkedStreams('mails')).toMatchObject([{ version: 1 }]);
    isBroken = false;
    expect(await projections.resumeStream('mails', stream)).toBe(true);
    expect(mails.seen).toEqual([1, 2]);
    expect(await projections.cancelRebuild('mails')).toBe(true);
    expect(await projections.cancelRebuild('mails')).toBe(false);
    expect((await projections.status('mails')).next).toBeUndefined();
  });
});

describe('waiting for a projection', () => {
  it('does not wait for events that it does not take, though another process applies them', async () => {
    const a = await world.start([new CartsProjection()]);
    const b = await world.process([new CartsProjection()], { feed: undefined });
    await b.projections.waitFor('carts', await a.store.append(stream, [added, noted], { expected: 'none' }));
    await b.projections.waitFor('carts', await a.store.append(stream, [noted, noted], { expected: 2 }));
    expect(await b.readSide.readModels.view(carts).get('c-1')).toMatchObject({ versions: [1] });
  });

  it('asks the database once it has to, and not for what this process knows', async () => {
    const { store, projections, readSide } = await world.start([new CartsProjection()], { refreshMs: 60_000 });
    const head = await store.append(stream, [added], { expected: 'none' });
    await projections.waitFor('carts', head);
    await readSide.stop();
    const { consumed } = world.database;
    const before = JSON.stringify(consumed);
    await projections.waitFor('carts', head);
    expect(JSON.stringify(world.database.consumed)).toBe(before);
  });

  it('waits for a version that is not stored yet, whatever it will be', async () => {
    const { store, projections } = await world.start([new CartsProjection()]);
    const head = await store.append(stream, [added], { expected: 'none' });
    await projections.waitFor('carts', head);
    let reached = false;
    const waiting = projections.waitFor('carts', { stream, version: 2 }).then(() => {
      reached = true;
    });
    await delay(50);
    expect(reached).toBe(false);
    await store.append(stream, [noted], { expected: head });
    await waiting;
    await expect(projections.waitFor('carts', { stream, version: 9 }, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'PROJECTION_BEHIND',
    });
  });

  it('fails when time is over or the signal is aborted, and says how far it is', async () => {
    const { store, readSide, projections } = await world.process([new CartsProjection()], { feed: undefined });
    readSide.start();
    const head = await store.append(stream, [added], { expected: 'none' });
    await expect(projections.waitFor('carts', head, { timeoutMs: 40 })).rejects.toMatchObject({
      code: 'PROJECTION_BEHIND',
      retryable: true,
      projection: 'carts',
      stream,
      version: 1,
      applied: 0,
    });
    const aborted = projections.waitFor('carts', head, { signal: AbortSignal.abort() });
    const error = await aborted.catch((reason: unknown) => reason as { code: string; waitedMs: number });
    expect(error).toMatchObject({ code: 'PROJECTION_BEHIND' });
    expect(error?.waitedMs).toBeLessThan(1_000);
  });

  it('fails when the stream is parked before that version, but not for one before', async () => {
    const apply: Apply = ({ version }, effects) => {
      if (version === 3) throw new Error('poison');
      (effects as Effects).push(version);
    };
    const { store, projections } = await world.start([
      { instance: cartLog(apply, { fence: MemoryFence, attempts: 1 }), fence: new MemoryFence() },
    ]);
    const head = await store.append(stream, [added, added, added, added], { expected: 'none' });
    await expect(projections.waitFor('log', head)).rejects.toMatchObject({
      code: 'STREAM_PARKED',
      projection: 'log',
      version: 3,
      reason: 'poison',
    });
    await projections.waitFor('log', { stream, version: 2 });
    expect((await projections.status('log')).active.parked).toBe(1);
    expect((await projections.status('log')).lastFailure).toMatchObject({
      stream: 'cart/c-1',
      version: 3,
      reason: 'poison',
    });
    expect(await projections.skipEvent('log', stream)).toBe(true);
    await projections.waitFor('log', head);
    expect(await projections.skipEvent('log', stream)).toBe(false);
    expect(await projections.resumeStream('log', stream)).toBe(false);
  });

  it('is refused for what is not there', async () => {
    const { projections } = await world.process([new CartsProjection()]);
    await expect(projections.waitFor('cartz', { stream, version: 1 })).rejects.toMatchObject({
      code: 'SUBSCRIPTION_NOT_FOUND',
      known: ['carts'],
    });
    await expect(projections.waitFor(ItemAdded, { stream, version: 1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('timers of a read side', () => {
  it('are called by whichever instance is there', async () => {
    const calls: string[] = [];
    const reminders = (name: string) => {
      @Reactor({ name: 'reminders' })
      class Reminders {
        @OnTimer('remind') remind({ id, data }: DueTimer): void {
          calls.push(`${name} ${id} ${JSON.stringify(data)}`);
        }
      }
      return new Reminders();
    };
    const a = await world.start([reminders('a')]);
    await a.readSide.timers.schedule({ name: 'remind', id: '1' }, new Date(), { n: 1 });
    await eventually('the first is called', () => calls.length === 1);
    await a.readSide.timers.schedule({ name: 'remind', id: '2' }, new Date(Date.now() + 50));
    await a.readSide.stop();
    await world.start([reminders('b')]);
    await eventually('the second is called', () => calls.length === 2);
    expect(calls).toEqual(['a 1 {"n":1}', 'b 2 null']);
  });
});
