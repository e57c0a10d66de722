import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Transform, Type } from 'class-transformer';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { EventCodec } from '../event/event-codec.js';
import { EventRegistry } from '../event/event-registry.js';
import type { JsonValue } from '../event/json-value.js';
import { AggregateRoot, type AggregateClass } from './aggregate-root.js';
import { aggregateOfSnapshot, copyAggregate, snapshotStateOf } from './aggregate-state.js';
import { UncopyableValueError } from './copy-state.js';
import { SnapshotState } from './snapshot-state.decorator.js';

const codec = new EventCodec(new EventRegistry());

class Line {
  constructor(
    readonly product: string,
    public quantity: number,
  ) {}
  get label(): string {
    return `${this.quantity} x ${this.product}`;
  }
}

class Basket extends AggregateRoot {
  total = 0;
  note: string | undefined = 'from the constructor';
  placedAt = new Date(0);
  tags = new Set<string>();
  prices = new Map<string, bigint>();
  bytes = new Uint8Array([1, 2]);
  extras: Record<string, unknown> = {};
  optional?: string;
  @Type(() => Line) lines: Line[] = [];
  /** Bound to its object, as arrow functions are. */
  readonly size = (): number => this.lines.length;

  constructor(id: string) {
    super(id);
    Object.defineProperty(this, 'first', { get: () => this.lines[0], enumerable: true, configurable: true });
  }
}

/** At a version, with values in every field. */
function filled(): Basket {
  const basket = new Basket('b-1');
  basket.loadFromHistory([]);
  basket.total = 12;
  basket.note = undefined;
  basket.placedAt = new Date(1_712_345_678_910);
  basket.tags.add('a');
  basket.prices.set('p', 5n);
  basket.extras = { deep: [{ at: new Date(1), nothing: undefined }] };
  basket.lines.push(new Line('p', 2), new Line('q', 3));
  return basket;
}

function fieldsOf(aggregate: object): Record<string, unknown> {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(aggregate));
  return Object.fromEntries(
    properties.flatMap(([name, property]) =>
      'value' in property && typeof property.value !== 'function' ? [[name, property.value as unknown]] : [],
    ),
  );
}

/** Through a snapshot as it is stored. */
function restored<A extends AggregateRoot>(
  aggregate: A,
  aggregateClass = aggregate.constructor as AggregateClass<A>,
): A {
  const type = { name: 'basket snapshot', schemaVersion: 1, eventClass: aggregateClass };
  const { state, absent, deleted } = snapshotStateOf(aggregate);
  const stored = codec.encodeState(state, type);
  const read = codec.decodeState(typeof stored === 'string' ? (JSON.parse(stored) as JsonValue) : stored, type);
  return aggregateOfSnapshot(aggregateClass, aggregate.id, { state: read, absent, deleted }, 7);
}

/** Both ways to make another aggregate of the same state. */
const ways = [
  ['a copy', <A extends AggregateRoot>(aggregate: A): A => copyAggregate(aggregate)],
  ['a snapshot', <A extends AggregateRoot>(aggregate: A): A => restored(aggregate)],
] as const;

