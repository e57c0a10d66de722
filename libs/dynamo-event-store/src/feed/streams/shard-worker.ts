import { ShardReader, type ShardReading } from './shard-reader.js';

/** Share of `leaseMs` after which an owner gives its next sign of life. */
export const RENEWALS = 3;

/** Reads one shard while this instance has its lease, renews the lease meanwhile, and gives it up in the end. */
export class ShardWorker {
  private readonly reader: ShardReader;
  private readonly stopping = new AbortController();

  constructor(private readonly parts: ShardReading) {
    this.reader = new ShardReader(parts);
  }

  get lease() {
    return this.parts.lease;
  }

  nudge(): void {
    this.reader.nudge();
  }

  /** Ends `run` after the page in hand. */
  stop(): void {
    this.stopping.abort();
  }

  async run(): Promise<void> {
    const ended = new AbortController();
    const renewals = this.renewUntil(ended.signal);
    await this.reader.run(this.stopping.signal);
    ended.abort();
    await renewals;
    await this.attempt('be given up; it is taken over as if this instance had died', () => this.lease.release());
  }

  private async renewUntil(ended: AbortSignal): Promise<void> {
    const { clock, settings } = this.parts;
    for (;;) {
      await clock.sleep(settings.leaseMs / RENEWALS, ended);
      if (ended.aborted) return;
      await this.attempt('be renewed; it is tried again', () => this.lease.renew());
      if (this.lease.isLost) this.stop();
    }
  }

  private async attempt(what: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (cause) {
      this.parts.context.report({ what: `the lease of shard ${this.lease.shard} cannot ${what}`, cause });
    }
  }
}
