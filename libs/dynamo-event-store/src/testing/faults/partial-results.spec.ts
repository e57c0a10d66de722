import { describe, expect, it } from '@jest/globals';
import type { QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { Random } from '../simulation/random.js';
import type { Item } from '../../dynamo/item-size.js';
import { KeyNames, type KeysOf, type PageKeys } from './key-names.js';
import { cutPage, splitBatch, withUnprocessed } from './partial-results.js';

const refuse = (): Promise<never> => Promise.reject(new Error('not asked for'));
const key = (n: number): Item => ({ pk: { S: 'a' }, sk: { S: String(n) } });
const item = (n: number): Item => ({ ...key(n), data: { N: String(n) }, list: { S: 'l' }, at: { N: '9' } });
const page = (count: number, more: Partial<QueryCommandOutput> = {}): QueryCommandOutput => ({
  Items: Array.from({ length: count }, (_, n) => item(n)),
  Count: count,
  ScannedCount: count,
  $metadata: {},
  ...more,
});
const cut = (input: PageKeys, answer: QueryCommandOutput, share: number, keysOf?: KeysOf) =>
  cutPage({ TableName: 't', ...input }, answer, share, new KeyNames(refuse, keysOf));

describe('a page cut short', () => {
  it.each([
    [0, 1],
    [0.49, 1],
    [0.5, 2],
    [0.99, 3],
    [1, 3],
  ])('to the share %d of four items keeps %d, and goes on from the last of them', async (share, kept) => {
    expect(await cut({}, page(4), share)).toEqual({
      ...page(kept),
      LastEvaluatedKey: key(kept - 1),
    });
  });

  it('goes on inside what the database itself left for later', async () => {
    const answer = page(3, { LastEvaluatedKey: key(2) });
    expect(await cut({}, answer, 0.4)).toMatchObject({ Count: 1, LastEvaluatedKey: key(0) });
  });

  it('is never empty unless it goes on from an earlier one; then it goes on from there again', async () => {
    const from = { ExclusiveStartKey: key(77) };
    expect(await cut(from, page(2), 0)).toMatchObject({ Items: [], Count: 0, LastEvaluatedKey: key(77) });
    expect(await cut(from, page(1), 0)).toMatchObject({ Items: [], Count: 0, LastEvaluatedKey: key(77) });
    expect(await cut(from, page(1), 0.25)).toBeUndefined();
    expect(await cut({}, page(1), 0)).toBeUndefined();
  });

  it('counts what a filter took out as read only up to the cut', async () => {
    expect(await cut({}, page(4, { ScannedCount: 10 }), 0.5)).toMatchObject({ Count: 2, ScannedCount: 8 });
  });

  it.each<[string, QueryCommandOutput]>([
    ['has no items', page(0)],
    ['is only counted', { Count: 4, ScannedCount: 4, $metadata: {} }],
    ['does not show the keys', page(2, { Items: [{ data: { N: '0' } }, { data: { N: '1' } }] })],
  ])('cannot be one that %s', async (_, answer) => {
    expect(await cut({}, answer, 0.5)).toBeUndefined();
  });
});

describe('the key to go on from', () => {
  const described = {
    Table: {
      KeySchema: [{ AttributeName: 'data', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{ IndexName: 'by-at', KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }] }],
    },
  };

  it('of the index that lists streams has the keys of index and table', async () => {
    const answer = await cut({ IndexName: 'streams' }, page(2), 0.5);
    expect(answer?.LastEvaluatedKey).toEqual({ ...key(0), list: { S: 'l' }, at: { N: '9' } });
  });

  it('has the attributes that the request or the answer shows', async () => {
    const asked = await cut({ ExclusiveStartKey: { data: { N: '7' } } }, page(2), 0.5);
    expect(asked?.LastEvaluatedKey).toEqual({ data: { N: '0' } });
    const answered = await cut({}, page(2, { LastEvaluatedKey: { data: { N: '1' } } }), 0.5);
    expect(answered?.LastEvaluatedKey).toEqual({ data: { N: '0' } });
  });

  it('has the attributes that the user names', async () => {
    const keysOf: KeysOf = (table, index) => (table === 't' && index === 'i' ? ['data', 'pk'] : undefined);
    const answer = await cut({ IndexName: 'i' }, page(2), 0.5, keysOf);
    expect(answer?.LastEvaluatedKey).toEqual({ data: { N: '0' }, pk: { S: 'a' } });
  });

  it('of other tables is asked for once', async () => {
    const asked: unknown[] = [];
    const keys = new KeyNames((command) => {
      asked.push(command.input);
      return Promise.resolve(described);
    });
    const foreign = page(2, { Items: [0, 1].map((n) => ({ data: { N: String(n) }, at: { N: '9' } })) });
    const ofTable = await cutPage({ TableName: 'u' }, foreign, 0.5, keys);
    const ofIndex = await cutPage({ TableName: 'u', IndexName: 'by-at' }, foreign, 0.5, keys);
    expect(ofTable?.LastEvaluatedKey).toEqual({ data: { N: '0' } });
    expect(ofIndex?.LastEvaluatedKey).toEqual({ at: { N: '9' }, data: { N: '0' } });
    expect(asked).toEqual([{ TableName: 'u' }]);
  });
});

