import { describe, expect, it } from '@jest/globals';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { AggregateRepository } from '../repository/aggregate-repository.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { DomainEvent } from './domain-event.decorator.js';
import { EventRegistry } from './event-registry.js';
import type { EventClass } from './event-serializer.js';
import type { JsonEvent } from './json-event.js';
import { defineUpcaster, type UpcasterDefinition } from './upcaster.js';
import { UnknownEvent } from './unknown-event.js';

@DomainEvent({ name: 'placed', version: 3 })
class Placed {
  constructor(
    readonly customer: string,
    readonly total?: number,
  ) {}
}
@DomainEvent({ name: 'paid' })
class Paid {
  constructor(readonly amount: number) {}
}
@DomainEvent({ name: 'shipped' })
class Shipped {}

@Aggregate({ name: 'order' })
class Order extends AggregateRoot {
  readonly story: string[] = [];
  @EventHandler(Placed) protected onPlaced({ customer, total }: Placed): void {
    this.story.push(`placed ${customer} ${total}`);
  }
  @EventHandler(Paid) protected onPaid({ amount }: Paid): void {
    this.story.push(`paid ${amount}`);
  }
  @EventHandler(Shipped) protected onShipped(): void {
    this.story.push('shipped');
  }
}

/** Version 1 had the amount paid in it; version 2 was followed by an event of its own for the total. */
const SPLIT = defineUpcaster(
  {
    event: 'placed',
    from: 1,
    into: [
      { event: 'placed', version: 2 },
      { event: 'paid', version: 1 },
    ],
  },
  ({ who, paid }: { who: string; paid?: number }) => [
    { event: 'placed', payload: { customer: who } },
    ...(paid === undefined ? [] : [{ event: 'paid', payload: { amount: paid } }]),
  ],
);
const MERGE = defineUpcaster(
  { event: 'placed', from: 2, with: [{ event: 'priced', version: 2 }] },
  (placed: { customer: string }, priced: { total: number }) => ({ ...placed, ...priced }),
);
const ALONE = defineUpcaster({ event: 'placed', from: 2 }, (placed: { customer: string }) => ({ ...placed, total: 0 }));
const PRICED = defineUpcaster({ event: 'priced', from: 1 }, ({ sum }: { sum: number }) => ({ total: sum }));
const DROPPED = defineUpcaster({ event: 'viewed', from: 1, into: [] }, () => undefined);
const RENAMED = defineUpcaster({ event: 'sent', from: 1, into: [{ event: 'shipped', version: 1 }] }, () => ({}));
/** What is left of an event that nothing precedes. */
const UNPRICED = defineUpcaster({ event: 'priced', from: 2, into: [] }, () => undefined);
const ALL = [SPLIT, MERGE, ALONE, PRICED, DROPPED, RENAMED, UNPRICED];

const stream = { aggregate: 'order', id: 'o-1' };
const old = (type: string, payload: object, schemaVersion = 1): JsonEvent => ({ type, payload, schemaVersion });

/** A store that knows only now what the events are that were written without classes. */
async function storeWith(commits: readonly (readonly JsonEvent[])[], upcasters = ALL): Promise<InMemoryEventStore> {
  const store = new InMemoryEventStore();
  for (const events of commits) await store.append(stream, events, { expected: 'any' });
  store.register([Placed, Paid, Shipped], upcasters);
  return store;
}

async function read(store: InMemoryEventStore, range = {}): Promise<[number, string, unknown][]> {
  const events: [number, string, unknown][] = [];
  for await (const { version, eventId, commitId, event } of store.read(stream, range))
    events.push([version, eventId.replace(commitId, ''), event]);
  return events;
}

