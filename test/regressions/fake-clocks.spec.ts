import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Exclude, Type } from 'class-transformer';
import { Aggregate, AggregateRepository, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, scenario } from 'nestjs-dynamo-event-store/testing';
import { readBack } from '../support/one-meaning.js';

const NOW = Date.UTC(2024, 0, 1);

@DomainEvent({ name: 'shipped' })
class Shipped {
  constructor(
    readonly at: Date,
    readonly other: { readonly dates: unknown } = { dates: new Map([['at', new Set([at])]]) },
  ) {}
}

@DomainEvent({ name: 'billed' })
class Billed {
  @Type(() => Date)
  readonly at: Date;
  @Exclude()
  readonly note = 'x';
  constructor(at: Date) {
    this.at = at;
  }
}

@Aggregate({ name: 'order', snapshot: { every: 1, write: 'await' } })
class Order extends AggregateRoot {
  at?: Date;
  billed?: Date;
  ship(at = new Date()): void {
    this.apply(new Shipped(at));
  }
  bill(at = new Date()): void {
    this.apply(new Billed(at));
  }
  @EventHandler(Shipped) protected onShipped({ at }: Shipped): void {
    this.at = at;
  }
  @EventHandler(Billed) protected onBilled({ at }: Billed): void {
    this.billed = at;
  }
}

interface FakeTimers {
  readonly install: (options: { now: number; toFake: string[] }) => { readonly uninstall: () => void };
}
const require = createRequire(import.meta.url);
const RealDate = Date;
let restore = (): void => undefined;

/** As libraries do that replace the class by a function or by a class of their own. */
const clocks: readonly [string, () => () => void][] = [
  [
    'jest.useFakeTimers',
    () => {
      jest.useFakeTimers({
        now: NOW,
        doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'performance', 'queueMicrotask'],
      });
      return () => void jest.useRealTimers();
    },
  ],
  [
    '@sinonjs/fake-timers',
    () => {
      const { install } = require('@sinonjs/fake-timers') as FakeTimers;
      const clock = install({ now: NOW, toFake: ['Date'] });
      return () => {
        clock.uninstall();
      };
    },
  ],
  [
    'a class that extends Date, as mockdate has it',
    () => {
      class MockDate extends RealDate {
        constructor(...parameters: readonly never[]) {
          if (parameters.length === 0) super(NOW);
          else super(...(parameters as unknown as [number]));
        }
        static override now(): number {
          return NOW;
        }
      }
      globalThis.Date = MockDate as DateConstructor;
      return () => undefined;
    },
  ],
  [
    'a function with the prototype of Date, as timekeeper has it',
    () => {
      function FakeDate(...parameters: readonly number[]): Date {
        return parameters.length === 0 ? new RealDate(NOW) : new RealDate(...(parameters as [number]));
      }
      FakeDate.prototype = RealDate.prototype;
      globalThis.Date = Object.assign(FakeDate, {
        now: () => NOW,
        UTC: RealDate.UTC,
        parse: RealDate.parse,
      }) as unknown as DateConstructor;
      return () => undefined;
    },
  ],
];

afterEach(() => {
  restore();
  restore = () => undefined;
  globalThis.Date = RealDate;
});

describe.each(clocks)('with the clock of %s', (_, install) => {
  it('events with dates are stored and read back', async () => {
    restore = install();
    for (const at of [new Date(), new RealDate(5)]) {
      const back = await readBack(new Shipped(at));
      expect(back.at.getTime()).toBe(at.getTime());
      expect([...(back.other.dates as Map<string, Set<Date>>).get('at')!][0]?.getTime()).toBe(at.getTime());
      expect((await readBack(new Billed(at))).at.getTime()).toBe(at.getTime());
    }
  });

  it('aggregates with snapshots and a cache have the same state', async () => {
    restore = install();
    const warnings: string[] = [];
    const store = new InMemoryEventStore({ events: [Shipped, Billed] });
    const repository = new AggregateRepository(store, {
      cache: true,
      onWarning: ({ message }) => void warnings.push(message),
    });
    const order = new Order('1');
    order.ship();
    await repository.save(order);
    await repository.update(Order, '1', (each) => {
      each.bill();
    });
    for (const each of [await repository.load(Order, '1'), await new AggregateRepository(store).load(Order, '1')])
      expect([each.at?.getTime(), each.billed?.getTime()]).toEqual([NOW, NOW]);
    expect(warnings).toEqual([]);
    expect((await repository.find(Order, '1', { asOf: new Date(NOW + 1) }))?.version).toBe(2);
  });

  it('scenarios compare dates by their time', async () => {
    restore = install();
    await scenario(Order)
      .given(new Shipped(new Date()))
      .when((order) => {
        order.bill();
      })
      .thenEvents(new Billed(new Date()));
  });
});

it('patched prototypes do not change what is stored', async () => {
  const patched = [BigInt.prototype, Map.prototype, Set.prototype, Date.prototype] as { toJSON?: unknown }[];
  const before = patched.map((each) => Object.getOwnPropertyDescriptor(each, 'toJSON'));
  for (const each of patched)
    Object.defineProperty(each, 'toJSON', { value: () => 'patched', configurable: true, writable: true });
  try {
    class Any {
      constructor(readonly value: unknown) {}
    }
    DomainEvent({ name: 'any' })(Any);
    const value = { big: 5n, map: new Map([[1n, new Set([2n])]]), date: new Date(0) };
    expect((await readBack(new Any(value))).value).toEqual(value);
  } finally {
    for (const [index, each] of patched.entries()) {
      const descriptor = before[index];
      if (descriptor === undefined) delete each.toJSON;
      else Object.defineProperty(each, 'toJSON', descriptor);
    }
  }
});
