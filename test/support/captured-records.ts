import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record,
  type DynamoDBStreamsClient,
} from '@aws-sdk/client-dynamodb-streams';

/** Every record of a table's stream so far, shard by shard. */
export async function capturedRecords(
  client: DynamoDBClient,
  streams: DynamoDBStreamsClient,
  tableName: string,
): Promise<_Record[]> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const StreamArn = Table?.LatestStreamArn ?? '';
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const captured: _Record[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const start = { StreamArn, ShardId: ShardId ?? '', ShardIteratorType: 'TRIM_HORIZON' as const };
    let { ShardIterator } = await streams.send(new GetShardIteratorCommand(start));
    for (let isEmpty = false; !isEmpty && ShardIterator !== undefined;) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
      captured.push(...(page.Records ?? []));
      isEmpty = (page.Records ?? []).length === 0;
      ShardIterator = page.NextShardIterator;
    }
  }
  return captured;
}
