import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { N, rejectionOf, S, TABLE, things, THINGS, type Item } from '../../../../../test/support/simulated-table.js';
import { Random } from './random.js';
import { SimulatedDynamoDb } from './simulated-dynamodb.js';
import { VirtualTime } from './virtual-time.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });
const put = (item: Item, more: object = {}) => new PutItemCommand({ TableName: TABLE, Item: item, ...more });

describe('requests of several callers', () => {
  /** Callers that each add to one counter by reading and writing, at odds with each other; what they did, in order. */
  async function race(seed: number): Promise<{ trace: string[]; total: string | undefined; at: number }> {
    const time = new VirtualTime(0);
    const database = new SimulatedDynamoDb({ time, random: new Random(seed) });
    database.createTable(TABLE, THINGS);
    const trace: string[] = [];
    const caller = async (name: string, client: DynamoDBClient): Promise<void> => {
      for (let done = 0; done < 5;) {
        const { Item: found } = await client.send(
          new GetItemCommand({ TableName: TABLE, Key: key('n'), ConsistentRead: true }),
        );
        const n = Number(found?.['n']?.N ?? 0);
        const item = { ...key('n'), n: N(n + 1) };
        const condition =
          found === undefined
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : { ConditionExpression: 'n = :n', ExpressionAttributeValues: { ':n': N(n) } };
        const outcome = await client.send(put(item, condition)).then(
          () => 'won',
          (error: unknown) => (error as Error).name,
        );
        trace.push(`${time.now().toFixed(3)} ${name} ${n} ${outcome}`);
        if (outcome === 'won') done++;
      }
    };
    const callers = ['a', 'b', 'c'].map((name) => caller(name, database.clientFor(name)));
    await time.runUntil(Promise.all(callers));
    return { trace, total: database.items(TABLE)[0]?.['n']?.N, at: time.now() };
  }

  it('interleave, and lose no update to each other', async () => {
    const { trace, total } = await race(1);
    expect(total).toBe('15');
    expect(trace.filter((line) => line.endsWith('won'))).toHaveLength(15);
    expect(trace.some((line) => line.endsWith('ConditionalCheckFailedException'))).toBe(true);
    expect(new Set(trace.slice(0, 6).map((line) => line.split(' ')[1])).size).toBe(3);
  });

  it('do so in the same way for the same seed, and in another for another', async () => {
    const first = await race(1);
    expect(await race(1)).toEqual(first);
    expect((await race(2)).trace).not.toEqual(first.trace);
  });

  it('travel for a while, are applied at one instant, and are answered after another while', async () => {
    const time = new VirtualTime(0);
    const delays = [3, 10, 4];
    const { client, database } = things({ time, latencyMs: () => delays.shift() ?? 0 });
    const seen: string[] = [];
    const look = (): void => {
      seen.push(`${time.now()}: ${database.items(TABLE).length}`);
    };
    const sending = client.send(put(key('a'))).then(() => {
      seen.push(`answered at ${time.now()}`);
    });
    for (const at of [2, 4, 12]) time.schedule(at, look);
    await time.runUntil(sending);
    expect(seen).toEqual(['2: 0', '4: 1', '12: 1', 'answered at 13']);
  });

  it('of one client do not change the latencies of another', async () => {
    const times = async (busy: boolean): Promise<number[]> => {
      const time = new VirtualTime(0);
      const { database } = things({ time, random: new Random(4) });
      const [watched, other] = [database.clientFor('watched'), database.clientFor('other')];
      const found: number[] = [];
      const scenario = async (): Promise<void> => {
        for (let n = 0; n < 5; n++) {
          if (busy) void other.send(put(key('x')));
          await watched.send(put(key('a')));
          found.push(time.now());
        }
      };
      await time.runUntil(scenario());
      return found;
    };
    expect(await times(true)).toEqual(await times(false));
  });

  it('may be given up by their caller, and still be applied', async () => {
    const time = new VirtualTime(0);
    const { client, database } = things({ time, latencyMs: () => 5 });
    const abort = new AbortController();
    time.schedule(1, () => {
      abort.abort();
    });
    const error = await time.runUntil(rejectionOf(client.send(put(key('a')), { abortSignal: abort.signal })));
    expect([error.name, time.now()]).toEqual(['AbortError', 1]);
    await time.run();
    expect(database.items(TABLE)).toEqual([key('a')]);
    const late = await rejectionOf(client.send(put(key('b')), { abortSignal: abort.signal }));
    expect(late.name).toBe('AbortError');
  });
});
