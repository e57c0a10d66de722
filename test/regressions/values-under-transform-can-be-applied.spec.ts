import { describe, expect, it } from '@jest/globals';
import { Transform } from 'class-transformer';
import { DomainEvent, type EventClass } from 'nestjs-dynamo-event-store';
import { inAllWays, meaningsOf, readBack, type Reduce } from '../support/one-meaning.js';

class Money {
  readonly #units: bigint;
  constructor(
    units: bigint,
    readonly currency: string,
  ) {
    this.#units = units;
  }
  get text(): string {
    return `${this.#units} ${this.currency}`;
  }
  static parse(text: string): Money {
    const [units = '', currency = ''] = text.split(' ');
    return new Money(BigInt(units), currency);
  }
}

class Opaque {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  get text(): string {
    return this.#text;
  }
}

class Words extends Set<string> {}
class Prices extends Map<string, number> {}
class Numbers extends Array<number> {}
class Day extends Date {
  get text(): string {
    return this.toISOString().slice(0, 10);
  }
}
class Digest extends Uint8Array {}
class Quantity extends Number {}

interface ValueEvent {
  readonly value: unknown;
}

/** A class of events whose only field is stored by two functions. */
function eventWith(
  name: string,
  to: (value: never) => unknown,
  from: (stored: never) => unknown,
): new (value: unknown) => ValueEvent {
  class ValueOfAnyClass implements ValueEvent {
    constructor(readonly value: unknown) {}
  }
  const { prototype } = ValueOfAnyClass;
  Transform(({ value }) => to(value as never), { toPlainOnly: true })(prototype, 'value');
  Transform(({ value }) => from(value as never), { toClassOnly: true })(prototype, 'value');
  DomainEvent({ name })(ValueOfAnyClass as EventClass);
  return ValueOfAnyClass;
}

const cases: readonly [string, new (value: unknown) => ValueEvent, unknown, (value: never) => unknown][] = [
  [
    'a value object with #private and public fields',
    eventWith('money', (money: Money) => money.text, Money.parse),
    new Money(5n, 'EUR'),
    (value: Money) => [value.text, value.currency, value instanceof Money],
  ],
  [
    'a value object with nothing but #private fields',
    eventWith(
      'opaque',
      (value: Opaque) => value.text,
      (text: string) => new Opaque(text),
    ),
    new Opaque('x'),
    (value: Opaque) => value.text,
  ],
  [
    'a class that extends Set',
    eventWith(
      'words',
      (words: Words) => [...words],
      (list: string[]) => new Words(list),
    ),
    new Words(['a', 'b']),
    (value: Words) => [[...value], value instanceof Words],
  ],
  [
    'a class that extends Map',
    eventWith('prices', Object.fromEntries, (record: Record<string, number>) => new Prices(Object.entries(record))),
    new Prices([['a', 1]]),
    (value: Prices) => [[...value], value instanceof Prices],
  ],
  [
    'a class that extends Array',
    eventWith(
      'numbers',
      (numbers: Numbers) => Array.from(numbers),
      (list: number[]) => Numbers.from(list),
    ),
    Numbers.from([1, 2]),
    (value: Numbers) => [Array.from(value), value instanceof Numbers],
  ],
  [
    'a class that extends Date',
    eventWith(
      'day',
      (day: Day) => day.text,
      (text: string) => new Day(text),
    ),
    new Day('2024-02-29'),
    (value: Day) => [value.text, value instanceof Day],
  ],
  [
    'a class that extends Uint8Array',
    eventWith(
      'digest',
      (digest: Digest) => Buffer.from(digest).toString('hex'),
      (hex: string) => new Digest(Buffer.from(hex, 'hex')),
    ),
    new Digest([1, 2]),
    (value: Digest) => [[...value], value instanceof Digest],
  ],
  [
    'a RegExp',
    eventWith(
      'pattern',
      ({ source, flags }: RegExp) => [source, flags],
      ([source, flags]: [string, string]) => new RegExp(source, flags),
    ),
    /a+/giu,
    (value: RegExp) => String(value),
  ],
  [
    'a typed array of floats',
    eventWith(
      'floats',
      (floats: Float64Array) => [...floats],
      (list: number[]) => new Float64Array(list),
    ),
    new Float64Array([0.5, 2]),
    (value: Float64Array) => [[...value], value instanceof Float64Array],
  ],
  [
    'a typed array of 16 bits',
    eventWith(
      'shorts',
      (shorts: Int16Array) => [...shorts],
      (list: number[]) => new Int16Array(list),
    ),
    new Int16Array([-5]),
    (value: Int16Array) => [...value],
  ],
  [
    'a boxed string',
    eventWith(
      'boxed',
      (text: object) => (text as { valueOf(): unknown }).valueOf(),
      (text: string) => Object(text) as object,
    ),
    Object('text'),
    (value: object) => [typeof value, (value as { valueOf(): unknown }).valueOf()],
  ],
  [
    'a class that extends Number',
    eventWith(
      'quantity',
      (quantity: Quantity) => quantity.valueOf(),
      (value: number) => new Quantity(value),
    ),
    new Quantity(5),
    (value: Quantity) => [value.valueOf(), value instanceof Quantity],
  ],
  [
    'a URL',
    eventWith(
      'url',
      ({ href }: URL) => href,
      (href: string) => new URL(href),
    ),
    new URL('https://example.org/a?b=c'),
    (value: URL) => value.href,
  ],
  [
    'a symbol of the registry',
    eventWith('symbol', (value: symbol) => Symbol.keyFor(value), Symbol.for),
    Symbol.for('a'),
    (value: symbol) => Symbol.keyFor(value),
  ],
];

describe('apply() takes under a @Transform for both directions what append() takes', () => {
  it.each(cases)('%s', async (_, eventClass, value, view) => {
    const look = view as (value: unknown) => unknown;
    const expected = look(value);
    expect(look((await readBack(new eventClass(value))).value)).toEqual(expected);
    // What a snapshot cannot hold must not go into the state itself.
    const reduce: Reduce = (keeper, event: ValueEvent) => {
      keeper.value = look(event.value);
    };
    expect(await meaningsOf([new eventClass(value)], reduce, (state) => state)).toEqual(inAllWays(expected));
  });

  it.each(cases)('%s, kept in the state of an aggregate', async (_, eventClass, value, view) => {
    const reduce: Reduce = (keeper, event: ValueEvent) => {
      keeper.value = event.value;
    };
    const look = view as (value: unknown) => unknown;
    const warnings: string[] = [];
    const meanings = await meaningsOf([new eventClass(value)], reduce, look, { warnings });
    expect(meanings).toEqual(inAllWays(look(value)));
    // No snapshot may hold such a state, and that is said.
    expect(warnings.join('\n')).toMatch(/No snapshot of thing\/k-\d+ was taken: .*at value/);
  });
});
