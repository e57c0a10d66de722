import { describe, expect, it } from '@jest/globals';
import { Expose, Type } from 'class-transformer';
import { DomainEvent, type EventSerializer } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { inAllWays, meaningsOf, readBack, refusalOf, storeOf, type Reduce } from '../support/one-meaning.js';

class Holder {
  constructor(readonly held: unknown) {}
}
DomainEvent({ name: 'holder' })(Holder);

class Decorated {
  @Expose()
  held: unknown;
  constructor(held: unknown) {
    this.held = held;
  }
}
DomainEvent({ name: 'decorated' })(Decorated);

/** An object with an own property of a name that plain assignment would not define. */
function withProto(value: unknown, more: object = {}): object {
  return Object.defineProperty({ ...more }, '__proto__', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

describe('a property whose default is on the prototype', () => {
  class Defaulted {
    declare kind: string;
    declare note?: string | undefined;
    constructor(kind?: string) {
      if (kind !== undefined) this.kind = kind;
    }
  }
  Object.assign(Defaulted.prototype, { kind: 'default', note: 'none' });
  DomainEvent({ name: 'defaulted' })(Defaulted);

  class Outer {
    @Type(() => Defaulted)
    inner: Defaulted;
    constructor(inner: Defaulted) {
      this.inner = inner;
    }
  }
  DomainEvent({ name: 'outer' })(Outer);

  it.each([undefined, 'other', 'default', ''])('is kept in an event and inside it: %p', async (kind) => {
    const event = new Defaulted(kind);
    expect(await readBack(event)).toStrictEqual(event);
    expect(await readBack(new Outer(event))).toStrictEqual(new Outer(event));
    const reduce: Reduce = (keeper, { kind: read }: Defaulted) => {
      keeper.value = read;
    };
    expect(await meaningsOf([event], reduce, (value) => value)).toEqual(inAllWays(event.kind));
  });

  it('that is set to undefined is the default again for everybody, or refused', async () => {
    const event = new Defaulted('a');
    event.note = undefined;
    const reduce: Reduce = (keeper, { note }: Defaulted) => {
      keeper.value = [note];
    };
    const { atHand, ...others } = await meaningsOf([event], reduce, (value) => JSON.stringify(value));
    expect(others).toEqual({ cached: atHand, fromSnapshot: atHand, folded: atHand });
  });
});

describe.each<[string, new (held: unknown) => { held: unknown }]>([
  ['a plain event', Holder],
  ['a decorated event', Decorated],
])('%s', (_, event) => {
  it.each<[string, unknown]>([
    ['text', withProto('text')],
    ['a number', withProto(1, { a: 1 })],
    ['null', withProto(null)],
    ['an object', withProto({ polluted: true })],
    ['a date', withProto(new Date(0))],
    ['such a property itself', withProto(withProto(1))],
    ['a list', withProto([withProto(2)])],
  ])('keeps an own __proto__ property that holds %s', async (__, held) => {
    const { held: back } = await readBack(new event(held));
    expect(Object.keys(back as object)).toEqual(Object.keys(held as object));
    expect(Object.getOwnPropertyDescriptor(back, '__proto__')?.value).toEqual(
      Object.getOwnPropertyDescriptor(held, '__proto__')?.value,
    );
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const reduce: Reduce = (keeper, { held: read }: { readonly held: object }) => {
      keeper.value = Object.entries(read);
    };
    expect(await meaningsOf([new event(held)], reduce, (value) => value)).toEqual(
      inAllWays(Object.entries(held as object)),
    );
  });

  it.each<[string, unknown, string]>([
    ['an infinite number', withProto(Infinity), 'held.__proto__'],
    ['a number that is none', withProto(NaN), 'held.__proto__'],
    ['a function', withProto(() => 1), 'held.__proto__'],
    ['an infinite number deeper', withProto([{ n: -Infinity }]), 'held.__proto__[0].n'],
    ['a symbol', withProto(Symbol('s')), 'held.__proto__'],
  ])('refuses an own __proto__ property that holds %s', async (__, held, path) => {
    expect(await refusalOf(new event(held))).toMatchObject({ path });
  });

  it.each<[string, unknown]>([
    ['text', 'text'],
    ['an object', { a: 1 }],
  ])('keeps an own __proto__ property of its own that holds %s', async (__, value) => {
    const own = new event(1);
    Object.defineProperty(own, '__proto__', { value, enumerable: true, configurable: true, writable: true });
    const back = await readBack(own);
    expect(Object.getOwnPropertyDescriptor(back, '__proto__')?.value).toEqual(value);
    expect(back).toBeInstanceOf(event);
  });

  it('refuses an own __proto__ property of its own that holds an infinite number', async () => {
    const own = new event(1);
    Object.defineProperty(own, '__proto__', { value: Infinity, enumerable: true, configurable: true, writable: true });
    expect(await refusalOf(own)).toMatchObject({ path: '__proto__' });
  });

  it('gives everybody the same of holes, records without a prototype and frozen parts', async () => {
    const sparse: unknown[] = [];
    sparse[2] = 1;
    const record = Object.assign(Object.create(null) as object, { a: 1 });
    const frozen = Object.freeze([Object.freeze({ a: Object.freeze(new Map([[1, 2]])) })]);
    const reduce: Reduce = (keeper, { held }: { readonly held: [unknown[], object, object[]] }) => {
      const [list, each, ice] = held;
      keeper.value = [
        0 in list,
        list.length,
        Object.getPrototypeOf(each) === null,
        Object.isFrozen(ice),
        Object.isFrozen(ice[0]),
      ];
    };
    const { atHand, ...others } = await meaningsOf([new event([sparse, record, frozen])], reduce, (value) => value);
    expect(others).toEqual({ cached: atHand, fromSnapshot: atHand, folded: atHand });
  });

  it('gives a reducer lists that it may go on with, whatever was frozen', async () => {
    const reduce: Reduce = (keeper, { held }: { readonly held: number[] }) => {
      keeper.value = ((keeper.value as number[] | undefined) ?? held).concat();
      (keeper.value as number[]).push(held.length);
    };
    const events = [new event(Object.freeze([1])), new event(Object.freeze([2, 3]))];
    expect(await meaningsOf(events, reduce, (value) => value)).toEqual(inAllWays([1, 1, 2]));
  });

  it.each<[string, unknown, string]>([
    ['a symbol', Symbol('s'), 'held'],
    ['a function', () => 1, 'held'],
    ['an invalid date', new Date(NaN), 'held'],
    ['a property under a symbol', { a: 1, [Symbol('s')]: 2 }, 'held'],
    ['a promise', Promise.resolve(1), 'held'],
    ['an object that refers back to itself', circle(), 'held.self'],
    [
      'a class in a map key',
      new Map([
        [
          new (class Key {
            a = 1;
          })(),
          1,
        ],
      ]),
      'held{#0}',
    ],
  ])('refuses %s', async (__, held, path) => {
    expect(await refusalOf(new event(held))).toMatchObject({ path });
  });
});

function circle(): object {
  const object: { self?: object } = {};
  object.self = object;
  return object;
}

describe('an event under a symbol of its own', () => {
  it('is refused where the symbol is enumerable', async () => {
    for (const event of [new Holder(1), new Decorated(1)])
      expect(await refusalOf(Object.assign(event, { [Symbol('s')]: 1 }))).toMatchObject({ path: '' });
  });
});

describe('bytes as the whole payload', () => {
  class Encoded {
    constructor(readonly value: string) {}
  }
  DomainEvent({ name: 'encoded' })(Encoded);

  it.each<[string, (text: string) => Uint8Array]>([
    ['a Buffer', (text) => Buffer.from(text)],
    ['a Uint8Array', (text) => new Uint8Array(Buffer.from(text))],
    ['an empty Buffer', () => Buffer.alloc(0)],
  ])('come back to a serializer as they were: %s', async (_, encode) => {
    const seen: unknown[] = [];
    const serializer: EventSerializer = {
      serialize: (event) => encode((event as Encoded).value),
      deserialize: (payload) => {
        seen.push(payload);
        return new Encoded(Buffer.from(payload as Uint8Array).toString());
      },
    };
    const event = new Encoded('text');
    await readBack(event, storeOf(event, { serializer }));
    expect(seen.length).toBeGreaterThan(0);
    for (const each of seen) {
      expect(each).toEqual(encode('text'));
      expect(Buffer.isBuffer(each)).toBe(Buffer.isBuffer(encode('text')));
    }
  });

  it.each<[string, Uint8Array]>([
    ['a Buffer', Buffer.from('text')],
    ['a Uint8Array', new Uint8Array([1, 2])],
  ])('of an event without a class come back as they were: %s', async (_, payload) => {
    const store = new InMemoryEventStore();
    const stream = { aggregate: 'a', id: '1' };
    await store.append(
      stream,
      [
        { type: 'raw', payload },
        { type: 'json', payload: { a: 1 } },
      ],
      { expected: 'none' },
    );
    const read: unknown[] = [];
    for await (const { event } of store.read(stream)) read.push(event);
    expect(read).toEqual([payload, { a: 1 }]);
    expect(Buffer.isBuffer(read[0])).toBe(Buffer.isBuffer(payload));
  });
});

describe('a commit of very many types', () => {
  const many = (count: number): { type: string; payload: unknown }[] =>
    Array.from({ length: count }, (_, index) => ({ type: `t${index}`, payload: new Uint8Array(0) }));

  it('is refused with a typed error, not a RangeError of a buffer', async () => {
    const store = new InMemoryEventStore();
    await expect(store.append({ aggregate: 'a', id: '1' }, many(70_000), { expected: 'none' })).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID_ARGUMENT|TOO_LARGE/),
      message: expect.stringMatching(/types|bytes/),
    });
  });
});
