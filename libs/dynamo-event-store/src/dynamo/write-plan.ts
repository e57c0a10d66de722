import { randomUUID } from 'node:crypto';
import type { PutItemCommandInput, TransactWriteItem, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { TransactionTooLargeError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';
import type { LogWrite } from '../store/commit-log.js';
import { toCommitItems } from './commit-item.js';
import { itemBytes, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, type Item } from './item-size.js';
import { toReceiptItem } from './receipt-item.js';
import { itemKey } from './requests.js';
import { planReservation } from './reservation-item.js';
import { ATTRIBUTES, commitSortKey } from './table-schema.js';

/** What an item of a transaction is about: the write at `index`, and its slot, its receipt or one of its reservations. */
export interface PlannedAction {
  readonly index: number;
  readonly role: 'slot' | 'part' | 'receipt' | 'reservation';
  /** Place of a reservation among those of its commit, from 0. */
  readonly place?: number;
}

export type WritePlan =
  | { readonly kind: 'put'; readonly input: PutItemCommandInput }
  | {
      readonly kind: 'transaction';
      readonly input: TransactWriteItemsCommandInput;
      /** One per item of the transaction, in order. */
      readonly actions: readonly PlannedAction[];
    };

const VACANT = {
  ConditionExpression: `attribute_not_exists(${ATTRIBUTES.partitionKey})`,
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;

/**
 * One conditional `PutItem` where one item holds everything; else one transaction. The refusal brings the item in the way.
 * Throws, before anything is sent, above the limits of an item, a commit or a transaction.
 */
export function planWrite(table: string, writes: readonly LogWrite[], listingShards: number): WritePlan {
  const planned = writes.flatMap((write, index) => actionsOf(table, write, index, listingShards));
  const [only] = planned;
  if (planned.length === 1 && only?.item !== undefined)
    return { kind: 'put', input: { TableName: table, Item: only.item, ...VACANT } };
  checkLimits(writes, planned);
  return {
    kind: 'transaction',
    input: { TransactItems: planned.map(({ request }) => request), ClientRequestToken: randomUUID() },
    actions: planned.map(({ index, role, place }) => (place === undefined ? { index, role } : { index, role, place })),
  };
}

interface Planned extends PlannedAction {
  readonly request: TransactWriteItem;
  readonly item?: Item;
}

function actionsOf(table: string, write: LogWrite, index: number, listingShards: number): Planned[] {
  if (!('commit' in write)) return [{ index, role: 'slot', request: checkVacant(table, write.stream, write.slot) }];
  const { commit, receipt, holdsLater = false } = write;
  const [first, ...parts] = toCommitItems(commit, listingShards);
  const put = (role: PlannedAction['role'], item: Item, condition: object): Planned => ({
    index,
    role,
    item,
    request: { Put: { TableName: table, Item: item, ...condition } },
  });
  return [
    put('slot', first, VACANT),
    ...parts.map((part) => put('part', part, {})),
    ...(receipt === undefined
      ? []
      : [put('receipt', toReceiptItem(commit.stream, receipt.id, receipt.receipt, commit.ttl), VACANT)]),
    ...(holdsLater ? [] : (commit.reservations ?? [])).map((reservation, place): Planned => ({
      index,
      role: 'reservation',
      place,
      request: planReservation(table, commit, reservation),
    })),
  ];
}

function checkVacant(table: string, stream: StreamId, slot: number): TransactWriteItem {
  return { ConditionCheck: { TableName: table, Key: itemKey(stream, commitSortKey(slot)), ...VACANT } };
}

function checkLimits(writes: readonly LogWrite[], planned: readonly Planned[]): void {
  const bytes = planned.reduce((sum, action) => sum + countedBytes(action), 0);
  if (planned.length <= MAX_TRANSACTION_ITEMS && bytes <= MAX_TRANSACTION_BYTES) return;
  const streams = writes.map((write) => ('commit' in write ? write.commit.stream : write.stream));
  const limits = { items: MAX_TRANSACTION_ITEMS, bytes: MAX_TRANSACTION_BYTES };
  throw new TransactionTooLargeError(streams, planned.length, bytes, limits);
}

/** What counts towards the limit: the item, or the key of a check or deletion, and the condition with its values. */
function countedBytes({ request: { Put: put, Delete: remove, ConditionCheck: check } }: Planned): number {
  const { ConditionExpression: condition = '', ExpressionAttributeValues: values = {} } = put ?? remove ?? check ?? {};
  return itemBytes(put?.Item ?? remove?.Key ?? check?.Key ?? {}) + Buffer.byteLength(condition) + itemBytes(values);
}
