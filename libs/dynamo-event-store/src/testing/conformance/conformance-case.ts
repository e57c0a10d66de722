import type { EventStore } from '../../store/event-store.js';

/** One rule that every `EventStore` must keep. Needs no test runner: `run` rejects when the store breaks it. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}

/** What a case works with. */
export interface ConformanceContext {
  readonly store: EventStore;
  /** An aggregate name that no other case uses, so that cases may share a table and run side by side. */
  readonly aggregate: string;
}

export type CaseDefinition = readonly [name: string, run: (context: ConformanceContext) => Promise<void>];
