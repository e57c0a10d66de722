import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  EventSerializationError,
  eventTableDefinition,
  type EventClass,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { Iban } from '../../docs/examples/money.js';
import { DECORATED, REFUSED_DECORATED } from './decorated-events.js';
import { KEPT, REFUSED, type KeptValue } from './event-values.js';
import { root } from './quotes.mjs';

const document = readFileSync(join(root, 'docs/events.md'), 'utf8');

/** The rows of the table below `<!-- table: name -->`. */
function shown(name: string): string[][] {
  const [, table = ''] = new RegExp(`<!-- table: ${name} -->\\n+((?:\\|.*\\n)+)`).exec(document) ?? [];
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

@DomainEvent({ name: 'noted' })
class Noted {
  constructor(readonly value: unknown) {}
}

function storeOf(events: readonly EventClass[]) {
  const database = new SimulatedDynamoDb();
  database.createTable('events', eventTableDefinition({ tableName: 'events' }));
  const store = new DynamoEventStore({ client: database.client, tableName: 'events', events });
  const payload = (): unknown => {
    const item = database.items('events').find(({ sk }) => sk?.S?.startsWith('e#'));
    const [[, stored]] = JSON.parse(item!['events']!.S!) as [[number, unknown]];
    return stored;
  };
  return { store, payload };
}

/** What is stored of an event, and what comes back of it. */
async function passed(event: object): Promise<{ stored: unknown; back: object }> {
  const { store, payload } = storeOf([event.constructor]);
  const stream = { aggregate: 'note', id: 'n-1' };
  await store.append(stream, [event], { expected: 'none' });
  for await (const recorded of store.read(stream)) return { stored: payload(), back: recorded.event };
  throw new Error('Nothing was stored.');
}

async function passedValue(value: unknown): Promise<{ stored: unknown; back: unknown }> {
  const { stored, back } = await passed(new Noted(value));
  return { stored: (stored as { value?: unknown }).value, back: (back as Noted).value };
}

/** What comes back of a value in the state of an aggregate; `undefined` when there was no snapshot of it. */
async function fromSnapshot(value: unknown): Promise<{ value: unknown } | undefined> {
  let folds = 0;
  @Aggregate({ name: 'note', snapshot: { every: 1, write: 'await' } })
  class Note extends AggregateRoot {
    value: unknown = null;
    @EventHandler(Noted) protected onNoted(): void {
      folds += 1;
      this.value = value;
    }
  }
  const { store } = storeOf([Noted]);
  const repository = new AggregateRepository(store, { onWarning: () => undefined });
  const note = new Note('n-1');
  note.apply(new Noted(null));
  await repository.save(note);
  folds = 0;
  const { value: back } = await repository.load(Note, 'n-1');
  return folds === 0 ? { value: back } : undefined;
}

const show = (event: object): string => inspect({ ...event }, { breakLength: Infinity });

function expectSame(back: unknown, value: unknown): void {
  deepStrictEqual(back, value);
  expect(Object.isFrozen(back)).toBe(Object.isFrozen(value));
  if (value instanceof Iban) expect((back as Iban).text).toBe(value.text);
}

async function rowOf({ label, samples, inEvent, isJson }: KeptValue): Promise<string[]> {
  const [first] = samples();
  const { stored } = await passedValue(first);
  return [label, isJson ? 'as JSON' : `\`${JSON.stringify(stored)}\``, inEvent?.label ?? 'itself', 'itself'];
}

describe('docs/events.md', () => {
  describe.each(KEPT.map((row) => [row.label, row] as const))('keeps: %s', (_, row) => {
    it('in an event', async () => {
      const expected = (row.inEvent?.values ?? row.samples)();
      for (const [index, value] of row.samples().entries()) {
        const { stored, back } = await passedValue(value);
        expectSame(back, expected[index]);
        if (row.isJson) expect(stored).toEqual(value);
      }
    });

    it('in a state', async () => {
      const expected = row.samples();
      for (const [index, value] of row.samples().entries()) {
        const back = await fromSnapshot(value);
        expect(back).toBeDefined();
        expectSame(back?.value, expected[index]);
      }
    });
  });

  it('shows the table of what is kept as the rows give it', async () => {
    expect(shown('kept')).toEqual(await Promise.all(KEPT.map(rowOf)));
  });

  it.each(REFUSED.map((row) => [row.label, row] as const))('refuses: %s', async (_, row) => {
    for (const sample of row.samples()) {
      const refusal: unknown = await passedValue(sample).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(EventSerializationError);
      expect((refusal as Error).message).toContain(row.fault);
      expect((refusal as EventSerializationError).path).toMatch(/^value/);
      expect((await fromSnapshot(sample)) !== undefined).toBe(row.isKeptInStates === true);
    }
  });

  it('shows the table of what is refused as the rows give it', () => {
    expect(shown('refused')).toEqual(
      REFUSED.map(({ label, fault, instead, isKeptInStates }) => [
        isKeptInStates ? `${label}; kept in states` : label,
        `\`${fault}\``,
        instead,
      ]),
    );
  });

  it('shows what decorators of class-transformer do to an event, also for the reducer at hand', async () => {
    const rows: string[][] = [];
    for (const { label, event } of DECORATED) {
      const { stored, back } = await passed(event());
      const seen: object[] = [];
      @Aggregate({ name: 'seen' })
      class Seen extends AggregateRoot {
        @EventHandler(event().constructor as new () => object) protected onAny(given: object): void {
          seen.push(given);
        }
      }
      new Seen('s-1').apply(event());
      deepStrictEqual(seen, [back]);
      rows.push([label, `\`${show(event())}\``, `\`${JSON.stringify(stored)}\``, `\`${show(back)}\``]);
    }
    expect(shown('decorated')).toEqual(rows);
  });

  it.each(REFUSED_DECORATED.map((row) => [row.label, row] as const))('refuses: %s', async (label, { event, fault }) => {
    await expect(passed(event())).rejects.toThrow(fault);
    expect(document).toContain(label);
  });
});
