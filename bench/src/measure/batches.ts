import type { ContestantHandle } from '../contestants/contestant-handle.js';
import type { Batch, Side } from '../contestants/contestant-process.js';
import type { Work } from '../works/works.js';
import { limitOf } from './plan.js';

/** Runs batches of one work of one contestant, with a new session whenever the old one is used up. */
export class Batches {
  private isReady = false;

  constructor(
    private readonly contestant: ContestantHandle,
    private readonly side: Side,
    readonly work: Work,
  ) {}

  /** What can be run at once, as near to `operations` as possible. */
  fit(operations: number): number {
    const { inFlight } = this.work;
    return Math.min(limitOf(this.work) ?? Infinity, Math.max(1, Math.ceil(operations / inFlight)) * inFlight);
  }

  /** Makes the next batch ready, if that takes anything; `run` does so by itself. */
  async prepare(operations: number): Promise<void> {
    if (this.isReady) return;
    await this.contestant.remote.prepare(this.side, this.work, this.fit(operations));
    this.isReady = true;
  }

  async run(operations: number, timed = false): Promise<Batch> {
    await this.prepare(operations);
    const batch = await this.contestant.remote.run(this.side, this.work, this.fit(operations), timed);
    this.isReady = limitOf(this.work) === undefined;
    return batch;
  }

  async verify(): Promise<string | undefined> {
    return (await this.contestant.remote.verify(this.side, this.work)) ?? undefined;
  }

  /** Runs for so many ms of CPU, and finds out how many operations take `batchMs` of it. */
  async warmUp(forMs: number, batchMs: number): Promise<number> {
    let left = forMs * 1_000;
    let operations = this.fit(1);
    do {
      const { cpuMicroseconds } = await this.run(operations);
      left -= cpuMicroseconds;
      const each = Math.max(1, cpuMicroseconds / operations);
      // At most ten times as many as before: the first ones are slow.
      operations = this.fit(Math.min(operations * 10, Math.round((batchMs * 1_000) / each)));
    } while (left > 0);
    return operations;
  }
}
