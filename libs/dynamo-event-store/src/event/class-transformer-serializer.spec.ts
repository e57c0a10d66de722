import { deepStrictEqual } from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { decodeOne } from '../../../../test/support/stored-events.js';
import { DomainEvent } from './domain-event.decorator.js';
import { EventCodec } from './event-codec.js';
import { EventRegistry } from './event-registry.js';
import type { JsonValue } from './json-value.js';
import { isRecord } from './value-kind.js';

class Money {
  constructor(
    readonly units: bigint,
    readonly currency: string,
  ) {}
  plus(other: Money): Money {
    return new Money(this.units + other.units, this.currency);
  }
}

function codecOf(event: object): EventCodec {
  const registry = new EventRegistry();
  registry.register([event.constructor]);
  return new EventCodec(registry);
}

function stored(event: object): JsonValue {
  return JSON.parse(codecOf(event).encode(event).payload as string) as JsonValue;
}

function roundTrip<E extends object>(event: E): E {
  const codec = codecOf(event);
  const { label, payload } = codec.encode(event);
  return decodeOne(codec, label, JSON.parse(payload as string) as JsonValue, true).event as E;
}

function survives(event: object): void {
  deepStrictEqual(roundTrip(event), event);
}

describe('@Type', () => {
  @DomainEvent({ name: 'typed' })
  class Typed {
    @Type(() => Money) one?: Money;
    @Type(() => Money) list?: Money[];
    @Type(() => Money) lists?: Money[][];
    @Type(() => Money) byKey?: Map<string, Money>;
    @Type(() => Money) readOnly?: ReadonlyMap<string, Money>;
    @Type(() => Money) byNumber?: Map<number, Money>;
    @Type(() => Money) byObject?: Map<object, Money>;
    @Type(() => Money) set?: Set<Money>;
    @Type(() => Money) nested?: Map<string, Set<Money>>;
    @Type(() => Date) at?: Date;
    @Type(() => Date) dates?: Set<Date>;
    @Type(() => Date) datesByKey?: Map<string, Date>;
  }
  const typed = (fields: Partial<Typed>): Typed => Object.assign(Object.create(Typed.prototype) as Typed, fields);
  const euro = new Money(100n, 'EUR');
  const dollar = new Money(-(10n ** 20n), 'USD');

  it.each<[string, Partial<Typed>]>([
    ['on one value', { one: euro }],
    ['on a list', { list: [euro, dollar, euro] }],
    ['on an empty list', { list: [] }],
    ['on a list of lists', { lists: [[euro], [], [dollar, euro]] }],
    [
      'on the values of a map',
      {
        byKey: new Map([
          ['e', euro],
          ['d', dollar],
        ]),
      },
    ],
    ['on an empty map', { byKey: new Map() }],
    [
      'on a map whose keys objects inherit, or would sort',
      {
        byKey: new Map([
          ['constructor', euro],
          ['__proto__', dollar],
          ['10', euro],
          ['9', dollar],
        ]),
      },
    ],
    ['on a map that is declared read-only', { readOnly: new Map([['e', euro]]) }],
    [
      'on a map with numbers as keys',
      {
        byNumber: new Map([
          [2, euro],
          [1, dollar],
        ]),
      },
    ],
    [
      'on a map with objects as keys',
      {
        byObject: new Map([
          [{ a: 1 }, euro],
          [{ a: 1 }, dollar],
        ]),
      },
    ],
    ['on a set', { set: new Set([euro, dollar]) }],
    [
      'on sets in a map',
      {
        nested: new Map([
          ['x', new Set([euro])],
          ['y', new Set<Money>()],
        ]),
      },
    ],
    ['on a date', { at: new Date(5) }],
    ['on a set and a map of dates', { dates: new Set([new Date(1)]), datesByKey: new Map([['x', new Date(2)]]) }],
  ])('%s', (_, fields) => {
    survives(typed(fields));
    expect(roundTrip(typed({ one: euro, ...fields })).one?.plus(euro).units).toBe(200n);
  });

  it('on a polymorphic property, without a change to what was given', () => {
    abstract class Payment {
      describe(): string {
        return this.constructor.name;
      }
    }
    class Cash extends Payment {
      constructor(readonly till: number) {
        super();
      }
    }
    class Card extends Payment {
      readonly last4: string;
      constructor(last4: string) {
        super();
        this.last4 = last4;
      }
    }
    const payments = {
      discriminator: {
        property: '$kind',
        subTypes: [
          { name: 'cash', value: Cash },
          { name: 'card', value: Card },
        ],
      },
    };
    @DomainEvent({ name: 'paid' })
    class Paid {
      @Type(() => Payment, payments) readonly main: Payment;
      @Type(() => Payment, payments) readonly others: readonly Payment[];
      constructor(main: Payment, others: readonly Payment[]) {
        this.main = main;
        this.others = others;
      }
    }
    const event = new Paid(new Cash(1), [new Card('4242'), new Cash(2)]);
    survives(event);
    expect(event).toStrictEqual(new Paid(new Cash(1), [new Card('4242'), new Cash(2)]));
    survives(new Paid(new Card('1'), []));
    expect(stored(event)).toMatchObject({ main: { $kind: 'cash' }, others: [{ $kind: 'card' }, { $kind: 'cash' }] });
  });

  it('on a polymorphic property beside one that is left out', () => {
    class Shape {
      readonly area: number = 1;
    }
    class Part {
      @Exclude() readonly secret = new Date(1);
      @Type(() => Shape, { discriminator: { property: '$kind', subTypes: [{ name: 'shape', value: Shape }] } })
      readonly shape = new Shape();
      @Exclude() readonly other = 'x';
      @Transform(({ value }) => (value as string).toUpperCase(), { toPlainOnly: true }) readonly code = 'abc';
    }
    @DomainEvent({ name: 'parts' })
    class Parts {
      @Type(() => Part) readonly part = Object.assign(new Part(), { secret: new Date(2), other: 'y' });
    }
    expect(stored(new Parts())).toEqual({ part: { shape: { area: 1, $kind: 'shape' }, code: 'ABC' } });
    expect(roundTrip(new Parts()).part).toMatchObject({ shape: new Shape(), code: 'ABC' });
  });

  it('of a class whose constructor has defaults: what is stored wins', () => {
    class Line {
      quantity = 1;
      discount: number | null = 0.1;
    }
    @DomainEvent({ name: 'line' })
    class LineAdded {
      @Type(() => Line) readonly line: Line;
      constructor(line: Line) {
        this.line = line;
      }
    }
    survives(new LineAdded(Object.assign(new Line(), { quantity: 0, discount: null })));
  });

  it('on a property that holds a plain object: it comes back as the class, as class-transformer means it', () => {
    const event = typed(JSON.parse('{"one":{"units":1,"currency":"EUR"}}') as Partial<Typed>);
    const { one } = roundTrip(event);
    expect(one).toBeInstanceOf(Money);
    expect(one).toMatchObject({ units: 1, currency: 'EUR' });
  });
});

