import type { Answer } from './answers.js';
import type { Tables } from './tables.js';
import { writesOf } from './wire-input.js';

/** Streams whose writes may be refused have this in their names, so that other writes need not be looked into. */
export const RACE_MARK = 'race-';

/** What DynamoDB Local answered: to reads by the text of the request, to refused writes by the keys of the items. */
export class Recordings {
  private readonly reads = new Map<string, Buffer>();
  private readonly refusals = new Map<string, Buffer>();

  constructor(private readonly tables: Tables) {}

  addRead(operation: string, body: string, answer: Answer): void {
    this.reads.set(operation + body, answer.bytes);
  }

  read(operation: string, body: string): Buffer | undefined {
    return this.reads.get(operation + body);
  }

  addRefusal(operation: string, body: string, answer: Answer): void {
    this.refusals.set(this.keysOf(operation, body), answer.bytes);
  }

  refusal(operation: string, body: string): Buffer | undefined {
    return this.refusals.get(this.keysOf(operation, body));
  }

  private keysOf(operation: string, body: string): string {
    return writesOf(operation, body)
      .map(({ table, item }) => this.tables.keyOf(table, item))
      .join();
  }
}
