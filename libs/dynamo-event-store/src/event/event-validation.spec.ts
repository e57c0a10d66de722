import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsEmail, IsInt, Min, ValidateNested } from 'class-validator';
import { classValidator } from 'nestjs-dynamo-event-store/class-validator';
import * as v from 'valibot';
import { z } from 'zod';
import { EventValidationError } from '../errors/event-errors.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { DomainEvent } from './domain-event.decorator.js';
import { schemasByName, type ValidationOptions } from './event-validation.js';

class Line {
  @Min(1) @IsInt() readonly quantity: number;
  constructor(quantity: number) {
    this.quantity = quantity;
  }
}
@DomainEvent({ name: 'registered' })
class Registered {
  @IsEmail() readonly email: string;
  @ValidateNested({ each: true }) @Type(() => Line) readonly lines: readonly Line[];
  constructor(email: string, lines: readonly Line[]) {
    this.email = email;
    this.lines = lines;
  }
}
@DomainEvent({
  name: 'priced',
  schema: z.object({ price: z.number().positive(), items: z.array(z.object({ sku: z.string().min(1) })) }),
})
class Priced {
  constructor(
    readonly price: number,
    readonly items: readonly { sku: string }[] = [],
  ) {}
}
@DomainEvent({ name: 'weighed', schema: v.object({ grams: v.pipe(v.number(), v.minValue(0)) }) })
class Weighed {
  constructor(readonly grams: number) {}
}
@DomainEvent({ name: 'plain' })
class Plain {
  readonly anything = { at: 'all' };
}
const EVENTS = [Registered, Priced, Weighed, Plain];
const stream = { aggregate: 'thing', id: 't-1' };
const append = async (store: InMemoryEventStore, ...events: object[]) => {
  await store.append(stream, events, { expected: 'any' });
};
const storeWith = (validation: ValidationOptions = {}) => new InMemoryEventStore({ events: EVENTS, validation });

describe('an event that breaks its rules', () => {
  const store = storeWith({ validators: [classValidator()] });

  it.each<[string, object, string, string[]]>([
    ['class-validator', new Registered('no address', [new Line(1)]), 'registered', ['email']],
    [
      'class-validator, nested',
      new Registered('a@example.com', [new Line(1), new Line(0.5)]),
      'registered',
      ['lines[1].quantity', 'lines[1].quantity'],
    ],
    ['zod', new Priced(-1), 'priced', ['price']],
    ['zod, nested', new Priced(1, [{ sku: 'a' }, { sku: '' }]), 'priced', ['items[1].sku']],
    ['valibot', new Weighed(-5), 'weighed', ['grams']],
  ])('is refused by %s with its name and path, and nothing of the commit is written', async (_, event, type, paths) => {
    const refusal = append(store, new Plain(), event);
    await expect(refusal).rejects.toBeInstanceOf(EventValidationError);
    const error: unknown = await refusal.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'EVENT_INVALID', retryable: false, eventType: type });
    expect((error as EventValidationError).issues.map(({ path }) => path)).toEqual(paths);
    for (const path of paths) expect((error as Error).message).toContain(`${path}: `);
    expect((await store.head(stream)).version).toBe(0);
  });

  it('no other is', async () => {
    await append(store, new Registered('a@example.com', [new Line(2)]), new Priced(1), new Weighed(0), new Plain());
    expect((await store.head(stream)).version).toBe(4);
  });
});

it('what a schema would change is stored as it is', async () => {
  @DomainEvent({ name: 'trimmed', schema: z.object({ text: z.string().trim() }) })
  class Trimmed {
    constructor(
      readonly text: string,
      readonly more: number,
    ) {}
  }
  const store = new InMemoryEventStore({ events: [Trimmed] });
  await append(store, new Trimmed(' x ', 1));
  for await (const { event } of store.read(stream)) expect(event).toEqual(new Trimmed(' x ', 1));
});

it('events without a class are validated by name, and others not', async () => {
  const schemas = { noted: z.object({ text: z.string() }) };
  const store = storeWith({ validators: [schemasByName(schemas), classValidator()] });
  await append(store, { type: 'noted', payload: { text: 'x' } }, { type: 'toString', payload: 1 });
  await expect(append(store, { type: 'noted', payload: { text: 1 } })).rejects.toMatchObject({
    eventType: 'noted',
    issues: [{ path: 'text' }],
  });
});

it('an asynchronous schema is refused, also when it would find nothing', async () => {
  @DomainEvent({ name: 'slow', schema: z.object({ a: z.string().refine(() => Promise.resolve(true)) }) })
  class Slow {
    readonly a = 'x';
  }
  const store = new InMemoryEventStore({ events: [Slow] });
  await expect(append(store, new Slow())).rejects.toThrow(/schema of slow.*asynchronous/s);
});

it('a plain object under @Type is validated as the class that it comes back as', async () => {
  const store = storeWith({ validators: [classValidator()] });
  const plain: unknown = [{ quantity: 0.5 }];
  await expect(append(store, new Registered('a@example.com', plain as Line[]))).rejects.toMatchObject({
    issues: [
      { path: 'lines[0].quantity', message: 'quantity must be an integer number' },
      { path: 'lines[0].quantity', message: 'quantity must not be less than 1' },
    ],
  });
});

it.each<[string, () => unknown, RegExp]>([
  [
    'validators that were not called',
    () => storeWith({ validators: [classValidator as never] }),
    /such as classValidator\(\)/,
  ],
  ['a list in the place of the options', () => storeWith([classValidator()] as never), /\{ validators, onRead \}/],
  [
    'a schema that is none',
    () => {
      @DomainEvent({ name: 'odd', schema: 5 as never })
      class Odd {}
      return new InMemoryEventStore({ events: [Odd] });
    },
    /Odd: the schema of @DomainEvent/,
  ],
])('%s are refused at boot', (_, make, message) => {
  expect(make).toThrow(message);
});

describe('on reading', () => {
  const written = async (onRead: boolean): Promise<InMemoryEventStore> => {
    const store = new InMemoryEventStore({ validation: { onRead, validators: [classValidator()] } });
    await append(store, { type: 'weighed', payload: { grams: 1 } }, { type: 'weighed', payload: { grams: -1 } });
    store.register(EVENTS);
    return store;
  };
  const read = async (store: InMemoryEventStore): Promise<unknown[]> => {
    const events: unknown[] = [];
    for await (const { event } of store.read(stream)) events.push(event);
    return events;
  };

  it('nothing is validated by default', async () => {
    expect(await read(await written(false))).toEqual([new Weighed(1), new Weighed(-1)]);
  });

  it('what breaks the rules is named with its place, if so wished', async () => {
    await expect(read(await written(true))).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      version: 2,
      message: expect.stringMatching(/^thing\/t-1 at version 2: Event weighed is not valid\. grams: /),
    });
  });
});
