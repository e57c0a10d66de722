import {
  IdempotentParameterMismatchException,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';
import type { SimulatedDynamoDb } from './simulated-dynamodb.js';
import { VirtualTime } from './virtual-time.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });
const put = (sk: string, rest: Item = {}, more: object = {}): TransactWriteItem => ({
  Put: { TableName: TABLE, Item: { ...key(sk), ...rest }, ...more },
});
const update = (sk: string, UpdateExpression: string, values?: Item): TransactWriteItem => ({
  Update: {
    TableName: TABLE,
    Key: key(sk),
    UpdateExpression,
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  },
});
const remove = (sk: string): TransactWriteItem => ({ Delete: { TableName: TABLE, Key: key(sk) } });
const check = (sk: string, ConditionExpression: string): TransactWriteItem => ({
  ConditionCheck: { TableName: TABLE, Key: key(sk), ConditionExpression },
});
const transaction = (...TransactItems: TransactWriteItem[]) => new TransactWriteItemsCommand({ TransactItems });

const FREE = { ConditionExpression: 'attribute_not_exists(pk)' };

describe('a transaction', () => {
  it('writes, updates, deletes and checks at once', async () => {
    const { client, database } = things();
    await client.send(transaction(put('a', { n: N(1) }), put('b'), put('c')));
    await client.send(
      transaction(
        put('d', {}, FREE),
        update('a', 'SET n = n + :one', { ':one': N(1) }),
        remove('b'),
        check('c', 'attribute_exists(pk)'),
      ),
    );
    expect(database.items(TABLE)).toEqual([{ ...key('a'), n: N(2) }, key('c'), key('d')]);
  });

  it('judges all its actions by the state before it, and changes nothing when one of them fails', async () => {
    const { client, database } = things();
    await client.send(transaction(put('a', { x: S('old') }), put('b')));
    const before = database.items(TABLE);
    const error = await rejectionOf(
      client.send(
        transaction(
          put('new'),
          put('a', {}, { ...FREE, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
          remove('b'),
          check('new2', 'attribute_exists(pk)'),
          put(
            'b2',
            {},
            { ConditionExpression: 'attribute_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
          ),
          update('b3', 'SET x.y = :one', { ':one': N(1) }),
          update('c', 'SET x = nope'),
        ),
      ),
    );
    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        '[None, ConditionalCheckFailed, None, ConditionalCheckFailed, ConditionalCheckFailed, ValidationError, ValidationError]',
      $metadata: { httpStatusCode: 400 },
    });
    expect(error['CancellationReasons']).toEqual([
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: { ...key('a'), x: S('old') } },
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      { Code: 'ValidationError', Message: expect.stringMatching(/document path/) },
      { Code: 'ValidationError', Message: expect.stringMatching(/does not exist in the item/) },
    ]);
    expect(database.items(TABLE)).toEqual(before);
  });

  it.each<[string, TransactWriteItem[], RegExp]>([
    ['with nothing to do', [], /greater than or equal to 1/],
    [
      'of more than 100 actions',
      Array.from({ length: 101 }, (_, index) => put(`${index}`)),
      /less than or equal to 100/,
    ],
    ['of two writes to one item', [put('a'), remove('a')], /multiple operations on one item/],
    ['of a check beside a write', [put('a'), check('a', 'attribute_exists(pk)')], /multiple operations on one item/],
    [
      'of more than 4 MB',
      Array.from({ length: 11 }, (_, index) => put(`${index}`, { f: S('x'.repeat(400_000)) })),
      /4MB/,
    ],
    ['of an action that is two', [{ ...put('a'), ...remove('b') }], /only contain one of/],
    ['of an action that is none', [{}], /only contain one of/],
    ['with a broken expression', [put('a', {}, { ConditionExpression: 'x' })], /Syntax error/],
    ['of an item above 400 KB', [put('a', { f: S('x'.repeat(409_600)) })], /Item size has exceeded/],
    ['without a key', [{ Put: { TableName: TABLE, Item: { pk: S('p') } } }], /Missing the key sk/],
    ['of a check without a condition', [check('a', undefined as unknown as string)], /conditionExpression/],
  ])('is refused %s', async (_, actions, message) => {
    const { client, database } = things();
    const error = await rejectionOf(client.send(transaction(...actions)));
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
    expect(database.items(TABLE)).toEqual([]);
  });

  it('of 100 actions, and of 4 MB, is taken', async () => {
    const { client, database } = things();
    await client.send(transaction(...Array.from({ length: 100 }, (_, index) => put(`${index}`))));
    await client.send(
      transaction(...Array.from({ length: 10 }, (_, index) => put(`${index}`, { f: S('x'.repeat(400_000)) }))),
    );
    expect(database.items(TABLE)).toHaveLength(100);
  });

  it('on a table that is not there is refused', async () => {
    const { client } = things();
    const error = await rejectionOf(client.send(transaction({ Delete: { TableName: 'nope', Key: key('a') } })));
    expect(error.name).toBe('ResourceNotFoundException');
  });
});

describe('a transaction with a token', () => {
  const counting = (token: string, by = 1) =>
    new TransactWriteItemsCommand({
      TransactItems: [update('n', 'ADD n :by', { ':by': N(by) })],
      ClientRequestToken: token,
      ReturnConsumedCapacity: 'TOTAL',
    });
  const count = (database: SimulatedDynamoDb): string | undefined => database.items(TABLE)[0]?.['n']?.N;

  it('is applied once, and answered again at the price of a read', async () => {
    const { client, database } = things();
    const first = await client.send(counting('t'));
    const second = await client.send(counting('t'));
    expect(database.items(TABLE)[0]?.['n']).toEqual(N(1));
    expect(first.ConsumedCapacity).toEqual([{ TableName: TABLE, CapacityUnits: 2, WriteCapacityUnits: 2 }]);
    expect(second.ConsumedCapacity).toEqual([{ TableName: TABLE, CapacityUnits: 2, ReadCapacityUnits: 2 }]);
    await client.send(counting('another'));
    expect(database.items(TABLE)[0]?.['n']).toEqual(N(2));
  });

  it('that was used with another request is refused', async () => {
    const { client, database } = things();
    await client.send(counting('t', 1));
    const error = await rejectionOf(client.send(counting('t', 2)));
    expect(error).toBeInstanceOf(IdempotentParameterMismatchException);
    expect(error.name).toBe('IdempotentParameterMismatchException');
    expect(database.items(TABLE)[0]?.['n']).toEqual(N(1));
  });

  it('is free again when it failed', async () => {
    const { client, database } = things();
    const send = (...TransactItems: TransactWriteItem[]) =>
      client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: 't' }));
    await rejectionOf(send(check('nope', 'attribute_exists(pk)'), put('a')));
    await send(put('b'));
    expect(database.items(TABLE)).toEqual([key('b')]);
  });

  it('is forgotten 10 minutes after it was done', async () => {
    const time = new VirtualTime();
    const { client, database } = things({ time, latencyMs: () => 5 });
    const scenario = async (): Promise<(string | undefined)[]> => {
      const counts: (string | undefined)[] = [];
      for (const pauseMs of [0, 9 * 60_000, 60_000 - 20, 20]) {
        await time.pause(pauseMs);
        await client.send(counting('t'));
        counts.push(count(database));
      }
      return counts;
    };
    await expect(time.runUntil(scenario())).resolves.toEqual(['1', '1', '1', '2']);
  });

  it('is no token when it is empty, and refused when it is too long', async () => {
    const { client, database } = things();
    await client.send(counting(''));
    await client.send(counting(''));
    expect(count(database)).toBe('2');
    await expect(client.send(counting('x'.repeat(37)))).rejects.toThrow(/36/);
  });
});

describe('a transactional read', () => {
  it('reads all at once, in order, with projections', async () => {
    const { client } = things();
    await client.send(transaction(put('a', { n: N(1), m: S('m') }), put('b')));
    const { Responses: responses } = await client.send(
      new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName: TABLE, Key: key('b') } },
          { Get: { TableName: TABLE, Key: key('nope') } },
          { Get: { TableName: TABLE, Key: key('a'), ProjectionExpression: 'n' } },
        ],
      }),
    );
    expect(responses).toEqual([{ Item: key('b') }, {}, { Item: { n: N(1) } }]);
  });

  it('of one item twice is refused', async () => {
    const { client } = things();
    const get = { Get: { TableName: TABLE, Key: key('a') } };
    await expect(client.send(new TransactGetItemsCommand({ TransactItems: [get, get] }))).rejects.toThrow(/multiple/);
  });
});
