import type { GetItemCommandInput, GetItemOutput } from '@aws-sdk/client-dynamodb';
import { consumedCapacity, readUnits, type Units } from '../capacity.js';
import { required } from '../errors.js';
import { Substitutions } from '../expressions/substitutions.js';
import { keyOfRequest } from '../storage/item-key.js';
import { normalizeItem } from '../values/stored-value.js';
import type { Database } from './database.js';
import { handOut, projectionPaths } from './projected-read.js';
import { refuseLegacy } from './request-checks.js';

export function getItem(input: GetItemCommandInput, database: Database): GetItemOutput {
  refuseLegacy(input);
  const table = database.table(input.TableName);
  const given = new Substitutions(input);
  const paths = projectionPaths(input.ProjectionExpression, given);
  given.checkAllUsed();
  const key = keyOfRequest(table.schema, normalizeItem(required(input.Key, 'key')));
  const found = table.entries.find(key, database.readInstant(input.ConsistentRead));
  const units: Units = { table: readUnits(found?.bytes ?? 0, input.ConsistentRead === true), indexes: {} };
  database.chargeRead(units);
  const capacity = consumedCapacity(table.schema.name, units, input.ReturnConsumedCapacity);
  return {
    ...(found === undefined ? {} : { Item: handOut(found.item, paths) }),
    ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
  };
}
