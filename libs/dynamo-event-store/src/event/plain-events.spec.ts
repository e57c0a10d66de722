import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { ClassTransformerSerializer } from './class-transformer-serializer.js';
import type { EventClass, SerializedEventType } from './event-serializer.js';
import type { JsonValue } from './json-value.js';
import { plainEventOf, plainEventOfForm, plainFormOf } from './plain-events.js';
import { isTransformed } from './class-rules.js';
import { decodeValue, encodeValue } from './value-codec.js';

class Noted {
  get total(): number {
    return Object.keys(this).length;
  }
  set level(_: number) {
    throw new Error('it must not be called');
  }
  describe(): string {
    return 'noted';
  }
  toJSON(): string {
    return 'not what is stored';
  }
}

const serializer = new ClassTransformerSerializer();
const typeOf = (eventClass: EventClass | undefined): SerializedEventType => ({
  name: 'noted',
  schemaVersion: 1,
  eventClass,
});

/** What the long way makes: text and event, or the text of the error. */
function longWay(event: unknown, type: SerializedEventType): { text: string; back: unknown } | { error: string } {
  try {
    const text = JSON.stringify(encodeValue(serializer.serialize(event, type), type.name));
    return { text, back: serializer.deserialize(decodeValue(JSON.parse(text) as JsonValue), type) };
  } catch (error) {
    return { error: String(error) };
  }
}

function noted(fields: object): Noted {
  return Object.defineProperties(new Noted(), Object.getOwnPropertyDescriptors(fields));
}

const names = fc.oneof(
  fc.string(),
  fc.constantFrom('total', 'level', 'describe', 'toJSON', '$date', '__proto__', 'constructor', 'a', 'b'),
);
const simple = fc.oneof(fc.jsonValue(), fc.date({ noInvalidDate: true }), fc.bigInt(), fc.constantFrom(-0, undefined));
const fields = fc
  .array(fc.tuple(names, fc.oneof(simple, fc.array(simple), arbitraryValue)), { maxLength: 5 })
  .map((pairs) =>
    pairs.reduce<object>(
      (made, [key, value]) =>
        Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true }),
      {},
    ),
  );

const plainTextOf = (...given: Parameters<typeof plainFormOf>): string | undefined => plainFormOf(...given)?.text;