describe('an upcaster', () => {
  it('splits an event: the parts share its version and follow each other', async () => {
    const store = await storeWith([[old('placed', { who: 'ann', paid: 5 }), old('sent', {})]]);
    expect(await read(store)).toEqual([
      [1, '.0', new Placed('ann', 0)],
      [1, '.0.1', new Paid(5)],
      [2, '.1', new Shipped()],
    ]);
    expect((await read(store, { order: 'backward' })).map(([, id]) => id)).toEqual(['.1', '.0.1', '.0']);
    expect((await read(store, { from: 2 })).map(([, id]) => id)).toEqual(['.1']);
    expect((await read(store, { to: 1 })).map(([, id]) => id)).toEqual(['.0', '.0.1']);
    // A page never ends between them.
    expect((await read(store, { limit: 1 })).map(([, id]) => id)).toEqual(['.0', '.0.1']);
    expect((await read(store, { limit: 2, order: 'backward' })).map(([, id]) => id)).toEqual(['.1', '.0.1', '.0']);
  });

  it('that splits may leave targets out', async () => {
    const store = await storeWith([[old('placed', { who: 'ann' })]]);
    expect(await read(store)).toEqual([[1, '.0', new Placed('ann', 0)]]);
  });

  it('merges an event with the next of its commit, which runs through its own upcasters first', async () => {
    const store = await storeWith([
      [old('placed', { customer: 'ann' }, 2), old('priced', { sum: 7 }), old('sent', {})],
    ]);
    expect(await read(store)).toEqual([
      [2, '.1', new Placed('ann', 7)],
      [3, '.2', new Shipped()],
    ]);
    // A range that begins or ends inside of what is merged.
    expect(await read(store, { from: 2 })).toHaveLength(2);
    expect(await read(store, { to: 1 })).toEqual([]);
    expect(await read(store, { from: 3 })).toEqual([[3, '.2', new Shipped()]]);
  });

  it('merges nothing across commits, nor what is not next: then the one without `with` applies', async () => {
    const apart = await storeWith([[old('placed', { customer: 'ann' }, 2)], [old('priced', { sum: 7 })]]);
    expect(await read(apart)).toEqual([[1, '.0', new Placed('ann', 0)]]);
    const between = await storeWith([
      [old('placed', { customer: 'ann' }, 2), old('sent', {}), old('priced', { sum: 7 })],
    ]);
    expect((await read(between)).map(([version]) => version)).toEqual([1, 2]);
  });

  it('drops an event; versions and the head stay as they are', async () => {
    const store = await storeWith([[old('viewed', {})], [old('placed', { who: 'ann' }), old('viewed', {})]]);
    expect((await read(store)).map(([version]) => version)).toEqual([2]);
    const sequence = store.read(stream);
    const iterator = sequence[Symbol.asyncIterator]();
    while ((await iterator.next()).done !== true);
    expect(sequence.head?.version).toBe(3);
  });

  it('renames an event', async () => {
    const store = await storeWith([[old('sent', { at: 'noon' })]]);
    expect(await read(store)).toEqual([[1, '.0', new Shipped()]]);
  });

  it('must name one of its targets', async () => {
    const lost = defineUpcaster(
      {
        event: 'placed',
        from: 1,
        into: [
          { event: 'placed', version: 3 },
          { event: 'paid', version: 1 },
        ],
      },
      () => [{ event: 'invoice-opened', payload: {} }],
    );
    const store = await storeWith([[old('placed', {})]], [lost]);
    await expect(read(store)).rejects.toThrow(
      /order\/o-1 at version 1.*"invoice-opened".*not one of its targets.*stays in the stream of its aggregate/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['no list', { event: 'placed', payload: {} }, /returns a list/],
    ['something else than events', ['placed'], /each result is \{ event, payload \}/],
    ['a version that is no target', [{ event: 'paid', version: 9, payload: {} }], /"paid" version 9/],
    ['nothing', undefined, /returned nothing/],
  ])('with several targets that returns %s is refused', async (_, result, message) => {
    const targets = [
      { event: 'placed', version: 3 },
      { event: 'paid', version: 1 },
    ];
    const store = await storeWith(
      [[old('placed', {})]],
      [defineUpcaster({ event: 'placed', from: 1, into: targets }, () => result)],
    );
    await expect(read(store)).rejects.toThrow(message);
  });
});

describe('an aggregate whose events were split, merged, dropped and renamed', () => {
  const HISTORY = [
    [old('viewed', {})],
    [
      old('placed', { who: 'ann', paid: 5 }),
      old('viewed', {}),
      old('placed', { customer: 'bob' }, 2),
      old('priced', { sum: 7 }),
    ],
    [old('viewed', {}), old('sent', {}), old('viewed', {})],
  ];
  const STORY = ['placed ann 0', 'paid 5', 'placed bob 7', 'shipped'];

  it('is loaded at the version of its stream, and goes on from there', async () => {
    const store = await storeWith(HISTORY);
    for (const cache of [false, true]) {
      const repository = new AggregateRepository(store, { cache });
      for (let load = 0; load < 3; load++) {
        const order = await repository.load(Order, 'o-1');
        expect([order.version, order.story]).toEqual([8, STORY]);
      }
    }
    const repository = new AggregateRepository(store, { cache: true });
    await repository.load(Order, 'o-1');
    const head = await repository.update(Order, 'o-1', (order) => {
      order.apply(new Paid(1));
    });
    expect(head.version).toBe(9);
    expect((await repository.load(Order, 'o-1')).story).toEqual([...STORY, 'paid 1']);
    expect((await new AggregateRepository(store).load(Order, 'o-1')).story).toEqual([...STORY, 'paid 1']);
  });

  it('catches up with such commits when it is cached, and after a lost race', async () => {
    const store = await storeWith(HISTORY.slice(0, 1));
    const [one, other] = [
      new AggregateRepository(store, { cache: true }),
      new AggregateRepository(store, { cache: true }),
    ];
    const versions = async () => (await one.load(Order, 'o-1')).version;
    expect(await versions()).toBe(1);
    await other.load(Order, 'o-1');
    for (const events of HISTORY.slice(1)) {
      await store.append(stream, events, { expected: 'any' });
      // Its cached state is behind: the commit that won comes with the refusal.
      await other.update(Order, 'o-1', (order) => {
        order.apply(new Shipped());
      });
      const [a, b] = [await one.load(Order, 'o-1'), await new AggregateRepository(store).load(Order, 'o-1')];
      expect([a.version, a.story]).toEqual([b.version, b.story]);
    }
    expect((await other.load(Order, 'o-1')).story).toEqual([
      'placed ann 0',
      'paid 5',
      'placed bob 7',
      'shipped',
      'shipped',
      'shipped',
    ]);
  });
});

describe('events of a type that is not registered', () => {
  async function unknown(policy: 'fail' | 'skip' | 'raw' | undefined) {
    const warnings: string[] = [];
    const store = new InMemoryEventStore({
      ...(policy === undefined ? {} : { unknownEvents: policy }),
      onWarning: ({ message }) => warnings.push(message),
    });
    @DomainEvent({ name: 'paid' })
    class PaidOnce {
      constructor(readonly amount: number) {}
    }
    const writer = new InMemoryEventStore({ events: [PaidOnce, Shipped] });
    // Both stores work on one table.
    Object.assign(store, { database: (writer as unknown as { database: unknown }).database });
    store.register([Shipped]);
    await writer.append(stream, [new PaidOnce(1), new PaidOnce(2), new Shipped()], { expected: 'none' });
    return { store, warnings };
  }

  it.each([undefined, 'fail' as const])('fail with %s, and say which', async (policy) => {
    const { store } = await unknown(policy);
    await expect(read(store)).rejects.toMatchObject({ code: 'UNKNOWN_EVENT', eventType: 'paid', version: 1 });
  });

  it('are skipped with one warning each type', async () => {
    const { store, warnings } = await unknown('skip');
    expect(await read(store)).toEqual([[3, '.2', new Shipped()]]);
    await read(store);
    expect(warnings).toEqual([expect.stringMatching(/skipped: Event paid version 1/)]);
  });

  it('are given as they are stored, also to an aggregate that takes them', async () => {
    const { store } = await unknown('raw');
    expect((await read(store)).slice(0, 1)).toEqual([[1, '.0', new UnknownEvent('paid', 1, { amount: 1 })]]);
    @Aggregate({ name: 'order' })
    class Lenient extends AggregateRoot {
      readonly seen: string[] = [];
      @EventHandler(Shipped) protected onShipped(): void {
        this.seen.push('shipped');
      }
      @EventHandler(UnknownEvent) protected onUnknown({ type }: UnknownEvent): void {
        this.seen.push(`unknown ${type}`);
      }
    }
    expect((await new AggregateRepository(store).load(Lenient, 'o-1')).seen).toEqual([
      'unknown paid',
      'unknown paid',
      'shipped',
    ]);
    await expect(store.append(stream, [new UnknownEvent('x', 1, {})], { expected: 'any' })).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT',
    });
  });

  it('but a newer version of a registered one always fails', async () => {
    const store = new InMemoryEventStore({ unknownEvents: 'skip' });
    await store.append(stream, [old('paid', {}, 2)], { expected: 'none' });
    store.register([Paid]);
    await expect(read(store)).rejects.toThrow(/newer application/);
  });
});

