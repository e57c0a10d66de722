import {
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  GetItemCommand,
  type DynamoDBClient,
  type QueryCommandInput,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { L, M, N, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';

async function put(client: DynamoDBClient, ...items: Item[]): Promise<void> {
  for (const item of items) await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
}

const inP = (sk: string, rest: Item = {}): Item => ({ pk: S('p'), sk: S(sk), ...rest });

/** Queries partition `p`. */
async function query(client: DynamoDBClient, input: Partial<QueryCommandInput> = {}, sort = '', values: Item = {}) {
  return client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: `pk = :p${sort === '' ? '' : ` AND ${sort}`}`,
      ExpressionAttributeValues: { ':p': S('p'), ...values },
      ...input,
    }),
  );
}

describe('a projection', () => {
  const item = inP('x', {
    l: L(N(0), N(1), M({ a: N(2) })),
    m: M({ a: S('y'), b: M({ c: N(1), d: N(2) }) }),
    t: S('t'),
  });

  it.each<[string, Item]>([
    ['t', { t: S('t') }],
    ['sk, m.b.c', { sk: S('x'), m: M({ b: M({ c: N(1) }) }) }],
    ['m.b.d, m.a', { m: M({ a: S('y'), b: M({ d: N(2) }) }) }],
    ['l[2].a, l[0]', { l: L(N(0), M({ a: N(2) })) }],
    ['nope, l[9], m.nope, t.nope', {}],
  ])('%s', async (expression, found) => {
    const { client } = things();
    await put(client, item);
    const Key = inP('x');
    const { Item: read } = await client.send(
      new GetItemCommand({ TableName: TABLE, Key, ProjectionExpression: expression }),
    );
    expect(read).toEqual(found);
    expect((await query(client, { ProjectionExpression: expression })).Items).toEqual([found]);
  });

  it('is refused when its paths overlap', async () => {
    const { client } = things();
    await expect(query(client, { ProjectionExpression: 'm, m.a' })).rejects.toThrow(/overlap/);
    await expect(query(client, { ProjectionExpression: 't', Select: 'COUNT' })).rejects.toThrow(/COUNT/);
  });
});

describe('a scan', () => {
  async function spread(): Promise<{ client: DynamoDBClient; all: string[] }> {
    const { client } = things();
    const all: string[] = [];
    for (let partition = 0; partition < 20; partition++) {
      for (const sk of ['a', 'b', 'c']) {
        all.push(`${partition}${sk}`);
        await put(client, { pk: S(String(partition)), sk: S(sk), n: N(partition) });
      }
    }
    return { client, all: all.sort() };
  }

  async function read(client: DynamoDBClient, input: Partial<ScanCommandInput>): Promise<string[]> {
    const found: string[] = [];
    let start: Item | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName: TABLE, ...input, ExclusiveStartKey: start }));
      found.push(...(page.Items ?? []).map(({ pk, sk }) => pk!.S! + sk!.S!));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return found;
  }

  it('reads every item once, at any limit, and partitions whole', async () => {
    const { client, all } = await spread();
    for (const Limit of [1, 2, 7, 60, 61, undefined]) {
      const found = await read(client, { Limit });
      expect([...found].sort()).toEqual(all);
      expect(found.map((each) => each.at(-1)).join('')).toBe('abc'.repeat(20));
    }
  });

  it('reads every item once over all segments, and each segment its own', async () => {
    const { client, all } = await spread();
    for (const TotalSegments of [1, 2, 3, 50]) {
      const parts = await Promise.all(
        Array.from({ length: TotalSegments }, (_, Segment) => read(client, { Segment, TotalSegments, Limit: 2 })),
      );
      expect(parts.flat().sort()).toEqual(all);
    }
    const halves = await read(client, { Segment: 0, TotalSegments: 2 });
    expect(halves.length).toBeGreaterThan(0);
    expect(halves.length).toBeLessThan(60);
  });

  it('filters by any attribute', async () => {
    const { client } = await spread();
    const found = await read(client, {
      FilterExpression: 'pk = :p AND sk > :s',
      ExpressionAttributeValues: { ':p': S('7'), ':s': S('a') },
    });
    expect(found).toEqual(['7b', '7c']);
  });

  it('is refused with a segment that is not there', async () => {
    const { client } = await spread();
    await expect(read(client, { Segment: 2, TotalSegments: 2 })).rejects.toThrow(/must be less than/);
    await expect(read(client, { Segment: 0 })).rejects.toThrow(/TotalSegments/);
  });
});
