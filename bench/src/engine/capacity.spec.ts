import { describe, expect, it } from '@jest/globals';
import { itemBytes } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { answerOf } from './answers.js';
import { unitsOfRead, unitsOfWrite } from './capacity.js';
import { Tables } from './tables.js';
import { Upstream } from './upstream.js';
import { sizeOfItem, type WireItem } from './wire-item.js';

const tables = new Tables();
const key = [{ AttributeName: 'pk' }];
tables.add({ TableName: 'plain', KeySchema: key });
tables.add({
  TableName: 'indexed',
  KeySchema: key,
  GlobalSecondaryIndexes: [
    { IndexName: 'all', KeySchema: [{ AttributeName: 'list' }], Projection: { ProjectionType: 'ALL' } },
    { IndexName: 'keys', KeySchema: [{ AttributeName: 'list' }], Projection: { ProjectionType: 'KEYS_ONLY' } },
  ],
});
/** Nobody answers there: what is asked of it in these tests is a mistake. */
const upstream = new Upstream('http://127.0.0.1:9');
const accepted = answerOf(200, '{}');

const itemOf = (bytes: number): WireItem => ({ pk: { S: 'a' }, text: { S: 'x'.repeat(bytes - 7) } });
const put = (table: string, item: WireItem) => ({ TableName: table, Item: item });
const unitsOf = (operation: string, input: object, answer = accepted) =>
  unitsOfWrite(operation, JSON.stringify(input), answer, tables, upstream);

describe('sizes of items', () => {
  it('are those of the library, for every type that it stores', () => {
    const item: WireItem = {
      pk: { S: 'ä' },
      n: { N: '-1200' },
      long: { N: '1700000000123' },
      list: { L: [{ S: 'abc' }, { M: { a: { BOOL: true }, b: { NULL: true } } }] },
    };
    expect(sizeOfItem(item)).toBe(itemBytes(item as never));
    expect(sizeOfItem({ b: { B: Buffer.alloc(10).toString('base64') } })).toBe(
      itemBytes({ b: { B: Buffer.alloc(10) } }),
    );
  });
});

describe('units of writes', () => {
  it('round each item up to 1 KB', async () => {
    expect(sizeOfItem(itemOf(1024))).toBe(1024);
    expect(await unitsOf('PutItem', put('plain', itemOf(1024)))).toEqual({ write: 1, read: 0 });
    expect(await unitsOf('PutItem', put('plain', itemOf(1025)))).toEqual({ write: 2, read: 0 });
  });

  it('double in transactions, item by item', async () => {
    const TransactItems = [{ Put: put('plain', itemOf(100)) }, { Put: put('plain', itemOf(1_500)) }];
    expect(await unitsOf('TransactWriteItems', { TransactItems })).toEqual({ write: 6, read: 0 });
  });

  it('count entries of indexes once, at the size of what they hold, and only of items that they list', async () => {
    const listed = { ...itemOf(1_500), list: { S: 'l' } };
    expect(await unitsOf('PutItem', put('indexed', listed))).toEqual({ write: 2 + 2 + 1, read: 0 });
    expect(await unitsOf('PutItem', put('indexed', itemOf(1_500)))).toEqual({ write: 2, read: 0 });
    const TransactItems = [{ Put: put('indexed', listed) }];
    expect(await unitsOf('TransactWriteItems', { TransactItems })).toEqual({ write: 4 + 2 + 1, read: 0 });
  });

  it('of a refused write are those of the larger one of the item that it met and its own', async () => {
    const refusal = answerOf(400, JSON.stringify({ __type: 'x', Item: itemOf(3_000) }));
    expect(await unitsOf('PutItem', put('indexed', itemOf(10)), refusal)).toEqual({ write: 3, read: 0 });
    expect(await unitsOf('PutItem', put('indexed', itemOf(5_000)), refusal)).toEqual({ write: 5, read: 0 });
  });
});

describe('units of reads', () => {
  const answer = (...items: readonly WireItem[]) => answerOf(200, JSON.stringify({ Items: items }));

  it('round what one request read up to 4 KB, all items together', () => {
    const strong = JSON.stringify({ ConsistentRead: true });
    expect(unitsOfRead('Query', strong, answer(itemOf(2_048), itemOf(2_048)))).toEqual({ write: 0, read: 1 });
    expect(unitsOfRead('Query', strong, answer(itemOf(2_048), itemOf(2_049)))).toEqual({ write: 0, read: 2 });
    expect(unitsOfRead('Query', strong, answer())).toEqual({ write: 0, read: 1 });
  });

  it('halve when eventually consistent', () => {
    expect(unitsOfRead('Query', '{}', answer(itemOf(5_000)))).toEqual({ write: 0, read: 1 });
  });

  it('cannot be told from an answer that leaves out what was read', () => {
    expect(() => unitsOfRead('Query', JSON.stringify({ FilterExpression: 'a = :a' }), answer())).toThrow(
      /answers less/,
    );
  });
});
