import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  SnapshotState,
  type AggregateClass,
  type SnapshotOptions,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';

@DomainEvent({ name: 'counted' })
class Counted {
  constructor(readonly n: number) {}
}

interface Counting extends AggregateRoot {
  readonly on: (event: Counted) => void;
}
type CountingClass = AggregateClass<Counting>;

/** The state of a class with snapshots and without, and what was warned of. */
async function statesOf<V>(
  define: () => CountingClass,
  view: (aggregate: Counting) => V = (aggregate) => ({ ...(aggregate as object) }) as V,
): Promise<{ readonly folded: V; readonly fromSnapshot: V; readonly cached: V; readonly warnings: string[] }> {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  const store = new InMemoryEventStore({ events: [Counted] });
  const finish = (snapshot?: SnapshotOptions): CountingClass => {
    const each = define();
    const { prototype } = each as { readonly prototype: Counting };
    EventHandler(Counted)(prototype, 'on', Object.getOwnPropertyDescriptor(prototype, 'on')!);
    Aggregate({ name: 'counting', ...(snapshot === undefined ? {} : { snapshot }) })(each);
    return each;
  };
  const [plain, snapshotting] = [finish(), finish({ every: 1, write: 'await' })];
  const repository = new AggregateRepository(store, { onWarning, cache: true });
  const aggregate = new snapshotting('a');
  for (const n of [1, 2]) {
    aggregate.apply(new Counted(n));
    await repository.save(aggregate);
  }
  return {
    folded: view(await new AggregateRepository(store).load(plain, 'a')),
    fromSnapshot: view(await new AggregateRepository(store, { onWarning }).load(snapshotting, 'a')),
    cached: view(await repository.load(snapshotting, 'a')),
    warnings,
  };
}

const decorate = (each: CountingClass, field: string, ...decorators: readonly PropertyDecorator[]): CountingClass => {
  for (const decorator of decorators) decorator(each.prototype as object, field);
  return each;
};

class Secretive extends AggregateRoot {
  secret = '';
  n = 0;
  on(event: Counted): void {
    this.secret = `pin${event.n}`;
    this.n = event.n;
  }
}

/** A class of its own for each test, since decorators stay on it. */
const secretive = (): CountingClass =>
  class extends Secretive {
    override on(event: Counted): void {
      super.on(event);
    }
  };

describe('a decorator of class-transformer on an aggregate does not change its state', () => {
  it.each<[string, () => CountingClass, RegExp]>([
    ['@Exclude', () => decorate(secretive(), 'secret', Exclude()), /@Exclude on its field secret/],
    [
      '@Exclude to plain',
      () => decorate(secretive(), 'secret', Exclude({ toPlainOnly: true })),
      /@Exclude on its field secret/,
    ],
    [
      '@Exclude to class',
      () => decorate(secretive(), 'secret', Exclude({ toClassOnly: true })),
      /@Exclude on its field secret/,
    ],
    [
      '@Expose with groups',
      () => decorate(secretive(), 'secret', Expose({ groups: ['admin'] })),
      /@Expose\(\{ groups \}\) on its field secret/,
    ],
    [
      '@Transform that masks',
      () =>
        decorate(
          secretive(),
          'secret',
          Transform(() => '****', { toPlainOnly: true }),
        ),
      /@Transform.* on its field secret/,
    ],
    [
      '@Transform that changes on reading',
      () =>
        decorate(
          secretive(),
          'secret',
          Transform(() => '****', { toClassOnly: true }),
        ),
      /@Transform.* on its field secret/,
    ],
    [
      '@Exclude on the class',
      () => {
        const each = secretive();
        Exclude()(each);
        return each;
      },
      /@Exclude on the class/,
    ],
  ])('%s, of which boot warns by field', async (_, define, warning) => {
    const { folded, fromSnapshot, cached, warnings } = await statesOf(define);
    expect(folded).toMatchObject({ secret: 'pin2', n: 2 });
    expect([fromSnapshot, cached]).toEqual([folded, folded]);
    expect(warnings[0]).toMatch(warning);
    expect(warnings.slice(1).join('\n')).toMatch(/No snapshot of counting\/a was taken: .*at secret/);
  });

  it('@Transform both ways that gives another value, though no class tells of it', async () => {
    const define = (): CountingClass =>
      decorate(
        secretive(),
        'secret',
        Transform(({ value }) => (value as string).toUpperCase()),
      );
    const { folded, fromSnapshot, cached, warnings } = await statesOf(define);
    expect([fromSnapshot, cached]).toEqual([folded, folded]);
    expect(warnings.join('\n')).toMatch(/No snapshot of counting\/a was taken: .*at secret/);
  });

  it.each<[string, () => CountingClass]>([
    ['@Expose with a name', () => decorate(secretive(), 'secret', Expose({ name: 's' }))],
    [
      '@Expose of all',
      () => {
        const each = secretive();
        Expose()(each);
        return each;
      },
    ],
    [
      '@Transform both ways that gives the same value',
      () =>
        decorate(
          secretive(),
          'secret',
          Transform(({ value }) => [value as string], { toPlainOnly: true }),
          Transform(({ value }) => (value as string[])[0], { toClassOnly: true }),
        ),
    ],
  ])('%s, and snapshots are taken', async (_, define) => {
    const { folded, fromSnapshot, cached, warnings } = await statesOf(define);
    expect([fromSnapshot, cached]).toEqual([folded, folded]);
    expect(warnings).toEqual([]);
  });

  it('@Exclude on a field that @SnapshotState leaves out, and snapshots are taken', async () => {
    const define = (): CountingClass => {
      const each = decorate(secretive(), 'secret', Exclude());
      SnapshotState()(each.prototype as Counting, 'n');
      return each;
    };
    const { fromSnapshot, warnings } = await statesOf(define, (aggregate) => (aggregate as unknown as Secretive).n);
    expect([fromSnapshot, warnings]).toEqual([2, []]);
  });
});

