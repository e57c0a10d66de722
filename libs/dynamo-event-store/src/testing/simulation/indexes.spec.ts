import {
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';

const ITEM: Item = { pk: S('p'), sk: S('s'), grp: S('g'), rnk: N(1), a: S('a'), z: S('z') };

async function query(client: DynamoDBClient, input: Partial<QueryCommandInput> = {}) {
  return client.send(
    new QueryCommand({
      TableName: TABLE,
      IndexName: 'keys',
      KeyConditionExpression: 'grp = :g',
      ExpressionAttributeValues: { ':g': S('g') },
      ...input,
    }),
  );
}

async function put(client: DynamoDBClient, ...items: Item[]): Promise<void> {
  for (const item of items) await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
}

describe('an index', () => {
  it('holds the attributes of its projection', async () => {
    const { client } = things();
    await put(client, ITEM);
    const keys = { pk: S('p'), sk: S('s'), grp: S('g'), rnk: N(1) };
    expect((await query(client)).Items).toEqual([keys]);
    expect((await query(client, { IndexName: 'some' })).Items).toEqual([{ ...keys, a: S('a') }]);
    expect((await query(client, { IndexName: 'all' })).Items).toEqual([ITEM]);
    expect((await client.send(new ScanCommand({ TableName: TABLE, IndexName: 'some' }))).Items).toEqual([
      { ...keys, a: S('a') },
    ]);
  });

  it('holds only items that have its keys, and follows every change of them', async () => {
    const { client } = things();
    const ranks = async (): Promise<string> =>
      ((await query(client)).Items ?? []).map(({ rnk, sk }) => `${rnk!.N!}${sk!.S!}`).join();
    await put(client, ITEM, { ...ITEM, sk: S('t'), rnk: N(-5) }, { pk: S('p'), sk: S('u'), grp: S('g') });
    expect(await ranks()).toBe('-5t,1s');
    const update = (UpdateExpression: string, values?: Item) =>
      client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { pk: S('p'), sk: S('s') },
          UpdateExpression,
          ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
        }),
      );
    await update('SET rnk = :r', { ':r': N('-7.5') });
    expect(await ranks()).toBe('-7.5s,-5t');
    await update('SET grp = :g', { ':g': S('other') });
    expect(await ranks()).toBe('-5t');
    await update('SET grp = :g', { ':g': S('g') });
    await update('REMOVE rnk');
    expect(await ranks()).toBe('-5t');
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: S('p'), sk: S('t') } }));
    expect(await ranks()).toBe('');
  });

  it('is read page by page, also among items of one rank', async () => {
    const { client } = things();
    const names = Array.from({ length: 9 }, (_, index) => String(index));
    await put(client, ...names.map((name) => ({ pk: S(name), sk: S('s'), grp: S('g'), rnk: N(Number(name) % 2) })));
    for (const ScanIndexForward of [true, false]) {
      for (const Limit of [1, 2, 4, 9]) {
        const found: string[] = [];
        let start: Item | undefined;
        do {
          const page = await query(client, { Limit, ScanIndexForward, ExclusiveStartKey: start });
          found.push(...(page.Items ?? []).map(({ pk }) => pk!.S!));
          start = page.LastEvaluatedKey;
          if (start !== undefined) expect(Object.keys(start).sort()).toEqual(['grp', 'pk', 'rnk', 'sk']);
        } while (start !== undefined);
        expect([...found].sort()).toEqual(names);
        const ranks = found.map((name) => Number(name) % 2);
        expect(ranks).toEqual([...ranks].sort((a, b) => (ScanIndexForward ? a - b : b - a)));
      }
    }
  });

  it.each<[string, Partial<QueryCommandInput>, RegExp]>([
    ['strongly consistent', { ConsistentRead: true }, /Consistent reads are not supported on global secondary/],
    ['with attributes it does not hold', { ProjectionExpression: 'z' }, /does not project \[z\]/],
    [
      'with a filter on what it does not hold',
      { FilterExpression: 'attribute_exists(z)' },
      /does not project one or more filter attributes: \[z\]/,
    ],
    ['with all attributes', { Select: 'ALL_ATTRIBUTES' }, /projection type is not ALL/],
    ['from a key of the table', { ExclusiveStartKey: { pk: S('p'), sk: S('s') } }, /starting key is invalid/],
  ])('is not read %s', async (_, input, message) => {
    const { client } = things();
    const error = await rejectionOf(query(client, input));
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });

  it.each<[string, Item, RegExp]>([
    ['of another type', { rnk: S('1') }, /Type mismatch for Index Key rnk/],
    ['that are empty', { grp: S('') }, /secondary index key.*empty string.*grp/],
    ['that are too long', { grp: S('x'.repeat(2_049)) }, /Size limit exceeded/],
  ])('takes no keys %s', async (_, attributes, message) => {
    const { client, database } = things();
    await expect(put(client, { ...ITEM, ...attributes })).rejects.toThrow(message);
    expect(database.items(TABLE)).toEqual([]);
  });
});
