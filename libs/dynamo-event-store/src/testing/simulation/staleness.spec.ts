import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { N, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';
import { Random } from './random.js';
import { VirtualTime } from './virtual-time.js';

const KEY: Item = { pk: S('p'), sk: S('s') };
const state = (n: number): Item => ({ ...KEY, grp: S('g'), rnk: N(n) });

type Read = (client: DynamoDBClient, ConsistentRead: boolean) => Promise<Item[]>;

const get: Read = async (client, ConsistentRead) => {
  const { Item: found } = await client.send(new GetItemCommand({ TableName: TABLE, Key: KEY, ConsistentRead }));
  return found === undefined ? [] : [found];
};
const query: Read = async (client, ConsistentRead) => {
  const { Items: items = [] } = await client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': S('p') },
      ConsistentRead,
    }),
  );
  return items;
};
const scan: Read = async (client, ConsistentRead) =>
  (await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead }))).Items ?? [];
const batch: Read = async (client, ConsistentRead) => {
  const { Responses: responses } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [KEY], ConsistentRead } } }),
  );
  return responses?.[TABLE] ?? [];
};
const index: Read = async (client) => {
  const { Items: items = [] } = await client.send(
    new QueryCommand({
      TableName: TABLE,
      IndexName: 'all',
      KeyConditionExpression: 'grp = :g',
      ExpressionAttributeValues: { ':g': S('g') },
    }),
  );
  return items;
};

const put = (n: number) => new PutItemCommand({ TableName: TABLE, Item: state(n) });

/** Writes a new state every 10 ms, reads after each, and says how old what was read was, in ms. */
async function ages(read: Read, consistent: boolean, maxAge: number, chance = 1, seed = 1): Promise<number[]> {
  const time = new VirtualTime(0);
  const { client } = things({
    time,
    random: new Random(seed),
    latencyMs: () => 0,
    staleness: { chance, maxAge },
  });
  const scenario = async (): Promise<number[]> => {
    const found: number[] = [];
    for (let n = 0; n < 300; n++) {
      await client.send(put(n));
      const [seen] = await read(client, consistent);
      found.push(seen === undefined ? (n + 1) * 10 : (n - Number(seen['rnk']!.N)) * 10);
      await time.pause(10);
    }
    return found;
  };
  return time.runUntil(scenario());
}

const eventual: [string, Read][] = [
  ['GetItem', get],
  ['Query', query],
  ['Scan', scan],
  ['BatchGetItem', batch],
  ['Query of an index', index],
];

describe('an eventually consistent read', () => {
  it.each(eventual)('%s may see the past, but none older than the limit', async (_, read) => {
    const found = await ages(read, false, 100);
    expect(new Set(found)).toEqual(new Set([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]));
  });

  it.each(eventual)('%s sees the latest state without staleness', async (_, read) => {
    expect(new Set(await ages(read, false, 100, 0))).toEqual(new Set([0]));
  });

  it('is stale as often as told, and the same way for the same seed', async () => {
    const found = await ages(get, false, 1_000, 0.1);
    const stale = found.filter((age) => age > 0).length;
    expect(stale).toBeGreaterThan(10);
    expect(stale).toBeLessThan(60);
    expect(await ages(get, false, 1_000, 0.1)).toEqual(found);
    expect(await ages(get, false, 1_000, 0.1, 2)).not.toEqual(found);
  });
});

it.each(eventual.slice(0, 4))('a strongly consistent %s sees the latest state', async (_, read) => {
  expect(new Set(await ages(read, true, 1_000))).toEqual(new Set([0]));
});

describe('what is stale', () => {
  it('is counted in requests where no time passes', async () => {
    const { client } = things({ staleness: { chance: 1, maxAge: 6 } });
    const seen = new Set<number>();
    for (let n = 0; n < 200; n++) {
      await client.send(put(n));
      const [found] = await get(client, false);
      seen.add(found === undefined ? -1 : n - Number(found['rnk']!.N));
    }
    seen.delete(-1);
    expect([...seen].sort()).toEqual([0, 1, 2, 3]);
  });

  it('is one state of a partition that really was, with items that have been deleted since', async () => {
    const { client } = things({ staleness: { chance: 1, maxAge: 60 } });
    const history: string[] = [''];
    const items = new Map<string, number>();
    const random = new Random(5);
    const shown = (): string => [...items].sort(([a], [b]) => (a < b ? -1 : 1)).join(' ');
    let older = 0;
    for (let n = 1; n < 600; n++) {
      const sk = random.pick(['a', 'b', 'c', 'd']);
      if (random.chance(0.4) && items.has(sk)) {
        items.delete(sk);
        await client.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: S('p'), sk: S(sk) } }));
      } else {
        items.set(sk, n);
        await client.send(new PutItemCommand({ TableName: TABLE, Item: { pk: S('p'), sk: S(sk), n: N(n) } }));
      }
      history.push(shown());
      const found = (await query(client, false)).map((item) => `${item['sk']!.S!},${item['n']!.N!}`).join(' ');
      expect(history.slice(-31)).toContain(found);
      if (found !== shown()) older++;
    }
    expect(older).toBeGreaterThan(300);
  });
});
