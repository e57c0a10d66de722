import type { BatchWriteItemCommandInput, BatchWriteItemOutput, WriteRequest } from '@aws-sdk/client-dynamodb';
import { Bill } from '../capacity.js';
import { required, validationError } from '../errors.js';
import type { Table } from '../storage/table.js';
import { deepCopy } from '../values/attribute-value.js';
import type { Database } from './database.js';
import { write } from './single-writes.js';
import { WritePlan } from './write-plan.js';

const MAX_REQUESTS = 25;

interface Planned {
  readonly plan: WritePlan;
  readonly request: WriteRequest;
}

/** Applies its writes one after another at one instant; they are independent of each other. */
export function batchWriteItem(input: BatchWriteItemCommandInput, database: Database): BatchWriteItemOutput {
  const planned = plan(required(input.RequestItems, 'requestItems'), database);
  const bill = new Bill();
  const unprocessed: Record<string, WriteRequest[]> = {};
  planned.forEach(({ plan: each, request }, index) => {
    const { name } = each.table.schema;
    // Of a batch that is throttled as a whole, DynamoDB says so with an error instead.
    if (database.locks.has(each.id) || (index > 0 && database.surroundings.leavesUnprocessed()))
      (unprocessed[name] ??= []).push(deepCopy(request));
    else bill.add(name, write(each, database).units);
  });
  const capacity = bill.consumed(input.ReturnConsumedCapacity);
  return { UnprocessedItems: unprocessed, ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }) };
}

function plan(requests: Record<string, WriteRequest[]>, database: Database): Planned[] {
  const tables = Object.entries(requests);
  const count = tables.reduce((sum, [, list]) => sum + list.length, 0);
  if (tables.length === 0 || tables.some(([, list]) => list.length === 0))
    throw validationError('The batch write request list for a table cannot be null or empty');
  if (count > MAX_REQUESTS) throw validationError('Too many items requested for the BatchWriteItem call');
  const planned = tables.flatMap(([name, list]) => {
    const table = database.table(name);
    return list.map((request) => ({ plan: planOne(table, request), request }));
  });
  if (new Set(planned.map((each) => each.plan.id)).size < planned.length)
    throw validationError('Provided list of item keys contains duplicates');
  return planned;
}

function planOne(table: Table, { PutRequest: put, DeleteRequest: remove }: WriteRequest): WritePlan {
  if (put !== undefined && remove === undefined) return WritePlan.put(table, put);
  if (remove !== undefined && put === undefined) return WritePlan.delete(table, remove);
  throw validationError(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
}
