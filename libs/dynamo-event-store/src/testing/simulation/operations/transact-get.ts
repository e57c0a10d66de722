import type { TransactGetItemsCommandInput, TransactGetItemsOutput } from '@aws-sdk/client-dynamodb';
import { readUnits } from '../../../cost/read-units.js';
import { Bill } from '../capacity.js';
import { required, transactionCanceled, TRANSACTION_ONGOING, validationError } from '../errors.js';
import { Substitutions } from '../expressions/substitutions.js';
import { itemId, keyOfRequest } from '../storage/item-key.js';
import { normalizeItem } from '../values/stored-value.js';
import type { Database } from './database.js';
import { handOut, projectionPaths } from './projected-read.js';

const MAX_GETS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

/** Reads all items as of one instant. */
export function transactGetItems(input: TransactGetItemsCommandInput, database: Database): TransactGetItemsOutput {
  const requests = required(input.TransactItems, 'transactItems');
  if (requests.length === 0 || requests.length > MAX_GETS)
    throw validationError(`TransactItems must have a length from 1 to ${MAX_GETS}`);
  const gets = requests.map(({ Get: get }) => {
    const table = database.table(get?.TableName);
    const given = new Substitutions(get ?? {});
    const paths = projectionPaths(get?.ProjectionExpression, given);
    given.checkAllUsed();
    const key = keyOfRequest(table.schema, normalizeItem(required(get?.Key, 'key')));
    return { table, paths, key, id: `${table.schema.name}/${itemId(key)}` };
  });
  if (new Set(gets.map(({ id }) => id)).size < gets.length)
    throw validationError('Transaction request cannot include multiple operations on one item');
  const reasons = gets.map(({ id }) =>
    database.locks.has(id) ? { Code: 'TransactionConflict', Message: TRANSACTION_ONGOING } : { Code: 'None' },
  );
  if (reasons.some(({ Code: code }) => code !== 'None')) throw transactionCanceled(reasons);
  const bill = new Bill();
  let bytes = 0;
  const responses = gets.map(({ table, paths, key }) => {
    const found = table.entries.find(key);
    const units = { table: readUnits(found?.bytes ?? 0, 'transactional'), indexes: {} };
    database.chargeRead(units);
    bill.add(table.schema.name, units);
    bytes += found?.bytes ?? 0;
    return found === undefined ? {} : { Item: handOut(found.item, paths) };
  });
  if (bytes > MAX_BYTES) throw validationError(`Payload in response is too large. ${bytes}`);
  const capacity = bill.consumed(input.ReturnConsumedCapacity, 'read');
  return { Responses: responses, ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }) };
}
