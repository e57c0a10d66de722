import { describe, expect, it } from '@jest/globals';
import { Expose, Transform, Type } from 'class-transformer';
import { DomainEvent, type EventClass } from 'nestjs-dynamo-event-store';
import { inAllWays, meaningsOf, readBack, refusalOf, type Reduce } from '../support/one-meaning.js';

class Line {
  sku: string;
  tags: Set<string>;
  meta = new Map<unknown, unknown>([['a', new Map([[1, 2n]])]]);
  at = new Date(0);
  units = 5n;
  bytes = new Uint8Array([1, 2]);
  buffer = Buffer.from('text');
  constructor(sku = '', tags: Iterable<string> = []) {
    this.sku = sku;
    this.tags = new Set(tags);
  }
}

class Lines extends Array<Line> {
  currency?: string;
  sum(): number {
    return this.length;
  }
}
class LineSet extends Set<Line> {
  note?: string;
}
class LineMap extends Map<string, Line> {
  note?: string;
}
class Numbers extends Array<number> {
  unit?: string;
}
class Words extends Set<string> {
  language?: string;
}
class Dictionary extends Map<string, unknown> {
  readonly source?: { readonly at: Date };
}
/** With a constructor that takes something else than the members. */
class Bounded extends Set<string> {
  constructor(readonly limit: number) {
    super();
    if (!(limit > 0)) throw new RangeError('a bounded set needs a limit');
  }
}

class Hiding extends Set<string> {
  readonly #limit = 3;
  override add(each: string): this {
    return this.size < this.#limit ? super.add(each) : this;
  }
}

/** A class of events with one collection, whose class TypeScript would say by `design:type`. */
function eventWith(
  collectionClass: object | undefined,
  type: () => unknown,
): new (value: unknown) => { value: unknown } {
  class Collected {
    constructor(public value: unknown) {}
  }
  if (collectionClass !== undefined)
    Reflect.defineMetadata('design:type', collectionClass, Collected.prototype, 'value');
  (Type as (type: () => unknown) => PropertyDecorator)(type)(Collected.prototype, 'value');
  DomainEvent({ name: 'collected' })(Collected as EventClass);
  return Collected;
}

const line = (sku: string): Line => new Line(sku, ['x', 'y']);
function linesOf(...members: Line[]): Lines {
  const list = new Lines();
  list.push(...members);
  return list;
}
class Other {
  readonly sku = 'other';
}
const bounded = new Bounded(3);
bounded.add('a');

describe('a collection of a class of its own comes back whole', () => {
  it.each<[string, object, () => unknown, object]>([
    ['a list of instances', Lines, () => Line, Lines.from([line('a'), line('b')])],
    [
      'a list of instances with a property',
      Lines,
      () => Line,
      Object.assign(Lines.from([line('a')]), { currency: 'EUR' }),
    ],
    ['a set of instances', LineSet, () => Line, new LineSet([line('a')])],
    ['a set with a property', LineSet, () => Line, Object.assign(new LineSet([line('a')]), { note: 'n' })],
    ['a map of instances', LineMap, () => Line, new LineMap([['k', line('a')]])],
    ['a map with a property', LineMap, () => Line, Object.assign(new LineMap([['k', line('a')]]), { note: 'n' })],
    ['a list of numbers', Numbers, () => Number, Numbers.from([1, -0, 2])],
    ['a list of one number', Numbers, () => Number, Numbers.from([7])],
    ['an empty list', Numbers, () => Number, new Numbers()],
    ['a list of numbers with a property', Numbers, () => Number, Object.assign(Numbers.from([1]), { unit: 'kg' })],
    ['a set of words', Words, () => String, new Words(['a'])],
    ['a set of words with a property', Words, () => String, Object.assign(new Words(['a']), { language: 'de' })],
    ['a map of anything', Dictionary, () => Object, new Dictionary([['a', { b: new Map([[1, new Set([2n])]]) }]])],
    [
      'a map with a property that holds a date',
      Dictionary,
      () => Object,
      Object.assign(new Dictionary([['a', 1]]), { source: { at: new Date(5) } }),
    ],
    ['a set whose constructor takes something else', Bounded, () => String, bounded],
    ['a frozen list', Numbers, () => Number, Object.freeze(Numbers.from([1, 2]))],
  ])('%s', async (_, collectionClass, type, value) => {
    const event = new (eventWith(collectionClass, type))(value);
    const back = await readBack(event);
    expect(back.value).toStrictEqual(value);
    expect(Object.getPrototypeOf(back.value)).toBe(Object.getPrototypeOf(value));
    const reduce: Reduce = (keeper, { value: collection }: { readonly value: unknown }) => {
      keeper.value = [
        collection instanceof (collectionClass as new () => object),
        Object.entries(collection as object),
      ];
    };
    expect(await meaningsOf([event], reduce, (state) => state)).toEqual(inAllWays([true, Object.entries(value)]));
  });

  it('in a class that a decorator of class-transformer concerns otherwise', async () => {
    class Basket {
      @Type(() => Line)
      lines: Lines = linesOf(line('a'));
      @Expose({ name: 't' })
      tags = new Words(['a']).size;
    }
    class Filled {
      @Type(() => Basket)
      basket = new Basket();
    }
    DomainEvent({ name: 'filled' })(Filled);
    expect((await readBack(new Filled())).basket).toStrictEqual(new Basket());
  });
});

