import type {
  DeleteItemCommandInput,
  DeleteItemOutput,
  PutItemCommandInput,
  PutItemOutput,
  ReturnConsumedCapacity,
  UpdateItemCommandInput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { consumedCapacity, type Units } from '../capacity.js';
import { conditionFailed, transactionConflict } from '../errors.js';
import { project } from '../expressions/projection.js';
import type { Entry } from '../storage/partition.js';
import { deepCopy } from '../values/attribute-value.js';
import type { Database } from './database.js';
import { checkReturnValues } from './request-checks.js';
import { WritePlan, type Outcome } from './write-plan.js';

interface Written {
  readonly before: Entry | undefined;
  readonly outcome: Outcome;
  readonly units: Units;
}

export function putItem(input: PutItemCommandInput, database: Database): PutItemOutput {
  checkReturnValues(input.ReturnValues, ['ALL_OLD']);
  const { before, units } = write(WritePlan.put(database.table(input.TableName), input), database);
  return answer(input, input.ReturnValues === 'ALL_OLD' ? before?.item : undefined, units);
}

export function deleteItem(input: DeleteItemCommandInput, database: Database): DeleteItemOutput {
  checkReturnValues(input.ReturnValues, ['ALL_OLD']);
  const { before, units } = write(WritePlan.delete(database.table(input.TableName), input), database);
  return answer(input, input.ReturnValues === 'ALL_OLD' ? before?.item : undefined, units);
}

export function updateItem(input: UpdateItemCommandInput, database: Database): UpdateItemOutput {
  checkReturnValues(input.ReturnValues, ['ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']);
  const written = write(WritePlan.update(database.table(input.TableName), input), database);
  return answer(input, updatedAttributes(input.ReturnValues, written), written.units);
}

/**
 * Applies a write at once, or refuses it.
 * @throws ConditionalCheckFailedException, TransactionConflictException, ValidationException
 */
export function write(plan: WritePlan, database: Database): Written {
  if (database.locks.has(plan.id)) throw transactionConflict();
  const before = plan.before();
  if (!plan.isAllowed(before)) {
    database.chargeWrite(plan.idleUnits(before));
    const inTheWay = plan.itemInTheWay(before);
    throw conditionFailed(inTheWay === undefined ? undefined : deepCopy(inTheWay));
  }
  const outcome = plan.outcome(before);
  const units = plan.apply(outcome, before);
  database.chargeWrite(units);
  return { before, outcome, units };
}

function updatedAttributes(wanted: string | undefined, { before, outcome }: Written): Item | undefined {
  const { item, paths, written } = outcome;
  switch (wanted) {
    case 'ALL_OLD':
      return before?.item;
    case 'ALL_NEW':
      return item;
    case 'UPDATED_OLD':
      return before === undefined ? undefined : unlessEmpty(project(before.item, paths));
    case 'UPDATED_NEW':
      return item === undefined ? undefined : unlessEmpty(project(item, written));
    default:
      return undefined;
  }
}

function unlessEmpty(item: Item): Item | undefined {
  return Object.keys(item).length === 0 ? undefined : item;
}

function answer(
  input: { TableName: string | undefined; ReturnConsumedCapacity?: ReturnConsumedCapacity | undefined },
  attributes: Item | undefined,
  units: Units,
): PutItemOutput {
  const capacity = consumedCapacity(input.TableName ?? '', units, input.ReturnConsumedCapacity);
  return {
    ...(attributes === undefined ? {} : { Attributes: deepCopy(attributes) }),
    ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
  };
}
