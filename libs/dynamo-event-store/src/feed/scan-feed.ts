import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { ControlStore } from './control-store.js';
import { DeliveredVersions } from './delivered-versions.js';
import type { FeedClock } from './feed-clock.js';
import type { FeedContext, FeedLag, FeedSource } from './feed-source.js';
import { Lease } from './lease.js';
import { runWhileHeld } from './run-while-held.js';
import { ScanRound, type Backlog } from './scan-round.js';
import type { TableScan } from './table-scan.js';

const LEASE_ID = 'scan-feed';

export interface ScanFeedOptions {
  /** Pause between two scans of the table, in ms, from 1. Default 1,000. */
  readonly everyMs?: number;
  /** Segments that are scanned side by side: a whole number from 1 to 1,000,000. Default 1. */
  readonly segments?: number;
  /** How long another instance waits before it takes over from one that is gone, in ms, from 1. Default 10,000. */
  readonly leaseMs?: number;
}

/** @internal @throws InvalidArgumentError An option is out of range. */
export function resolveScanFeedOptions(options: ScanFeedOptions): Required<ScanFeedOptions> {
  const { everyMs = 1_000, segments = 1, leaseMs = 10_000 } = options;
  for (const [name, ms] of Object.entries({ everyMs, leaseMs }))
    if (!(ms >= 1 && ms < Infinity))
      throw new InvalidArgumentError(name, `is ${ms}, but must be a number of milliseconds from 1.`);
  if (!Number.isInteger(segments) || segments < 1 || segments > 1_000_000)
    throw new InvalidArgumentError('segments', `is ${segments}, but must be a whole number from 1 to 1000000.`);
  return { everyMs, segments, leaseMs };
}

/**
 * Finds new commits by reading the whole table again and again: for engines without DynamoDB Streams. One instance of a
 * service scans and delivers; the others stand by. Every round costs the read units of the whole table.
 */
export class ScanFeed implements FeedSource {
  private readonly delivered = new Map<string, DeliveredVersions>();
  private behind: ReadonlyMap<string, Backlog> = new Map();
  private readonly settings: Required<ScanFeedOptions>;
  /** Cuts short the pause that follows the round under way. */
  private pause = new AbortController();

  /** @throws InvalidArgumentError An option is out of range. */
  constructor(
    private readonly scan: TableScan,
    private readonly control: ControlStore,
    private readonly clock: FeedClock,
    options: ScanFeedOptions = {},
  ) {
    this.settings = resolveScanFeedOptions(options);
  }

  /** Nothing to do: every round delivers the whole table. */
  subscribe(): Promise<void> {
    return Promise.resolve();
  }

  unsubscribe(key: string): Promise<void> {
    this.delivered.delete(key);
    return Promise.resolve();
  }

  async run(context: FeedContext, signal: AbortSignal): Promise<void> {
    const lease = new Lease(this.control, LEASE_ID, context.instance, this.clock, this.settings.leaseMs);
    while (!signal.aborted)
      try {
        await runWhileHeld(lease, signal, (held) => this.scanAgainAndAgain(context, held));
      } catch (cause) {
        context.report({ what: 'the lease of the scan feed cannot be had; it is asked for again', cause });
        await this.clock.sleep(this.settings.everyMs, signal);
      }
  }

  /** Begins the next round at once, if it is this instance that scans. */
  nudge(): void {
    this.pause.abort();
  }

  /** As of the last whole round of this instance; empty when another one scans. */
  lag(): Promise<ReadonlyMap<string, FeedLag>> {
    const now = this.clock.now();
    const lags = Array.from(this.behind, ([key, { commits, oldest }]): [string, FeedLag] => [
      key,
      { behindMs: oldest === undefined ? 0 : Math.max(0, now - oldest), pendingCommits: commits },
    ]);
    return Promise.resolve(new Map(lags));
  }

  private async scanAgainAndAgain(context: FeedContext, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => {
      this.nudge();
    });
    while (!signal.aborted) {
      // Before the round, since what is stored while it goes on may lie behind it.
      this.pause = new AbortController();
      await this.scanOnce(context, signal);
      await this.clock.sleep(this.settings.everyMs, this.pause.signal);
    }
    this.behind = new Map();
  }

  private async scanOnce(context: FeedContext, signal: AbortSignal): Promise<void> {
    const round = new ScanRound(context, (key) => this.deliveredTo(key));
    const segments = Array.from({ length: this.settings.segments }, (_, segment) =>
      this.scanSegment(segment, round, context, signal),
    );
    const isWhole = (await Promise.all(segments)).every((reachedEnd) => reachedEnd);
    if (isWhole) this.behind = round.behind;
  }

  /** @returns Whether it came to the end of the segment. */
  private async scanSegment(
    segment: number,
    round: ScanRound,
    context: FeedContext,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      for await (const page of this.scan.pages(segment, this.settings.segments)) {
        if (signal.aborted) return false;
        await round.deliver(page);
      }
      return true;
    } catch (cause) {
      context.report({ what: `segment ${segment} of the table cannot be scanned; the next round tries again`, cause });
      return false;
    }
  }

  private deliveredTo(key: string): DeliveredVersions {
    const known = this.delivered.get(key) ?? new DeliveredVersions();
    this.delivered.set(key, known);
    return known;
  }
}
