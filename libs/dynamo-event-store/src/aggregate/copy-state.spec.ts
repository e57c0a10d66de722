import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { stateCopier, UncopyableValueError } from './copy-state.js';

class Money {
  constructor(
    readonly amount: number,
    public currency = 'EUR',
  ) {}
  double(): Money {
    return new Money(this.amount * 2, this.currency);
  }
}

/** Everything changeable inside a value: objects of any kind, keys of maps among them. */
function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  if (value instanceof Map) for (const pair of value) pair.forEach((item) => objectsIn(item, found));
  if (value instanceof Set) for (const item of value) objectsIn(item, found);
  if (!(value instanceof Uint8Array))
    for (const key of Reflect.ownKeys(value)) objectsIn(Reflect.get(value, key), found);
  return found;
}

function expectApart(a: unknown, b: unknown): void {
  const theirs = objectsIn(b);
  for (const each of objectsIn(a)) expect(theirs.has(each)).toBe(false);
}

const copy = (value: unknown): unknown => stateCopier()(value);

describe('a copy of a state', () => {
  it('makes the same of any value, and shares nothing with it', () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        const made = copy({ value });
        expect(isDeepStrictEqual(made, { value })).toBe(true);
        expectApart(made, { value });
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps classes, without calling constructors', () => {
    class Strict {
      readonly value: number;
      constructor(value?: number) {
        if (value === undefined) throw new Error('it needs a value');
        this.value = value;
      }
    }
    const original = { money: new Money(5), strict: new Strict(1), list: [new Money(1)] };
    const made = copy(original) as typeof original;
    expect(made).toStrictEqual(original);
    expect([made.money.double(), made.strict instanceof Strict]).toEqual([new Money(10), true]);
    expectApart(made, original);
  });

  it('keeps a property that hides a setter of the class, and does not call it', () => {
    class Levelled {
      set level(_: number) {
        throw new Error('it must not be called');
      }
    }
    const original = Object.defineProperty(new Levelled(), 'level', {
      value: 5,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    const made = copy(original) as object;
    expect(Object.getOwnPropertyDescriptor(made, 'level')).toMatchObject({ value: 5, enumerable: true });
    expect(made).toBeInstanceOf(Levelled);
  });

  it('keeps what is one value one value, and what refers back to itself', () => {
    const shared = { count: 1 };
    const original: Record<string, unknown> = { a: shared, b: [shared], map: new Map([[shared, shared]]) };
    original['self'] = original;
    const made = copy(original) as { a: object; b: object[]; map: Map<object, object>; self: object };
    expect(made.self).toBe(made);
    expect(made.b[0]).toBe(made.a);
    expect([...made.map][0]).toEqual([made.a, made.a]);
    expect(made.map.get(made.a)).toBe(made.a);
    expect(made.a).not.toBe(shared);
  });

  it('keeps that up however many values there are', () => {
    const original = Array.from({ length: 40 }, (_, index): Record<string, unknown> => ({ index }));
    const last = original.at(-1)!;
    original.push(last);
    last['all'] = original;
    const made = copy(original) as Record<string, unknown>[];
    expect([made[39] === made[40], made[39]!['all'] === made, made[39] === last]).toEqual([true, true, false]);
    expect(made.map(({ index }) => index)).toEqual(original.map(({ index }) => index));
  });

  it('keeps properties under symbols, and hidden or constant ones as they are', () => {
    const tag = Symbol('tag');
    const original = Object.defineProperties(
      { [tag]: { a: 1 } },
      { hidden: { value: [1] }, fixed: { value: 2, enumerable: true } },
    );
    const made = copy(original) as object;
    expect(Object.getOwnPropertyDescriptors(made)).toEqual(Object.getOwnPropertyDescriptors(original));
    expectApart(made, original);
  });

  it('makes dates, bytes and buffers of their own', () => {
    const original = { at: new Date(5), bytes: new Uint8Array([1, 2]), buffer: Buffer.from('ab') };
    const made = copy(original) as typeof original;
    original.at.setTime(9);
    original.bytes[0] = 9;
    original.buffer[0] = 9;
    expect([made.at.getTime(), [...made.bytes], made.buffer.toString(), Buffer.isBuffer(made.buffer)]).toEqual([
      5,
      [1, 2],
      'ab',
      true,
    ]);
  });

  it('keeps lists, maps and sets of classes of their own', () => {
    class Names extends Array<string> {
      first(): string | undefined {
        return this[0];
      }
    }
    class Prices extends Map<string, Money> {}
    const original = {
      names: Object.assign(new Names('a', 'b'), { by: new Money(2) }),
      prices: new Prices([['x', new Money(1)]]),
    };
    const made = copy(original) as typeof original;
    expect(made).toStrictEqual(original);
    expect([made.names instanceof Names, made.names.first(), made.prices instanceof Prices]).toEqual([true, 'a', true]);
    expectApart(made, original);
  });

  it('keeps what is frozen frozen, holes empty, and the class that a test clock puts in the place of Date', () => {
    // eslint-disable-next-line no-sparse-arrays
    const original = { frozen: Object.freeze([{ a: 1 }]), holes: [, 1] };
    const made = copy(original) as typeof original;
    expect([Object.isFrozen(made.frozen), Object.isFrozen(made.frozen[0]), 0 in made.holes]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('gives values that cannot change back as they are', () => {
    for (const value of [undefined, null, 0, -0, Number.NaN, '', 'x', 5n, true]) expect(copy(value)).toBe(value);
  });
});

describe('stateCopier refuses', () => {
  class Sealed {
    readonly #value = 7;
    value(): number {
      return this.#value;
    }
  }
  class Derived extends Sealed {}
  class Prices extends Map<string, number> {
    readonly #total = 7;
    total(): number {
      return this.#total;
    }
  }
  class Day extends Date {}

  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /holds a function/],
    ['a class', Money, /holds a function/],
    ['an instance with private members', new Sealed(), /instance of Sealed/],
    ['one whose base has them', new Derived(), /instance of Derived/],
    ['a map of a class of its own that hides state', new Prices(), /instance of Prices/],
    ['a date of a class of its own', new Day(), /instance of Day/],
    ['a regular expression', /x/g, /instance of RegExp/],
    ['an error', new Error('x'), /instance of \w*Error/],
    ['a promise', Promise.resolve(1), /instance of Promise/],
    ['a weak map', new WeakMap(), /instance of WeakMap/],
    ['parameters of an address', new URLSearchParams('a=1'), /instance of URLSearchParams/],
    ['numbers of another width', new Uint16Array(2), /instance of Uint16Array/],
    ['a buffer without a view', new ArrayBuffer(2), /instance of ArrayBuffer/],
    ['a boxed number', Object(5), /instance of Number/],
    ['an object whose class cannot be told', Object.create({ constructor: 'x' }), /instance of an unknown class/],
  ])('%s, however deep it lies', (_, value, message) => {
    for (const holder of [
      value,
      { a: [value] },
      new Map([['a', value]]),
      new Map([[value, 1]]),
      new Set([value]),
      { m: Object.assign(new Money(1), { value }) },
    ]) {
      expect(() => stateCopier()(holder)).toThrow(UncopyableValueError);
      expect(() => stateCopier()(holder)).toThrow(message);
    }
  });
});

describe('what stateCopier gives is apart from the original', () => {
  it('also where an instance has no properties yet, but may get some', () => {
    class Note {
      declare text?: string;
    }
    const original = { note: new Note(), bare: Object.create(null) as Record<string, unknown>, none: {} };
    const made = stateCopier()(original);
    made.note.text = 'changed';
    made.bare['a'] = 1;
    expect([original.note.text, original.bare]).toEqual([undefined, Object.create(null)]);
    expect(made.note).toBeInstanceOf(Note);
  });

  it('or is refused, also where an accessor of the original would be taken over', () => {
    let level = 1;
    const original = {
      get level() {
        return level;
      },
      set level(value: number) {
        level = value;
      },
    };
    try {
      stateCopier()(original).level = 9;
    } catch (error) {
      expect(error).toBeInstanceOf(UncopyableValueError);
    }
    expect(original.level).toBe(1);
  });

  it.each<[string, object]>([
    ['a list', Object.assign(['a'], { total: 5 })],
    ['a map', Object.assign(new Map(), { total: 5 })],
    ['a set', Object.assign(new Set(), { total: 5 })],
    ['a date', Object.assign(new Date(0), { total: 5 })],
  ])('or is refused, where %s has a property of its own besides', (_, value) => {
    let made: unknown;
    try {
      made = stateCopier()(value);
    } catch (error) {
      expect(error).toBeInstanceOf(UncopyableValueError);
      return;
    }
    expect(made).toMatchObject({ total: 5 });
  });
});
