import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ControlStore } from '../feed/control-store.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { FeedSource } from '../feed/feed-source.js';
import type { TableScan } from '../feed/table-scan.js';

/** What a feed is made of; given by the store. */
export interface FeedParts {
  /** The client of the event table. */
  readonly client: DynamoDBClient;
  /** Name of the event table. */
  readonly tableName: string;
  readonly control: ControlStore;
  readonly scan: TableScan;
  readonly clock: FeedClock;
}

/** A kind of feed, chosen with the `feed` option: `streamsFeed()` of `./streams`, or `scanFeed()`. */
export interface FeedFactory {
  create(parts: FeedParts): FeedSource;
}
