import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { itemBytes } from '../../dynamo/item-size.js';
import { N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';
import { normalizeItem } from './values/stored-value.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });

/** An item of so many bytes. */
function sized(sk: string, bytes: number, rest: Item = {}): Item {
  const item = { ...key(sk), ...rest, f: S('') };
  return { ...item, f: S('x'.repeat(bytes - itemBytes(item))) };
}

const ReturnConsumedCapacity = 'INDEXES';
const onTable = (units: number) => ({ TableName: TABLE, CapacityUnits: units, Table: { CapacityUnits: units } });

describe('a write costs', () => {
  const put = (Item: Item, more: object = {}) =>
    new PutItemCommand({ TableName: TABLE, Item, ReturnConsumedCapacity, ...more });

  it('a unit for each KB of the item, or of the one it replaces', async () => {
    const { client } = things();
    const cost = async (item: Item) => (await client.send(put(item))).ConsumedCapacity;
    expect(await cost(sized('a', 1_024))).toEqual(onTable(1));
    expect(await cost(sized('a', 1_025))).toEqual(onTable(2));
    expect(await cost(sized('a', 5_000))).toEqual(onTable(5));
    expect(await cost(sized('a', 100))).toEqual(onTable(5));
    expect(await cost(sized('a', 100))).toEqual(onTable(1));
  });

  it('by the size before and after for an update, by the size before for a delete, and a unit for nothing', async () => {
    const { client } = things();
    await client.send(put(sized('a', 3_000)));
    const Key = key('a');
    const shrunk = await client.send(
      new UpdateItemCommand({ TableName: TABLE, Key, UpdateExpression: 'REMOVE f', ReturnConsumedCapacity }),
    );
    expect(shrunk.ConsumedCapacity).toEqual(onTable(3));
    await client.send(put(sized('a', 2_000)));
    const remove = new DeleteItemCommand({ TableName: TABLE, Key, ReturnConsumedCapacity });
    expect((await client.send(remove)).ConsumedCapacity).toEqual(onTable(2));
    expect((await client.send(remove)).ConsumedCapacity).toEqual(onTable(1));
  });

  it('units of the indexes it changes: none, one write, or two when the entry moves', async () => {
    const { client } = things();
    const cost = async (item: Item) => {
      const { ConsumedCapacity: { CapacityUnits: total, Table: table, GlobalSecondaryIndexes: indexes } = {} } =
        await client.send(put(item));
      const units = Object.entries(indexes ?? {}).map(([name, each]) => `${name} ${each.CapacityUnits!}`);
      return [total, table?.CapacityUnits, units.sort().join(', ')];
    };
    const keys = { grp: S('g'), rnk: N(1) };
    const a = S('a'.repeat(2_000));
    expect(await cost({ ...key('x'), z: S('z') })).toEqual([1, 1, '']);
    expect(await cost({ ...key('x'), ...keys, a })).toEqual([7, 2, 'all 2, keys 1, some 2']);
    expect(await cost({ ...key('x'), ...keys, a })).toEqual([2, 2, '']);
    expect(await cost({ ...key('x'), ...keys, a, z: S('z') })).toEqual([4, 2, 'all 2']);
    expect(await cost({ ...key('x'), ...keys, a: S('a') })).toEqual([6, 2, 'all 2, some 2']);
    expect(await cost({ ...key('x'), ...keys, rnk: N(2), a: S('a') })).toEqual([7, 1, 'all 2, keys 2, some 2']);
    expect(await cost(key('x'))).toEqual([4, 1, 'all 1, keys 1, some 1']);
  });

  it('as much when its condition is not met, which only the total shows', async () => {
    const { client, database } = things();
    await client.send(put(sized('a', 2_500)));
    const before = database.consumed.writeUnits;
    const refused = { ConditionExpression: 'attribute_not_exists(pk)' };
    await rejectionOf(client.send(put(sized('a', 100), refused)));
    expect(database.consumed.writeUnits - before).toBe(3);
    await rejectionOf(client.send(put(sized('a', 4_500), refused)));
    expect(database.consumed.writeUnits - before).toBe(3 + 5);
  });
});

describe('a read costs', () => {
  it('a unit for each 4 KB, half of that when it is eventually consistent, and the least for nothing', async () => {
    const { client } = things();
    await client.send(new PutItemCommand({ TableName: TABLE, Item: sized('a', 4_097) }));
    for (const [sk, ConsistentRead, units] of [
      ['a', true, 2],
      ['a', false, 1],
      ['none', true, 1],
      ['none', false, 0.5],
    ] as const) {
      const { ConsumedCapacity: consumed } = await client.send(
        new GetItemCommand({ TableName: TABLE, Key: key(sk), ConsistentRead, ReturnConsumedCapacity }),
      );
      expect(consumed).toEqual(onTable(units));
    }
  });

  it('by the sum of all items that were read, filtered or not, and projected or not', async () => {
    const { client } = things();
    for (const sk of ['a', 'b', 'c'])
      await client.send(new PutItemCommand({ TableName: TABLE, Item: sized(sk, 3_000, { grp: S('g'), rnk: N(1) }) }));
    const cost = async (more: object) =>
      (
        await client.send(
          new QueryCommand({
            TableName: TABLE,
            KeyConditionExpression: 'pk = :p',
            ExpressionAttributeValues: { ':p': S('p') },
            ReturnConsumedCapacity,
            ...more,
          }),
        )
      ).ConsumedCapacity;
    expect(await cost({ ConsistentRead: true })).toEqual(onTable(3));
    expect(await cost({})).toEqual(onTable(1.5));
    expect(await cost({ Limit: 1 })).toEqual(onTable(0.5));
    expect(await cost({ FilterExpression: 'attribute_exists(nope)', Select: 'COUNT' })).toEqual(onTable(1.5));
    expect(await cost({ ProjectionExpression: 'sk' })).toEqual(onTable(1.5));
    expect(await cost({ ExpressionAttributeValues: { ':p': S('none') } })).toEqual(onTable(0.5));
    const inIndex = { KeyConditionExpression: 'grp = :p', ExpressionAttributeValues: { ':p': S('g') } };
    for (const [IndexName, units] of [
      ['keys', 0.5],
      ['all', 1.5],
    ] as const) {
      expect(await cost({ IndexName, ...inIndex })).toEqual({
        TableName: TABLE,
        CapacityUnits: units,
        Table: { CapacityUnits: 0 },
        GlobalSecondaryIndexes: { [IndexName]: { CapacityUnits: units } },
      });
    }
    const { ConsumedCapacity: scanned } = await client.send(
      new ScanCommand({ TableName: TABLE, ReturnConsumedCapacity: 'TOTAL' }),
    );
    expect(scanned).toEqual({ TableName: TABLE, CapacityUnits: 1.5 });
  });
});

describe('many at once cost', () => {
  it('the sum of each, rounded up by itself', async () => {
    const { client } = things();
    const written = await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TABLE]: [{ PutRequest: { Item: sized('a', 1_500) } }, { DeleteRequest: { Key: key('none') } }],
        },
        ReturnConsumedCapacity,
      }),
    );
    expect(written.ConsumedCapacity).toEqual([onTable(3)]);
    const read = await client.send(
      new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [key('a'), key('none')] } }, ReturnConsumedCapacity }),
    );
    expect(read.ConsumedCapacity).toEqual([onTable(1)]);
  });

  it('twice as much in a transaction, but for the indexes, whether it goes through or not', async () => {
    const { client, database } = things();
    const { ConsumedCapacity: written } = await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: TABLE, Item: sized('a', 1_500) } },
          { ConditionCheck: { TableName: TABLE, Key: key('b'), ConditionExpression: 'attribute_not_exists(pk)' } },
          { Put: { TableName: TABLE, Item: { ...key('c'), grp: S('g'), rnk: N(1) } } },
        ],
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(written).toEqual([{ TableName: TABLE, CapacityUnits: 11, WriteCapacityUnits: 11 }]);
    await rejectionOf(
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Delete: { TableName: TABLE, Key: key('a') } },
            { ConditionCheck: { TableName: TABLE, Key: key('b'), ConditionExpression: 'attribute_exists(pk)' } },
          ],
        }),
      ),
    );
    expect(database.consumed.writeUnits).toBe(11 + 6);
    const { ConsumedCapacity: read } = await client.send(
      new TransactGetItemsCommand({
        TransactItems: [{ Get: { TableName: TABLE, Key: key('a') } }, { Get: { TableName: TABLE, Key: key('none') } }],
        ReturnConsumedCapacity,
      }),
    );
    expect(read).toEqual([{ ...onTable(4), ReadCapacityUnits: 4, Table: { CapacityUnits: 4, ReadCapacityUnits: 4 } }]);
  });

  it('what they all cost is added up, and the requests are counted', async () => {
    const { client, database } = things();
    await client.send(new PutItemCommand({ TableName: TABLE, Item: sized('a', 1_500) }));
    await client.send(new GetItemCommand({ TableName: TABLE, Key: key('a') }));
    await client.send(new GetItemCommand({ TableName: TABLE, Key: key('a'), ConsistentRead: true }));
    expect(database.consumed).toEqual({ writeUnits: 2, readUnits: 1.5, requests: { PutItem: 1, GetItem: 2 } });
  });
});

