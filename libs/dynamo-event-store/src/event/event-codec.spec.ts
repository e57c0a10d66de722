import { deepStrictEqual } from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { EventSerializationError } from '../errors/event-errors.js';
import { decodeOne } from '../../../../test/support/stored-events.js';
import { DomainEvent } from './domain-event.decorator.js';
import { EventCodec } from './event-codec.js';
import { EventRegistry } from './event-registry.js';
import type { EventClass, EventSerializer } from './event-serializer.js';
import type { JsonValue } from './json-value.js';
import { defineUpcaster, type UpcasterDefinition } from './upcaster.js';
import { mayHoldTags } from './value-codec.js';

@DomainEvent({ name: 'opened', version: 2, aliases: ['was-opened'] })
class Opened {
  constructor(readonly owner: unknown) {}
}

function codecOf(
  events: readonly EventClass[],
  upcasters: readonly UpcasterDefinition[] = [],
  serializer?: EventSerializer,
): EventCodec {
  const registry = new EventRegistry();
  registry.register(events, upcasters);
  return new EventCodec(registry, { serializer });
}

function readBack(codec: EventCodec, event: object): unknown {
  const { label, payload } = codec.encode(event);
  if (payload instanceof Uint8Array) return decodeOne(codec, label, payload, true).event;
  return decodeOne(codec, label, JSON.parse(payload) as JsonValue, mayHoldTags(payload)).event;
}

/** `undefined` when the event was refused: with a path that leads somewhere, unless class-transformer itself gave up. */
function readBackUnlessRefused(codec: EventCodec, event: object): unknown {
  try {
    return readBack(codec, event);
  } catch (error) {
    expect(error).toBeInstanceOf(EventSerializationError);
    const { path, message } = error as EventSerializationError;
    expect(path === '' ? message : 'at a path').toMatch(/at a path|serializer failed|created again/);
    return undefined;
  }
}

