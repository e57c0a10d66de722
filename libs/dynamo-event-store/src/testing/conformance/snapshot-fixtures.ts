import { strict as assert } from 'node:assert';
import type { EventStore } from '../../store/event-store.js';
import type { StateType } from '../../store/snapshot.js';
import type { StateReading, StateSnapshot } from '../../store/state-reading.js';
import type { StreamHead } from '../../store/stream-head.js';
import type { ConformanceContext } from './conformance-case.js';
import { Deposited, versionsOf } from './fixtures.js';

export const STATE: StateType = { name: 'conformance-account', schemaVersion: 1, eventClass: undefined };

/** Heads of a stream with amounts 1, 2, …: one commit each, the head of version n at n - 1. */
export async function deposits({ store, aggregate }: ConformanceContext, count: number): Promise<StreamHead[]> {
  store.register([Deposited]);
  const heads: StreamHead[] = [];
  for (let amount = 1; amount <= count; amount++)
    heads.push(
      await store.append({ aggregate, id: 'a' }, [new Deposited(amount)], { expected: heads.at(-1) ?? 'none' }),
    );
  return heads;
}

export const save = (store: EventStore, head: StreamHead, total: number, more: Partial<StateSnapshot> = {}) =>
  store.saveSnapshot({ head, type: STATE, state: { total }, ...more });

/** Base, version and total of the snapshot, versions of the events, version of the head. */
export async function summaryOf(reading: StateReading): Promise<unknown[]> {
  const { base, snapshot, events } = reading;
  const versions = await versionsOf(events);
  return [
    base,
    snapshot?.version,
    (snapshot?.state as { total?: number } | undefined)?.total,
    versions,
    events.head?.version,
  ];
}

export function at(heads: readonly StreamHead[], version: number): StreamHead {
  const head = heads[version - 1];
  assert.ok(head !== undefined);
  return head;
}
