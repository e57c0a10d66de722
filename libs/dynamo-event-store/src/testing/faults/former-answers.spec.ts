import { expect, it } from '@jest/globals';
import { FormerAnswers } from './former-answers.js';

const read = (input: object): { operation: string; input: Record<string, unknown> } => ({
  operation: 'GetItem',
  input: { Key: { pk: { S: 'a' } }, ...input },
});

it('goes back by age, and to the oldest that is kept at most', () => {
  const answers = new FormerAnswers(3);
  expect(answers.recall(read({}), 1)).toBeUndefined();
  for (const value of [1, 2, 3, 4]) answers.remember(read({}), { value });
  expect([1, 2, 3, 4, 9].map((age) => answers.recall(read({}), age))).toEqual(
    [4, 3, 2, 2, 2].map((value) => ({ value })),
  );
});

it('tells reads apart by everything but their consistency', () => {
  const answers = new FormerAnswers(3);
  answers.remember(read({ ConsistentRead: true }), 'seen');
  expect(answers.recall(read({ ConsistentRead: false }), 1)).toBe('seen');
  expect(answers.recall(read({ Limit: 1 }), 1)).toBeUndefined();
  expect(answers.recall({ ...read({}), operation: 'Query' }, 1)).toBeUndefined();
});

it('keeps and gives copies', () => {
  const answers = new FormerAnswers(3);
  const given = { Item: { bytes: { B: Uint8Array.of(1) }, list: { L: [{ N: '1' }] } } };
  answers.remember(read({}), given);
  given.Item.bytes.B[0] = 9;
  given.Item.list.L.pop();
  const first = answers.recall(read({}), 1);
  expect(first).toStrictEqual({ Item: { bytes: { B: Uint8Array.of(1) }, list: { L: [{ N: '1' }] } } });
  (first as typeof given).Item.list.L.pop();
  expect(answers.recall(read({}), 1)).toMatchObject({ Item: { list: { L: [{ N: '1' }] } } });
});

it('forgets the read not made for longest', () => {
  const answers = new FormerAnswers(1);
  for (let limit = 1; limit <= 1_000; limit++) answers.remember(read({ Limit: limit }), limit);
  answers.remember(read({ Limit: 1 }), 1);
  answers.remember(read({ Limit: 1_001 }), 1_001);
  expect([1, 2, 3, 1_001].map((limit) => answers.recall(read({ Limit: limit }), 1))).toEqual([1, undefined, 3, 1_001]);
});
