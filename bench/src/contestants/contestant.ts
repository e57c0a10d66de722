import type { LineAddedData, OrderState } from '../works/order-events.js';
import type { WorkId } from '../works/works.js';

/** Where a contestant works. */
export interface ContestantSetup {
  readonly endpoint: string;
  /** Name of its table, or beginning of the names of its tables. */
  readonly table: string;
}

export interface Loaded {
  readonly version: number;
  readonly state: OrderState;
}

/** What came of reading a whole table. */
export interface TableSum {
  readonly streams: number;
  readonly events: number;
  readonly cents: number;
}

/**
 * One way of storing events, with the verbs that works are made of. `H` is what a writer keeps in memory of a stream between
 * two appends: a head, a version, an aggregate.
 */
export interface Contestant<H = unknown> {
  /** Why it cannot do a work, for those that it cannot. */
  readonly cannot: Partial<Readonly<Record<WorkId, string>>>;
  /** What is to be known about its figures of a work: a guarantee that it does not give. */
  readonly remarks?: Partial<Readonly<Record<WorkId, string>>>;
  createTables(): Promise<void>;
  /** Stores the first event of a new stream. */
  begin(id: string, first: LineAddedData): Promise<H>;
  /** What a writer has after it has read a stream. */
  open(id: string): Promise<H>;
  /** One commit at the version that the writer knows. */
  append(handle: H, events: readonly LineAddedData[]): Promise<void>;
  load(id: string): Promise<Loaded>;
  /** Like `begin` and `append`, for a stream that gets a snapshot at version 100. */
  beginWithSnapshots?(id: string, first: LineAddedData): Promise<H>;
  appendWithSnapshots?(handle: H, events: readonly LineAddedData[]): Promise<void>;
  loadFromSnapshot?(id: string): Promise<Loaded>;
  /** A writer for `update` and `appendAfterLoss`, on a new stream with one event. Default: that of `begin`. */
  beginWarm?(id: string, first: LineAddedData): Promise<H>;
  /** A command on state that is in memory. */
  update?(handle: H, event: LineAddedData): Promise<void>;
  /** An append that another writer has forestalled: it is refused, and done again on the newer state. */
  appendAfterLoss?(handle: H, event: LineAddedData): Promise<void>;
  /** One event to each stream, all or none. */
  appendToAll?(handles: readonly H[], event: LineAddedData): Promise<void>;
  /** Makes ready for one `catchUp`. */
  prepareCatchUp?(): Promise<void>;
  catchUp?(): Promise<TableSum>;
  close(): Promise<void>;
}

/** What a contestant's file exports. */
export interface ContestantModule {
  create(setup: ContestantSetup): Promise<Contestant> | Contestant;
}
