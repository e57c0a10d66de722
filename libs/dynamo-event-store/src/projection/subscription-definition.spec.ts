import { describe, expect, it } from '@jest/globals';
import { defineView, On, OnAny, OnTimer, Projection, ProgressFence, Reactor } from 'nestjs-dynamo-event-store';
import { CartEmptied, CartNoted, ItemAdded } from '../../../../test/support/shop.js';
import type { AnyClass } from '../metadata/metadata-storage.js';
import { subscriptionDefinitionOf } from './subscription-definition.js';

function nothing(): void {
  // What the methods do does not matter here.
}

function faultsOf(target: AnyClass): unknown {
  try {
    subscriptionDefinitionOf(target);
  } catch (error) {
    return (error as { faults?: unknown }).faults;
  }
  return [];
}

describe('the definition of a subscription', () => {
  it('of a projection has the defaults', () => {
    @Projection({ name: 'orders' })
    class Orders {
      @On(ItemAdded) added(): void {
        nothing();
      }
    }
    expect(subscriptionDefinitionOf(Orders)).toMatchObject({
      kind: 'projection',
      name: 'orders',
      version: 1,
      from: 'beginning',
      aggregates: undefined,
      concurrency: 16,
      attempts: 5,
      batch: 100,
      views: [],
      fence: undefined,
      replayable: false,
      store: undefined,
      any: undefined,
    });
  });

  it('of a reactor has the defaults: from now on, one event at a time, never replayed', () => {
    @Reactor({ name: 'mails' })
    class Mails {
      @OnAny() any(): void {
        nothing();
      }
    }
    expect(subscriptionDefinitionOf(Mails)).toMatchObject({
      kind: 'reactor',
      version: 1,
      from: 'now',
      batch: 1,
      replayable: false,
      any: 'any',
    });
  });

  it('has what was given', () => {
    class Fence extends ProgressFence {
      applied(): Promise<number> {
        return Promise.resolve(0);
      }
      advance(): Promise<boolean> {
        return Promise.resolve(true);
      }
    }
    const options = {
      version: 3,
      from: 'now',
      aggregates: ['cart'],
      concurrency: 2,
      attempts: 7,
      batch: 9,
      store: 's',
    } as const;
    @Projection({ name: 'p', ...options, fence: Fence })
    class Given {
      @On(ItemAdded) added(): void {
        nothing();
      }
    }
    expect(subscriptionDefinitionOf(Given)).toMatchObject({ ...options, fence: Fence });
    @Reactor({ name: 'r', from: 'beginning', replayable: true })
    class Replayed {
      @On(ItemAdded) added(): void {
        nothing();
      }
    }
    expect(subscriptionDefinitionOf(Replayed)).toMatchObject({ from: 'beginning', replayable: true });
  });

  it('knows methods by the stored names of events, one method for several, and those of base classes', () => {
    class Base {
      @On(CartNoted) noted(): void {
        nothing();
      }
      @On(ItemAdded) overridden(): void {
        nothing();
      }
    }
    @Reactor({ name: 'all' })
    class All extends Base {
      @On(ItemAdded) override overridden(): void {
        nothing();
      }
      @On(CartEmptied) noted2(): void {
        nothing();
      }
      @OnTimer('late') late(): void {
        nothing();
      }
    }
    const definition = subscriptionDefinitionOf(All);
    expect([...(definition?.methods ?? [])].sort()).toEqual([
      ['cart-emptied', 'noted2'],
      ['cart-noted', 'noted'],
      ['item-added', 'overridden'],
    ]);
    expect(new Set(definition?.events)).toEqual(new Set([ItemAdded, CartEmptied, CartNoted]));
    expect([...(definition?.timers ?? [])]).toEqual([['late', 'late']]);
  });

  it('is none for another class, nor for a subclass of a subscription', () => {
    @Projection({ name: 'p' })
    class Marked {
      @OnAny() any(): void {
        nothing();
      }
    }
    class Unmarked extends Marked {}
    expect([subscriptionDefinitionOf(Unmarked), subscriptionDefinitionOf(ItemAdded)]).toEqual([undefined, undefined]);
  });
});

