import { deepStrictEqual } from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { EventSerializationError } from '../errors/event-errors.js';
import type { JsonValue } from './json-value.js';
import { decodeValue, encodeValue, MAX_DEPTH, mayHoldTags } from './value-codec.js';

const stored = (value: unknown): JsonValue => JSON.parse(JSON.stringify(encodeValue(value, 'e'))) as JsonValue;
const roundTrip = (value: unknown): unknown => decodeValue(stored(value));

function refusal(value: unknown): { path: string; message: string } {
  try {
    encodeValue(value, 'order-placed');
  } catch (error) {
    expect(error).toBeInstanceOf(EventSerializationError);
    const { path, message } = error as EventSerializationError;
    return { path, message };
  }
  throw new Error('nothing was refused');
}

describe('every value of these kinds survives JSON exactly', () => {
  it('whatever it is made of', () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        deepStrictEqual(roundTrip(value), value);
      }),
      { numRuns: 2000 },
    );
  });

  it('and text without the mark of a tag may be read without looking for tags', () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        const text = JSON.stringify(encodeValue(value, 'e'));
        if (!mayHoldTags(text)) deepStrictEqual(JSON.parse(text), value);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, unknown]>([
    ['a date', new Date('2024-02-29T12:34:56.789Z')],
    ['the first and the last possible dates', [new Date(-8.64e15), new Date(8.64e15)]],
    ['a bigint of any size', -(10n ** 60n)],
    ['negative zero', -0],
    [
      'undefined by itself, in a list, a map and a set',
      [undefined, new Map([[undefined, undefined]]), new Set([undefined])],
    ],
    ['bytes of both kinds', [new Uint8Array([0, 255]), Buffer.from([0, 255]), new Uint8Array(), Buffer.alloc(0)]],
    ['a part of larger bytes', new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
    [
      'the order of a map and of a set',
      [
        new Map([
          ['b', 1],
          ['a', 2],
          ['10', 3],
          ['9', 4],
        ]),
        new Set(['b', 'a', '10', '9']),
      ],
    ],
    [
      'keys of a map that are numbers, texts and objects',
      new Map<unknown, unknown>([
        [1, 'n'],
        ['1', 's'],
        [{ a: 1 }, 'o'],
        [new Date(0), 'd'],
      ]),
    ],
    [
      'objects that look like tags',
      [{ $date: 'x' }, { $$date: 'x' }, { $$$map: [] }, { $undefined: true }, { $number: '-0' }],
    ],
    ['tags with other keys beside them', { $date: 'x', b: 1 }],
    ['unknown tags', [{ $dates: 1 }, { $: 1 }, { '': 1 }]],
    ['a tag within a tag', { $map: { $map: [{ $set: 1 }] } }],
    [
      'names that objects inherit',
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3,"toJSON":4}'),
    ],
    ['half of a surrogate pair', ['\ud800', { '\udfff': 1 }]],
    ['the empty string and null', ['', null, { '': '' }]],
  ])('%s', (_, value) => {
    deepStrictEqual(roundTrip(value), value);
  });

  it('and does not pollute a prototype', () => {
    const read = roundTrip(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect((read as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('as a value of its own: an object that occurs twice is no cycle, and its copies are independent', () => {
    const shared = { list: [1] };
    const read = roundTrip({ a: shared, b: shared, c: [shared, new Map([['k', shared]])] }) as { a: object; b: object };
    deepStrictEqual(read, { a: shared, b: shared, c: [shared, new Map([['k', shared]])] });
    expect(read.a).not.toBe(read.b);
  });

  it('also when it was made in another realm, as Jest and `node:vm` do', () => {
    const foreign: unknown = runInNewContext('({ list: [1], at: new Date(0), map: new Map([[1, new Set([2])]]) })');
    deepStrictEqual(roundTrip(foreign), { list: [1], at: new Date(0), map: new Map([[1, new Set([2])]]) });
  });
});

describe('three things read the same, but are not kept as they are', () => {
  it('a property that is undefined is left out', () => {
    expect(stored({ a: undefined, b: 1 })).toEqual({ b: 1 });
    expect((roundTrip({ a: undefined, b: 1 }) as { a?: unknown }).a).toBeUndefined();
  });

  it('and what is left then is not taken for a tag', () => {
    deepStrictEqual(roundTrip({ $date: 'x', gone: undefined }), { $date: 'x' });
  });

  it('a hole in a list becomes undefined, at its place', () => {
    // eslint-disable-next-line no-sparse-arrays -- that is the subject
    deepStrictEqual(roundTrip([1, , 3]), [1, undefined, 3]);
    deepStrictEqual(roundTrip(new Array(2)), [undefined, undefined]);
  });

  it('an object without a prototype becomes an ordinary one', () => {
    deepStrictEqual(roundTrip(Object.assign(Object.create(null) as object, { a: 1 })), { a: 1 });
  });
});

describe('what JSON would change is refused, with its path', () => {
  class Money {
    constructor(readonly units: number) {}
  }
  class Timestamp extends Date {}
  class Registry extends Map<string, number> {}
  class Rows extends Array<number> {}
  class Digest extends Uint8Array {}
  const cycle: Record<string, unknown> = { name: 'loop' };
  cycle['list'] = [{ back: cycle }];
  const mapCycle = new Map<string, unknown>();
  mapCycle.set('self', mapCycle);
  const named = <T extends object>(target: T, extra: object): T => Object.assign(target, extra);

  it.each<[string, unknown, string, RegExp]>([
    ['NaN', { a: [0, { b: Number.NaN }] }, 'a[1].b', /the number NaN/],
    ['Infinity', [Infinity], '[0]', /the number Infinity/],
    ['-Infinity', new Map([['k', -Infinity]]), '{k}', /the number -Infinity/],
    ['NaN as a key', new Map([[Number.NaN, 1]]), '{NaN}', /the number NaN/],
    ['a function', { f: () => 1 }, 'f', /a function/],
    ['a function in a set', { s: new Set([1, () => 1]) }, 's{1}', /a function/],
    ['a method named toJSON', { toJSON: () => 1 }, 'toJSON', /a function/],
    ['a class', { c: Money }, 'c', /a function/],
    ['a symbol', { s: Symbol('s') }, 's', /a symbol/],
    ['a symbol as a name', { a: { [Symbol('hidden')]: 1 } }, 'a', /Symbol\(hidden\)/],
    ['an invalid date', { d: new Date(Number.NaN) }, 'd', /not a valid one/],
    ['an instance of a class', { lines: [{ price: new Money(1) }] }, 'lines[0].price', /an instance of Money/],
    ['an instance of a class as a key', new Map([[new Money(1), 1]]), '{#0}', /an instance of Money/],
    ['a cycle', cycle, 'list[0].back', /refers back/],
    ['a cycle through a map', { m: mapCycle }, 'm{self}', /refers back/],
    ['a regular expression', { r: /x/ }, 'r', /an instance of RegExp/],
    ['an error', { e: new Error('x') }, 'e', /an instance of Error/],
    ['a promise', { p: Promise.resolve() }, 'p', /Promise|cannot be stored/],
    ['a boxed string', { s: new String('x') }, 's', /an instance of String/],
    ['an array buffer', { b: new ArrayBuffer(1) }, 'b', /an instance of ArrayBuffer/],
    ['numbers in a typed array', { b: new Float64Array(1) }, 'b', /an instance of Float64Array/],
    ['a weak map', { w: new WeakMap() }, 'w', /an instance of WeakMap/],
    ['a class that extends Date', { d: new Timestamp(0) }, 'd', /an instance of Timestamp/],
    ['a class that extends Map', { m: new Registry() }, 'm', /an instance of Registry/],
    ['a class that extends Array', { r: new Rows(1, 2) }, 'r', /an instance of Rows/],
    ['a class that extends Uint8Array', { b: new Digest(1) }, 'b', /an instance of Digest/],
    [
      'a class without a name',
      {
        c: new (class {
          readonly a = 1;
        })(),
      },
      'c',
      /an unnamed class/,
    ],
    ['a list with a name beside its items', { l: named([1], { total: 1 }) }, 'l', /the property total/],
    ['a sparse list with a name', { l: named(new Array<number>(5), { total: 1 }) }, 'l', /the property total/],
    ['a date with a name', { d: named(new Date(0), { zone: 'x' }) }, 'd', /the property zone/],
    ['a map with a name', { m: named(new Map(), { zone: 'x' }) }, 'm', /the property zone/],
  ])('%s', (_, value, path, message) => {
    const refused = refusal(value);
    expect(refused.path).toBe(path);
    expect(refused.message).toMatch(message);
    expect(refused.message).toContain(`Event order-placed, at ${path}: `);
  });

  it('the value itself, where the path is empty', () => {
    expect(refusal(Number.NaN)).toEqual({ path: '', message: 'Event order-placed: the number NaN cannot be stored.' });
  });

  it('a key of a map that has no text does not break the path', () => {
    const key = Object.create(null) as object;
    expect(refusal(new Map([[key, Number.NaN]])).path).toBe('{#0}');
    deepStrictEqual(roundTrip(new Map([[key, 1]])), new Map([[{}, 1]]));
    expect(refusal(new Map([['k'.repeat(1000), Number.NaN]])).path.length).toBeLessThan(60);
  });

  it('values nested deeper than can be read back, long before the stack ends', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    deepStrictEqual(roundTrip(nested(MAX_DEPTH)), nested(MAX_DEPTH));
    expect(refusal(nested(MAX_DEPTH + 1)).message).toMatch(/more than 256 levels/);
    let endless: unknown = 1;
    for (let level = 0; level < 100_000; level++) endless = { next: endless };
    expect(refusal(endless).message).toMatch(/more than 256 levels/);
  });

  it('a property that is not enumerable is not seen, as nowhere in JavaScript', () => {
    const value = Object.defineProperty({ a: 1 }, Symbol.for('context'), { value: 'x', enumerable: false });
    deepStrictEqual(roundTrip(value), { a: 1 });
  });
});

describe('damaged tags are told apart from values', () => {
  it.each<[string, JsonValue]>([
    ['a date that is none', { $date: 'tomorrow' }],
    ['a date that is a number', { $date: 1 }],
    ['a bigint that is none', { $bigint: 'one' }],
    ['a map without pairs', { $map: 1 }],
    ['a map with half a pair', { $map: [['k']] }],
    ['a map with a text for a pair', { $map: ['kv'] }],
    ['a set that is an object', { $set: {} }],
    ['bytes that are a number', { $bytes: 1 }],
    ['a buffer that is null', { $buffer: null }],
  ])('%s', (_, damaged) => {
    expect(() => decodeValue(damaged)).toThrow(SyntaxError);
  });
});