describe.each(ways)('%s of an aggregate', (way, make) => {
  it('has the same state, of the same classes', () => {
    const original = filled();
    const made = make(original);
    expect(made).toBeInstanceOf(Basket);
    // The serializer does not tell a property that is undefined from one that is not there.
    if (way === 'a copy') expect(fieldsOf(made)).toStrictEqual(fieldsOf(original));
    expect(fieldsOf(made)).toEqual(fieldsOf(original));
    expect(made.lines.map(({ label }) => label)).toEqual(['2 x p', '3 x q']);
    expect([made.id, made.version]).toEqual(['b-1', way === 'a copy' ? 0 : 7]);
    expect(made.getUncommittedEvents()).toEqual([]);
  });

  it('shares nothing with it', () => {
    const original = filled();
    const made = make(original);
    made.tags.add('b');
    made.prices.set('p', 6n);
    made.lines[0]!.quantity = 99;
    made.lines.pop();
    made.placedAt.setTime(0);
    made.bytes[0] = 9;
    (made.extras['deep'] as unknown[]).push(1);
    expect(fieldsOf(original)).toStrictEqual(fieldsOf(filled()));
  });

  it('has functions and accessors of its own, bound to itself', () => {
    const original = filled();
    const made = make(original) as Basket & { first: Line };
    made.lines.pop();
    expect([made.size(), original.size()]).toEqual([1, 2]);
    expect(made.first).toBe(made.lines[0]);
    expect(made.first).not.toBe(original.lines[0]);
  });

  it('has no field that the other lost since it was made, and every one that it got', () => {
    const original = filled() as Basket & { later?: number; note?: string };
    Reflect.deleteProperty(original, 'note');
    original.later = 5;
    const made = make(original);
    expect((made as { note?: string }).note).toBeUndefined();
    expect((made as { later?: number }).later).toBe(5);
  });

  it('keeps a field undefined that the constructor sets, and places of lists and maps that are', () => {
    const original = filled();
    original.extras = { list: [undefined, 1, undefined], map: new Map([['a', undefined]]) };
    const made = make(original);
    expect([made.note, made.optional]).toEqual([undefined, undefined]);
    expect(made.extras).toStrictEqual(original.extras);
  });

  it('can hold any values', () => {
    class Anything extends AggregateRoot {
      value: unknown = 1;
      others: unknown = [];
    }
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, (value, others) => {
        const original = new Anything('a');
        Object.assign(original, { value, others: [others] });
        const made = make(original);
        expect(isDeepStrictEqual([made.value, made.others], [original.value, original.others])).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a copy', () => {
  it('keeps one object in two fields one object, so that a later reducer that changes it changes both', () => {
    class Cart extends AggregateRoot {
      lines: Line[] = [];
      current: Line | undefined;
    }
    const original = new Cart('c-1');
    original.current = new Line('p', 1);
    original.lines.push(original.current);
    const made = copyAggregate(original);
    made.current!.quantity = 5;
    expect(made.lines[0]!.quantity).toBe(5);
    expect(original.current.quantity).toBe(1);
  });

  it('is at the version of the original, and records events of its own', () => {
    const made = copyAggregate(aggregateOfSnapshot(Basket, 'b-1', { state: { total: 1 }, absent: [] }, 42));
    expect([made.version, made.total]).toEqual([42, 1]);
  });

  it('has the functions that its constructor makes, bound to itself', () => {
    const original = filled() as Basket & { size: () => number };
    expect(copyAggregate(original).size()).toBe(2);
  });

  it('is refused where a field holds another function than the constructor makes', () => {
    const original = filled() as Basket & { size: () => number };
    original.size = () => 99;
    expect(() => copyAggregate(original)).toThrow('its field size holds another function than at first');
    expect(() => snapshotStateOf(original)).toThrow('its field size holds another function than at first');
  });

  it('keeps fields under symbols', () => {
    const tag = Symbol('tag');
    class Tagged extends AggregateRoot {
      [tag] = { count: 1 };
    }
    const original = new Tagged('t-1');
    original[tag].count = 5;
    const made = copyAggregate(original);
    expect(made[tag]).toEqual({ count: 5 });
    expect(made[tag]).not.toBe(original[tag]);
  });

  it('of a class with private members, or of a state that holds what cannot be copied, is refused', () => {
    class Hiding extends AggregateRoot {
      #total = 0;
      add(): number {
        return ++this.#total;
      }
    }
    expect(() => copyAggregate(new Hiding('h-1'))).toThrow(UncopyableValueError);
    for (const value of [/x/, [() => 1], new Hiding('h-2'), new Basket('b-2')]) {
      const basket = filled();
      basket.extras = { value };
      expect(() => copyAggregate(basket)).toThrow(UncopyableValueError);
    }
  });

  it('of an aggregate that is part of its own state is refused, not endless', () => {
    const basket = filled();
    basket.extras = { owner: basket };
    expect(() => copyAggregate(basket)).toThrow(UncopyableValueError);
  });
});

describe('the state for a snapshot', () => {
  it('has the fields of the class and its bases, and nothing of the library', () => {
    class Gift extends Basket {
      wrapped = true;
    }
    const { state } = snapshotStateOf(new Gift('g-1'));
    expect(Object.keys(state).sort()).toEqual(
      ['bytes', 'extras', 'lines', 'note', 'placedAt', 'prices', 'tags', 'total', 'wrapped'].sort(),
    );
    expect(Object.getOwnPropertySymbols(state)).toEqual([]);
    expect(Object.getPrototypeOf(state)).toBe(Gift.prototype);
  });

  it('has no place for fields under symbols, unless others are marked', () => {
    const tag = Symbol('tag');
    class Tagged extends AggregateRoot {
      [tag] = 1;
    }
    class Marked extends AggregateRoot {
      [tag] = 1;
      @SnapshotState() total = 2;
    }
    expect(() => snapshotStateOf(new Tagged('t-1'))).toThrow(/Symbol\(tag\).*@SnapshotState/);
    expect({ ...snapshotStateOf(new Marked('m-1')).state }).toEqual({ total: 2 });
  });

  it('cannot hold what the serializer refuses, which names the place', () => {
    const basket = filled();
    basket.extras = { deep: [Promise.resolve(1)] };
    expect(() => restored(basket)).toThrow(
      expect.objectContaining({ code: 'EVENT_SERIALIZATION', path: 'extras.deep[0]' }),
    );
  });
});

describe('@SnapshotState', () => {
  class Base extends AggregateRoot {
    @SnapshotState() total = 0;
    cache: string[] = ['fresh'];
  }
  class Marked extends Base {
    @SnapshotState() @Type(() => Line) lines: Line[] = [];
    @SnapshotState() note: string | undefined;
    readonly #secret = { count: 0 };
    readonly rate = (): number => this.total;
    draft: string | undefined = 'from the constructor';
    count(): number {
      return ++this.#secret.count;
    }
  }

  it('stores only what it marks, in the class and its bases; the rest is what the constructor makes', () => {
    const original = new Marked('m-1');
    original.total = 5;
    original.lines = [new Line('p', 1)];
    original.cache = ['stale'];
    original.draft = 'changed';
    original.count();
    expect({ ...snapshotStateOf(original).state }).toEqual({ total: 5, lines: [new Line('p', 1)], note: undefined });
    const made = restored(original);
    expect(fieldsOf(made)).toEqual({
      ...fieldsOf(original),
      cache: ['fresh'],
      draft: 'from the constructor',
    });
    expect([made.rate(), made.count(), made.lines[0]!.label]).toEqual([5, 1, '1 x p']);
  });

  it('of one class is none of another', () => {
    class Unmarked extends AggregateRoot {
      total = 1;
      cache = ['a'];
    }
    expect(Object.keys(snapshotStateOf(new Unmarked('u-1')).state).sort()).toEqual(['cache', 'total']);
    expect(Object.keys(snapshotStateOf(new Base('b-1')).state)).toEqual(['total']);
  });
});

describe('decorators of class-transformer on the fields', () => {
  it('@Transform decides what is stored, and how it comes back', () => {
    class Priced extends AggregateRoot {
      @Transform(({ value }) => `${String(value)} EUR`, { toPlainOnly: true })
      @Transform(({ value }) => Number.parseInt(String(value)), { toClassOnly: true })
      price = 0;
    }
    const original = new Priced('p-1');
    original.price = 5;
    expect(restored(original).price).toBe(5);
  });

  it('@Exclude on a field means that there is no snapshot, since a state made of it would lack the field', () => {
    class Caching extends AggregateRoot {
      total = 0;
      @Exclude() cache = new Map<string, number>();
    }
    const original = new Caching('c-1');
    original.total = 5;
    original.cache.set('a', 1);
    expect(() => restored(original)).toThrow(expect.objectContaining({ code: 'EVENT_SERIALIZATION', path: 'cache' }));
  });
});