describe('an item is as large', () => {
  // What DynamoDB Local charges for each: found by filling an item up to where it costs another unit.
  it.each<[Item[string], number]>([
    [S('é😀'), 6],
    [{ SS: ['a', 'bc', 'def'] }, 6],
    [{ NS: ['1', '22'] }, 4],
    [{ BS: [Uint8Array.of(1), Uint8Array.of(1, 2, 3)] }, 4],
    [N('0'), 1],
    [N('1.5'), 3],
    [N('0.5'), 2],
    [N('0.005'), 2],
    [N('12.34'), 3],
    [N('1.234'), 4],
    [N('-1.5'), 4],
    [N('100.5'), 4],
    [N('1e10'), 2],
    [N('1e-10'), 2],
    [N('-0.001'), 3],
    [N('123.456'), 5],
    [N('-123.456'), 6],
    [N('12345678901234567890123456789012345678'), 20],
    [N('1e125'), 2],
    [N('1e-130'), 2],
    [{ L: [{ SS: ['a', 'b'] }] }, 6],
    [{ M: { a: { NS: ['1', '2'] } } }, 9],
    [{ L: [N('1.5')] }, 7],
  ])('as %j: %d bytes', (value, bytes) => {
    expect(itemBytes(normalizeItem({ v: value }))).toBe(1 + bytes);
  });
});
