import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactionConflictException,
  TransactionInProgressException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';
import { VirtualTime } from './virtual-time.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });
const put = (sk: string, rest: Item = {}, more: object = {}): TransactWriteItem => ({
  Put: { TableName: TABLE, Item: { ...key(sk), ...rest }, ...more },
});
const check = (sk: string, ConditionExpression: string): TransactWriteItem => ({
  ConditionCheck: { TableName: TABLE, Key: key(sk), ConditionExpression },
});
const transaction = (...TransactItems: TransactWriteItem[]) => new TransactWriteItemsCommand({ TransactItems });

describe('while a transaction is being carried out', () => {
  /** A transaction that arrives at 5 ms and is applied at 25 ms; others are sent to arrive between. */
  async function during<T>(act: (env: ReturnType<typeof things> & { time: VirtualTime }) => Promise<T>): Promise<T> {
    const time = new VirtualTime(0);
    const env = things({ time, latencyMs: () => 5, transactionMs: () => 20 });
    const running = env.client.send(
      new TransactWriteItemsCommand({ TransactItems: [put('a'), put('b')], ClientRequestToken: 'running' }),
    );
    const result = await time.runUntil(time.pause(3).then(() => act({ ...env, time })));
    await time.runUntil(running);
    expect(env.database.items(TABLE)).toEqual([key('a'), key('b')]);
    return result;
  }

  it('another on one of its items is cancelled with the reason', async () => {
    const error = await during(({ client }) => rejectionOf(client.send(transaction(put('x'), put('b', { n: N(1) })))));
    expect(error['CancellationReasons']).toEqual([
      { Code: 'None' },
      { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
    ]);
  });

  it('other writes to its items are refused', async () => {
    await during(async ({ client }) => {
      for (const command of [
        new PutItemCommand({ TableName: TABLE, Item: { ...key('a'), n: N(1) } }),
        new DeleteItemCommand({ TableName: TABLE, Key: key('b') }),
      ]) {
        const error = await rejectionOf(client.send(command as PutItemCommand));
        expect(error).toBeInstanceOf(TransactionConflictException);
      }
    });
  });

  it('a batch leaves its items unprocessed', async () => {
    const request = { DeleteRequest: { Key: key('a') } };
    const { UnprocessedItems } = await during(({ client }) =>
      client.send(
        new BatchWriteItemCommand({ RequestItems: { [TABLE]: [{ DeleteRequest: { Key: key('c') } }, request] } }),
      ),
    );
    expect(UnprocessedItems).toEqual({ [TABLE]: [request] });
  });

  it('reads see the state before it, and transactional reads are cancelled', async () => {
    await during(async ({ client }) => {
      const { Item: found } = await client.send(
        new GetItemCommand({ TableName: TABLE, Key: key('a'), ConsistentRead: true }),
      );
      expect(found).toBeUndefined();
    });
    const error = await during(({ client }) =>
      rejectionOf(
        client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: TABLE, Key: key('b') } }] })),
      ),
    );
    expect(error['CancellationReasons']).toEqual([
      { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
    ]);
  });

  it('the same request is told so', async () => {
    const error = await during(({ client }) =>
      rejectionOf(
        client.send(
          new TransactWriteItemsCommand({ TransactItems: [put('a'), put('b')], ClientRequestToken: 'running' }),
        ),
      ),
    );
    expect(error).toBeInstanceOf(TransactionInProgressException);
  });

  it('other items can be written', async () => {
    const time = new VirtualTime(0);
    const { client, database } = things({ time, latencyMs: () => 5, transactionMs: () => 20 });
    const running = client.send(transaction(put('a'), check('c', 'attribute_not_exists(pk)')));
    await time.runUntil(client.send(new PutItemCommand({ TableName: TABLE, Item: key('b') })));
    expect(database.items(TABLE)).toEqual([key('b')]);
    await time.runUntil(running);
    await time.runUntil(client.send(new PutItemCommand({ TableName: TABLE, Item: key('c') })));
    expect(database.items(TABLE)).toEqual([key('a'), key('b'), key('c')]);
  });

  it('that fails, its items are free afterwards', async () => {
    const time = new VirtualTime(0);
    const { client, database } = things({ time, latencyMs: () => 5, transactionMs: () => 20 });
    const failing = client.send(transaction(put('a'), check('c', 'attribute_exists(pk)')));
    const error = await time.runUntil(rejectionOf(failing));
    expect(error.message).toMatch(/\[None, ConditionalCheckFailed\]/);
    await time.runUntil(client.send(new PutItemCommand({ TableName: TABLE, Item: key('a') })));
    expect(database.items(TABLE)).toEqual([key('a')]);
  });
});
