import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record,
  type DynamoDBStreamsClient,
} from '@aws-sdk/client-dynamodb-streams';
import { toEventStoreError } from '../dynamo/dynamo-errors.js';
import { newsOfItem } from '../dynamo/notice-of-item.js';
import { FeedSourceError } from '../errors/feed-errors.js';
import type {
  ChangeRecord,
  ChangeStream,
  RecordPage,
  Refusal,
  ShardInfo,
  StreamDescription,
} from '../feed/streams/change-stream.js';
import { TRIM_HORIZON, type ShardPosition } from '../feed/streams/shard-position.js';
import { streamsClientBeside } from './streams-client.js';

const REFUSALS: Readonly<Record<string, Refusal>> = {
  TrimmedDataAccessException: 'trimmed',
  ExpiredIteratorException: 'expired',
  ResourceNotFoundException: 'gone',
};

/** The stream of an event table, read through the SDK. */
export class DynamoChangeStream implements ChangeStream {
  private ownStreams: DynamoDBStreamsClient | undefined;

  /** @param streams A client of yours, which is never destroyed. Without one there will be an own. */
  constructor(
    private readonly tables: DynamoDBClient,
    private readonly tableName: string,
    private readonly streams: DynamoDBStreamsClient | undefined,
  ) {}

  async describe(): Promise<StreamDescription> {
    const id = await this.streamOfTable();
    const shards: ShardInfo[] = [];
    let start: string | undefined;
    do {
      const input = { StreamArn: id, ...(start === undefined ? {} : { ExclusiveStartShardId: start }) };
      const { StreamDescription: page } = await this.attempt('describe the stream', () =>
        this.client.send(new DescribeStreamCommand(input)),
      );
      for (const { ShardId, ParentShardId: parent } of page?.Shards ?? []) shards.push({ id: ShardId ?? '', parent });
      start = page?.LastEvaluatedShardId;
    } while (start !== undefined);
    return { id, shards };
  }

  async iterator(
    stream: string,
    shard: string,
    position: ShardPosition,
  ): Promise<{ readonly iterator: string } | { readonly refused: Refusal }> {
    const start =
      position === TRIM_HORIZON
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: position };
    const input = { StreamArn: stream, ShardId: shard, ...start };
    return this.unlessRefused('find a place in the stream', async () => {
      const { ShardIterator: iterator = '' } = await this.client.send(new GetShardIteratorCommand(input));
      return { iterator };
    });
  }

  records(iterator: string, limit: number): Promise<RecordPage | { readonly refused: Refusal }> {
    const input = { ShardIterator: iterator, Limit: limit };
    return this.unlessRefused('read the stream', async () => {
      const page = await this.client.send(new GetRecordsCommand(input));
      return { records: (page.Records ?? []).map(changeRecord), next: page.NextShardIterator };
    });
  }

  close(): void {
    this.ownStreams?.destroy();
    this.ownStreams = undefined;
  }

  private get client(): DynamoDBStreamsClient {
    return this.streams ?? (this.ownStreams ??= streamsClientBeside(this.tables));
  }

  private async streamOfTable(): Promise<string> {
    const { Table: table } = await this.attempt('describe the table', () =>
      this.tables.send(new DescribeTableCommand({ TableName: this.tableName })),
    );
    const { StreamEnabled: isEnabled, StreamViewType: viewType } = table?.StreamSpecification ?? {};
    const stream = table?.LatestStreamArn;
    if (isEnabled !== true || stream === undefined)
      throw new FeedSourceError(
        this.tableName,
        'it has no stream. Enable one with StreamViewType NEW_IMAGE, as eventTableDefinition does.',
      );
    if (viewType !== 'NEW_IMAGE' && viewType !== 'NEW_AND_OLD_IMAGES')
      throw new FeedSourceError(
        this.tableName,
        `its stream shows ${String(viewType)}, not the new items. Switch it off and on with StreamViewType NEW_IMAGE.`,
      );
    return stream;
  }

  private async unlessRefused<T>(operation: string, call: () => Promise<T>): Promise<T | { refused: Refusal }> {
    try {
      return await call();
    } catch (cause) {
      // By name: the client passed in may come from another copy of the SDK, whose classes are others.
      const refused = REFUSALS[(cause as Partial<Error>).name ?? ''];
      if (refused !== undefined) return { refused };
      throw toEventStoreError(cause, { operation, table: this.tableName });
    }
  }

  private async attempt<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw toEventStoreError(cause, { operation, table: this.tableName });
    }
  }
}

/**
 * Only an item that is new is a commit: the first commit of a stream is changed when the stream is archived, and purged
 * streams are deleted.
 */
function changeRecord({ eventName, dynamodb: change }: _Record): ChangeRecord {
  const { SequenceNumber: sequenceNumber = '', ApproximateCreationDateTime: at, NewImage: item } = change ?? {};
  const isNew = eventName === 'INSERT' && item !== undefined;
  return { sequenceNumber, at: at?.getTime() ?? 0, news: isNew ? newsOfItem(item) : undefined };
}
