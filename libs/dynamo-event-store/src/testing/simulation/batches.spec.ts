import { BatchGetItemCommand, BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });
const put = (item: Item, more: object = {}) => new PutItemCommand({ TableName: TABLE, Item: item, ...more });

describe('a batch', () => {
  const writes = (count: number) => Array.from({ length: count }, (_, n) => ({ PutRequest: { Item: key(`k${n}`) } }));

  it('writes and deletes, and reads what is there', async () => {
    const { client, database } = things();
    await client.send(put(key('old')));
    const { UnprocessedItems: left } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [TABLE]: [...writes(3), { DeleteRequest: { Key: key('old') } }] } }),
    );
    expect([left, database.items(TABLE)]).toEqual([{}, [key('k0'), key('k1'), key('k2')]]);
    const read = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [TABLE]: { Keys: [key('k2'), key('old'), key('k0')], ProjectionExpression: 'sk' } },
      }),
    );
    expect(read).toMatchObject({ Responses: { [TABLE]: [{ sk: S('k2') }, { sk: S('k0') }] }, UnprocessedKeys: {} });
  });

  it('may leave some undone, never all, and is done when those are sent again', async () => {
    const { client, database } = things({ unprocessed: 1 });
    let rounds = 0;
    let requests = { [TABLE]: writes(25) };
    while (Object.keys(requests).length > 0 && rounds < 30) {
      const { UnprocessedItems: left } = await client.send(new BatchWriteItemCommand({ RequestItems: requests }));
      requests = left as typeof requests;
      rounds++;
    }
    expect(rounds).toBe(25);
    expect(database.items(TABLE)).toHaveLength(25);
    const keys = writes(25).map(({ PutRequest }) => PutRequest.Item);
    const { Responses: found, UnprocessedKeys: rest } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: keys, ConsistentRead: true } } }),
    );
    expect(found?.[TABLE]).toHaveLength(1);
    expect(rest?.[TABLE]?.ConsistentRead).toBe(true);
    expect([...(found?.[TABLE] ?? []), ...(rest?.[TABLE]?.Keys ?? [])].map(({ sk }) => sk!.S!).sort()).toEqual(
      keys.map(({ sk }) => sk!.S!).sort(),
    );
  });

  it('reads at most 16 MB', async () => {
    const { client } = things();
    const keys = Array.from({ length: 45 }, (_, n) => key(`k${n}`));
    for (const each of keys) await client.send(put({ ...each, f: S('x'.repeat(400_000)) }));
    const read = await client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: keys } } }));
    expect(read.Responses?.[TABLE]).toHaveLength(41);
    expect(read.UnprocessedKeys?.[TABLE]?.Keys).toEqual(keys.slice(41));
  });

  it.each<[string, object[], RegExp]>([
    ['of more than 25', writes(26), /Too many items/],
    ['of none', [], /cannot be null or empty/],
    ['of one item twice', [...writes(1), { DeleteRequest: { Key: key('k0') } }], /duplicates/],
    ['of an action that is two', [{ ...writes(1)[0], DeleteRequest: { Key: key('x') } }], /exactly one/],
    ['of an item that cannot be', [...writes(1), { PutRequest: { Item: { pk: S('') } } }], /empty string value/],
  ])('is refused whole %s', async (_, requests, message) => {
    const { client, database } = things();
    await expect(client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } }))).rejects.toThrow(
      message,
    );
    expect(database.items(TABLE)).toEqual([]);
  });
});
