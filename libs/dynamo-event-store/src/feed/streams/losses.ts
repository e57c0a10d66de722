import { elapsedOn, type FeedClock } from '../feed-clock.js';
import type { FeedConsumer } from '../feed-source.js';

/** Far shorter than the hour by which a loss is noticed before the day is over, or after it. */
const SAME_LOSS_MS = 60_000;

/**
 * Tells consumers of records that were dropped for their age. After a long outage every shard has lost some; since what was
 * lost is hours old, one search through the table finds all of it, and the consumer is told once.
 */
export class Losses {
  private readonly told = new Map<string, { readonly at: number; readonly done: Promise<void> }>();

  constructor(private readonly clock: FeedClock) {}

  /** Resolves once the loss is on record; rejects when the consumer cannot record it now. */
  tell(consumer: FeedConsumer, reason: string): Promise<void> {
    const { key } = consumer;
    const now = elapsedOn(this.clock);
    const before = this.told.get(key);
    if (before !== undefined && now - before.at < SAME_LOSS_MS) return before.done;
    const done = consumer.missed(reason);
    this.told.set(key, { at: now, done });
    done.catch(() => {
      if (this.told.get(key)?.done === done) this.told.delete(key);
    });
    return done;
  }
}
