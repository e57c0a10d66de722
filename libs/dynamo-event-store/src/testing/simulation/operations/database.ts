import type { Units } from '../capacity.js';
import { totalOf } from '../capacity.js';
import { required, tableNotFound } from '../errors.js';
import type { History } from '../storage/collection.js';
import type { Table } from '../storage/table.js';
import type { ChangeStream } from '../streams/change-stream.js';
import type { StreamBehaviour } from '../streams/stream-options.js';

/** What all requests of a simulated database have cost so far, refused ones included. */
export interface ConsumedUnits {
  readUnits: number;
  writeUnits: number;
  /** Requests that were applied, by operation: `PutItem`, `Query`, … */
  readonly requests: Record<string, number>;
}

/** What operations see of the simulation around them. */
export interface Surroundings {
  /** ms since the epoch; `undefined` when no time passes. */
  now(): number | undefined;
  /** How old the state is that an eventually consistent read sees, in ms or, when no time passes, in requests. */
  staleness(): number;
  /** The most that `staleness` gives; 0 when all reads see the latest state. */
  readonly maxStaleness: number;
  /** Whether a request of a batch is left undone. */
  leavesUnprocessed(): boolean;
  /** How long a transaction holds its items before it is applied, in ms. */
  transactionMs(): number;
  /** How the stream of a table behaves. */
  streamBehaviour(table: string): StreamBehaviour;
}

/** The tables, and what outlives a request. */
export class Database {
  readonly tables = new Map<string, Table>();
  /** By ARN. They outlive their tables. */
  readonly streams = new Map<string, ChangeStream>();
  readonly consumed: ConsumedUnits = { readUnits: 0, writeUnits: 0, requests: {} };
  /** Items that a running transaction holds, as `<table>/<item>`. */
  readonly locks = new Set<string>();
  readonly history: History;
  /** Requests so far: the clock, when there is no other. */
  #ticks = 0;

  constructor(readonly surroundings: Surroundings) {
    this.history = { now: () => surroundings.now() ?? this.#ticks, maxAge: surroundings.maxStaleness };
  }

  /** Begins an instant of its own where no time passes. */
  tick(): void {
    this.#ticks++;
  }

  /** Counts a request that is about to be applied. All its changes belong to one instant. */
  beginRequest(operation: string): void {
    this.tick();
    const { requests } = this.consumed;
    requests[operation] = (requests[operation] ?? 0) + 1;
  }

  /** @throws ResourceNotFoundException */
  table(name: string | undefined): Table {
    const table = this.tables.get(required(name, 'tableName'));
    if (table === undefined) throw tableNotFound();
    return table;
  }

  /** The instant that a read sees; `undefined` for the latest state. */
  readInstant(consistent: boolean | undefined): number | undefined {
    const age = consistent === true ? 0 : this.surroundings.staleness();
    return age > 0 ? this.history.now() - age : undefined;
  }

  chargeRead(units: Units): void {
    this.consumed.readUnits += totalOf(units);
  }

  chargeWrite(units: Units): void {
    this.consumed.writeUnits += totalOf(units);
  }
}

/** An operation that is applied later: `finish` does so, after so many ms, and gives the answer. */
export class Pending<T> {
  constructor(
    readonly afterMs: number,
    readonly finish: () => T,
  ) {}
}
