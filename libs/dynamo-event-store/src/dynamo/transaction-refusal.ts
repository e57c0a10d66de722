import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import type { Item } from './item-size.js';
import type { PlannedAction } from './write-plan.js';

const CONDITION = 'ConditionalCheckFailed';

/** An item that stood in the way of a write, or that stood there without being shown. */
export interface RefusedAction extends PlannedAction {
  readonly item: Item | undefined;
}

/**
 * The actions whose conditions failed, from DynamoDB's reasons, which come one per item and in order ("TransactWriteItems",
 * API Reference). `undefined` when no condition failed: then it was refused for another reason.
 */
export function refusedActions(
  reasons: readonly CancellationReason[] | undefined,
  actions: readonly PlannedAction[],
): readonly RefusedAction[] | undefined {
  const failed = actions.flatMap((action, index) => {
    const reason = reasons?.[index];
    return reason?.Code === CONDITION ? [{ ...action, item: reason.Item }] : [];
  });
  return failed.length === 0 ? undefined : failed;
}
