import { describe, expect, it } from '@jest/globals';
import { Expose, Transform, Type } from 'class-transformer';
import { EventSerializationError } from '../errors/event-errors.js';
import { ClassTransformerSerializer } from './class-transformer-serializer.js';
import { decodeOne } from '../../../../test/support/stored-events.js';
import { DomainEvent } from './domain-event.decorator.js';
import { EventCodec } from './event-codec.js';
import { EventRegistry } from './event-registry.js';

class Money {
  constructor(
    readonly units: number,
    readonly currency: string,
  ) {}
}

class Discounted extends Money {}

class Defaults {
  discount? = 0;
  note = 'none';
}

class Methods {
  readonly size: number = 1;
  total(): number {
    return this.size;
  }
  get half(): number {
    return this.size / 2;
  }
}

class Secret {
  readonly #pin: number;
  constructor(pin: number) {
    this.#pin = pin;
  }
  matches(pin: number): boolean {
    return pin === this.#pin;
  }
}

class Strict {
  readonly name: string;
  constructor(name: string) {
    this.name = name.trim();
  }
}

class Shape {
  kind = 'a shape';
  name?: string;
}
class Named {
  name?: string;
}
class Circle extends Shape {
  readonly radius = 1;
}
const shapes = { discriminator: { property: 'kind', subTypes: [{ name: 'circle', value: Circle }] } };
const named = { discriminator: { property: 'name', subTypes: [{ name: 'named', value: Named }] } };

class Link {
  @Type(() => Link) next?: Link;
}

@DomainEvent({ name: 'order-placed' })
class Event {
  @Type(() => Link) link?: Link;
  any: unknown;
  @Type(() => Money) price?: unknown;
  @Type(() => Money) prices?: unknown;
  @Type(() => Defaults) line?: Defaults;
  @Type(() => Methods) methods?: Methods;
  @Type(() => Secret) secret?: Secret;
  @Type(() => Strict) strict?: Strict;
  @Type(() => RegExp) pattern?: RegExp;
  @Type(() => Number) amount?: unknown;
  @Type(() => Date) at?: unknown;
  @Type(() => Shape, shapes) shape?: Shape;
  @Type(() => Named, named) named?: Named;
  @Transform(({ value }) => (value as Money).units, { toPlainOnly: true }) oneWay?: Money;
  @Transform(({ value }) => Number(value), { toPlainOnly: true }) oneWayText?: string;
  @Transform(() => {
    throw new Error('no rate for today');
  })
  failing?: string;
  @Expose({ name: 'm' }) moved?: Map<string, number>;
}

const registry = new EventRegistry();
registry.register([Event]);
const codec = new EventCodec(registry);
const event = (fields: object): Event => Object.assign(Object.create(Event.prototype) as Event, fields);

function refusal(of: object): EventSerializationError {
  try {
    codec.encode(of);
  } catch (error) {
    expect(error).toBeInstanceOf(EventSerializationError);
    expect((error as Error).message).toContain('Event order-placed');
    return error as EventSerializationError;
  }
  throw new Error('nothing was refused');
}

const cycle: Record<string, unknown> = {};
cycle['list'] = [{ back: cycle }];
const parent = { child: new Money(1, 'EUR') };
Object.assign(parent.child, { parent });

