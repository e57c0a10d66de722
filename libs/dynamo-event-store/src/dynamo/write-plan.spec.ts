import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { codec, commit, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { TransactionTooLargeError } from '../errors/store-errors.js';
import { prepareCommit, type Commit } from '../store/commit.js';
import type { CommitWrite, LogWrite } from '../store/commit-log.js';
import { hashOf, type Receipt } from '../store/receipt.js';
import { toCommitItems } from './commit-item.js';
import { itemBytes, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS } from './item-size.js';
import { toReceiptItem } from './receipt-item.js';
import { planWrite, type WritePlan } from './write-plan.js';

type Transaction = Extract<WritePlan, { kind: 'transaction' }>;

const VACANT = {
  ConditionExpression: 'attribute_not_exists(pk)',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
};
const other = { aggregate: 'stock', id: 's-1' };
const receipt: Receipt = {
  commitId: 'c-1',
  attempt: 'once',
  first: 1,
  last: 1,
  recordedAt: 1000,
  digest: hashOf('events'),
  fingerprint: undefined,
};

/** A commit of so many bytes that gzip cannot make fewer. */
function large(bytes: number, of = stream): Commit {
  const events = [codec.encode({ type: 'noted', payload: randomBytes(bytes) })];
  const prepared = prepareCommit(of, events, { commitId: 'c-1', metadata: undefined, ttl: undefined });
  return { ...prepared, version: 1, recordedAt: 1000 };
}

function plan(...writes: LogWrite[]): WritePlan {
  return planWrite('events', writes, 4);
}

function transaction(...writes: LogWrite[]): Transaction {
  const planned = plan(...writes);
  if (planned.kind !== 'transaction') throw new Error('It is one PutItem.');
  return planned;
}

const withReceipt = (each: Commit): CommitWrite => ({ commit: each, receipt: { id: 'k', receipt } });

describe('a write is one PutItem', () => {
  it.each<[string, Commit]>([
    ['of one commit in one item', commit(3, 2)],
    ['of the first one', commit(1, 1)],
    ['of a tombstone', tombstone(3)],
    ['of 400 KB', large(400 * 1024 - 200)],
  ])('%s, into a slot that must be free', (_, each) => {
    expect(plan({ commit: each })).toEqual({
      kind: 'put',
      input: { TableName: 'events', Item: toCommitItems(each, 4)[0], ...VACANT },
    });
  });

  it.each<[string, LogWrite[]]>([
    ['a receipt', [withReceipt(commit(3, 2))]],
    ['parts', [{ commit: large(500_000) }]],
    ['another stream', [{ commit: commit(3, 2) }, { commit: commit(1, 1, { stream: other }) }]],
    ['a check', [{ commit: commit(3, 2) }, { stream: other, slot: 2 }]],
    ['only a check', [{ stream: other, slot: 2 }]],
  ])('and a transaction with %s', (_, writes) => {
    expect(plan(...writes).kind).toBe('transaction');
  });
});

describe('a transaction', () => {
  it('holds all that is written and checked, in order, and says what each action is', () => {
    const big = large(500_000);
    const [first, part] = toCommitItems(big, 4);
    const small = commit(3, 2, { stream: other, ttl: 77 });
    const { input, actions } = transaction(withReceipt(big), { stream: other, slot: 5 }, withReceipt(small));
    expect(actions).toEqual([
      { index: 0, role: 'slot' },
      { index: 0, role: 'part' },
      { index: 0, role: 'receipt' },
      { index: 1, role: 'slot' },
      { index: 2, role: 'slot' },
      { index: 2, role: 'receipt' },
    ]);
    expect(input.TransactItems).toEqual([
      { Put: { TableName: 'events', Item: first, ...VACANT } },
      { Put: { TableName: 'events', Item: part } },
      { Put: { TableName: 'events', Item: toReceiptItem(stream, 'k', receipt, undefined), ...VACANT } },
      {
        ConditionCheck: {
          TableName: 'events',
          Key: { pk: { S: '#stock#s-1' }, sk: { S: 'e#0000000000000005' } },
          ...VACANT,
        },
      },
      { Put: { TableName: 'events', Item: toCommitItems(small, 4)[0], ...VACANT } },
      // A receipt expires with its commit: repeated later, the command would be another one.
      { Put: { TableName: 'events', Item: toReceiptItem(other, 'k', receipt, 77), ...VACANT } },
    ]);
  });

  it('has a token of 36 characters, the most that DynamoDB takes, and never the same', () => {
    const tokens = Array.from({ length: 50 }, () => transaction({ stream, slot: 1 }).input.ClientRequestToken!);
    expect(tokens.every((token) => token.length === 36)).toBe(true);
    expect(new Set(tokens).size).toBe(50);
  });
});

describe('the limits of a transaction', () => {
  const streams = (count: number): LogWrite[] =>
    Array.from({ length: count }, (_, index) => ({ commit: commit(1, 1, { stream: { ...other, id: `s-${index}` } }) }));
  const errorOf = (writes: LogWrite[]): unknown => {
    try {
      return plan(...writes);
    } catch (error) {
      return error;
    }
  };

  it('are 100 items, checks and receipts among them', () => {
    expect(transaction(...streams(MAX_TRANSACTION_ITEMS)).input.TransactItems).toHaveLength(100);
    for (const writes of [
      streams(101),
      [...streams(100), { stream, slot: 1 }],
      [...streams(99), withReceipt(commit(1, 1))],
      [...streams(98), { commit: large(900_000) }],
    ]) {
      const error = errorOf(writes);
      expect(error).toBeInstanceOf(TransactionTooLargeError);
      expect(error).toMatchObject({ items: 101, limits: { items: 100, bytes: MAX_TRANSACTION_BYTES } });
      expect((error as TransactionTooLargeError).streams).toHaveLength(writes.length);
    }
  });

  it('are 4 MB of all items together', () => {
    const half = MAX_TRANSACTION_BYTES / 2;
    const [mine, theirs] = [large(half - 2_000), large(half - 2_000, other)];
    const bytes = [mine, theirs]
      .flatMap((each) => toCommitItems(each, 4))
      .reduce((sum, item) => sum + itemBytes(item), 0);
    // The text of each of the three conditions counts too.
    const left = MAX_TRANSACTION_BYTES - bytes - 3 * 'attribute_not_exists(pk)'.length;
    const filler = large(0, { ...other, id: 's-2' });
    const base = toCommitItems(filler, 4).reduce((sum, item) => sum + itemBytes(item), 0);
    const exact = large(left - base, { ...other, id: 's-2' });
    expect(transaction({ commit: mine }, { commit: theirs }, { commit: exact }).kind).toBe('transaction');
    const more = large(left - base + 1, { ...other, id: 's-2' });
    expect(errorOf([{ commit: mine }, { commit: theirs }, { commit: more }])).toMatchObject({
      code: 'TRANSACTION_TOO_LARGE',
      bytes: MAX_TRANSACTION_BYTES + 1,
    });
  });

  it('of one commit come first, since they name the event', () => {
    expect(errorOf([{ commit: large(MAX_TRANSACTION_BYTES) }, ...streams(200)])).toMatchObject({
      code: 'EVENT_TOO_LARGE',
    });
  });
});