describe('@Transform in both directions', () => {
  /** As decimal.js and big.js do: the constructor is a property of every number. */
  class Decimal {
    readonly digits: readonly number[];
    constructor(text: string) {
      Object.assign(this, { constructor: Decimal });
      this.digits = Array.from(text, Number);
    }
    toString(): string {
      return this.digits.join('');
    }
  }

  @DomainEvent({ name: 'transformed' })
  class Transformed {
    @Transform(({ value }) => (value as Decimal | undefined)?.toString(), { toPlainOnly: true })
    @Transform(({ value }) => (value === undefined ? undefined : new Decimal(value as string)), { toClassOnly: true })
    amount?: Decimal;

    @Transform(({ value }) => JSON.stringify([...(value as Map<string, number>)]), { toPlainOnly: true })
    @Transform(({ value }) => new Map(JSON.parse(value as string) as [string, number][]), { toClassOnly: true })
    asText?: Map<string, number>;

    @Transform(({ value }) => Object.fromEntries(value as Map<string, number>), { toPlainOnly: true })
    @Transform(({ value }) => new Map(Object.entries(value as Record<string, number>)), { toClassOnly: true })
    asObject?: Map<string, number>;

    @Transform(({ value }) => [...(value as Map<string, number>)], { toPlainOnly: true })
    @Transform(({ value }) => new Map(value as [string, number][]), { toClassOnly: true })
    asPairs?: Map<string, number>;

    @Transform(({ value }) => [...(value as Set<string>)].join(' '), { toPlainOnly: true })
    @Transform(({ value }) => new Set((value as string).split(' ')), { toClassOnly: true })
    words?: Set<string>;

    @Transform(({ value }) => (value as Date).getTime(), { toPlainOnly: true })
    @Transform(({ value }) => new Date(value as number), { toClassOnly: true })
    at?: Date;

    @Transform(({ value }) => Buffer.from(value as Uint8Array).toString('hex'), { toPlainOnly: true })
    @Transform(({ value }) => new Uint8Array(Buffer.from(value as string, 'hex')), { toClassOnly: true })
    digest?: Uint8Array;

    @Transform(({ value }) => (value as bigint).toString(), { toPlainOnly: true })
    @Transform(({ value }) => BigInt(value as string), { toClassOnly: true })
    big?: bigint;
  }
  const transformed = (fields: Partial<Transformed>): Transformed =>
    Object.assign(Object.create(Transformed.prototype) as Transformed, fields);

  it.each<[string, Partial<Transformed>, JsonValue]>([
    ['of a decimal number', { amount: new Decimal('125') }, '125'],
    [
      'of a map to text',
      {
        asText: new Map([
          ['b', 1],
          ['a', 2],
        ]),
      },
      '[["b",1],["a",2]]',
    ],
    [
      'of a map to an object',
      {
        asObject: new Map([
          ['b', 1],
          ['a', 2],
        ]),
      },
      { b: 1, a: 2 },
    ],
    ['of a map to pairs', { asPairs: new Map([['b', 1]]) }, [['b', 1]]],
    ['of a set to text', { words: new Set(['b', 'a']) }, 'b a'],
    ['of a date to a number', { at: new Date(77) }, 77],
    ['of bytes to text', { digest: new Uint8Array([1, 255]) }, '01ff'],
    ['of many bytes to text', { digest: new Uint8Array(5_000) }, '00'.repeat(5_000)],
    ['of a bigint to text', { big: 10n ** 30n }, '1' + '0'.repeat(30)],
  ])('%s is what is stored, and reads back', (_, fields, plain) => {
    const event = transformed(fields);
    survives(event);
    expect(Object.values(stored(event) as object)).toEqual([plain]);
  });

  it('of an instance of a foreign class, whatever is inside it: caches, functions, cycles, a maze', () => {
    class Clock {
      readonly zone: object;
      readonly format = (): string => this.iso;
      readonly self = this;
      week?: number;
      constructor(readonly iso: string) {
        let maze: object = {};
        for (let level = 0; level < 100; level++) maze = { left: maze, right: maze };
        this.zone = maze;
      }
      get weekNumber(): number {
        return (this.week ??= this.iso.length);
      }
    }
    @DomainEvent({ name: 'clocked' })
    class Clocked {
      @Transform(({ value }) => (value as Clock).iso, { toPlainOnly: true })
      @Transform(({ value }) => new Clock(value as string), { toClassOnly: true })
      readonly at: Clock;
      constructor(at: Clock) {
        this.at = at;
      }
    }
    const event = new Clocked(new Clock('2024-01-01'));
    expect(event.at.weekNumber).toBe(10);
    expect(stored(event)).toEqual({ at: '2024-01-01' });
    expect(roundTrip(event).at.weekNumber).toBe(10);
  });

  it('may lose on purpose what has the same type', () => {
    @DomainEvent({ name: 'masked' })
    class Masked {
      @Transform(({ value }) => `**** ${(value as string).slice(-4)}`, { toPlainOnly: true })
      card = '4242424242424242';
    }
    expect(stored(new Masked())).toEqual({ card: '**** 4242' });
  });
});

