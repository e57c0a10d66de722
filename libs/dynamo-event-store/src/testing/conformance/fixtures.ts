import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { Type } from 'class-transformer';
import { DomainEvent } from '../../event/domain-event.decorator.js';
import type { JsonEvent } from '../../event/json-event.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { defineUpcaster } from '../../event/upcaster.js';
import type { EventStore } from '../../store/event-store.js';
import type { StreamHead } from '../../store/stream-head.js';
import type { ConformanceContext } from './conformance-case.js';

@DomainEvent({ name: 'conformance-opened' })
export class Opened {
  constructor(readonly owner: string) {}
}

@DomainEvent({ name: 'conformance-deposited' })
export class Deposited {
  constructor(
    readonly amount: number,
    readonly note?: string,
  ) {}
}

export class Money {
  constructor(
    readonly units: bigint,
    readonly currency: string,
  ) {}
}

/** Holds every kind of value that must survive. */
@DomainEvent({ name: 'conformance-measured' })
export class Measured {
  readonly at!: Date;
  readonly total!: bigint;
  readonly tags!: Set<string>;
  readonly counts!: Map<string, number>;
  readonly digest!: Uint8Array;
  readonly empty!: string;
  readonly nothing!: null;
  readonly list!: readonly unknown[];
  readonly nested!: Readonly<Record<string, unknown>>;
  @Type(() => Money)
  readonly price!: Money;

  static sample(): Measured {
    return Object.assign(new Measured(), {
      at: new Date('2024-02-29T12:34:56.789Z'),
      total: 12345678901234567890n,
      tags: new Set(['b', 'a', '']),
      counts: new Map([
        ['x', 1],
        ['', 2],
      ]),
      digest: new Uint8Array([0, 1, 254, 255]),
      empty: '',
      nothing: null,
      list: [1, '', null, undefined, [new Date(0)], { $date: 'not a date' }],
      nested: { deep: { deeper: [true, false, -0, 1e300, '\u0000 ☃ 😀'] }, $bigint: 'no' },
      price: new Money(999n, 'EUR'),
    });
  }
}

/** Current version of an event that was stored under another name, and with another shape before. */
@DomainEvent({ name: 'conformance-renamed', version: 3, aliases: ['conformance-old-name'] })
export class Renamed {
  constructor(
    readonly first: string,
    readonly last: string,
    readonly title: string,
  ) {}
}

export const renamedUpcasters = [
  defineUpcaster({ event: 'conformance-renamed', from: 1 }, ({ name }: { name: string }) => {
    const [first, last] = name.split(' ');
    return { first, last };
  }),
  defineUpcaster({ event: 'conformance-renamed', from: 2 }, (payload: { first: string; last: string }) => ({
    ...payload,
    title: 'none',
  })),
];

export async function collect<E = object>(events: AsyncIterable<RecordedEvent<E>>): Promise<RecordedEvent<E>[]> {
  const collected: RecordedEvent<E>[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

export async function versionsOf(events: AsyncIterable<RecordedEvent>): Promise<number[]> {
  return (await collect(events)).map(({ version }) => version);
}

export async function amountsOf(events: AsyncIterable<RecordedEvent>): Promise<number[]> {
  return (await collect(events)).map(({ event }) => (event as Deposited).amount);
}

/** A stream with one commit for each amount. */
export async function account(
  { store, aggregate }: ConformanceContext,
  id: string,
  ...amounts: number[]
): Promise<StreamHead> {
  store.register([Deposited]);
  let head = await store.append({ aggregate, id }, [new Deposited(amounts[0] ?? 0)], { expected: 'none' });
  for (const amount of amounts.slice(1))
    head = await store.append(head.stream, [new Deposited(amount)], { expected: head });
  return head;
}

export function amountsOfStream(store: EventStore, aggregate: string, id: string): Promise<number[]> {
  return amountsOf(store.read({ aggregate, id }));
}

/** An event without a class. */
export function note(payload: unknown): JsonEvent {
  return { type: 'noted', payload };
}

export async function notesOf(events: AsyncIterable<RecordedEvent>): Promise<unknown[]> {
  return (await collect<unknown>(events)).map(({ event }) => event);
}

/** Bytes that no compression makes smaller. */
export function noise(bytes: number): Uint8Array {
  return Uint8Array.from(randomBytes(bytes));
}

/** Times to live: what has expired counts as gone, whether it was deleted already or not. */
export const past = (): Date => new Date(Date.now() - 2_000);
export const future = (): Date => new Date(Date.now() + 3_600_000);

/** The error with that name, or a failure saying what happened instead. */
export async function rejection(promise: Promise<unknown>, name: string): Promise<Error & Record<string, unknown>> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof Error, `Expected ${name}, but nothing was thrown.`);
  assert.equal(outcome.name, name, `Expected ${name}, but got ${outcome.stack}`);
  return outcome as Error & Record<string, unknown>;
}
