import type { BatchGetItemCommandInput, BatchGetItemOutput, KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { Bill, readUnits } from '../capacity.js';
import { required, validationError } from '../errors.js';
import { Substitutions, type Path } from '../expressions/substitutions.js';
import { itemId, keyOfRequest, type ItemKey } from '../storage/item-key.js';
import type { Table } from '../storage/table.js';
import { deepCopy } from '../values/attribute-value.js';
import { normalizeItem } from '../values/stored-value.js';
import type { Database } from './database.js';
import { handOut, projectionPaths } from './projected-read.js';
import { refuseLegacy } from './request-checks.js';

const MAX_KEYS = 100;
const MAX_BYTES = 16 * 1024 * 1024;

interface TableRead {
  readonly table: Table;
  readonly request: KeysAndAttributes;
  readonly keys: readonly ItemKey[];
  readonly paths: readonly Path[] | undefined;
}

/** Reads each item on its own: an eventually consistent batch may see them at different instants. */
export function batchGetItem(input: BatchGetItemCommandInput, database: Database): BatchGetItemOutput {
  const reads = plan(required(input.RequestItems, 'requestItems'), database);
  const bill = new Bill();
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, KeysAndAttributes> = {};
  let [bytes, first] = [0, true];
  for (const { table, request, keys, paths } of reads) {
    const { name } = table.schema;
    const consistent = request.ConsistentRead === true;
    const items: Item[] = (responses[name] = []);
    keys.forEach((key, index) => {
      const found = table.entries.find(key, database.readInstant(consistent));
      bytes += found?.bytes ?? 0;
      if (bytes > MAX_BYTES || (!first && database.surroundings.leavesUnprocessed())) {
        bytes -= found?.bytes ?? 0;
        const rest = (unprocessed[name] ??= { ...deepCopy(request), Keys: [] });
        rest.Keys?.push(deepCopy(request.Keys?.[index] ?? {}));
        return;
      }
      first = false;
      const units = { table: readUnits(found?.bytes ?? 0, consistent), indexes: {} };
      database.chargeRead(units);
      bill.add(name, units);
      if (found !== undefined) items.push(handOut(found.item, paths));
    });
  }
  const capacity = bill.consumed(input.ReturnConsumedCapacity);
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
  };
}

function plan(requests: Record<string, KeysAndAttributes>, database: Database): TableRead[] {
  const tables = Object.entries(requests);
  const count = tables.reduce((sum, [, { Keys: keys }]) => sum + (keys?.length ?? 0), 0);
  if (tables.length === 0 || tables.some(([, { Keys: keys }]) => keys === undefined || keys.length === 0))
    throw validationError('The list of keys in RequestItems for BatchGetItem is required');
  if (count > MAX_KEYS) throw validationError('Too many items requested for the BatchGetItem call');
  return tables.map(([name, request]) => {
    refuseLegacy(request);
    const table = database.table(name);
    const given = new Substitutions(request);
    const paths = projectionPaths(request.ProjectionExpression, given);
    given.checkAllUsed();
    const keys = (request.Keys ?? []).map((key) => keyOfRequest(table.schema, normalizeItem(key)));
    if (new Set(keys.map(itemId)).size < keys.length)
      throw validationError('Provided list of item keys contains duplicates');
    return { table, request, keys, paths };
  });
}
