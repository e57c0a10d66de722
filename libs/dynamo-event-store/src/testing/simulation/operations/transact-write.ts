import type {
  CancellationReason,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
  TransactWriteItemsOutput,
} from '@aws-sdk/client-dynamodb';
import { readUnits } from '../../../cost/read-units.js';
import { Bill, inTransaction } from '../capacity.js';
import {
  CONDITION_FAILED,
  isValidationError,
  required,
  transactionCanceled,
  TRANSACTION_ONGOING,
  validationError,
} from '../errors.js';
import type { Entry } from '../storage/partition.js';
import { deepCopy } from '../values/attribute-value.js';
import { Pending, type Database } from './database.js';
import type { TransactionTokens } from './transaction-tokens.js';
import { WritePlan, type Outcome } from './write-plan.js';

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * All or nothing. It holds its items from its arrival until it is applied, which is at once unless the simulation says
 * otherwise; what else wants to write them meanwhile is refused.
 */
export function transactWriteItems(
  input: TransactWriteItemsCommandInput,
  database: Database,
  tokens: TransactionTokens,
): TransactWriteItemsOutput | Pending<TransactWriteItemsOutput> {
  const plans = plan(input, database);
  const request = tokens.begin(input, database.surroundings.now());
  if (request === 'repeated') return repeated(plans, input, database);
  const reasons = plans.map(({ id }) => (database.locks.has(id) ? reason('TransactionConflict') : NONE));
  if (reasons.some(({ Code: code }) => code !== 'None')) throw transactionCanceled(reasons);
  const commit = (): TransactWriteItemsOutput => {
    try {
      const output = apply(plans, input, database);
      request.succeed(database.surroundings.now());
      return output;
    } finally {
      for (const { id } of plans) database.locks.delete(id);
      request.end();
    }
  };
  const afterMs = database.surroundings.transactionMs();
  if (afterMs <= 0) return commit();
  for (const { id } of plans) database.locks.add(id);
  request.start();
  return new Pending(afterMs, commit);
}

const NONE: CancellationReason = { Code: 'None' };

function reason(code: 'TransactionConflict' | 'ConditionalCheckFailed'): CancellationReason {
  return { Code: code, Message: code === 'TransactionConflict' ? TRANSACTION_ONGOING : CONDITION_FAILED };
}

function plan({ TransactItems: items }: TransactWriteItemsCommandInput, database: Database): WritePlan[] {
  const actions = required(items, 'transactItems');
  if (actions.length === 0 || actions.length > MAX_ACTIONS)
    throw validationError(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: " +
        `Member must have length ${actions.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MAX_ACTIONS}`}`,
    );
  const plans = actions.map((action) => planOne(action, database));
  if (new Set(plans.map(({ id }) => id)).size < plans.length)
    throw validationError('Transaction request cannot include multiple operations on one item');
  const bytes = plans.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
  if (bytes > MAX_BYTES) throw validationError(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`);
  return plans;
}

function planOne(action: TransactWriteItem, database: Database): WritePlan {
  if (Object.keys(action).length !== 1)
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  const { Put: put, Update: update, Delete: remove, ConditionCheck: check } = action;
  if (put !== undefined) return WritePlan.put(database.table(put.TableName), put);
  if (update !== undefined) {
    required(update.UpdateExpression, 'updateExpression');
    return WritePlan.update(database.table(update.TableName), update);
  }
  if (remove !== undefined) return WritePlan.delete(database.table(remove.TableName), remove);
  return WritePlan.check(database.table(check?.TableName), check ?? {});
}

interface Step {
  readonly plan: WritePlan;
  readonly before: Entry | undefined;
  readonly reason: CancellationReason;
  readonly outcome?: Outcome;
}

function apply(
  plans: readonly WritePlan[],
  input: TransactWriteItemsCommandInput,
  database: Database,
): TransactWriteItemsOutput {
  const steps = plans.map(prepare);
  const bill = new Bill();
  const isCanceled = steps.some((step) => step.reason.Code !== 'None');
  for (const { plan: each, before, outcome } of steps) {
    const units = inTransaction(
      isCanceled || outcome === undefined ? each.idleUnits(before) : each.apply(outcome, before),
    );
    database.chargeWrite(units);
    bill.add(each.table.schema.name, units);
  }
  if (isCanceled) throw transactionCanceled(steps.map((step) => deepCopy(step.reason)));
  const capacity = bill.consumed(input.ReturnConsumedCapacity, 'write');
  return capacity === undefined ? {} : { ConsumedCapacity: capacity };
}

/** Every action is judged by the state before the transaction, and every one that fails says why. */
function prepare(each: WritePlan): Step {
  const before = each.before();
  if (!each.isAllowed(before)) {
    const item = each.itemInTheWay(before);
    const failed = reason('ConditionalCheckFailed');
    return { plan: each, before, reason: item === undefined ? failed : { ...failed, Item: item } };
  }
  try {
    return { plan: each, before, reason: NONE, outcome: each.outcome(before) };
  } catch (error) {
    if (!isValidationError(error)) throw error;
    return { plan: each, before, reason: { Code: 'ValidationError', Message: error.message } };
  }
}

/** The answer to a request that was carried out before: nothing changes, and it costs as much as reading the items. */
function repeated(
  plans: readonly WritePlan[],
  input: TransactWriteItemsCommandInput,
  database: Database,
): TransactWriteItemsOutput {
  const bill = new Bill();
  for (const each of plans) {
    const units = { table: readUnits(each.before()?.bytes ?? 0, 'transactional'), indexes: {} };
    database.chargeRead(units);
    bill.add(each.table.schema.name, units);
  }
  const capacity = bill.consumed(input.ReturnConsumedCapacity, 'read');
  return capacity === undefined ? {} : { ConsumedCapacity: capacity };
}
