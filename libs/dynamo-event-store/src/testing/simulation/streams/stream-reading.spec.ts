import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, type ShardIteratorType } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from '@jest/globals';
import { rejectionOf, S, TABLE } from '../../../../../../test/support/simulated-table.js';
import { StreamReader } from '../../../../../../test/support/stream-reader.js';
import { inTime, key, sequences, states, streamedThings } from '../../../../../../test/support/streamed-things.js';
import { VirtualTime } from '../virtual-time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function onlyShard(reader: StreamReader): Promise<string> {
  const shards = await reader.shards();
  expect(shards).toHaveLength(1);
  return shards[0]!.ShardId!;
}

async function read(reader: StreamReader, type: ShardIteratorType, sequence?: bigint): Promise<string[]> {
  const shard = await onlyShard(reader);
  const at = sequence === undefined ? undefined : String(sequence);
  return states((await reader.page(await reader.iterator(shard, type, at))).records);
}

describe('an iterator', () => {
  it('begins where its type says', async () => {
    const { put, reader } = await streamedThings();
    for (const n of [1, 2, 3]) await put('a', n);
    const [, second] = sequences(await reader.all());
    expect(await read(reader, 'TRIM_HORIZON')).toEqual(['a1', 'a2', 'a3']);
    expect(await read(reader, 'AT_SEQUENCE_NUMBER', second)).toEqual(['a2', 'a3']);
    expect(await read(reader, 'AFTER_SEQUENCE_NUMBER', second)).toEqual(['a3']);
    expect(await read(reader, 'LATEST')).toEqual([]);
    const latest = await reader.iterator(await onlyShard(reader), 'LATEST');
    await put('a', 4);
    expect(states((await reader.page(latest)).records)).toEqual(['a4']);
    // It may be used again.
    expect(states((await reader.page(latest)).records)).toEqual(['a4']);
  });

  it('begins at either end of a shard, with or without records there', async () => {
    const { database, put, reader } = await streamedThings();
    await put('a', 1);
    const [open] = await reader.shards();
    const start = open!.SequenceNumberRange!.StartingSequenceNumber!;
    for (const type of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const)
      expect(await read(reader, type, BigInt(start))).toEqual(['a1']);
    database.rollShards(TABLE);
    const [closed] = await reader.shards();
    const { ShardId: id, SequenceNumberRange: range } = closed!;
    for (const iterator of [
      await reader.iterator(id!, 'AFTER_SEQUENCE_NUMBER', range!.EndingSequenceNumber),
      await reader.iterator(id!, 'LATEST'),
    ])
      expect(await reader.page(iterator)).toEqual({ records: [], next: undefined });
  });

  it.each<[string, ShardIteratorType, string | undefined]>([
    ['without the number it begins at', 'AT_SEQUENCE_NUMBER', undefined],
    ['with one that is none', 'AFTER_SEQUENCE_NUMBER', 'x'.repeat(21)],
    ['with one from before the shard', 'AFTER_SEQUENCE_NUMBER', '1'.padStart(21, '0')],
    ['with one that has not been given yet', 'AT_SEQUENCE_NUMBER', '9'.repeat(25)],
    ['with one that its type does not take', 'LATEST', '1'.padStart(21, '0')],
    ['of an unknown type', 'SOMEWHERE' as 'LATEST', undefined],
  ])('is refused %s', async (_, type, sequence) => {
    const { put, reader } = await streamedThings();
    await put('a', 1);
    const error = await rejectionOf(reader.iterator(await onlyShard(reader), type, sequence));
    expect(error.name).toBe('ValidationException');
  });

  it('of an unknown shard or stream is not found', async () => {
    const { database, reader } = await streamedThings();
    const shard = await rejectionOf(reader.iterator('shardId-00000000000000000009-00000000', 'LATEST'));
    expect([shard.name, shard.message]).toEqual(['ResourceNotFoundException', expect.stringMatching(/Shard/)]);
    const describe = new DescribeStreamCommand({ StreamArn: `${reader.arn}9` });
    const stream = await rejectionOf(database.streamsClientFor().send(describe));
    expect([stream.name, stream.message]).toEqual(['ResourceNotFoundException', expect.stringMatching(/Stream/)]);
  });

  it('expires after 15 minutes, but every answer brings a new one', async () => {
    await inTime({}, async ({ put, reader, time }) => {
      const first = await reader.iterator(await onlyShard(reader), 'TRIM_HORIZON');
      await time.pause(15 * MINUTE);
      const { next } = await reader.page(first);
      await time.pause(1);
      expect((await rejectionOf(reader.page(first))).name).toBe('ExpiredIteratorException');
      await put('a', 1);
      await time.pause(15 * MINUTE - 1);
      expect(states((await reader.page(next!)).records)).toEqual(['a1']);
    });
  });

  it.each(['', 'nonsense', 'MQ'])('that nobody gave, %j, is refused', async (iterator) => {
    const { reader } = await streamedThings();
    const error = await rejectionOf(reader.page(iterator));
    expect([error.name, error.message]).toEqual(['ValidationException', 'Invalid ShardIterator']);
  });
});

