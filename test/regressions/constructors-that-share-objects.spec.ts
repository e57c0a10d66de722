import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { DomainEvent } from 'nestjs-dynamo-event-store';
import { inAllWays, meaningsOf, readBack, refusalOf, type Reduce } from '../support/one-meaning.js';

/** Its constructor gives the same object for all that it does not know. */
class Currency {
  static readonly none = Object.create(Currency.prototype) as Currency;
  code = '';
  constructor(code?: string) {
    if (code === undefined) return Currency.none;
    this.code = code;
  }
}

const EMPTY = new Map<unknown, unknown>();
/** As immutable collections have it: made without members, it is the one empty map of the process. */
class ImmutableMap {
  readonly members: Map<unknown, unknown> = EMPTY;
  constructor(members?: Iterable<readonly [unknown, unknown]>) {
    if (members !== undefined) this.members = new Map(members);
  }
  get(key: unknown): unknown {
    return this.members.get(key);
  }
}

class Counted {
  static made = 0;
  constructor(readonly n: number) {
    Counted.made += 1;
    if (typeof n !== 'number') throw new TypeError('n must be a number');
  }
}

@DomainEvent({ name: 'exchanged' })
class Exchanged {
  @Type(() => Currency)
  from: Currency;
  @Type(() => Currency)
  to: Currency;
  @Type(() => Currency)
  others: Currency[];
  constructor(from: Currency, to: Currency) {
    this.from = from;
    this.to = to;
    this.others = [from, to];
  }
}

@DomainEvent({ name: 'priced' })
class Priced {
  @Type(() => ImmutableMap)
  prices: ImmutableMap;
  @Type(() => ImmutableMap)
  more = new Map([['a', new ImmutableMap([['b', 2]])]]);
  constructor(prices: ImmutableMap) {
    this.prices = prices;
  }
}

@DomainEvent({ name: 'counted' })
class CountedEvent {
  @Type(() => Counted)
  counted: Counted;
  constructor(counted: Counted) {
    this.counted = counted;
  }
}

describe('nested values are made without their constructors', () => {
  it('so that one which gives a shared object does not mix values up', async () => {
    const event = new Exchanged(new Currency('EUR'), new Currency('USD'));
    const back = await readBack(event);
    expect([back.from.code, back.to.code, back.others.map(({ code }) => code)]).toEqual(['EUR', 'USD', ['EUR', 'USD']]);
    expect(Object.keys(Currency.none)).toEqual([]);
    const reduce: Reduce = (keeper, { from, to }: Exchanged) => {
      keeper.value = `${from.code} to ${to.code}`;
    };
    expect(await meaningsOf([event], reduce, (value) => value)).toEqual(inAllWays('EUR to USD'));
  });

  it('so that the empty collection of a library stays empty', async () => {
    const back = await readBack(new Priced(new ImmutableMap([['a', 1]])));
    expect([back.prices.get('a'), back.more.get('a')?.get('b')]).toEqual([1, 2]);
    expect(back.prices.members).not.toBe(EMPTY);
    expect(EMPTY.size).toBe(0);
  });

  it('so that one which checks its arguments can be used', async () => {
    const event = new CountedEvent(new Counted(5));
    const made = Counted.made;
    expect((await readBack(event)).counted).toEqual(event.counted);
    expect(Counted.made).toBe(made);
  });
});

describe('a built-in class, or one that has its name, under @Type', () => {
  it('which is another Map than the engine has is not mistaken for it', async () => {
    const Other = { Map: class Map extends ImmutableMap {} }.Map;
    class Held {
      @Type(() => Other)
      held = new Other([['a', 1]]);
    }
    DomainEvent({ name: 'held' })(Held);
    expect((await readBack(new Held())).held.get('a')).toBe(1);
    expect(EMPTY.size).toBe(0);
  });

  it.each<[string, () => unknown, unknown]>([
    ['Map', () => Map, new Map([['a', new Map([[1, 2n]])]])],
    ['Set', () => Set, new Set([1, new Set([2])])],
    ['Array', () => Array, [1, [2]]],
    ['Object', () => Object, { a: { b: [new Date(0)] } }],
    ['Date', () => Date, new Date(5)],
    ['Buffer', () => Buffer, Buffer.from('x')],
    ['Uint8Array', () => Uint8Array, new Uint8Array([1])],
    ['BigInt', () => BigInt, 5n],
  ])('%s gives back what was stored', async (_, type, value) => {
    class Held {
      constructor(public held: unknown) {}
    }
    (Type as (type: () => unknown) => PropertyDecorator)(type)(Held.prototype, 'held');
    DomainEvent({ name: 'held' })(Held);
    expect((await readBack(new Held(value))).held).toStrictEqual(value);
  });

  it.each([RegExp, Promise, WeakMap, Float64Array, URL])('%p cannot be stored field by field', async (type) => {
    class Held {
      constructor(public held: unknown) {}
    }
    (Type as (type: () => unknown) => PropertyDecorator)(() => type)(Held.prototype, 'held');
    DomainEvent({ name: 'held' })(Held);
    const made: Record<string, object> = {
      RegExp: /a/g,
      Promise: Promise.resolve(1),
      WeakMap: new WeakMap(),
      Float64Array: new Float64Array([0.5]),
      URL: new URL('https://example.org'),
    };
    expect(await refusalOf(new Held(made[type.name]))).toMatchObject({ path: 'held' });
  });
});

it('a @Transform that makes a nested value may call its constructor', async () => {
  class Transformed {
    @Transform(({ value }) => (value as Counted).n, { toPlainOnly: true })
    @Transform(({ value }) => new Counted(value as number), { toClassOnly: true })
    counted: Counted;
    constructor(counted: Counted) {
      this.counted = counted;
    }
  }
  DomainEvent({ name: 'transformed' })(Transformed);
  expect((await readBack(new Transformed(new Counted(5)))).counted).toEqual(new Counted(5));
});
