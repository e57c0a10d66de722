import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
  type Shard,
  type ShardIteratorType,
} from '@aws-sdk/client-dynamodb-streams';
import type { SimulatedStreamsClient } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';

export type { StreamRecord };

/** Reads a stream as its documentation says: every shard, and none before its parent. */
export class StreamReader {
  private constructor(
    private readonly client: SimulatedStreamsClient,
    readonly arn: string,
  ) {}

  static async of(tables: DynamoDBClient, client: SimulatedStreamsClient, table: string): Promise<StreamReader> {
    const { Table: described } = await tables.send(new DescribeTableCommand({ TableName: table }));
    return new StreamReader(client, described!.LatestStreamArn!);
  }

  async shards(limit?: number): Promise<Shard[]> {
    const found: Shard[] = [];
    let start: string | undefined;
    do {
      const { StreamDescription: page } = await this.client.send(
        new DescribeStreamCommand({ StreamArn: this.arn, Limit: limit, ExclusiveStartShardId: start }),
      );
      found.push(...page!.Shards!);
      start = page!.LastEvaluatedShardId;
    } while (start !== undefined);
    return found;
  }

  async iterator(shard: string, type: ShardIteratorType, sequence?: string): Promise<string> {
    const { ShardIterator: iterator } = await this.client.send(
      new GetShardIteratorCommand({
        StreamArn: this.arn,
        ShardId: shard,
        ShardIteratorType: type,
        SequenceNumber: sequence,
      }),
    );
    return iterator!;
  }

  async page(iterator: string, limit?: number): Promise<{ records: StreamRecord[]; next: string | undefined }> {
    const answer = await this.client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }));
    return { records: answer.Records!, next: answer.NextShardIterator };
  }

  /** All records of a shard; of an open one, those up to the first answer without any. */
  async shard({ ShardId: id }: Shard, limit?: number): Promise<StreamRecord[]> {
    const found: StreamRecord[] = [];
    let iterator: string | undefined = await this.iterator(id!, 'TRIM_HORIZON');
    while (iterator !== undefined) {
      const { records, next } = await this.page(iterator, limit);
      if (records.length === 0) break;
      found.push(...records);
      iterator = next;
    }
    return found;
  }

  /** All records, with those of a shard after those of its parent. Parents are described before their children. */
  async all(): Promise<StreamRecord[]> {
    const found: StreamRecord[] = [];
    for (const shard of await this.shards()) found.push(...(await this.shard(shard)));
    return found;
  }
}
