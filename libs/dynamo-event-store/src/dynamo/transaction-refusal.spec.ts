import { expect, it } from '@jest/globals';
import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { refusedActions } from './transaction-refusal.js';
import type { PlannedAction } from './write-plan.js';

const actions: PlannedAction[] = [
  { index: 0, role: 'slot' },
  { index: 0, role: 'receipt' },
  { index: 1, role: 'slot' },
];
const item = { pk: { S: 'x' } };

it.each<[string, readonly CancellationReason[] | undefined, unknown]>([
  [
    'one, with the item in its way',
    [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: item }, { Code: 'None' }],
    [{ index: 0, role: 'receipt', item }],
  ],
  [
    'several, in order',
    [{ Code: 'ConditionalCheckFailed', Item: item }, { Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    [
      { index: 0, role: 'slot', item },
      { index: 1, role: 'slot', item: undefined },
    ],
  ],
  [
    'those whose condition failed, beside other reasons',
    [{ Code: 'TransactionConflict' }, {}, { Code: 'ConditionalCheckFailed', Item: item }],
    [{ index: 1, role: 'slot', item }],
  ],
  [
    'none, where the reasons are others',
    [{ Code: 'TransactionConflict' }, { Code: 'None' }, { Code: 'None' }],
    undefined,
  ],
  ['none, where no reasons are given', undefined, undefined],
  ['none, where they are empty', [], undefined],
  ['none, where there are fewer than actions', [{ Code: 'None' }], undefined],
])('the refused actions are found: %s', (_, reasons, refused) => {
  expect(refusedActions(reasons, actions)).toEqual(refused);
});
