import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Shard } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, it } from '@jest/globals';
import { N, TABLE } from '../../../../../../test/support/simulated-table.js';
import type { StreamRecord } from '../../../../../../test/support/stream-reader.js';
import {
  inTime,
  key,
  ofItem,
  SKS,
  states,
  streamedThings,
  upTo,
  writeAll,
} from '../../../../../../test/support/streamed-things.js';
import type { SimulatedStreamsOptions } from './stream-options.js';

describe('records', () => {
  it('can be read at once, in order and in one shard where no time passes', async () => {
    const { put, reader } = await streamedThings();
    for (const sk of SKS) await put(sk, 1);
    expect(await reader.shards()).toHaveLength(1);
    expect(states(await reader.all())).toEqual(SKS.map((sk) => `${sk}1`));
  });

  it('arrive when their delay is over, and not before', async () => {
    await inTime({ delayMs: () => 700 }, async ({ put, reader, time }) => {
      await put('a', 1);
      await time.pause(699);
      expect(await reader.all()).toEqual([]);
      await time.pause(1);
      expect(states(await reader.all())).toEqual(['a1']);
    });
  });

  it('arrive within a fifth of a second unless told otherwise', async () => {
    await inTime({}, async ({ put, reader, time }) => {
      await put('a', 1);
      await time.pause(19);
      expect(await reader.all()).toEqual([]);
      await time.pause(181);
      expect(states(await reader.all())).toEqual(['a1']);
    });
  });

  it('of different items overtake each other, those of one item never', async () => {
    const found = await inTime({ delayMs: (random) => 5_000 * random.next() }, async (things) => {
      await writeAll(things, 20, 10);
      await things.time.pause(5_000);
      return things.reader.all();
    });
    for (const sk of SKS) expect(ofItem(found, sk)).toEqual(upTo(20));
    expect(states(found)).not.toEqual(upTo(20).flatMap((n) => SKS.map((sk) => `${sk}${n}`)));
  });

  it('of one transaction arrive one by one, in any order', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const order = await inTime(
        { delayMs: (random) => 1_000 * random.next() },
        async ({ client, reader, time }) => {
          const TransactItems = ['a', 'b', 'c'].map((sk) => ({
            Put: { TableName: TABLE, Item: { ...key(sk), n: N(1) } },
          }));
          await client.send(new TransactWriteItemsCommand({ TransactItems }));
          await time.pause(1_000);
          return states(await reader.all()).join('');
        },
        seed,
      );
      orders.add(order);
    }
    expect(orders.size).toBeGreaterThan(3);
  });

  it('do not depend on who reads when, and are the same for the same seed', async () => {
    const streams: SimulatedStreamsOptions = {
      shards: 2,
      delayMs: (random) => 900 * random.next(),
      shardLifetimeMs: (random) => 100 + 400 * random.next(),
      splits: 0.3,
    };
    const run = (seed: number, isWatched: boolean): Promise<[Shard[], StreamRecord[]]> =>
      inTime(
        streams,
        async (things) => {
          for (let round = 0; round < 5; round++) {
            await writeAll(things, 3, 7);
            if (isWatched) await things.reader.all();
          }
          await things.time.pause(1_000);
          return [await things.reader.shards(), await things.reader.all()];
        },
        seed,
      );
    const first = await run(1, false);
    expect(await run(1, false)).toEqual(first);
    expect(await run(1, true)).toEqual(first);
    expect(await run(2, false)).not.toEqual(first);
  });
});
