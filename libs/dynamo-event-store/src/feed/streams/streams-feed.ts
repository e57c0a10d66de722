import type { ControlStore } from '../control-store.js';
import type { FeedClock } from '../feed-clock.js';
import type { FeedContext, FeedLag, FeedSource } from '../feed-source.js';
import type { ChangeStream } from './change-stream.js';
import { ShardCatalog } from './shard-catalog.js';
import { ShardCoordinator } from './shard-coordinator.js';
import { shardsPartition, type ShardRecord } from './shard-record.js';
import { lagOf } from './streams-lag.js';
import { resolveStreamsSettings, type StreamsFeedSettings } from './streams-settings.js';
import { Subscriptions } from './subscriptions.js';

export interface StreamsFeedParts {
  /** The log of changes of the event table. */
  readonly changes: ChangeStream;
  readonly control: ControlStore;
  readonly clock: FeedClock;
  /** Name of the event table. */
  readonly tableName: string;
}

/**
 * Delivers commits from the stream of the event table. The instances of a service share its shards by leases; a shard is
 * read by one of them for all consumers, for a moment by two when a lease changes hands.
 *
 * Every commit is delivered to every consumer at least once, as long as it is read within the day for which DynamoDB keeps
 * it; otherwise the consumer is told that it has missed some. A shard comes after the one that it continues. Commits of one
 * stream may come in any order, since they are different items.
 *
 * A consumer that fails holds up nobody else. It is asked again after a second, then after twice as long each time, up to a
 * minute; meanwhile it may come again to what the others have already.
 */
export class StreamsFeed implements FeedSource {
  private readonly settings: Required<StreamsFeedSettings>;
  private readonly subscriptions: Subscriptions;
  private readonly runs = new Set<ShardCoordinator>();

  /** @throws InvalidDefinitionError Lists every setting that is out of range. */
  constructor(
    private readonly parts: StreamsFeedParts,
    settings: StreamsFeedSettings = {},
  ) {
    this.settings = resolveStreamsSettings(settings);
    this.subscriptions = new Subscriptions(parts.control, parts.tableName);
  }

  /** @throws FeedSourceError The table has no stream that can be read. */
  async subscribe(key: string): Promise<void> {
    const { changes, control, clock } = this.parts;
    const description = await changes.describe();
    // Should nobody read for a day from now on, the shards on record tell that something was lost.
    await new ShardCatalog(changes, control).record(description, clock.now());
    await this.subscriptions.add(key, description.id);
  }

  unsubscribe(key: string): Promise<void> {
    return this.subscriptions.remove(key);
  }

  /**
   * Outages are reported, and waited out.
   * @throws FeedSourceError At the start: the table has no stream that can be read.
   */
  async run(context: FeedContext, signal: AbortSignal): Promise<void> {
    const { parts, subscriptions, settings } = this;
    const coordinator = new ShardCoordinator({ ...parts, subscriptions, settings, context });
    this.runs.add(coordinator);
    try {
      await coordinator.run(signal);
    } finally {
      this.runs.delete(coordinator);
      parts.changes.close();
    }
  }

  nudge(): void {
    for (const coordinator of this.runs) coordinator.nudge();
  }

  /** As the owners of the shards stored it last, a third of `leaseMs` ago at most. A dead owner's part grows with time. */
  async lag(): Promise<ReadonlyMap<string, FeedLag>> {
    const { control, clock } = this.parts;
    const { leaseMs, idlePollMs } = this.settings;
    const subscribers = await this.subscriptions.list();
    const shards = new Map<string, ShardRecord[]>();
    for (const stream of new Set(subscribers.values())) {
      const records = await control.list<ShardRecord>(shardsPartition(stream));
      shards.set(
        stream,
        records.map(({ value }) => value),
      );
    }
    const now = clock.now();
    return new Map(
      [...subscribers].map(([key, stream]) => [key, lagOf(key, shards.get(stream) ?? [], now, leaseMs + idlePollMs)]),
    );
  }
}
