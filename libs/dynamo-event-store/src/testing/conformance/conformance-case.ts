import type { EventStore } from '../../store/event-store.js';

/** One rule that every `EventStore` must keep. Needs no test runner: `run` rejects when the store breaks it. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}

export interface ConformanceOptions {
  /**
   * Whether the store can write several items in one transaction. `false`, for engines such as dynalite, leaves out the
   * cases of atomic writes to several streams, of commits above 400 KB, of idempotency keys, of
   * reservations and of purging. Default true.
   */
  readonly transactions?: boolean;
}

/** What a case works with. */
export interface ConformanceContext {
  readonly store: EventStore;
  /** An aggregate name that no other case uses, so that cases may share a table and run side by side. */
  readonly aggregate: string;
}

export type CaseDefinition = readonly [name: string, run: (context: ConformanceContext) => Promise<void>];
