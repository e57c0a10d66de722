import type { WireItem, WireValue } from './wire-item.js';

/** One write to one item, from a request of any kind. */
export interface ItemWrite {
  readonly kind: 'put' | 'update' | 'delete' | 'check';
  readonly table: string;
  /** The item, or only its key for other kinds than `put`. */
  readonly item: WireItem;
  readonly update?: UpdateInput;
}

export interface UpdateInput {
  readonly TableName: string;
  readonly Key: WireItem;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, WireValue>>;
}

interface PutInput {
  readonly TableName: string;
  readonly Item: WireItem;
}

interface KeyInput {
  readonly TableName: string;
  readonly Key: WireItem;
}

interface TransactItem {
  readonly Put?: PutInput;
  readonly Update?: UpdateInput;
  readonly Delete?: KeyInput;
  readonly ConditionCheck?: KeyInput;
}

interface BatchEntry {
  readonly PutRequest?: { readonly Item: WireItem };
  readonly DeleteRequest?: { readonly Key: WireItem };
}

/** The single writes in the body of a write request. */
export function writesOf(operation: string, body: string): ItemWrite[] {
  const input: unknown = JSON.parse(body);
  switch (operation) {
    case 'PutItem':
      return [put(input as PutInput)];
    case 'UpdateItem':
      return [updated(input as UpdateInput)];
    case 'DeleteItem':
      return [keyed('delete', input as KeyInput)];
    case 'TransactWriteItems':
      return (input as { TransactItems: readonly TransactItem[] }).TransactItems.map(ofTransaction);
    case 'BatchWriteItem':
      return Object.entries((input as { RequestItems: Record<string, readonly BatchEntry[]> }).RequestItems).flatMap(
        ([table, entries]) => entries.map((entry) => ofBatch(table, entry)),
      );
    default:
      throw new Error(`${operation} is no write that the bench knows.`);
  }
}

function ofTransaction({ Put, Update, Delete, ConditionCheck }: TransactItem): ItemWrite {
  if (Put !== undefined) return put(Put);
  if (Update !== undefined) return updated(Update);
  if (Delete !== undefined) return keyed('delete', Delete);
  if (ConditionCheck !== undefined) return keyed('check', ConditionCheck);
  throw new Error('An empty part of a transaction.');
}

function ofBatch(table: string, { PutRequest, DeleteRequest }: BatchEntry): ItemWrite {
  if (PutRequest !== undefined) return put({ TableName: table, Item: PutRequest.Item });
  return keyed('delete', { TableName: table, Key: DeleteRequest?.Key ?? {} });
}

function put({ TableName, Item }: PutInput): ItemWrite {
  return { kind: 'put', table: TableName, item: Item };
}

function updated(update: UpdateInput): ItemWrite {
  return { kind: 'update', table: update.TableName, item: update.Key, update };
}

function keyed(kind: 'delete' | 'check', { TableName, Key }: KeyInput): ItemWrite {
  return { kind, table: TableName, item: Key };
}
