import { PutItemCommand, QueryCommand, type DynamoDBClient, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { B, N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';
import { SimulatedDynamoDb } from './simulated-dynamodb.js';

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

const sortKeys = ({ Items: items = [] }: { Items?: Item[] | undefined }): string =>
  items.map(({ sk }) => sk?.S).join('');

/** Five small items `a` to `e`. */
async function letters(): Promise<DynamoDBClient> {
  const { client } = things();
  await put(client, ...Array.from('caebd', (letter) => inP(letter, { n: N(letter.charCodeAt(0)) })), {
    pk: S('other'),
    sk: S('z'),
  });
  return client;
}

describe('a query', () => {
  it.each<[string, string, Item, string]>([
    ['everything', '', {}, 'abcde'],
    ['one', 'sk = :a', { ':a': S('c') }, 'c'],
    ['less', 'sk < :a', { ':a': S('c') }, 'ab'],
    ['less or equal', 'sk <= :a', { ':a': S('c') }, 'abc'],
    ['more', 'sk > :a', { ':a': S('c') }, 'de'],
    ['more or equal, the other way round', ':a <= sk', { ':a': S('c') }, 'cde'],
    ['between two that are there', 'sk BETWEEN :a AND :b', { ':a': S('b'), ':b': S('d') }, 'bcd'],
    ['between two that are not there', 'sk BETWEEN :a AND :b', { ':a': S('aa'), ':b': S('dd') }, 'bcd'],
    ['by prefix', 'begins_with(sk, :a)', { ':a': S('d') }, 'd'],
    ['nothing', 'sk > :a', { ':a': S('e') }, ''],
  ])('finds %s, in both directions', async (_, sort, values, found) => {
    const client = await letters();
    expect(sortKeys(await query(client, {}, sort, values))).toBe(found);
    const backward = await query(client, { ScanIndexForward: false }, sort, values);
    expect(sortKeys(backward)).toBe(Array.from(found).reverse().join(''));
    expect([backward.Count, backward.ScannedCount, backward.LastEvaluatedKey]).toEqual([
      found.length,
      found.length,
      undefined,
    ]);
  });

  it('takes text in the order of its UTF-8 bytes', async () => {
    const { client } = things();
    const inOrder = ['A', 'Z', 'a', 'aa', 'b', 'é', 'ࠀ', '\ue000', '\uffff', '😀', '😁'];
    await put(client, ...[...inOrder].sort().map((sk) => inP(sk)));
    expect(sortKeys(await query(client))).toBe(inOrder.join(''));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it.each<['N' | 'B', Item[string][]]>([
    ['N', ['-1e100', '-10', '-9', '-0.5', '0', '1e-100', '9', '10', '9007199254740992', '9007199254740993'].map(N)],
    ['B', [B(0), B(0, 0), B(1), B(127), B(128), B(255), B(255, 0)]],
  ])('takes keys of type %s in their order', async (type, inOrder) => {
    const database = new SimulatedDynamoDb();
    database.createTable(TABLE, {
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: type },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
    const { client } = database;
    const shuffled = inOrder.map((_, index) => inOrder[(index * 3 + 1) % inOrder.length]!);
    expect(new Set(shuffled).size).toBe(inOrder.length);
    await put(client, ...shuffled.map((sk, index) => ({ pk: S('p'), sk, n: N(index) })));
    const { Items: items = [] } = await query(client);
    expect(items.map(({ n }) => shuffled[Number(n!.N)])).toEqual(inOrder);
    const half = await query(client, {}, 'sk >= :a', { ':a': inOrder[4]! });
    expect(half.Count).toBe(inOrder.length - 4);
  });

  it('ends at its limit with a last key, even when nothing follows', async () => {
    const client = await letters();
    const page = await query(client, { Limit: 5 });
    expect([sortKeys(page), page.LastEvaluatedKey]).toEqual(['abcde', { pk: S('p'), sk: S('e') }]);
    const next = await query(client, { Limit: 5, ExclusiveStartKey: page.LastEvaluatedKey });
    expect([sortKeys(next), next.LastEvaluatedKey]).toEqual(['', undefined]);
    expect((await query(client, { Limit: 6 })).LastEvaluatedKey).toBeUndefined();
  });

  it('goes on behind a key, in both directions, whether an item is there or not', async () => {
    const client = await letters();
    const after = (sk: string, input: Partial<QueryCommandInput> = {}) =>
      query(client, { ExclusiveStartKey: { pk: S('p'), sk: S(sk) }, ...input }).then(sortKeys);
    await expect(after('b')).resolves.toBe('cde');
    await expect(after('bb')).resolves.toBe('cde');
    await expect(after('c', { ScanIndexForward: false })).resolves.toBe('ba');
    await expect(after('bb', { ScanIndexForward: false })).resolves.toBe('ba');
    await expect(after('b', { Limit: 2 })).resolves.toBe('cd');
  });

  it('reads every item once, page by page, at any limit and in both directions', async () => {
    const client = await letters();
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      for (const ScanIndexForward of [true, false]) {
        let [found, start]: [string, Item | undefined] = ['', undefined];
        do {
          const page = await query(client, { Limit: limit, ScanIndexForward, ExclusiveStartKey: start });
          found += sortKeys(page);
          start = page.LastEvaluatedKey;
        } while (start !== undefined);
        expect(found).toBe(ScanIndexForward ? 'abcde' : 'edcba');
      }
    }
  });

  it('ends a page with the item that reaches 1 MB, counted in stored bytes and before the filter', async () => {
    const { client } = things();
    const MB = 1024 * 1024;
    // Names and key values besides the filling: 2 + 1 + 2 + 1 + 1 bytes.
    const filled = (sk: string, bytes: number): Item => inP(sk, { f: S('é'.repeat((bytes - 7) / 2)) });
    const quarter = MB / 4 + 1;
    await put(client, filled('a', quarter), filled('b', quarter), filled('c', quarter), filled('d', MB / 4 - 5));
    const whole = await query(client);
    expect([sortKeys(whole), whole.LastEvaluatedKey]).toEqual(['abcd', undefined]);
    await put(client, inP('e'), inP('f'));
    const below = await query(client);
    expect([sortKeys(below), below.LastEvaluatedKey]).toEqual(['abcde', { pk: S('p'), sk: S('e') }]);
    const filtered = await query(client, {
      FilterExpression: 'attribute_exists(nope)',
      Select: 'COUNT',
    });
    expect(filtered).toMatchObject({ Count: 0, ScannedCount: 5, LastEvaluatedKey: { sk: S('e') } });
    expect(filtered).not.toHaveProperty('Items');
    const backward = await query(client, { ScanIndexForward: false });
    expect([sortKeys(backward), backward.LastEvaluatedKey?.['sk']]).toEqual(['fedcba', undefined]);
  });

  it('filters behind its limit', async () => {
    const client = await letters();
    const page = await query(client, { FilterExpression: 'n > :n', Limit: 3 }, '', { ':n': N('98') });
    expect([sortKeys(page), page.Count, page.ScannedCount]).toEqual(['c', 1, 3]);
    expect(page.LastEvaluatedKey).toEqual({ pk: S('p'), sk: S('c') });
  });

  it.each<[string, string, Item, RegExp, Partial<QueryCommandInput>?]>([
    ['without the partition', 'sk = :p', {}, /missed key schema element: pk/],
    ['on another attribute', 'pk = :p AND n = :a', { ':a': N(1) }, /missed key schema element: sk/],
    ['on a range of partitions', 'pk > :p', {}, /key condition not supported/],
    ['with an alternative', 'pk = :p OR sk = :a', { ':a': S('x') }, /Invalid operator.*OR/],
    ['with <>', 'pk = :p AND sk <> :a', { ':a': S('x') }, /Invalid operator.*<>/],
    ['with two ranges', 'pk = :p AND sk > :a AND sk < :b', { ':a': S('x'), ':b': S('y') }, /one condition per key/],
    ['of another type', 'pk = :p AND sk = :a', { ':a': N(1) }, /does not match schema type/],
    ['with an empty key', 'pk = :p AND sk = :a', { ':a': S('') }, /empty string value. Key: sk/],
    ['with a limit of 0', 'pk = :p', {}, /Limit must be greater/, { Limit: 0 }],
    [
      'with a filter on the key',
      'pk = :p',
      { ':a': S('x') },
      /Primary key attribute: sk/,
      { FilterExpression: 'sk = :a' },
    ],
    [
      'from a key in another partition',
      'pk = :p',
      {},
      /outside query boundaries/,
      { ExclusiveStartKey: { pk: S('q'), sk: S('a') } },
    ],
    [
      'from a key outside its range',
      'pk = :p AND sk > :a',
      { ':a': S('c') },
      /outside query boundaries/,
      { ExclusiveStartKey: { pk: S('p'), sk: S('b') } },
    ],
    ['from half a key', 'pk = :p', {}, /starting key is invalid/, { ExclusiveStartKey: { pk: S('p') } }],
    ['of an index that is not there', 'pk = :p', {}, /does not have the specified index: nope/, { IndexName: 'nope' }],
  ])('is refused %s', async (_, condition, values, message, ...[input]) => {
    const client = await letters();
    const error = await rejectionOf(
      query(client, {
        KeyConditionExpression: condition,
        ExpressionAttributeValues: { ':p': S('p'), ...values },
        ...input,
      }),
    );
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });
});
