import type { ConsumedCapacity, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { itemBytes, type Item } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { indexUnits } from './index-bill.js';
import type { WireRequest } from '../recording-client.js';

/** The items that a request touches, by `keyOf`. */
export interface ItemsAround {
  readonly before: ReadonlyMap<string, Item>;
  /** Absent: those that are not there any more. */
  readonly after: ReadonlyMap<string, Item>;
}

export interface Units {
  readonly write: number;
  readonly read: number;
}

export const keyOf = ({ pk, sk }: Item): string => JSON.stringify([pk, sk]);

/** The keys that a request wants to write, or to check. */
export function touchedKeys({ operation, input }: WireRequest): { table: string; key: Item }[] {
  const table = String(input['TableName']);
  if (operation === 'PutItem') return [{ table, key: keysOf(input['Item'] as Item) }];
  if (operation === 'UpdateItem' || operation === 'DeleteItem') return [{ table, key: input['Key'] as Item }];
  if (operation !== 'TransactWriteItems') return [];
  return actionsOf(input).map((action) => {
    const { Put: put, Update: update, Delete: remove, ConditionCheck: check } = action;
    const given = put ?? update ?? remove ?? check;
    return {
      table: String(given?.TableName),
      key: put === undefined ? (given as { Key: Item }).Key : keysOf(put.Item!),
    };
  });
}

/**
 * Units of a request: what the engine reports, where DynamoDB Local reports truly; then it must also be what follows from the
 * items on the wire. What it does not report, or wrongly, follows from the wire alone: transactions, refused writes, and
 * queries and scans that find nothing.
 */
export function unitsOf(request: WireRequest, around: ItemsAround): Units {
  const { operation, input, capacity, items, bytes } = request;
  if (operation === 'TransactWriteItems') return { write: transactionUnits(actionsOf(input), around), read: 0 };
  if (operation === 'PutItem') {
    const item = input['Item'] as Item;
    const table = Math.ceil(Math.max(itemBytes(item), sizeOf(around.before.get(keyOf(item)))) / 1024);
    if (capacity === undefined) return { write: table, read: 0 };
    agree(request, capacity.Table?.CapacityUnits, table);
    return { write: capacity.CapacityUnits ?? 0, read: 0 };
  }
  if (/^(?:Query|Scan)$/.test(operation) && items === 0)
    return { write: 0, read: input['ConsistentRead'] === true ? 1 : 0.5 };
  if (capacity === undefined) throw new Error(`${operation} was refused.`);
  // A batch is answered with a list, one for each table.
  if (operation === 'BatchWriteItem') {
    const tables = capacity as unknown as readonly ConsumedCapacity[];
    return { write: tables.reduce((sum, { CapacityUnits: units = 0 }) => sum + units, 0), read: 0 };
  }
  const units = capacity.CapacityUnits ?? 0;
  if (/^(?:UpdateItem|DeleteItem)$/.test(operation)) return { write: units, read: 0 };
  const isWhole = input['ProjectionExpression'] === undefined && bytes !== undefined;
  if (isWhole) agree(request, units, Math.ceil(bytes / 4096) * (input['ConsistentRead'] === true ? 1 : 0.5));
  return { write: 0, read: units };
}

/** Each item twice, by the larger of before and after; the entries of indexes once. */
function transactionUnits(actions: readonly TransactWriteItem[], { before, after }: ItemsAround): number {
  return actions.reduce((sum, { Put: put, Update: update, Delete: remove, ConditionCheck: check }) => {
    const key = keyOf(put?.Item ?? (update ?? remove ?? check)?.Key ?? {});
    const old = before.get(key);
    const now = put?.Item ?? (update === undefined ? undefined : after.get(key));
    const units = Math.max(1, Math.ceil(Math.max(sizeOf(old), sizeOf(now)) / 1024));
    return sum + 2 * units + (check === undefined ? indexUnits(old, now) : 0);
  }, 0);
}

function agree({ operation }: WireRequest, reported: number | undefined, computed: number): void {
  if (reported !== computed)
    throw new Error(
      `The engine charges ${reported ?? 'nothing'} for a ${operation} whose items make ${computed} units.`,
    );
}

function sizeOf(item: Item | undefined): number {
  return item === undefined ? 0 : itemBytes(item);
}

function actionsOf(input: WireRequest['input']): TransactWriteItem[] {
  return input['TransactItems'] as TransactWriteItem[];
}

function keysOf({ pk, sk }: Item): Item {
  return sk === undefined ? { pk: pk! } : { pk: pk!, sk };
}
