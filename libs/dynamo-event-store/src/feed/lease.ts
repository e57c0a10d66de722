import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { ControlRecord, ControlStore } from './control-store.js';
import { elapsedOn, type FeedClock } from './feed-clock.js';

/** Partition of the control table that holds all leases. */
export const LEASES = 'leases';

/** Record of a lease. It stays when the lease is given up, so that its revision never begins anew. */
export interface LeaseRecord {
  /** Instance that holds it, for people to read; `null` when it is free. */
  readonly owner: string | null;
  /** Tells apart what one instance holds, gives up, and acquires again. */
  readonly term: string;
}

/**
 * The right of one instance to do what only one should do. Each renewal changes the record's revision; a lease whose
 * revision has not changed for `leaseMs` on the observer's own clock is abandoned. No two clocks are compared.
 *
 * A holder that was held up, by a pause of its process for one, may go on for a moment beside its successor: leases save
 * work, and what must not happen twice needs a condition of its own.
 */
export class Lease {
  private held: { readonly term: string; readonly revision: number; readonly since: number } | undefined;
  private observed: { readonly revision: number; readonly since: number } | undefined;

  /**
   * @param instance Names this process; unique.
   * @param leaseMs How long the lease outlives its last renewal, in ms, from 1. Pauses of a process, such as those of
   * garbage collection, and slow requests should be far shorter.
   */
  constructor(
    private readonly control: ControlStore,
    readonly id: string,
    private readonly instance: string,
    readonly clock: FeedClock,
    readonly leaseMs: number,
  ) {
    if (!(leaseMs >= 1 && leaseMs < Infinity))
      throw new InvalidArgumentError('leaseMs', `is ${leaseMs}, but must be a number of milliseconds from 1.`);
  }

  /** ms for which nobody else can have taken the lease over; 0 when it is not held. */
  get remainingMs(): number {
    return this.held === undefined ? 0 : Math.max(0, this.held.since + this.leaseMs - elapsedOn(this.clock));
  }

  /** Takes the lease if it is free, or has been seen unchanged for `leaseMs`. To be called again and again. */
  async tryAcquire(): Promise<boolean> {
    const record = await this.control.get<LeaseRecord>(LEASES, this.id);
    if (record !== undefined && !this.isAbandoned(record)) return false;
    return this.store(randomUUID(), record?.revision ?? 0);
  }

  /** @returns Whether the lease is still held; after `false` it is another's, or free. */
  async renew(): Promise<boolean> {
    return this.held !== undefined && this.store(this.held.term, this.held.revision);
  }

  /** Frees the lease at once, if it is still held. */
  async release(): Promise<void> {
    const held = this.held;
    this.held = undefined;
    if (held === undefined) return;
    const free: LeaseRecord = { owner: null, term: held.term };
    await this.control.put(LEASES, this.id, free, held.revision);
  }

  private isAbandoned({ value, revision }: ControlRecord<LeaseRecord>): boolean {
    if (value.owner === null) return true;
    if (this.observed?.revision !== revision) this.observed = { revision, since: elapsedOn(this.clock) };
    return elapsedOn(this.clock) - this.observed.since >= this.leaseMs;
  }

  private async store(term: string, expected: number): Promise<boolean> {
    // Before the request, since others may see the new revision before its answer is here.
    const since = elapsedOn(this.clock);
    const value: LeaseRecord = { owner: this.instance, term };
    const stored = await this.control.put(LEASES, this.id, value, expected);
    const revision = stored ? expected + 1 : await this.revisionOf(term);
    this.held = revision === undefined ? undefined : { term, revision, since };
    return this.held !== undefined;
  }

  /** A client that sends a request again after it lost the answer is refused by its own first try. */
  private async revisionOf(term: string): Promise<number | undefined> {
    const record = await this.control.get<LeaseRecord>(LEASES, this.id);
    return record?.value.owner === this.instance && record.value.term === term ? record.revision : undefined;
  }
}
