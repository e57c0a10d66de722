import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { FeedFactory } from '../dynamo/feed-factory.js';
import { StreamsFeed } from '../feed/streams/streams-feed.js';
import { resolveStreamsSettings, type StreamsFeedSettings } from '../feed/streams/streams-settings.js';
import { DynamoChangeStream } from './dynamo-change-stream.js';

export { StreamsFeed, type StreamsFeedParts } from '../feed/streams/streams-feed.js';
export type { StreamsFeedSettings } from '../feed/streams/streams-settings.js';
export type {
  ChangeRecord,
  ChangeStream,
  RecordPage,
  Refusal,
  ShardInfo,
  StreamDescription,
} from '../feed/streams/change-stream.js';
export type { ShardPosition } from '../feed/streams/shard-position.js';

export interface StreamsFeedOptions extends StreamsFeedSettings {
  /**
   * A client of yours, which is never destroyed. Default: one with the region, credentials and endpoint of the store's
   * client and 5 attempts per request, made on first use and destroyed when the feed ends.
   */
  readonly client?: DynamoDBStreamsClient;
}

/**
 * Feeds projections from the stream of the event table, read in this process: no Lambda, and no read units. The table needs
 * a stream of new images, as `eventTableDefinition` gives it one.
 *
 * One instance of a service reads a shard, for all projections, and DynamoDB serves two readers of a shard: beside the
 * service there is room for one Lambda function. All processes that share the control table should have the same
 * projections: what is only in some of them waits until these have the shards, at the latest until the others are gone.
 *
 * Costs, beside the reading: three times per `leaseMs` one write to the control table per shard, and one query per instance.
 * @throws InvalidDefinitionError Lists every option that is out of range.
 */
export function streamsFeed(options: StreamsFeedOptions = {}): FeedFactory {
  const { client: streams, ...settings } = options;
  resolveStreamsSettings(settings);
  return {
    create: ({ client, tableName, control, clock }) =>
      new StreamsFeed(
        { changes: new DynamoChangeStream(client, tableName, streams), control, clock, tableName },
        settings,
      ),
  };
}
