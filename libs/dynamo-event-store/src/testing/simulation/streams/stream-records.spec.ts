import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from '@jest/globals';
import { N, rejectionOf, S, TABLE, THINGS } from '../../../../../../test/support/simulated-table.js';
import {
  inTime,
  key,
  sequences,
  states,
  streamed,
  streamedThings,
} from '../../../../../../test/support/streamed-things.js';
import { SimulatedDynamoDb } from '../simulated-dynamodb.js';
import { VirtualTime } from '../virtual-time.js';

describe('a table with a stream', () => {
  it('says so when it is described, and so does its stream', async () => {
    const time = new VirtualTime(Date.UTC(2024, 4, 6, 7, 8, 9, 12));
    const database = new SimulatedDynamoDb({ time });
    database.createTable(TABLE, streamed('KEYS_ONLY'));
    const [{ Table: table }, { StreamDescription: stream }] = await time.runUntil(
      (async () => {
        const described = await database.client.send(new DescribeTableCommand({ TableName: TABLE }));
        const StreamArn = described.Table!.LatestStreamArn;
        return [described, await database.streamsClientFor().send(new DescribeStreamCommand({ StreamArn }))] as const;
      })(),
    );
    expect(table).toMatchObject({
      LatestStreamLabel: '2024-05-06T07:08:09.012',
      LatestStreamArn: `${table!.TableArn!}/stream/2024-05-06T07:08:09.012`,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    });
    expect(stream).toEqual({
      StreamArn: table!.LatestStreamArn,
      StreamLabel: table!.LatestStreamLabel,
      StreamStatus: 'ENABLED',
      StreamViewType: 'KEYS_ONLY',
      CreationRequestDateTime: new Date(Date.UTC(2024, 4, 6, 7, 8, 9, 12)),
      TableName: TABLE,
      KeySchema: THINGS.KeySchema,
      Shards: [
        {
          ShardId: expect.stringMatching(/^shardId-\d{20}-[0-9a-f]{8}$/),
          SequenceNumberRange: { StartingSequenceNumber: expect.stringMatching(/^\d{21,}$/) },
        },
      ],
    });
  });

  it.each([undefined, { StreamEnabled: false }])('has none without being told: %j', async (StreamSpecification) => {
    const database = new SimulatedDynamoDb();
    database.createTable(TABLE, { ...THINGS, ...(StreamSpecification && { StreamSpecification }) });
    const { Table: table } = await database.client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(table).not.toHaveProperty('LatestStreamArn');
    expect(table).not.toHaveProperty('StreamSpecification');
    expect(() => {
      database.rollShards(TABLE);
    }).toThrow(/no stream/);
  });

  it('must say what the records show', async () => {
    const { client } = new SimulatedDynamoDb();
    const StreamSpecification = { StreamEnabled: true };
    const error = await rejectionOf(
      client.send(new CreateTableCommand({ ...THINGS, TableName: TABLE, StreamSpecification })),
    );
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(/StreamViewType/) });
  });

  it('leaves its stream behind when it is deleted, and gets a new one when it is made again', async () => {
    await inTime({ delayMs: () => 5_000 }, async ({ client, database, reader, put, time }) => {
      await put('a', 1);
      await client.send(new DeleteTableCommand({ TableName: TABLE }));
      database.createTable(TABLE, streamed());
      const { Table: table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
      expect(table!.LatestStreamArn).not.toBe(reader.arn);
      const describe = new DescribeStreamCommand({ StreamArn: reader.arn });
      const { StreamDescription: left } = await database.streamsClientFor().send(describe);
      expect(left).toMatchObject({
        StreamStatus: 'DISABLED',
        Shards: [{ SequenceNumberRange: { EndingSequenceNumber: expect.any(String) } }],
      });
      expect(states(await reader.all())).toEqual(['a1']);
      await time.pause(24 * 3_600_000 + 1);
      const gone = await rejectionOf(database.streamsClientFor().send(describe));
      expect(gone.name).toBe('ResourceNotFoundException');
    });
  });

  it('refuses what the model lacks', async () => {
    const { database } = await streamedThings();
    const error = await rejectionOf(database.streamsClientFor().send(new ListStreamsCommand({})));
    expect(error).toMatchObject({ name: 'NotSimulatedError', message: expect.stringMatching(/ListStreamsCommand/) });
  });
});