describe('@Expose and @Exclude', () => {
  @DomainEvent({ name: 'named' })
  class Named {
    @Expose({ name: 'c' }) readonly customerId: string;
    @Expose({ name: 'l' }) @Type(() => Money) readonly prices: readonly Money[];
    @Expose({ name: 'd' }) readonly at: Date;
    @Exclude() readonly secret?: string;
    @Exclude() readonly cache?: Map<string, () => void>;
    @Exclude({ toPlainOnly: true }) readonly derived?: Date;
    constructor(customerId: string, prices: readonly Money[], at: Date, secret?: string) {
      this.customerId = customerId;
      this.prices = prices;
      this.at = at;
      if (secret !== undefined) this.secret = secret;
    }
    @Expose() get count(): number {
      return this.prices.length;
    }
  }

  it('store under the given name, and read it back', () => {
    const event = new Named('ada', [new Money(1n, 'EUR')], new Date(1));
    expect(stored(event)).toEqual({
      c: 'ada',
      l: [{ units: { $bigint: '1' }, currency: 'EUR' }],
      d: { $date: '1970-01-01T00:00:00.001Z' },
      count: 1,
    });
    expect(roundTrip(event)).toEqual(event);
    expect(roundTrip(event).count).toBe(1);
  });

  it('leave out what is excluded, whatever it is', () => {
    const event = new Named('ada', [], new Date(1), 'pin');
    Object.assign(event, { cache: new Map([['x', 1]]), derived: new Date(2) });
    expect(JSON.stringify(stored(event))).not.toMatch(/pin|cache|derived|secret/);
    const read = roundTrip(event);
    expect([read.secret, read.cache, read.derived]).toEqual([undefined, undefined, undefined]);
  });

  it('move collections, also where two of them swap their names', () => {
    @DomainEvent({ name: 'swapped' })
    class Swapped {
      @Expose({ name: 'b' }) a = new Map([['x', 1]]);
      @Expose({ name: 'a' }) b = new Set([1]);
    }
    expect(roundTrip(new Swapped())).toEqual(new Swapped());
  });
});

