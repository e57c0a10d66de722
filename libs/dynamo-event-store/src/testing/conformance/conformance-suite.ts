import { randomUUID } from 'node:crypto';
import type { EventStore } from '../../store/event-store.js';
import { appendCases } from './append-cases.js';
import type { CaseDefinition, ConformanceCase, ConformanceOptions } from './conformance-case.js';
import { conflictCases } from './conflict-cases.js';
import { idempotencyCases } from './idempotency-cases.js';
import { largeCommitCases } from './large-commit-cases.js';
import { listCases } from './list-cases.js';
import { purgeCases } from './purge-cases.js';
import { readCases } from './read-cases.js';
import { reservationCases } from './reservation-cases.js';
import { reservationConflictCases } from './reservation-conflict-cases.js';
import { snapshotCases } from './snapshot-cases.js';
import { stateReadingCases } from './state-reading-cases.js';
import { streamLifeCases } from './stream-life-cases.js';
import { transactionCases } from './transaction-cases.js';
import { transactionConflictCases } from './transaction-conflict-cases.js';
import { valueCases } from './value-cases.js';

const CASES: readonly CaseDefinition[] = [
  ...appendCases,
  ...conflictCases,
  ...readCases,
  ...valueCases,
  ...listCases,
  ...streamLifeCases,
  ...snapshotCases,
  ...stateReadingCases,
];

/** What a store can do only where several items are written at once. */
const TRANSACTION_CASES: readonly CaseDefinition[] = [
  ...transactionCases,
  ...transactionConflictCases,
  ...largeCommitCases,
  ...idempotencyCases,
  ...purgeCases,
  ...reservationCases,
  ...reservationConflictCases,
];

/**
 * The rules of `EventStore` as executable cases: appends, conflicts, reads, values, listing, closing and archiving,
 * snapshots; and, with `transactions`, atomic writes to several streams, large commits, idempotency keys, reservations and purging. Run
 * them against a store of your own, or against a wrapper around one of ours:
 *
 * ```ts
 * for (const { name, run } of eventStoreConformance(() => new MyEventStore())) it(name, run);
 * ```
 *
 * @param createStore Called once per case. The stores may share one database.
 */
export function eventStoreConformance(
  createStore: () => EventStore | Promise<EventStore>,
  { transactions = true }: ConformanceOptions = {},
): ConformanceCase[] {
  return [...CASES, ...(transactions ? TRANSACTION_CASES : [])].map(([name, run]) => ({
    name,
    run: async () => {
      await run({ store: await createStore(), aggregate: `conformance-${randomUUID()}` });
    },
  }));
}