describe('a batch of which a part is left out', () => {
  const writes = { RequestItems: { t: ['a', 'b', 'c'], u: ['d'] }, ReturnConsumedCapacity: 'TOTAL' };
  const reads = { RequestItems: { t: { Keys: ['a', 'b', 'c'], ConsistentRead: true }, u: { Keys: ['d'] } } };

  it.each([0, 0.3, 0.5, 0.8, 1])('is carried out and left out in two parts that make up the whole (%d)', (share) => {
    for (let seed = 0; seed < 20; seed++) {
      const { input, left } = splitBatch(writes, share, new Random(seed))!;
      const kept = Object.values((input as typeof writes).RequestItems).flat();
      const rest = Object.values(left as (typeof writes)['RequestItems']).flat();
      expect(kept.length).toBe(Math.max(1, Math.min(3, Math.floor(share * 4))));
      expect([...kept, ...rest].sort()).toEqual(['a', 'b', 'c', 'd']);
      expect(input).toMatchObject({ ReturnConsumedCapacity: 'TOTAL' });
    }
  });

  it('names no table with nothing to do', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { input, left } = splitBatch(writes, 0, new Random(seed))!;
      for (const part of [...Object.values((input as typeof writes).RequestItems), ...Object.values(left)])
        expect(part).not.toHaveLength(0);
    }
  });

  it('of reads keeps what to read of each table', () => {
    const { input, left } = splitBatch(reads, 0.5, new Random(3))!;
    for (const part of [(input as typeof reads).RequestItems, left])
      if ('t' in part) expect(part.t).toMatchObject({ ConsistentRead: true, Keys: expect.any(Array) });
  });

  it('cannot be one of a single request', () => {
    expect(splitBatch({ RequestItems: { t: ['a'] } }, 0, new Random(1))).toBeUndefined();
    expect(splitBatch({}, 0, new Random(1))).toBeUndefined();
  });

  it('is answered with what the database left out, too', () => {
    expect(
      withUnprocessed({ UnprocessedItems: { t: ['a'], v: ['x'] } }, 'UnprocessedItems', { t: ['b'], u: ['d'] }),
    ).toEqual({
      UnprocessedItems: { t: ['a', 'b'], u: ['d'], v: ['x'] },
    });
    const left = { t: { Keys: ['b'], ConsistentRead: true } };
    expect(
      withUnprocessed({ Responses: {}, UnprocessedKeys: { t: { Keys: ['a'] } } }, 'UnprocessedKeys', left),
    ).toEqual({
      Responses: {},
      UnprocessedKeys: { t: { Keys: ['a', 'b'], ConsistentRead: true } },
    });
    expect(withUnprocessed({ Responses: {} }, 'UnprocessedKeys', left)).toEqual({
      Responses: {},
      UnprocessedKeys: left,
    });
  });
});
