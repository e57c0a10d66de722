import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { AggregateRepository } from '../repository/aggregate-repository.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { DomainEvent } from './domain-event.decorator.js';
import type { EventClass } from './event-serializer.js';
import { defineUpcaster, type UpcasterDefinition } from './upcaster.js';

/** What one version did to the shape of the payload; `trail` is the whole story, for the comparison. */
const change = fc.constantFrom('rename', 'add', 'wrap', 'drop');
type Change = 'rename' | 'add' | 'wrap' | 'drop';
type Payload = Record<string, unknown>;

function applyChange(kind: Change, version: number, payload: Payload): Payload {
  const trail = [...((payload['trail'] as unknown[] | undefined) ?? []), `${kind}-${version}`];
  const { amount, ...others } = payload;
  switch (kind) {
    case 'rename':
      return { ...others, amount, [`renamed${version}`]: amount, trail };
    case 'add':
      return { ...payload, [`added${version}`]: new Date(version), trail };
    case 'wrap':
      return { amount, wrapped: others, trail };
    case 'drop':
      return { amount, trail };
  }
}

function classOf(version: number): EventClass {
  @DomainEvent({ name: 'changed', version })
  class Changed {}
  return Changed;
}

describe('upcasters', () => {
  it('turn every stored version into the current one, in order, on every way of reading', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 12 }),
        async (changes, picks) => {
          const current = changes.length + 1;
          const upcasters: UpcasterDefinition[] = changes.map((kind, index) =>
            defineUpcaster({ event: 'changed', from: index + 1 }, (payload: Payload) =>
              applyChange(kind, index + 1, payload),
            ),
          );
          const database = new InMemoryEventStore();
          const stored = picks.map((pick) => (pick % current) + 1);
          const stream = { aggregate: 'thing', id: 'a' };
          for (const [index, version] of stored.entries())
            await database.append(stream, [{ type: 'changed', schemaVersion: version, payload: { amount: index } }], {
              expected: 'any',
            });
          const truth = stored.map((version, index) =>
            changes
              .slice(version - 1)
              .reduce<Payload>((payload, kind, step) => applyChange(kind, version + step, payload), {
                amount: index,
              }),
          );

          const eventClass = classOf(current);
          @Aggregate({ name: 'thing', snapshot: { every: 3 } })
          class Thing extends AggregateRoot {
            seen: Payload[] = [];
            @EventHandler(eventClass as never) protected onChanged(event: object): void {
              this.seen.push({ ...event });
            }
          }
          database.register([eventClass], upcasters);
          const plain = (values: readonly unknown[]): unknown[] => values.map((value) => ({ ...(value as object) }));

          for (const order of ['forward', 'backward'] as const) {
            const events: unknown[] = [];
            for await (const { event, schemaVersion } of database.read(stream, { order })) {
              expect(schemaVersion).toBe(current);
              events.push(event);
            }
            expect(plain(order === 'forward' ? events : events.reverse())).toEqual(truth);
          }
          const last: unknown[] = [];
          for await (const { event } of database.read(stream, { from: stored.length, to: stored.length }))
            last.push(event);
          expect(plain(last)).toEqual(truth.slice(-1));
          for (const cache of [false, true, false]) {
            const repository = new AggregateRepository(database, { cache });
            for (let load = 0; load < 2; load++) expect((await repository.load(Thing, 'a')).seen).toEqual(truth);
            expect(await repository.rebuildSnapshots(Thing)).toMatchObject({ written: 1 });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
