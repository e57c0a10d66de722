import type { CommitNotice } from './commit-notice.js';
import { DeliveredVersions } from './delivered-versions.js';
import type { FeedConsumer, FeedContext } from './feed-source.js';
import type { ScanPage } from './table-scan.js';

/** What of a round a consumer did not take. */
export interface Backlog {
  readonly commits: number;
  /** ms since the epoch: time of the oldest of them. */
  readonly oldest: number | undefined;
}

/** One pass over the table: hands out each page, and gives up on a consumer that rejects until the next round. */
export class ScanRound {
  private readonly refused = new Set<string>();
  private readonly backlogs = new Map<string, Backlog>();

  constructor(
    private readonly context: FeedContext,
    private readonly deliveredTo: (key: string) => DeliveredVersions,
  ) {}

  /** By consumer key. */
  get behind(): ReadonlyMap<string, Backlog> {
    return this.backlogs;
  }

  async deliver(page: ScanPage): Promise<void> {
    await Promise.all(this.context.consumers().map((consumer) => this.offer(consumer, page)));
  }

  private async offer(consumer: FeedConsumer, page: ScanPage): Promise<void> {
    const delivered = this.deliveredTo(consumer.key);
    const notices = delivered.newOf(page.notices);
    const unreadable = delivered.newUnreadable(page.unreadable);
    const taken = this.refused.has(consumer.key) ? false : await this.hand(consumer, { notices, unreadable });
    if (taken) delivered.add(notices, unreadable);
    this.count(consumer.key, taken ? [] : notices);
  }

  private async hand(consumer: FeedConsumer, page: Pick<ScanPage, 'notices' | 'unreadable'>): Promise<boolean> {
    try {
      // First, so that the stream is parked when what lies behind its unreadable commit comes.
      for (const item of page.unreadable) await consumer.unreadable(item);
      if (page.notices.length > 0) await consumer.deliver(page.notices);
      return true;
    } catch (cause) {
      this.refused.add(consumer.key);
      this.context.report({
        what: `${consumer.key} did not take its commits; the next scan delivers them again`,
        cause,
      });
      return false;
    }
  }

  private count(key: string, pending: readonly CommitNotice[]): void {
    const { commits, oldest } = this.backlogs.get(key) ?? { commits: 0, oldest: undefined };
    const times = pending.map(({ recordedAt }) => recordedAt);
    this.backlogs.set(key, {
      commits: commits + pending.length,
      oldest: times.reduce((least, time) => Math.min(least ?? time, time), oldest),
    });
  }
}