describe('a state as people write them is the same from a snapshot, or no snapshot is taken', () => {
  const bare = (): { by: Record<string, unknown> } => ({
    by: Object.setPrototypeOf({}, null) as Record<string, unknown>,
  });
  it.each<[string, () => CountingClass, (aggregate: never) => unknown, unknown]>([
    [
      'a record without a prototype',
      () =>
        class extends AggregateRoot {
          by = bare().by;
          on({ n }: Counted): void {
            this.by[String(n)] = true;
          }
        },
      ({ by }: { by: object }) => [Object.getPrototypeOf(by) as unknown, { ...by }],
      [null, { 1: true, 2: true }],
    ],
    [
      'a list with holes',
      () =>
        class extends AggregateRoot {
          slots: number[] = [];
          on({ n }: Counted): void {
            this.slots[n * 2] = n;
          }
        },
      ({ slots }: { slots: number[] }) => [slots.length, Object.keys(slots)],
      [5, ['2', '4']],
    ],
    [
      'a frozen list and a frozen object that holds one that is not',
      () =>
        class extends AggregateRoot {
          list: readonly unknown[] = Object.freeze([]);
          on({ n }: Counted): void {
            this.list = Object.freeze([...this.list, Object.freeze({ open: [n] })]);
          }
        },
      ({ list }: { list: { open: number[] }[] }) => [
        list.map(({ open }) => open),
        Object.isFrozen(list),
        list.map((each) => [Object.isFrozen(each), Object.isFrozen(each.open)]),
      ],
      [
        [[1], [2]],
        true,
        [
          [true, false],
          [true, false],
        ],
      ],
    ],
    [
      'a machine of functions',
      () =>
        class extends AggregateRoot {
          n = 0;
          table = { add: (x: number): number => x + 1 };
          on({ n }: Counted): void {
            this.n = this.table.add(n);
          }
        },
      ({ n, table }: { n: number; table: { add: unknown } }) => [n, typeof table.add],
      [3, 'function'],
    ],
    [
      'a bound function',
      () =>
        class extends AggregateRoot {
          n = 0;
          add = (x: number): void => void (this.n += x);
          on({ n }: Counted): void {
            this.add(n);
          }
        },
      (aggregate: { n: number; add: (x: number) => void }) => {
        aggregate.add(10);
        return aggregate.n;
      },
      13,
    ],
    [
      'a machine whose state is a function',
      () =>
        class extends AggregateRoot {
          next: () => string = () => 'new';
          on({ n }: Counted): void {
            this.next = () => `after ${n}`;
          }
        },
      ({ next }: { next: () => string }) => next(),
      'after 2',
    ],
    [
      'a function that takes the place of nothing',
      () =>
        class extends AggregateRoot {
          next?: () => number;
          on({ n }: Counted): void {
            this.next = () => n;
          }
        },
      ({ next }: { next: () => number }) => next(),
      2,
    ],
    [
      'an event that is kept',
      () =>
        class extends AggregateRoot {
          last?: Counted;
          on(event: Counted): void {
            this.last = event;
          }
        },
      ({ last }: { last: Counted }) => [last.n, last instanceof Counted],
      [2, true],
    ],
    [
      'an event that is kept under @Type',
      () =>
        decorate(
          class extends AggregateRoot {
            last?: Counted;
            on(event: Counted): void {
              this.last = event;
            }
          },
          'last',
          Type(() => Counted),
        ),
      ({ last }: { last: Counted }) => [last.n, last instanceof Counted],
      [2, true],
    ],
    [
      'a WeakMap',
      () =>
        class extends AggregateRoot {
          memo = new WeakMap();
          n = 0;
          on({ n }: Counted): void {
            this.n = n;
          }
        },
      ({ n, memo }: { n: number; memo: unknown }) => [n, memo instanceof WeakMap],
      [2, true],
    ],
    [
      'one object in two fields',
      () =>
        class extends AggregateRoot {
          a: number[] = [];
          b = this.a;
          on({ n }: Counted): void {
            this.a.push(n);
          }
        },
      ({ a, b }: { a: number[]; b: number[] }) => [a, b, a === b],
      [[1, 2], [1, 2], true],
    ],
    [
      'a deleted field',
      () =>
        class extends AggregateRoot {
          a?: number = 5;
          on(_: Counted): void {
            delete this.a;
          }
        },
      (aggregate: object) => 'a' in aggregate,
      false,
    ],
    [
      'an infinite number and one that is none',
      () =>
        class extends AggregateRoot {
          min = Infinity;
          max = -Infinity;
          sum = NaN;
          zero = -0;
          on(_: Counted): void {
            this.sum += 1;
          }
        },
      ({ min, max, sum, zero }: { min: number; max: number; sum: number; zero: number }) => [min, max, sum, zero],
      [Infinity, -Infinity, NaN, -0],
    ],
    [
      'a null-prototype record in a map in a set',
      () =>
        class extends AggregateRoot {
          all = new Set<unknown>();
          on({ n }: Counted): void {
            this.all.add(new Map([[{ n }, Object.assign(bare().by, { n })]]));
          }
        },
      ({ all }: { all: Set<Map<object, object>> }) =>
        [...all].map((map) =>
          [...map].map(([key, item]) => [key, Object.getPrototypeOf(item) as unknown, { ...item }]),
        ),
      [[[{ n: 1 }, null, { n: 1 }]], [[{ n: 2 }, null, { n: 2 }]]],
    ],
    [
      'an own __proto__ property',
      () =>
        class extends AggregateRoot {
          by = JSON.parse('{"__proto__":{"n":0}}') as object;
          on({ n }: Counted): void {
            this.by = JSON.parse(`{"__proto__":{"n":${n}}}`) as object;
          }
        },
      ({ by }: { by: object }) => Object.entries(by),
      [['__proto__', { n: 2 }]],
    ],
    [
      'bytes with a property',
      () =>
        class extends AggregateRoot {
          bytes = Object.assign(new Uint8Array(1), { unit: 'kB' });
          on({ n }: Counted): void {
            this.bytes[0] = n;
          }
        },
      ({ bytes }: { bytes: Uint8Array & { unit: string } }) => [bytes[0], bytes.unit],
      [2, 'kB'],
    ],
    [
      'dates that are not valid, and the farthest ones',
      () =>
        class extends AggregateRoot {
          dates: Date[] = [];
          on(_: Counted): void {
            this.dates = [new Date(NaN), new Date(8.64e15), new Date(-8.64e15)];
          }
        },
      ({ dates }: { dates: Date[] }) => dates.map((date) => date.getTime()),
      [NaN, 8.64e15, -8.64e15],
    ],
    [
      'an object that refers back to itself',
      () =>
        class extends AggregateRoot {
          node: { n: number; self?: unknown } = { n: 0 };
          on({ n }: Counted): void {
            this.node = { n };
            this.node.self = this.node;
          }
        },
      ({ node }: { node: { n: number; self?: unknown } }) => [node.n, node.self === node],
      [2, true],
    ],
    [
      'a getter and a setter on the class',
      () => {
        class Celsius extends AggregateRoot {
          kelvin = 0;
          get celsius(): number {
            return this.kelvin - 273;
          }
          set celsius(value: number) {
            this.kelvin = value + 273;
          }
          on({ n }: Counted): void {
            this.celsius = n;
          }
        }
        return decorate(Celsius, 'celsius', Expose());
      },
      ({ kelvin, celsius }: { kelvin: number; celsius: number }) => [kelvin, celsius],
      [275, 2],
    ],
  ])('%s', async (_, define, view, expected) => {
    const { folded, fromSnapshot, cached } = await statesOf(define, view as (aggregate: Counting) => unknown);
    expect(folded).toEqual(expected);
    expect([fromSnapshot, cached]).toEqual([expected, expected]);
  });
});