describe('the short way', () => {
  it('gives the same text and the same event as class-transformer, wherever it is taken', () => {
    let taken = 0;
    fc.assert(
      fc.property(fields, (given) => {
        const type = typeOf(Noted);
        const event = noted(given);
        const { text, fields: read } = plainFormOf(event, type) ?? {};
        if (text === undefined || read === undefined) return;
        taken += 1;
        const expected = longWay(event, type);
        expect(expected).toHaveProperty('text', text);
        const back = plainEventOf(decodeValue(JSON.parse(text) as JsonValue), Noted);
        if (back === undefined) return;
        expect('back' in expected && isDeepStrictEqual(back, expected.back)).toBe(true);
        // What a reducer at hand gets is what a load will read.
        expect(isDeepStrictEqual(plainEventOfForm(read, Noted), back)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it('gives the same text for payloads without a class', () => {
    fc.assert(
      fc.property(fc.oneof(simple, arbitraryValue), (payload) => {
        const text = plainTextOf(payload, typeOf(undefined));
        if (text !== undefined) expect(longWay(payload, typeOf(undefined))).toHaveProperty('text', text);
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives the same event for any stored payload', () => {
    fc.assert(
      fc.property(fields, (payload) => {
        const event = plainEventOf({ ...payload }, Noted);
        if (event !== undefined)
          expect(isDeepStrictEqual(event, serializer.deserialize(payload, typeOf(Noted)))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is taken for what events are made of: JSON, dates, big numbers, nested', () => {
    const event = noted({
      id: 'o-1',
      at: new Date(5),
      big: 5n,
      none: undefined,
      lines: [{ sku: 'a', at: new Date(6) }],
    });
    const text = plainTextOf(event, typeOf(Noted));
    expect(text).toBe(
      '{"id":"o-1","at":{"$date":"1970-01-01T00:00:00.005Z"},"big":{"$bigint":"5"},"lines":[{"sku":"a","at":{"$date":"1970-01-01T00:00:00.006Z"}}]}',
    );
    const back = plainEventOf(decodeValue(JSON.parse(text ?? '') as JsonValue), Noted);
    expect(back).toBeInstanceOf(Noted);
    expect(back).toMatchObject({ id: 'o-1', at: new Date(5), big: 5n, lines: [{ sku: 'a', at: new Date(6) }] });
  });

  it.each<[string, object]>([
    ['what JSON cannot hold', { a: Number.NaN }],
    ['an invalid date', { a: new Date(Number.NaN) }],
    ['a date with a property', { a: Object.assign(new Date(5), { zone: 'CET' }) }],
    ['a nested instance', { a: new Noted() }],
    ['a map', { a: new Map() }],
    ['bytes', { a: new Uint8Array(1) }],
    ['a list with a hole', { a: new Array(1) }],
    ['a list with a property', { a: Object.assign([1], { more: 1 }) }],
    ['a function', { a: () => 1 }],
    ['a symbol', { a: Symbol('a') }],
    ['a property under a symbol', { [Symbol('a')]: 1 }],
    ['a nested property under a symbol', { a: { [Symbol('a')]: 1 } }],
    ['a property that hides a member of the class', { describe: 'x' }],
    ['a property that the class computes', { total: 5 }],
    ['a list of another class', { a: new (class Lines extends Array<number> {})() }],
  ])('is not taken for %s', (_, given) => {
    expect(plainTextOf(noted(given), typeOf(Noted))).toBeUndefined();
  });

  it('is not taken for what refers back to itself, nor above the depth that can be stored', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    let deep: object = {};
    for (let level = 0; level < 255; level++) deep = { deep };
    expect(plainTextOf(circle, typeOf(undefined))).toBeUndefined();
    expect(longWay(deep, typeOf(undefined))).toEqual({ text: plainTextOf(deep, typeOf(undefined)), back: deep });
    expect(plainTextOf({ deep }, typeOf(undefined))).toBeUndefined();
    expect(longWay({ deep }, typeOf(undefined))).toHaveProperty('error');
  });

  it('reads each property once, so that what is stored is what a reducer gets', () => {
    let reads = 0;
    const event = noted({});
    Object.defineProperty(event, 'n', { get: () => ++reads, enumerable: true, configurable: true });
    const { text, fields: read = {} } = plainFormOf(event, typeOf(Noted)) ?? {};
    expect([text, read['n'], reads]).toEqual(['{"n":1}', 1, 1]);
  });

  it('is not taken for an instance of a subclass', () => {
    class Detailed extends Noted {}
    expect(plainTextOf(new Detailed(), typeOf(Noted))).toBeUndefined();
  });
});

describe('decorators of class-transformer', () => {
  class Base {
    @Expose({ name: 'other' }) own?: string;
  }
  class Derived extends Base {}
  class Typed {
    @Type(() => Date) at?: Date;
  }
  class Changed {
    @Transform(({ value }) => String(value)) at?: string;
  }
  @Exclude()
  class Excluded {}

  it.each([[Base], [Derived], [Typed], [Changed], [Excluded]])(
    'of %p are seen, and the long way is taken',
    (eventClass) => {
      expect(isTransformed(eventClass)).toBe(true);
      const event: object = new eventClass();
      expect(plainTextOf(event, typeOf(eventClass))).toBeUndefined();
      expect(plainEventOf({}, eventClass)).toBeUndefined();
    },
  );

  it('are not seen where there are none, so that the short way is taken at all', () => {
    expect(isTransformed(Noted)).toBe(false);
  });

  it('count too when they are put on later', () => {
    class Late {
      at?: string;
    }
    expect(isTransformed(Late)).toBe(false);
    Exclude()(Late.prototype, 'at');
    expect(isTransformed(Late)).toBe(true);
  });
});
