import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { B, L, M, N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';
import { VirtualTime } from './virtual-time.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });
const put = (item: Item, more: object = {}) => new PutItemCommand({ TableName: TABLE, Item: item, ...more });
const FREE = { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

describe('data', () => {
  const shapes = (): Item => ({ ...key('a'), b: B(1, 2), l: L(S('x'), M({ y: B(3) })), s: { SS: ['v', 'u'] } });

  it('is taken as it is when it is sent, whatever the caller does with it afterwards', async () => {
    for (const time of [undefined, new VirtualTime()]) {
      const { client, database } = things(time === undefined ? {} : { time });
      const item = shapes();
      const sending = client.send(put(item));
      item['b']!.B![0] = 99;
      item['l']!.L![1]!.M!['y'] = S('changed');
      item['new'] = S('changed');
      await (time === undefined ? sending : time.runUntil(sending));
      expect(database.items(TABLE)).toEqual([{ ...shapes(), s: { SS: ['u', 'v'] } }]);
    }
  });

  it('is given out as copies, in answers, errors and listings', async () => {
    const { client, database } = things();
    await client.send(put(shapes()));
    const wanted = database.items(TABLE);
    const spoil = (item: Item | undefined): void => {
      expect(item).toEqual(wanted[0]);
      item!['b']!.B!.fill(0);
      item!['l']!.L!.length = 0;
      item!['s']!.SS![0] = 'spoilt';
      delete item!['sk'];
    };
    spoil((await client.send(new GetItemCommand({ TableName: TABLE, Key: key('a') }))).Item);
    spoil((await rejectionOf(client.send(put(shapes(), FREE))))['Item'] as Item);
    spoil((await client.send(put(shapes(), { ReturnValues: 'ALL_OLD' }))).Attributes);
    const update = { TableName: TABLE, Key: key('a'), ReturnValues: 'ALL_NEW' } as const;
    spoil((await client.send(new UpdateItemCommand(update))).Attributes);
    const query = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': S('p') } };
    spoil((await client.send(new QueryCommand({ TableName: TABLE, ...query }))).Items?.[0]);
    spoil(database.items(TABLE)[0]);
    expect(database.items(TABLE)).toEqual(wanted);
  });

  it('has numbers in their shortest form, and bytes as plain arrays of them', async () => {
    const { client, database } = things();
    const numbers = ['1.50', '1e3', '-0', '+007', '.5', '1E-3', '123456789012345678901234567890.12345678'];
    await client.send(put({ ...key('a'), l: L(...numbers.map(N)), b: { B: Buffer.from('x') } }));
    const [stored] = database.items(TABLE);
    expect(stored?.['l']?.L?.map(({ N: number }) => number)).toEqual([
      '1.5',
      '1000',
      '0',
      '7',
      '0.5',
      '0.001',
      '123456789012345678901234567890.12345678',
    ]);
    expect(Buffer.isBuffer(stored?.['b']?.B)).toBe(false);
    expect(stored?.['b']?.B).toEqual(Uint8Array.of(120));
  });

  it('leaves out what is undefined', async () => {
    const { client, database } = things();
    await client.send(
      put({ ...key('a'), x: undefined as unknown as Item[string] }, { ConditionExpression: undefined }),
    );
    expect(database.items(TABLE)).toEqual([key('a')]);
  });
});

describe('an item is refused', () => {
  const tooDeep = (levels: number): Item[string] => (levels === 0 ? S('x') : L(tooDeep(levels - 1)));

  it.each<[string, Item, RegExp]>([
    ['without a key', { pk: S('p') }, /Missing the key sk/],
    ['with a key of another type', { pk: S('p'), sk: N(1) }, /Type mismatch for key sk/],
    ['with an empty key', { pk: S(''), sk: S('s') }, /empty string value. Key: pk/],
    ['with a partition key above 2048 bytes', { pk: S('é'.repeat(1_024) + 'x'), sk: S('s') }, /hashkey.*2048/],
    ['with a sort key above 1024 bytes', key('x'.repeat(1_025)), /range keys.*1024/],
    ['with an empty set', { ...key('a'), x: { SS: [] } }, /An string set {2}may not be empty/],
    ['with a set of one thing twice', { ...key('a'), x: { NS: ['1', '1.0'] } }, /contains duplicates/],
    ['with a value of no type', { ...key('a'), x: {} as Item[string] }, /must contain exactly one/],
    ['with a value of two types', { ...key('a'), x: { S: 'a', N: '1' } as unknown as Item[string] }, /more than one/],
    ['with a NULL that is false', { ...key('a'), x: { NULL: false } }, /must have the value of true/],
    ['with a number that is none', { ...key('a'), x: N('0x10') }, /numeric value: 0x10/],
    ['with a number of 39 digits', { ...key('a'), x: N('1'.repeat(39)) }, /38 significant digits/],
    ['with a number too large', { ...key('a'), x: N('1e126') }, /Number overflow/],
    ['with a number too small', { ...key('a'), x: N('1e-131') }, /Number underflow/],
    ['that is nested too deep', { ...key('a'), x: tooDeep(32) }, /Nesting Levels/],
    ['above 400 KB', { ...key('a'), x: S('x'.repeat(409_600 - 6)) }, /Item size has exceeded/],
  ])('%s', async (_, item, message) => {
    const { client, database } = things();
    const error = await rejectionOf(client.send(put(item)));
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
    expect(database.items(TABLE)).toEqual([]);
  });

  it('but not at the limits', async () => {
    const { client, database } = things();
    await client.send(put({ pk: S('é'.repeat(1_024)), sk: S('x'.repeat(1_024)) }));
    await client.send(put({ ...key('a'), x: S('x'.repeat(409_600 - 7)) }));
    await client.send(put({ ...key('b'), x: tooDeep(31), n: N('9.9e125'), m: N('1e-130'), e: S(''), eb: B() }));
    expect(database.items(TABLE)).toHaveLength(3);
  });

  it('for what is there, with the item in the way when it is asked for', async () => {
    const { client } = things();
    await client.send(put({ ...key('a'), n: N(1) }));
    const error = await rejectionOf(client.send(put(key('a'), FREE)));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      Item: { ...key('a'), n: N(1) },
    });
    const bare = await rejectionOf(client.send(put(key('a'), { ConditionExpression: 'attribute_not_exists(pk)' })));
    expect(bare['Item']).toBeUndefined();
  });
});