describe('an event class', () => {
  it('is revived without its constructor', () => {
    let calls = 0;
    @DomainEvent({ name: 'checked' })
    class Checked {
      readonly total: number;
      readonly initial = 'set by the class';
      constructor(lines: readonly { amount: number }[]) {
        calls += 1;
        this.total = lines.reduce((sum, { amount }) => sum + amount, 0);
      }
      get doubled(): number {
        return this.total * 2;
      }
    }
    const event = new Checked([{ amount: 2 }, { amount: 3 }]);
    survives(event);
    expect(roundTrip(event).doubled).toBe(10);
    expect(calls).toBe(1);
  });

  it('keeps the fields that it inherits, and their decorators', () => {
    abstract class Base {
      @Type(() => Money) readonly fee: Money;
      readonly at: Date;
      constructor(fee: Money, at: Date) {
        this.fee = fee;
        this.at = at;
      }
      label(): string {
        return `${this.fee.currency} ${this.at.getTime()}`;
      }
    }
    @DomainEvent({ name: 'derived' })
    class Derived extends Base {
      readonly tags = new Set(['a']);
      override label(): string {
        return `derived ${super.label()}`;
      }
    }
    const event = new Derived(new Money(3n, 'CHF'), new Date(9));
    survives(event);
    expect(roundTrip(event).label()).toBe('derived CHF 9');
  });

  it('keeps optional properties that are undefined as absent ones', () => {
    @DomainEvent({ name: 'optional' })
    class Optional {
      constructor(
        readonly a: string,
        readonly note?: string,
        readonly list: readonly (string | undefined)[] = [undefined, 'x', undefined],
      ) {}
    }
    const read = roundTrip(new Optional('x'));
    expect(read).toEqual(new Optional('x'));
    expect(read.note).toBeUndefined();
    expect(read.list).toStrictEqual([undefined, 'x', undefined]);
  });

  it('may hold lists with holes, which become undefined at their places', () => {
    @DomainEvent({ name: 'sparse' })
    class Sparse {
      readonly plain: unknown[] = new Array<unknown>(2);
      @Type(() => Money) readonly prices: Money[] = new Array<Money>(3);
      readonly deep = new Map([['list', [new Array<unknown>(1)]]]);
    }
    const event = new Sparse();
    event.plain[1] = { list: [1] };
    event.prices[1] = new Money(1n, 'EUR');
    const read = roundTrip(event);
    expect(read.plain).toStrictEqual([undefined, { list: [1] }]);
    expect(read.prices).toStrictEqual([undefined, new Money(1n, 'EUR'), undefined]);
    expect(read.deep).toStrictEqual(new Map([['list', [[undefined]]]]));
  });

  it('may be frozen, may hold one object twice, and is left as it is', () => {
    @DomainEvent({ name: 'frozen' })
    class Frozen {
      @Type(() => Money) readonly prices: readonly Money[];
      readonly notes: readonly object[];
      constructor(price: Money, note: object) {
        this.prices = Object.freeze([price, price]);
        this.notes = Object.freeze([note, note, Object.freeze(new Map([['x', note]]))]);
        Object.freeze(this);
      }
    }
    const event = new Frozen(Object.freeze(new Money(1n, 'EUR')), Object.freeze({ at: new Date(1) }));
    survives(event);
    survives(event);
  });

  it('with a getter and a setter over a field keeps the field', () => {
    @DomainEvent({ name: 'accessor' })
    class Accessor {
      private _total = 5;
      get total(): number {
        return this._total;
      }
      set total(value: number) {
        this._total = value;
      }
    }
    const event = new Accessor();
    event.total = 7;
    survives(event);
    expect(roundTrip(event).total).toBe(7);
  });

  it('may carry a context that is not enumerable, as @nestjs/cqrs attaches it', () => {
    @DomainEvent({ name: 'attached' })
    class Attached {
      readonly a = 1;
    }
    const event = Object.defineProperty(new Attached(), Symbol('context'), { value: {}, enumerable: false });
    expect(roundTrip(event)).toEqual(new Attached());
  });

  it('is given back by values: nothing is shared with what was stored', () => {
    @DomainEvent({ name: 'given' })
    class Given {
      constructor(
        readonly list: number[],
        readonly bytes: Uint8Array,
      ) {}
    }
    const codec = codecOf(new Given([], new Uint8Array()));
    const { label, payload } = codec.encode(new Given([1], new Uint8Array([1])));
    const parsed = JSON.parse(payload as string) as JsonValue;
    const first = decodeOne(codec, label, parsed, true).event as Given;
    first.list.push(2);
    first.bytes[0] = 9;
    deepStrictEqual(decodeOne(codec, label, parsed, true).event, new Given([1], new Uint8Array([1])));
  });
});