describe('a faulty subscription', () => {
  it('is refused with all its faults at once', () => {
    class Nameless {
      readonly some = 1;
    }
    const own = defineView<{ a: number }>({ name: 'v', projection: 'other one', keyedBy: 'key' });
    @Projection({
      name: 'other one',
      version: 0,
      batch: 1.5,
      concurrency: -1,
      attempts: NaN,
      aggregates: [],
      from: 'yesterday' as 'now',
      views: [own, own],
      fence: 'token',
    })
    class Faulty {
      @On(Nameless) nameless(): void {
        nothing();
      }
      @On(undefined as never) cyclic(): void {
        nothing();
      }
      @On(ItemAdded) static still(): void {
        nothing();
      }
      @On(ItemAdded) twice(): void {
        nothing();
      }
      @OnAny() any(): void {
        nothing();
      }
      @OnAny() anyToo(): void {
        nothing();
      }
      @OnTimer('t') timer(): void {
        nothing();
      }
    }
    const faults = faultsOf(Faulty) as string[];
    expect(faults).toEqual(
      expect.arrayContaining([
        'The name of @Projection is letters, digits, ".", "_" and "-", not "other one".',
        'concurrency of @Projection is -1, but must be a whole number from 1.',
        'attempts of @Projection is NaN, but must be a whole number from 1.',
        'version of @Projection is 0, but must be a whole number from 1.',
        'batch of @Projection is 1.5, but must be a whole number from 1.',
        'from of @Projection is "yesterday", but must be "beginning" or "now".',
        'aggregates of @Projection must name at least one aggregate.',
        'Two of its views have one name.',
        'views and fence exclude each other: views keep the progress themselves.',
        '@On of nameless: Nameless has no @DomainEvent({ name }).',
        '@On of cyclic has no event class: two files import each other. Move the event to a file of its own.',
        'still is static; events are given to methods of the instance.',
        'any and anyToo both take every event; one method takes it.',
        'timer has @OnTimer, but only reactors have timers: a projection can be built again.',
      ]),
    );
    expect(faults).toContainEqual(
      expect.stringMatching(/^(still and twice|twice and still) both take ItemAdded; one method takes it\.$/),
    );
    expect(faults).toHaveLength(15);
  });

  it.each<[string, AnyClass, string]>([
    [
      'without methods',
      (() => {
        @Projection({ name: 'p' })
        class Empty {}
        return Empty;
      })(),
      'It has no method with @On.',
    ],
    [
      'without a name',
      (() => {
        @Reactor({ name: '' })
        class Unnamed {
          @OnAny() any(): void {
            nothing();
          }
        }
        return Unnamed;
      })(),
      'The name of @Reactor is letters, digits, ".", "_" and "-", not "".',
    ],
    [
      'with a view of another',
      (() => {
        @Projection({ name: 'mine', views: [defineView({ name: 'v', projection: 'theirs', keyedBy: 'key' })] })
        class Stranger {
          @OnAny() any(): void {
            nothing();
          }
        }
        return Stranger;
      })(),
      `View "v" belongs to "theirs", not to "mine": defineView({ projection: 'mine', … }).`,
    ],
    [
      'replayable with views, whose methods would not be told',
      (() => {
        @Reactor({ name: 'v', views: [defineView({ name: 'v', keyedBy: 'key' })], replayable: true })
        class Unmarked {
          @OnAny() any(): void {
            nothing();
          }
        }
        return Unmarked;
      })(),
      'views and replayable exclude each other: with views, its methods are not told of a replay.',
    ],
    [
      'with two methods for one timer',
      (() => {
        @Reactor({ name: 'r' })
        class Twice {
          @OnTimer('t') one(): void {
            nothing();
          }
          @OnTimer('t') two(): void {
            nothing();
          }
        }
        return Twice;
      })(),
      'one and two both take the timer "t"; one method takes it.',
    ],
  ])('%s', (_, target, fault) => {
    expect(faultsOf(target)).toEqual([fault]);
  });
});
