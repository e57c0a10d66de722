import { randomUUID } from 'node:crypto';
import type { EventStore } from '../../store/event-store.js';
import { appendCases } from './append-cases.js';
import type { ConformanceCase } from './conformance-case.js';
import { conflictCases } from './conflict-cases.js';
import { listCases } from './list-cases.js';
import { readCases } from './read-cases.js';
import { valueCases } from './value-cases.js';

/**
 * The rules of `EventStore` as executable cases: appends, conflicts, reads, values, listing. Run them against a store
 * of your own, or against a wrapper around one of ours:
 *
 * ```ts
 * for (const { name, run } of eventStoreConformance(() => new MyEventStore())) it(name, run);
 * ```
 *
 * @param createStore Called once per case. The stores may share one database.
 */
export function eventStoreConformance(createStore: () => EventStore | Promise<EventStore>): ConformanceCase[] {
  return [...appendCases, ...conflictCases, ...readCases, ...valueCases, ...listCases].map(([name, run]) => ({
    name,
    run: async () => {
      await run({ store: await createStore(), aggregate: `conformance-${randomUUID()}` });
    },
  }));
}