describe('an answer', () => {
  it('has 1,000 records at most, or as many as were asked for', async () => {
    const { put, reader } = await streamedThings();
    for (let n = 1; n <= 1_100; n++) await put('a', n);
    const start = await reader.iterator(await onlyShard(reader), 'TRIM_HORIZON');
    const first = await reader.page(start);
    expect([first.records.length, states(first.records).at(-1)]).toEqual([1_000, 'a1000']);
    const second = await reader.page(first.next!);
    expect([second.records.length, states(second.records)[0]]).toEqual([100, 'a1001']);
    const few = await reader.page(start, 3);
    expect(states(few.records)).toEqual(['a1', 'a2', 'a3']);
    expect(states((await reader.page(few.next!, 1)).records)).toEqual(['a4']);
    for (const limit of [0, 1_001])
      expect((await rejectionOf(reader.page(start, limit))).name).toBe('ValidationException');
  });

  it('has 1 MB at most', async () => {
    const put = (sk: string, bytes: number) =>
      new PutItemCommand({ TableName: TABLE, Item: { ...key(sk), f: S('x'.repeat(bytes)) } });
    const { client, reader } = await streamedThings({}, 'NEW_AND_OLD_IMAGES');
    for (const sk of ['a', 'b', 'c']) await client.send(put(sk, 400_000));
    const start = await reader.iterator(await onlyShard(reader), 'TRIM_HORIZON');
    const first = await reader.page(start);
    expect(states(first.records)).toEqual(['a-', 'b-']);
    expect(states((await reader.page(first.next!)).records)).toEqual(['c-']);
  });

  it('of a closed shard names no other at the end', async () => {
    const { database, put, reader } = await streamedThings();
    for (const n of [1, 2]) await put('a', n);
    const start = await reader.iterator(await onlyShard(reader), 'TRIM_HORIZON');
    const open = await reader.page(start);
    expect(open.next).toBeDefined();
    database.rollShards(TABLE);
    expect(await reader.page(open.next!)).toEqual({ records: [], next: undefined });
    const first = await reader.page(start, 1);
    const last = await reader.page(first.next!, 1);
    expect([states(last.records), last.next]).toEqual([['a2'], undefined]);
  });

  it('may be empty although records follow, as often as told, and loses none of them', async () => {
    await inTime({ emptyAnswers: 0.5, delayMs: () => 0 }, async ({ database, put, reader }) => {
      for (let n = 1; n <= 100; n++) await put('a', n);
      const shard = await onlyShard(reader);
      database.rollShards(TABLE);
      const found: string[] = [];
      let empty = 0;
      let iterator: string | undefined = await reader.iterator(shard, 'TRIM_HORIZON');
      while (iterator !== undefined) {
        const { records, next } = await reader.page(iterator, 1);
        if (records.length === 0) empty++;
        found.push(...states(records));
        iterator = next;
      }
      expect(found).toEqual(Array.from({ length: 100 }, (_, index) => `a${index + 1}`));
      expect(empty).toBeGreaterThan(60);
      expect(empty).toBeLessThan(160);
    });
  });
});

describe('a record older than 24 hours', () => {
  it('is gone, and whoever asks for its place is told so', async () => {
    await inTime({ delayMs: () => 0 }, async ({ put, reader, time }) => {
      for (const n of [1, 2, 3]) {
        await put('a', n);
        await time.pause(HOUR);
      }
      const [one, two] = sequences(await reader.all());
      await time.pause(22 * HOUR);
      // The first is 25 hours old, the second 24.
      expect(await read(reader, 'TRIM_HORIZON')).toEqual(['a2', 'a3']);
      expect(await read(reader, 'AT_SEQUENCE_NUMBER', two)).toEqual(['a2', 'a3']);
      for (const type of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const)
        expect((await rejectionOf(read(reader, type, one))).name).toBe('TrimmedDataAccessException');
      await time.pause(1);
      expect(await read(reader, 'TRIM_HORIZON')).toEqual(['a3']);
      expect((await rejectionOf(read(reader, 'AFTER_SEQUENCE_NUMBER', two))).name).toBe('TrimmedDataAccessException');
    });
  });

  it('fails an iterator that has it ahead, not one that is past it', async () => {
    await inTime({ delayMs: () => 0 }, async ({ put, reader, time }) => {
      await put('a', 1);
      await time.pause(23 * HOUR + 55 * MINUTE);
      const shard = await onlyShard(reader);
      const behind = await reader.iterator(shard, 'TRIM_HORIZON');
      const past = await reader.iterator(shard, 'LATEST');
      await time.pause(10 * MINUTE);
      await put('a', 2);
      expect((await rejectionOf(reader.page(behind))).name).toBe('TrimmedDataAccessException');
      expect(states((await reader.page(past)).records)).toEqual(['a2']);
    });
  });
});

describe('a request to a stream', () => {
  it('travels both ways, is counted, and leaves the latencies of other clients as they are', async () => {
    const run = async (isStreamRead: boolean): Promise<number> => {
      const time = new VirtualTime(0);
      return time.runUntil(
        (async () => {
          const { database } = await streamedThings({ time });
          if (isStreamRead) {
            const other = await StreamReader.of(database.client, database.streamsClientFor(), TABLE);
            const start = time.now();
            await other.shards();
            expect(time.now()).toBeGreaterThan(start);
            expect(database.consumed.requests).toMatchObject({ DescribeStream: 1 });
          }
          const [other, before] = [database.clientFor(), time.now()];
          await other.send(new PutItemCommand({ TableName: TABLE, Item: key('a') }));
          return Number((time.now() - before).toFixed(6));
        })(),
      );
    };
    expect(await run(true)).toBe(await run(false));
  });

  it('may be given up', async () => {
    const { database, reader } = await streamedThings();
    const abortSignal = AbortSignal.abort();
    const sent = database
      .streamsClientFor()
      .send(new DescribeStreamCommand({ StreamArn: reader.arn }), { abortSignal });
    expect((await rejectionOf(sent)).name).toBe('AbortError');
  });
});