describe('a value that would not come back the same is refused before it is stored, with path and advice', () => {
  it.each<[string, object, string, RegExp]>([
    [
      'an instance without @Type',
      { any: new Money(1, 'EUR') },
      'any',
      /an instance of Money would come back as another type; mark the class with @StoredValue.*@Type\(\(\) => Money\)/,
    ],
    ['one in a list', { any: [1, new Money(1, 'EUR')] }, 'any[1]', /@Type\(\(\) => Money\)/],
    ['one in a map', { any: new Map([['eur', new Money(1, 'EUR')]]) }, 'any{eur}', /@Type\(\(\) => Money\)/],
    ['one in a set', { any: new Set([0, new Money(1, 'EUR')]) }, 'any{1}', /@Type\(\(\) => Money\)/],
    ['one deep inside', { any: { a: [{ b: new Map([[1, [new Money(1, 'EUR')]]]) }] } }, 'any.a[0].b{1}[0]', /@Type/],
    ['one as a key of a map', { any: new Map([[new Money(1, 'EUR'), 1]]) }, 'any{#0}', /an instance of Money/],
    [
      'a subclass of the declared class',
      { price: new Discounted(1, 'EUR') },
      'price',
      /an instance of Discounted would come back as an instance of Money/,
    ],
    [
      'one of several classes',
      { prices: [new Money(1, 'EUR'), new Discounted(1, 'EUR')] },
      'prices[1]',
      /discriminator/,
    ],
    ['an instance under another @Type', { line: new Money(1, 'EUR') }, 'line', /come back as an instance of Defaults/],
    [
      'a property that hides a method of its class',
      { methods: Object.assign(new Methods(), { total: 5 }) },
      'methods.total',
      /rename it/,
    ],
    ['a class with nothing but private state', { secret: new Secret(1) }, 'secret', /#private members.*@Transform/],
    ['a class of the engine under @Type', { pattern: /x/ }, 'pattern', /class of the engine.*@Transform/],
    [
      'a discriminator that takes the name of a property',
      { named: Object.assign(new Named(), { name: 'named' }) },
      'named.name',
      /lost.*keepDiscriminatorProperty/,
    ],
    [
      'a discriminator over a property with a default',
      { shape: Object.assign(new Circle(), { kind: 'round' }) },
      'shape.kind',
      /another value.*keepDiscriminatorProperty/,
    ],
    ['a class that the discriminator does not know', { shape: new Shape() }, 'shape', /not among the subTypes/],
    ['text under @Type(() => Number)', { amount: '12.30' }, 'amount', /a string would come back as a number/],
    ['a bigint under @Type(() => Number)', { amount: 10n ** 20n }, 'amount', /a bigint would come back as a number/],
    ['text under @Type(() => Date)', { at: '2024-01-01' }, 'at', /a string would come back as a Date/],
    ['a @Transform that has no way back', { oneWay: new Money(1, 'EUR') }, 'oneWay', /come back as a number/],
    [
      'a @Transform to another type that has no way back',
      { oneWayText: '1' },
      'oneWayText',
      /a string would come back as a number/,
    ],
    ['a function', { any: { f: () => 1 } }, 'any.f', /a function/],
    [
      'a function inside an instance',
      { price: Object.assign(new Money(1, 'EUR'), { f: () => 1 }) },
      'price.f',
      /a function/,
    ],
    ['a symbol', { any: [Symbol('x')] }, 'any[0]', /a symbol/],
    ['a symbol as a name', { any: { a: { [Symbol('x')]: 1 } } }, 'any.a', /Symbol\(x\)/],
    ['a symbol as a name of the event', { [Symbol('x')]: 1 }, '', /Symbol\(x\)/],
    [
      'a symbol as a name of an instance',
      { price: Object.assign(new Money(1, 'EUR'), { [Symbol('x')]: 1 }) },
      'price',
      /symbol/i,
    ],
    ['a cycle', { any: cycle }, 'any.list[0].back', /refers back/],
    ['a promise', { any: Promise.resolve(1) }, 'any', /a promise cannot be stored; await it first/],
    ['NaN', { any: { a: [Number.NaN] } }, 'any.a[0]', /NaN/],
    ['an invalid date', { any: [new Date(Number.NaN)] }, 'any[0]', /not a valid one/],
    ['a list with a name', { any: Object.assign([1], { total: 1 }) }, 'any', /the property total/],
    ['an error', { any: new Error('lost') }, 'any', /an instance of Error.*@Transform/],
    ['numbers in a typed array', { any: new Int16Array(2) }, 'any', /Int16Array.*@Transform/],
    ['a class that extends Date', { any: new (class Day extends Date {})(0) }, 'any', /Day.*@Transform/],
  ])('%s', (_, fields, path, advice) => {
    const given = event(fields);
    const { message, path: found } = refusal(given);
    expect(found).toBe(path);
    expect(message).toMatch(advice);
  });

  it('a property that hides a method or getter of the event itself', () => {
    class Base {
      get inherited(): number {
        return this.constructor.name.length;
      }
    }
    @DomainEvent({ name: 'order-placed' })
    class Hiding extends Base {
      describe(): string {
        return 'x';
      }
      get total(): number {
        return this.describe().length;
      }
    }
    const hiding = new EventRegistry();
    hiding.register([Hiding]);
    for (const key of ['describe', 'total', 'inherited', 'toString']) {
      const given = Object.defineProperty(new Hiding(), key, { value: 1, enumerable: true });
      expect(() => new EventCodec(hiding).encode(given)).toThrow(
        `Event order-placed, at ${key}: its name is that of a method`,
      );
    }
  });

  it('nesting without an end, by its depth', () => {
    let endless: unknown = 1;
    for (let level = 0; level < 100_000; level++) endless = [endless];
    expect(refusal(event({ any: endless })).message).toMatch(/more than 256 levels/);
    let link: Link | undefined;
    for (let level = 0; level < 100_000; level++) link = Object.assign(new Link(), { next: link });
    expect(refusal(event({ link })).message).toMatch(/more than 256 levels/);
  });

  it('a cycle through instances', () => {
    const link = new Link();
    link.next = Object.assign(new Link(), { next: link });
    expect(refusal(event({ link }))).toMatchObject({
      path: 'link.next.next',
      message: expect.stringMatching(/refers back/),
    });
  });

  it('a @Transform that throws, with its reason as the cause', () => {
    const { message, cause } = refusal(event({ failing: 'x' }));
    expect(message).toMatch(/no rate for today/);
    expect((cause as Error).message).toBe('no rate for today');
  });

  it('and the next event is judged anew', () => {
    refusal(event({ any: new Money(1, 'EUR') }));
    expect(codec.encode(event({ any: 1 })).payload).toBe('{"any":1}');
    expect(codec.encode(event({ any: new Map([['a', 1]]) })).payload).toBe('{"any":{"$map":[["a",1]]}}');
    refusal(event({ any: new Money(1, 'EUR') }));
  });

  it('without a change to what was given', () => {
    const shape = new Circle();
    const price = new Discounted(1, 'EUR');
    refusal(event({ shape, price }));
    expect(Object.entries(shape)).toEqual([
      ['kind', 'a shape'],
      ['name', undefined],
      ['radius', 1],
    ]);
    expect(Object.keys(price)).toEqual(['units', 'currency']);
  });
});

describe('code in an event that throws', () => {
  const throwing = {
    get code(): string {
      throw new Error('no code yet');
    },
  };

  it.each([
    ['a getter in a value', { any: throwing }],
    ['one deep inside', { any: [{ a: [throwing] }] }],
    ['one beside a value with @Type', { any: throwing, price: new Money(1, 'EUR') }],
  ])('%s', (_, fields) => {
    expect(refusal(event(fields))).toMatchObject({
      message: 'Event order-placed: the serializer failed: no code yet',
      cause: new Error('no code yet'),
    });
  });

  it('a getter in the state of an aggregate', () => {
    const type = { name: 'order', schemaVersion: 1, eventClass: Event };
    expect(() => codec.encodeState(event({ any: throwing }), type)).toThrow(EventSerializationError);
  });

  it('a getter in a plain event', () => {
    expect(() => codec.encode({ type: 'noted', payload: { throwing } })).toThrow(EventSerializationError);
  });
});

describe('paths that are very long', () => {
  it('are whole in the error, and short in its message', () => {
    let any: unknown = 1;
    for (let depth = 0; depth < 300; depth++) any = { next: any };
    const { path, message } = refusal(event({ any }));
    expect(path.split('.').length).toBeGreaterThan(250);
    expect(message.length).toBeLessThan(300);
    expect(message).toContain('nested more than 256 levels deep');
  });
});

describe('reading', () => {
  const serializer = new ClassTransformerSerializer();
  const type = { name: 'order-placed', schemaVersion: 1, eventClass: Event };

  it.each([[null], ['text'], [[1]], [new Map()], [new Date(0)], [undefined]])(
    'refuses the payload %p for a class',
    (payload) => {
      expect(() => serializer.deserialize(payload, type)).toThrow(EventSerializationError);
    },
  );

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'refuses a payload with a property %s, which no instance could keep',
    (key) => {
      const payload: unknown = JSON.parse(`{"${key}":1}`);
      expect(() => serializer.deserialize(payload, type)).toThrow(`at ${key}: `);
    },
  );

  it('does not change the payload, also not where class-transformer takes discriminators out', () => {
    const payload = { shape: { kind: 'circle', radius: 2 }, any: new Map([['x', { kind: 'x' }]]) };
    serializer.deserialize(payload, type);
    expect(payload).toEqual({ shape: { kind: 'circle', radius: 2 }, any: new Map([['x', { kind: 'x' }]]) });
  });
});

describe('size', () => {
  // class-transformer takes time by the square of the number of keys, and each byte for a key.
  it('300 KB of bytes are written and read at once', () => {
    const bytes = new Uint8Array(300_000).fill(7);
    const started = performance.now();
    const { label, payload } = codec.encode(
      event({ any: { deep: [new Map([['file', bytes]])] }, price: new Money(1, 'EUR') }),
    );
    const read = decodeOne(codec, label, JSON.parse(payload as string) as never, true).event;
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(read).toEqual(event({ any: { deep: [new Map([['file', bytes]])] }, price: new Money(1, 'EUR') }));
  });

  it('a list of 20,000 items is complete', () => {
    const given = event({
      any: Array.from({ length: 20_000 }, (_, index) => ({ index })),
      prices: Array.from({ length: 2_000 }, () => new Money(1, 'EUR')),
    });
    const { label, payload } = codec.encode(given);
    expect(decodeOne(codec, label, JSON.parse(payload as string) as never, false).event).toEqual(given);
  });
});