describe('an event of a class without decorators is stored exactly or refused', () => {
  @DomainEvent({ name: 'any' })
  class Any {}
  class Money {
    constructor(readonly units: unknown) {}
  }
  class Range extends Map<unknown, unknown> {}
  const codec = codecOf([Any]);
  const fields = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => !(key in Object.prototype)),
    arbitraryValue,
    { noNullPrototype: true, maxKeys: 4 },
  );
  const anyEvent = fields.map((given) =>
    Object.assign(new Any(), Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))),
  );

  it('whatever it holds', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        deepStrictEqual(readBack(codec, event), event);
      }),
      { numRuns: 1500 },
    );
  });

  it('and so is one with classes, functions, symbols or broken numbers somewhere inside', () => {
    const odd = fc.oneof(
      arbitraryValue.map((value) => new Money(value)),
      arbitraryValue.map((value) => new Range([[1, value]])),
      fc.constantFrom<unknown>(
        Number.NaN,
        Infinity,
        new Date(Number.NaN),
        () => 1,
        Symbol('s'),
        /x/,
        new Error('x'),
        Promise.resolve(),
        new WeakMap(),
        { [Symbol('k')]: 1 },
      ),
    );
    const around = fc.oneof(
      odd.map((value) => [value]),
      odd.map((value) => ({ value })),
      odd.map((value) => ({ constructor: value })),
      odd.map((value) => new Map([['key', value]])),
      odd.map((value) => new Set([value])),
      odd.map((value) => [{ list: [new Map([[1, { deep: value }]])] }]),
      odd,
    );
    fc.assert(
      fc.property(anyEvent, around, (event, value) => {
        const read = readBackUnlessRefused(codec, Object.assign(event, { value }));
        expect(read).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('also in whatever order shapes follow each other', () => {
    @DomainEvent({ name: 'typed' })
    class Typed {
      @Type(() => Money) value: unknown;
    }
    const money = arbitraryValue.map((value) => new Money(value));
    const shape = fc.oneof(
      arbitraryValue.filter((value) => !holdsRecord(value)),
      money,
      fc.array(money),
      fc.array(money).map((list) => new Set(list)),
      fc.array(fc.tuple(arbitraryValue, money)).map((pairs) => new Map(pairs)),
      fc.array(fc.oneof(money, fc.constant(null), fc.integer())),
    );
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 6 }), (values) => {
        const one = codecOf([Typed]);
        for (const value of values) {
          const event = Object.assign(new Typed(), { value });
          // @Type makes its class of plain objects, and refuses what that changes.
          let read: unknown;
          try {
            read = readBack(one, event);
          } catch (error) {
            expect(error).toBeInstanceOf(EventSerializationError);
            continue;
          }
          expect(read).toEqual(event);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function holdsRecord(value: unknown): boolean {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>).values()].some(holdsRecord);
  if (Array.isArray(value) || value instanceof Set) return [...(value as Iterable<unknown>)].some(holdsRecord);
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

describe('an event of a class', () => {
  it('is stored under the name and version of @DomainEvent, never those of the class', () => {
    expect(codecOf([Opened]).encode(new Opened('ada'))).toEqual({
      label: 'opened@2',
      type: 'opened',
      payload: '{"owner":"ada"}',
    });
  });

  it('is unknown when its class is not registered, also when its base is', () => {
    class Reopened extends Opened {}
    for (const event of [
      new Reopened('ada'),
      new Date(),
      new Map(),
      {},
      { type: 'x' },
      { payload: 1 },
      { type: 1, payload: 1 },
    ])
      expect(() => codecOf([Opened]).encode(event)).toThrow(/is not known here/);
  });

  it.each([[null], [undefined], ['text'], [1], [true]])('is not %p', (event) => {
    expect(() => codecOf([]).encode(event as never)).toThrow(/events: an event must be an object/);
  });

  it('is read under every name it had, at the version it has now', () => {
    const upcaster = defineUpcaster({ event: 'opened', from: 1 }, ({ name }) => ({ owner: name }));
    const codec = codecOf([Opened], [upcaster]);
    for (const label of ['opened@1', 'was-opened@1', 'opened~1']) {
      const read = decodeOne(codec, label, { name: 'ada' }, false);
      expect(read).toEqual({ type: 'opened', schemaVersion: 2, event: new Opened('ada') });
      expect(read.event).toBeInstanceOf(Opened);
    }
  });

  it('gives upcasters dates and collections as what they are', () => {
    let seen: unknown;
    const upcaster = defineUpcaster({ event: 'opened', from: 1 }, (payload: { at: Date }) => {
      seen = payload.at;
      return { owner: payload.at };
    });
    const read = decodeOne(
      codecOf([Opened], [upcaster]),
      'opened@1',
      { at: { $date: '1970-01-01T00:00:00.005Z' } },
      true,
    );
    expect(seen).toEqual(new Date(5));
    expect(read.event).toEqual(new Opened(new Date(5)));
  });

  it('of a newer version, or of a version that no upcaster covers, is an error that names it', () => {
    expect(() => decodeOne(codecOf([Opened]), 'opened@3', {}, false)).toThrow(
      /opened version 3.*newer application.*version 2/,
    );
    expect(() => decodeOne(codecOf([Opened]), 'opened@1', {}, false)).toThrow(
      /opened version 1.*Add an upcaster from version 1 to 2/,
    );
    expect(() => decodeOne(codecOf([]), 'opened@1', {}, false)).toThrow(/opened version 1.*Register its class/);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new TypeError('no name');
      },
      /failed: no name/,
    ],
    ['returns nothing', () => undefined, /returned nothing/],
    ['is asynchronous', () => Promise.resolve({}), /returned a promise/],
    ['returns something like a promise', () => ({ then: () => 1 }), /returned a promise/],
  ])('whose upcaster %s is an error, never a wrong object', (_, upcast, message) => {
    const codec = codecOf([Opened], [defineUpcaster({ event: 'opened', from: 1 }, upcast)]);
    expect(() => decodeOne(codec, 'opened@1', {}, false)).toThrow(message);
    expect(() => decodeOne(codec, 'opened@1', {}, false)).toThrow(
      expect.objectContaining({ name: 'UpcastError', eventType: 'opened', from: 1 }),
    );
  });
});

describe('an event without a class', () => {
  const codec = codecOf([]);

  it('may have any payload', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), arbitraryValue, (type, payload) => {
        deepStrictEqual(readBack(codec, { type, payload }), payload);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a payload that is undefined, or bytes', () => {
    expect(readBack(codec, { type: 'x', payload: undefined })).toBeUndefined();
    expect(readBack(codec, { type: 'x', payload: new Uint8Array([1]) })).toEqual(new Uint8Array([1]));
  });

  it('has version 1 unless it says another, and upcasters apply to it too', () => {
    expect(codec.encode({ type: 'x', payload: 1 }).label).toBe('x~1');
    expect(codec.encode({ type: 'x', payload: 1, schemaVersion: 7 }).label).toBe('x~7');
    const upcasted = codecOf([], [defineUpcaster({ event: 'x', from: 1 }, (payload: number) => payload + 1)]);
    expect(decodeOne(upcasted, 'x~1', 1, false)).toEqual({ type: 'x', schemaVersion: 2, event: 2 });
  });

  it.each<[string, object, RegExp]>([
    ['an empty type', { type: '', payload: 1 }, /type of an event/],
    ['a type that UTF-8 cannot hold, so that two would become one', { type: '\ud800', payload: 1 }, /well-formed/],
    ['version 0', { type: 'x', payload: 1, schemaVersion: 0 }, /schema version 0 of x/],
    ['version 1.5', { type: 'x', payload: 1, schemaVersion: 1.5 }, /schema version 1.5 of x/],
    [
      'anything besides, which would be lost',
      { type: 'x', payload: 1, metadata: { a: 1 } },
      /metadata of x would be lost/,
    ],
    ['a symbol besides', { type: 'x', payload: 1, [Symbol('s')]: 1 }, /Symbol\(s\) of x would be lost/],
  ])('must not have %s', (_, event, message) => {
    expect(() => codec.encode(event)).toThrow(message);
    expect(() => codec.encode(event)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('may spell out that it has nothing besides', () => {
    expect(readBack(codec, { type: 'x', payload: 1, schemaVersion: undefined, metadata: undefined })).toBe(1);
  });
});

describe('a serializer of the application', () => {
  const failing: EventSerializer = {
    serialize: () => {
      throw new Error('no key');
    },
    deserialize: () => {
      throw new Error('wrong key');
    },
  };

  it('that fails becomes an error that names the event and keeps the reason', () => {
    const codec = codecOf([Opened], [], failing);
    for (const run of [() => codec.encode(new Opened(1)), () => decodeOne(codec, 'opened@2', {}, false)]) {
      expect(run).toThrow(EventSerializationError);
      expect(run).toThrow(/Event opened: the serializer failed: (no|wrong) key/);
      expect(run).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
    }
  });

  it('may store bytes, which are given back as they are', () => {
    const bytes: EventSerializer = {
      serialize: (event) => new TextEncoder().encode(JSON.stringify(event)),
      deserialize: (payload) => JSON.parse(new TextDecoder().decode(payload as Uint8Array)) as unknown,
    };
    expect(readBack(codecOf([Opened], [], bytes), new Opened('ada'))).toEqual({ owner: 'ada' });
  });

  it('may return dates and collections, and is refused anything else', () => {
    const returning = (value: unknown): EventSerializer => ({
      serialize: () => value,
      deserialize: (payload) => payload,
    });
    const rich = { at: new Date(1), tags: new Set(['a']), big: 1n, gone: [undefined] };
    deepStrictEqual(readBack(codecOf([Opened], [], returning(rich)), new Opened(1)), rich);
    expect(() => codecOf([Opened], [], returning({ a: [new Opened(1)] })).encode(new Opened(1))).toThrow(/at a\[0\]/);
  });
});

it('text that this codec never wrote is a syntax error, which readers report as damage', () => {
  const codec = codecOf([Opened]);
  expect(() => decodeOne(codec, 'opened', {}, false)).toThrow(SyntaxError);
  expect(() => decodeOne(codec, 'x~1', { $date: 'never' }, true)).toThrow(SyntaxError);
});