describe('the upcasters, checked at boot', () => {
  const to = (event: string, version: number) => [{ event, version }];
  const chainFaults = (...upcasters: UpcasterDefinition[]): string[] => {
    const registry = new EventRegistry();
    registry.register([Placed, Paid, Shipped] as EventClass[], upcasters);
    return registry.chainFaults();
  };
  const define = (event: string, from: number, more: Partial<UpcasterDefinition> = {}): UpcasterDefinition =>
    defineUpcaster({ event, from, ...more }, () => ({}));

  it('all forms together are in order', () => {
    expect(chainFaults(...ALL)).toEqual([]);
  });

  it.each<[string, UpcasterDefinition[], RegExp]>([
    [
      'a target that is newer than the event',
      [define('sent', 1, { into: to('shipped', 2) })],
      /leads to "shipped" version 2.*at version 1/,
    ],
    [
      'a target that nothing leads on from',
      [define('sent', 1, { into: to('placed', 1) })],
      /leads to "placed" version 1/,
    ],
    ['a merge for the only way on', [define('placed', 2, { with: to('priced', 1) })], /gap: none from version 2 to 3/],
    ['a circle', [define('a', 1, { into: to('b', 1) }), define('b', 1, { into: to('a', 1) })], /round in a circle/],
  ])('%s is a fault', (_, upcasters, fault) => {
    expect(chainFaults(...upcasters)).toContainEqual(expect.stringMatching(fault));
  });

  it('targets that nobody knows are told', () => {
    const registry = new EventRegistry();
    registry.register(
      [Placed],
      [define('gone', 1, { into: to('misspelt', 1) }), define('placed', 3, { into: to('lost', 1) })],
    );
    expect(registry.upcastersWithoutEvent()).toEqual(['misspelt', 'lost']);
  });

  it('a circle that nobody checked fails when it is met', async () => {
    const store = new InMemoryEventStore();
    await store.append(stream, [old('a', {})], { expected: 'none' });
    store.register([], [define('a', 1, { into: to('b', 1) }), define('b', 1, { into: to('a', 1) })]);
    await expect(read(store)).rejects.toThrow(/round in a circle/);
  });

  it.each<[string, UpcasterDefinition, RegExp]>([
    ['an older version as target', define('placed', 2, { into: to('placed', 1) }), /not a later version/],
    ['versions that are none', define('placed', 1, { into: to('paid', 0) }), /whole numbers from 1/],
    ['an empty `with`', define('placed', 1, { with: [] }), /`with` names no event/],
  ])('%s is refused at once', (_, upcaster, fault) => {
    expect(() => {
      new EventRegistry().register([], [upcaster]);
    }).toThrow(fault);
  });

  it('two that merge the same are refused, one that merges beside one that does not is not', () => {
    const registry = new EventRegistry();
    registry.register([], [define('a', 1, { with: to('b', 1) }), define('a', 1)]);
    expect(() => {
      registry.register([], [define('a', 1, { with: to('b', 1) })]);
    }).toThrow(/two upcasters of "a" from version 1 with "b" version 1/);
  });
});
