import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateTableCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { toCommitItems } from '../../libs/dynamo-event-store/src/dynamo/commit-item.js';
import {
  itemBytes,
  MAX_ITEM_BYTES,
  writeUnits,
  type Item,
} from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const { randomValue } = fc.letrec<{ randomValue: AttributeValue; leaf: AttributeValue }>((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((S) => ({ S })),
    fc.maxSafeInteger().map((each) => ({ N: String(each) })),
    fc.uint8Array({ maxLength: 40 }).map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant<AttributeValue>({ NULL: true }),
  ),
  randomValue: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('randomValue'), { maxLength: 5 }).map((L) => ({ L })),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), tie('randomValue'), { maxKeys: 5 }).map((M) => ({ M })),
  ),
}));

/**
 * DynamoDB tells the size of an item only in whole units. So each kind of value goes into an item that is filled up to
 * exactly n KB, and into one with a byte more: the price changes between the two only if the computed size is the real one.
 */
describe('the computed size of an item is the one that DynamoDB charges for', () => {
  const client = testClient();
  const table = uniqueTableName('item-size');

  beforeAll(async () => {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  });
  afterAll(() => {
    client.destroy();
  });

  /** A new key each time: a write over a larger item would be charged for that one. */
  const keyed = (item: Item): Item => ({ ...item, pk: { S: randomUUID() }, sk: { S: 'e#0000000000000001' } });

  function filledTo(bytes: number, value: AttributeValue): Item {
    const item = keyed({ value, filling: { S: '' } });
    return { ...item, filling: { S: 'x'.repeat(bytes - itemBytes(item)) } };
  }

  async function charge(item: Item): Promise<number | undefined> {
    const put = new PutItemCommand({ TableName: table, Item: item, ReturnConsumedCapacity: 'TOTAL' });
    return (await client.send(put)).ConsumedCapacity?.CapacityUnits;
  }

  const number = (N: string): AttributeValue => ({ N });
  const values: [string, AttributeValue][] = [
    ['an empty string', { S: '' }],
    ['text of several bytes per character', { S: 'é€😀' }],
    ['bytes', { B: new Uint8Array(7) }],
    ['an empty list', { L: [] }],
    ['a list', { L: [{ S: 'order-placed@1' }, { S: 'x' }] }],
    ['a list of lists', { L: [{ L: [{ S: '' }] }, { L: [] }] }],
    ['a map', { M: { a: { S: 'x' }, bc: { N: '12' } } }],
    ['true', { BOOL: true }],
    ['null', { NULL: true }],
    ...['0', '1', '12', '120', '123', '1200', '1230', '12345', '100000', '-1', '-120'].map(
      (text): [string, AttributeValue] => [text, number(text)],
    ),
    ...['1700000000000', '1712345678901', '1712345678910', '1712345678100', '1700000000', '9007199254740991'].map(
      (text): [string, AttributeValue] => [text, number(text)],
    ),
  ];

  it.each(values)('%s', async (_, value) => {
    for (const units of [1, 3]) {
      expect(await charge(filledTo(units * 1024, value))).toBe(units);
      expect(await charge(filledTo(units * 1024 + 1, value))).toBe(units + 1);
    }
  });

  it.each<[string, AttributeValue]>([
    ['a set of texts', { SS: ['a', 'bc', 'é'] }],
    ['a set of numbers', { NS: ['1', '22.5', '-300'] }],
    ['a set of bytes', { BS: [Uint8Array.of(1), Uint8Array.of(1, 2, 3)] }],
    ...['1.5', '0.5', '0.005', '12.34', '-0.001', '100.5', '123.456', '1e10', '1E-10', '1e125'].map(
      (text): [string, AttributeValue] => [text, number(text)],
    ),
  ])('%s, which the store does not write', async (_, value) => {
    expect(await charge(filledTo(1024, value))).toBe(1);
    expect(await charge(filledTo(1025, value))).toBe(2);
  });

  it('random items', async () => {
    await fc.assert(
      fc.asyncProperty(randomValue, fc.integer({ min: 1, max: 4 }), async (value, units) => {
        const room = units * 1024 - itemBytes({ ...keyed({ value, filling: { S: '' } }) });
        fc.pre(room >= 0);
        expect(await charge(filledTo(units * 1024, value))).toBe(units);
        expect(await charge(filledTo(units * 1024 + 1, value))).toBe(units + 1);
      }),
      { numRuns: 60 },
    );
  });

  it('an item of exactly 400 KB is taken, and one of a byte more is refused', async () => {
    expect(await charge(filledTo(MAX_ITEM_BYTES, { N: '1712345678910' }))).toBe(400);
    await expect(charge(filledTo(MAX_ITEM_BYTES + 1, { N: '1712345678910' }))).rejects.toThrow(/size/i);
  });

  it('commits, whatever is in them', async () => {
    for (const recordedAt of [1_712_345_678_910, 1_700_000_000_000, 5]) {
      for (const length of [1, 700, 830, 900, 5_000]) {
        for (const text of ['x'.repeat(length), randomUUID().repeat(length / 36)]) {
          const [item] = toCommitItems(
            {
              stream: { aggregate: 'order', id: randomUUID(), tenant: 'acme' },
              version: 1,
              count: 1,
              types: ['order-placed@1'],
              commitId: randomUUID(),
              recordedAt,
              metadata: { actorId: 'ada' },
              body: JSON.stringify([[0, { text }]]),
              ttl: 1_800_000_000,
            },
            4,
          );
          expect(await charge(item)).toBe(writeUnits(itemBytes(item)));
        }
      }
    }
  });
});