describe('one class, many shapes: no write rests on what another one was like', () => {
  @DomainEvent({ name: 'any' })
  class Any {
    constructor(readonly value: unknown) {}
  }
  @DomainEvent({ name: 'any-typed' })
  class AnyTyped {
    @Type(() => Money) readonly value: unknown;
    constructor(value: unknown) {
      this.value = value;
    }
  }
  /** Another class of the same name, as minifiers and two modules make them. */
  const otherMoney = (() => {
    class Money {
      constructor(readonly cents: number) {}
    }
    return new Money(1);
  })();

  const shapes: unknown[] = [
    new Map(),
    new Map([['a', 1]]),
    new Set([1]),
    new Set(),
    [],
    [new Map([[1, 2]])],
    [new Set([1])],
    new Uint8Array([1]),
    Buffer.from('x'),
    { toString: 1 },
    { 'a.b': new Map([[1, 2]]) },
    { a: { b: new Set([1]) } },
    { 'a[]': new Map() },
    { a: [new Set([2])] },
    new Date(0),
    1n,
    'x',
    null,
    { units: 1 },
    new Money(1n, 'EUR'),
    [new Money(1n, 'EUR')],
    new Map([['m', new Money(1n, 'EUR')]]),
    new Set([new Money(1n, 'EUR')]),
    otherMoney,
    [otherMoney],
  ];

  it.each([
    ['without decorators', Any],
    ['under @Type', AnyTyped],
  ] as const)('%s', (_, eventClass) => {
    const registry = new EventRegistry();
    registry.register([Any, AnyTyped]);
    const codec = new EventCodec(registry);
    const attempt = (using: EventCodec, value: unknown): unknown => {
      const event = new eventClass(value);
      let encoded;
      try {
        encoded = using.encode(event);
      } catch {
        return 'refused';
      }
      const read = decodeOne(using, encoded.label, JSON.parse(encoded.payload as string) as JsonValue, true).event;
      // A plain object under @Type comes back as its class; that is asked for.
      if (eventClass === Any || !isRecord(value)) deepStrictEqual(read, event);
      return encoded.payload;
    };
    for (const first of shapes) {
      for (const second of shapes) {
        attempt(codec, first);
        expect(attempt(codec, second)).toEqual(attempt(codecOf(new eventClass(second)), second));
      }
    }
  });
});