describe('a collection of a class of its own is refused with its path', () => {
  it.each<[string, () => unknown, object, string]>([
    ['where nothing says its class', () => Line, new LineSet([line('a')]), 'value'],
    ['where nothing says its class, in a list', () => Line, [Lines.from([line('a')])], 'value[0]'],
    ['where nothing says its class, in a map', () => Line, new Map([['k', new LineSet()]]), 'value{k}'],
  ])('%s', async (_, type, value, path) => {
    expect(await refusalOf(new (eventWith(undefined, type))(value))).toMatchObject({ path });
  });

  it.each<[string, object, object, string]>([
    ['of another class than its members', LineSet, new LineSet([line('a'), new Other() as never]), 'value{1}'],
    ['with a symbol', Words, Object.assign(new Words(['a']), { [Symbol('s')]: 1 }), 'value'],
    ['that hides state in #private members', Hiding, new Hiding(), 'value'],
    ['that hides state in a property', Words, Object.defineProperty(new Words(), 'script', { value: 'Latn' }), 'value'],
  ])('%s', async (_, collectionClass, value, path) => {
    expect(await refusalOf(new (eventWith(collectionClass, () => Line))(value))).toMatchObject({ path });
  });

  it('in a class without decorators', async () => {
    class Plain {
      constructor(readonly value: unknown) {}
    }
    DomainEvent({ name: 'plain' })(Plain);
    for (const value of [new Words(['a']), Numbers.from([1]), new Dictionary(), new (class Day extends Date {})()])
      expect(await refusalOf(new Plain({ in: value }))).toMatchObject({ path: 'value.in' });
    expect(await refusalOf(new Plain(Object.assign([1], { extra: 2 })))).toMatchObject({ path: 'value' });
    expect(await refusalOf(new Plain(Object.assign(new Map(), { extra: 2 })))).toMatchObject({ path: 'value' });
    expect(await refusalOf(new Plain(Object.assign(new Date(), { extra: 2 })))).toMatchObject({ path: 'value' });
    expect(await refusalOf(new Plain(Object.assign(new Uint8Array(1), { extra: 2 })))).toMatchObject({ path: 'value' });
  });
});

it('own properties of a collection under @Transform are a matter of the @Transform', async () => {
  class Transformed {
    @Transform(({ value }) => [...(value as Words)], { toPlainOnly: true })
    @Transform(({ value }) => Object.assign(new Words(value as string[]), { language: 'de' }), { toClassOnly: true })
    words: Words;
    constructor(words: Words) {
      this.words = words;
    }
  }
  DomainEvent({ name: 'transformed' })(Transformed);
  const words = Object.assign(new Words(['a']), { language: 'de' });
  expect((await readBack(new Transformed(words))).words).toStrictEqual(words);
});