describe('a record', () => {
  it.each(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const)(
    'shows what %s stands for of what was made, changed and removed',
    async (viewType) => {
      const { client, put, reader } = await streamedThings({}, viewType);
      await put('a', 1);
      await put('a', 2);
      await client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('a') }));
      const [one, two] = [1, 2].map((n) => ({ ...key('a'), n: N(n) }));
      const isNew = viewType.startsWith('NEW');
      const isOld = viewType.includes('OLD');
      const found = await reader.all();
      expect(found.map(({ eventName, dynamodb }) => [eventName, dynamodb!.NewImage, dynamodb!.OldImage])).toEqual([
        ['INSERT', isNew ? one : undefined, undefined],
        ['MODIFY', isNew ? two : undefined, isOld ? one : undefined],
        ['REMOVE', undefined, isOld ? two : undefined],
      ]);
      for (const { dynamodb } of found) expect(dynamodb).toMatchObject({ Keys: key('a'), StreamViewType: viewType });
    },
  );

  it('says where it comes from, how large it is, and when it was made, in whole seconds', async () => {
    const found = await inTime({ delayMs: () => 3_000 }, async ({ put, reader, time }) => {
      await time.pause(61_999);
      await put('a', 1);
      await time.pause(3_000);
      return reader.all();
    });
    expect(found).toEqual([
      {
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'simulated',
        dynamodb: {
          ApproximateCreationDateTime: new Date(61_000),
          Keys: key('a'),
          NewImage: { ...key('a'), n: N(1) },
          SequenceNumber: expect.stringMatching(/^\d{21,}$/),
          SizeBytes: 2 * 'pkpska'.length + 'n1'.length + 1,
          StreamViewType: 'NEW_IMAGE',
        },
      },
    ]);
  });

  it('bears the date of its write where no time passes', async () => {
    const { put, reader } = await streamedThings();
    const before = Date.now();
    await put('a', 1);
    const [found] = await reader.all();
    const at = Number(found!.dynamodb!.ApproximateCreationDateTime);
    expect(at).toBeGreaterThan(before - 1_000);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it('comes from every item of a transaction, a batch and an update, but from nothing that changes nothing', async () => {
    const { client, put, reader } = await streamedThings();
    const Put = (sk: string) => ({ TableName: TABLE, Item: { ...key(sk), n: N(1) } });
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('none') }));
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: Put('t') },
          { Put: Put('s') },
          { ConditionCheck: { TableName: TABLE, Key: key('c'), ConditionExpression: 'attribute_not_exists(pk)' } },
        ],
      }),
    );
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: { [TABLE]: [{ PutRequest: Put('b') }, { DeleteRequest: { Key: key('t') } }] },
      }),
    );
    await put('b', 1);
    const refused = { ...Put('b'), ConditionExpression: 'attribute_not_exists(pk)' };
    await rejectionOf(client.send(new PutItemCommand(refused)));
    await rejectionOf(
      client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: Put('u') }, { Put: refused }] })),
    );
    for (const n of ['2', '2.0'])
      await client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key('b'),
          UpdateExpression: 'SET n = :n',
          ExpressionAttributeValues: { ':n': N(n) },
        }),
      );
    await client.send(new UpdateItemCommand({ TableName: TABLE, Key: key('made') }));
    expect(states(await reader.all())).toEqual(['t1', 's1', 'b1', 't-', 'b2', 'made-']);
  });

  it('of an item that expired names the service', async () => {
    const { client, database, reader } = await streamedThings({}, 'OLD_IMAGE');
    const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification }));
    for (const sk of ['a', 'b'])
      await client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key(sk), ttl: N(1_800_000_000) } }));
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('b') }));
    expect(database.expire(TABLE, 1_800_000_001)).toBe(1);
    const found = await reader.all();
    expect(found.map(({ userIdentity }) => userIdentity)).toEqual([
      undefined,
      undefined,
      undefined,
      { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    ]);
    expect(found.at(-1)).toMatchObject({
      eventName: 'REMOVE',
      dynamodb: { OldImage: { ...key('a'), ttl: N(1_800_000_000) } },
    });
  });

  it('belongs to whoever received it', async () => {
    const { put, reader } = await streamedThings();
    await put('a', 1);
    const [first] = await reader.all();
    first!.dynamodb!.NewImage!['n'] = S('changed');
    first!.dynamodb!.Keys!['sk'] = S('changed');
    expect(states(await reader.all())).toEqual(['a1']);
  });

  it('has a sequence number that grows, but neither by one nor as text, and an identity of its own', async () => {
    const { put, reader } = await streamedThings();
    for (let n = 0; n < 50; n++) await put('a', n);
    const found = await reader.all();
    const numbers = sequences(found);
    expect(found).toHaveLength(50);
    expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
    expect(numbers.map(String)).not.toEqual(numbers.map(String).sort());
    expect(new Set(numbers.map((each, index) => each - (numbers[index - 1] ?? 0n))).size).toBeGreaterThan(40);
    expect(new Set(found.map(({ eventID }) => eventID)).size).toBe(50);
  });
});
