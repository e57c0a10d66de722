import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { elementAt } from '../element-at.js';
import { required, validationError } from '../errors.js';
import { checkCondition } from '../expressions/condition-checks.js';
import { keyCondition, type KeyAttribute, type SortCondition } from '../expressions/key-condition.js';
import { keyConditionExpression } from '../expressions/parsed.js';
import { Substitutions } from '../expressions/substitutions.js';
import { compareOrder, idOf } from '../storage/item-key.js';
import { firstIndex, type Entry } from '../storage/partition.js';
import { compareScalars } from '../values/order.js';
import type { Database } from './database.js';
import { Page, type PageOutput } from './page.js';
import { checkNoKeys } from './filter-checks.js';

export function query(input: QueryCommandInput, database: Database): PageOutput {
  const table = database.table(input.TableName);
  const given = new Substitutions(input);
  const expression = keyConditionExpression(required(input.KeyConditionExpression, 'keyConditionExpression'));
  given.use(expression);
  checkCondition(expression, given);
  const page = new Page(input, table, given, database);
  given.checkAllUsed();
  if (page.filter !== undefined) checkNoKeys(page.filter, page.keys, given);
  const { partition, sort } = keyCondition(expression.root, given, page.keys.partition, page.keys.sort);
  const entries = page.source.partition(idOf(partition))?.entries(page.asOf) ?? [];
  let [from, to] = sort === undefined ? [0, entries.length] : range(entries, sort);
  const start = page.startKey();
  if (start !== undefined) {
    checkStart(start, partition, sort, page.keys.sort);
    if (input.ScanIndexForward === false)
      to = Math.min(
        to,
        firstIndex(entries, ({ order }) => compareOrder(order, start.order) >= 0),
      );
    else
      from = Math.max(
        from,
        firstIndex(entries, ({ order }) => compareOrder(order, start.order) > 0),
      );
  }
  return input.ScanIndexForward === false ? backward(page, entries, from, to) : forward(page, entries, from, to);
}

function forward(page: Page, entries: readonly Entry[], from: number, to: number): PageOutput {
  let index = from;
  while (index < to && page.take(elementAt(entries, index++)));
  return page.finish(index < to);
}

function backward(page: Page, entries: readonly Entry[], from: number, to: number): PageOutput {
  let index = to;
  while (index > from && page.take(elementAt(entries, --index)));
  return page.finish(index > from);
}

/** Indexes of the first entry in the range, and of the first one behind it. */
function range(entries: readonly Entry[], condition: SortCondition): [number, number] {
  const { operator, value } = condition;
  const from = (bound: AttributeValue): number =>
    firstIndex(entries, (entry) => compareScalars(sortOf(entry), bound) >= 0);
  const behind = (bound: AttributeValue): number =>
    firstIndex(entries, (entry) => compareScalars(sortOf(entry), bound) > 0);
  switch (operator) {
    case '=':
      return [from(value), behind(value)];
    case '<':
      return [0, from(value)];
    case '<=':
      return [0, behind(value)];
    case '>':
      return [behind(value), entries.length];
    case '>=':
      return [from(value), entries.length];
    case 'between':
      return [from(value), behind(condition.high)];
    case 'begins_with':
      return [
        from(value),
        firstIndex(entries, (entry) => compareScalars(sortOf(entry), value) > 0 && !isPrefixed(sortOf(entry), value)),
      ];
  }
}

function sortOf({ order }: Entry): AttributeValue {
  return elementAt(order, 0);
}

function isPrefixed(value: AttributeValue, prefix: AttributeValue): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S);
  const bytes = prefix.B ?? new Uint8Array();
  return Buffer.compare((value.B ?? new Uint8Array()).subarray(0, bytes.length), bytes) === 0;
}

function checkStart(
  start: { partition: AttributeValue; order: readonly AttributeValue[] },
  partition: AttributeValue,
  condition: SortCondition | undefined,
  sortKey: KeyAttribute | undefined,
): void {
  const entry: Entry = { item: {}, bytes: 0, order: start.order };
  const inRange = condition === undefined || sortKey === undefined || range([entry], condition).join() === '0,1';
  if (idOf(start.partition) !== idOf(partition) || !inRange)
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
}
