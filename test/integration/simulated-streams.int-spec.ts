import { randomInt } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Random,
  SimulatedDynamoDb,
  type SimulatedStreamsClient,
} from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { comparable } from '../support/comparable-answers.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';
import { RandomOperations, type RandomCommand } from '../support/random-operations.js';
import { N, rejectionOf } from '../support/simulated-table.js';
import { StreamReader, type StreamRecord } from '../support/stream-reader.js';
import { key, streamed } from '../support/streamed-things.js';

/**
 * The streams of the same random writes, on the simulated DynamoDB and on DynamoDB Local. `SIMULATION_SEED` repeats a run.
 *
 * DynamoDB Local has one shard, and all records in the order of the writes, so it can be compared with the model only where
 * no time passes; the records of one batch it has in an order of its own. It gives dates in whole minutes, and numbers as
 * they were sent, which are compared by value.
 */
const SEED = process.env['SIMULATION_SEED'] ?? String(randomInt(2 ** 32));
const REQUESTS = 300;

describe(`the simulated streams show what those of DynamoDB Local show (SIMULATION_SEED=${SEED})`, () => {
  const local = testClient({ maxAttempts: 1 });
  const localStreams = new DynamoDBStreamsClient({ ...testClientConfig(), maxAttempts: 1 });

  beforeAll(() => {
    console.info(`SIMULATION_SEED=${SEED}`);
  });
  afterAll(() => {
    local.destroy();
    localStreams.destroy();
  });

  interface Pair {
    readonly table: string;
    readonly simulated: SimulatedDynamoDb;
    readonly ours: StreamReader;
    readonly theirs: StreamReader;
  }

  async function pair(viewType: StreamViewType): Promise<Pair> {
    const table = uniqueTableName('streams');
    const simulated = new SimulatedDynamoDb();
    simulated.createTable(table, streamed(viewType));
    await local.send(new CreateTableCommand({ ...streamed(viewType), TableName: table }));
    return {
      table,
      simulated,
      ours: await StreamReader.of(simulated.client, simulated.streamsClientFor(), table),
      theirs: await StreamReader.of(local, localStreams, table),
    };
  }

  it.each(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const)('%s', async (viewType) => {
    const { table, simulated, ours, theirs } = await pair(viewType);
    const operations = new RandomOperations(new Random(SEED).fork(viewType), table, table.slice(-12));
    const expected: StreamRecord[][] = [];
    const [shard] = await ours.shards();
    let iterator = await ours.iterator(shard!.ShardId!, 'TRIM_HORIZON');
    for (let request = 0; request < REQUESTS; request++) {
      const command = operations.next();
      await Promise.all([send(local, command), send(simulated.client, command)]);
      const { records, next } = await ours.page(iterator);
      expected.push(records);
      iterator = next!;
    }
    let found: StreamRecord[] = [];
    await eventually(`DynamoDB Local has ${expected.flat().length} records`, async () => {
      found = await theirs.all();
      return found.length >= expected.flat().length;
    });
    let read = 0;
    for (const [request, records] of expected.entries()) {
      const until = request === REQUESTS - 1 ? Infinity : read + records.length;
      expect([request, byKey(records)]).toEqual([request, byKey(found.slice(read, until))]);
      read += records.length;
    }
    expect(new Set(found.map(({ eventName }) => eventName))).toEqual(new Set(['INSERT', 'MODIFY', 'REMOVE']));
  });

  it('and are described, read and refused alike', async () => {
    const { table, simulated, ours, theirs } = await pair('NEW_IMAGE');
    const expected = 20;
    for (let n = 0; n < expected; n++) {
      const command = new PutItemCommand({ TableName: table, Item: { ...key(`${n % 3}`), n: N(n) } });
      await Promise.all([send(local, command), send(simulated.client, command)]);
    }
    await eventually('all records are there', async () => (await theirs.all()).length === expected);
    expect(await answers(ours)).toEqual(await answers(theirs));
    await local.send(new DeleteTableCommand({ TableName: table }));
    await simulated.client.send(new DeleteTableCommand({ TableName: table }));
    const left = await Promise.all(
      [
        { client: localStreams as SimulatedStreamsClient, reader: theirs },
        { client: simulated.streamsClientFor(), reader: ours },
      ].map(async ({ client, reader }) => {
        const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamArn: reader.arn }));
        const [shard] = await reader.shards();
        const { next } = await reader.page(await reader.iterator(shard!.ShardId!, 'TRIM_HORIZON'));
        const end = shard!.SequenceNumberRange!.EndingSequenceNumber;
        return [stream!.StreamStatus, next, typeof end, (await reader.all()).length];
      }),
    );
    expect(left[1]).toEqual(left[0]);
    expect(left[0]).toEqual(['DISABLED', undefined, 'string', expected]);
  });

  async function send(client: DynamoDBClient, command: RandomCommand): Promise<void> {
    // Both refuse the same requests, as the comparison of their answers shows elsewhere.
    await client.send(command as PutItemCommand).catch(() => undefined);
  }

  /** What a reader sees that tries everything. */
  async function answers(reader: StreamReader): Promise<unknown[]> {
    const [shard, ...others] = await reader.shards();
    const id = shard!.ShardId!;
    const all = await reader.shard(shard!);
    const middle = all[Math.floor(all.length / 2)]!.dynamodb!.SequenceNumber!;
    const seen: unknown[] = [others, Object.keys(shard!), Object.keys(shard!.SequenceNumberRange!)];
    for (const [type, sequence] of [
      ['TRIM_HORIZON', undefined],
      ['LATEST', undefined],
      ['AT_SEQUENCE_NUMBER', middle],
      ['AFTER_SEQUENCE_NUMBER', middle],
      ['AFTER_SEQUENCE_NUMBER', all.at(-1)!.dynamodb!.SequenceNumber],
    ] as const) {
      const { records, next } = await reader.page(await reader.iterator(id, type, sequence), 3);
      seen.push([type, records.map(shown), typeof next]);
    }
    const refusals = [
      reader.iterator(id, 'AT_SEQUENCE_NUMBER'),
      reader.iterator(id, 'AT_SEQUENCE_NUMBER', '0'),
      reader.iterator(id, 'LATEST', middle),
      reader.iterator('shardId-00000000000000000000-00000000', 'LATEST'),
      reader.page('nonsense'),
      reader.page(await reader.iterator(id, 'LATEST'), 0),
      reader.page(await reader.iterator(id, 'LATEST'), 1_001),
      reader.shards(0),
      reader.shards(101),
    ];
    for (const refusal of refusals) seen.push((await rejectionOf(refusal)).name);
    return seen;
  }

  /** In an order that does not depend on the engine: a request changes an item only once. */
  function byKey(records: readonly StreamRecord[]): unknown[] {
    const keyOf = ({ dynamodb }: StreamRecord): string => `${dynamodb!.Keys!['pk']!.S!} ${dynamodb!.Keys!['sk']!.S!}`;
    return [...records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map(shown);
  }

  function shown({ eventName, eventVersion, eventSource, userIdentity, dynamodb }: StreamRecord): unknown {
    const { Keys, NewImage, OldImage, StreamViewType } = dynamodb!;
    const output = { eventName, eventVersion, eventSource, userIdentity, Keys, NewImage, OldImage, StreamViewType };
    return withoutEmpty(comparable(dynamodb!, { output }));
  }

  /** DynamoDB Local leaves empty maps and lists out of the values in its streams. */
  function withoutEmpty(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(withoutEmpty);
    const { M: map, L: list } = value as { M?: object; L?: unknown[] };
    if (list?.length === 0 || (map !== undefined && Object.keys(map).length === 0)) return {};
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutEmpty(member)]));
  }
});
