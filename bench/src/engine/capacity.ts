import { readUnits, unitsOfRefusal, writeUnits } from 'nestjs-dynamo-event-store/cost';
import type { Answer } from './answers.js';
import type { Tables } from './tables.js';
import type { Upstream } from './upstream.js';
import { writesOf, type ItemWrite } from './wire-input.js';
import { sizeOfItem, type WireItem } from './wire-item.js';

/** Capacity units of one request. */
export interface Units {
  readonly write: number;
  readonly read: number;
}

/** The item that a refused write met, if it asked for it. */
interface Refusal {
  readonly Item?: WireItem;
}

/**
 * Units of a write by the published rules: each item rounded up to 1 KB, twice for transactions; an entry of an index is a
 * write of its own, and counts once. A refused write costs what the larger one costs of the item that it met and its own.
 */
export async function unitsOfWrite(
  operation: string,
  body: string,
  answer: Answer,
  tables: Tables,
  upstream: Upstream,
): Promise<Units> {
  const factor = operation === 'TransactWriteItems' ? 2 : 1;
  const met = answer.status === 200 ? undefined : (JSON.parse(answer.body) as Refusal).Item;
  let write = 0;
  for (const each of writesOf(operation, body)) {
    const item = each.kind === 'put' ? each.item : await stored(each, upstream);
    write += factor * unitsOfRefusal(met === undefined ? 0 : sizeOfItem(met), sizeOfItem(item));
    if (answer.status !== 200 || each.kind === 'check') continue;
    for (const entry of tables.indexEntries(each.table, item)) write += writeUnits(sizeOfItem(entry));
  }
  return { write, read: 0 };
}

/** What an update left: its size is what is charged. */
async function stored({ table, item: Key }: ItemWrite, upstream: Upstream): Promise<WireItem> {
  const { Item } = await upstream.call<{ Item?: WireItem }>('GetItem', { TableName: table, Key, ConsistentRead: true });
  return Item ?? Key;
}

interface ReadInput {
  readonly ConsistentRead?: boolean;
  readonly ProjectionExpression?: string;
  readonly FilterExpression?: string;
}

interface ReadOutput {
  readonly Item?: WireItem;
  readonly Items?: readonly WireItem[];
}

/** Units of a read: what was read in one request, rounded up to 4 KB; half of it when eventually consistent. */
export function unitsOfRead(operation: string, body: string, answer: Answer): Units {
  const input = JSON.parse(body) as ReadInput;
  if (input.ProjectionExpression !== undefined || input.FilterExpression !== undefined)
    throw new Error(`${operation} answers less than it reads: its units cannot be told from the answer.`);
  const { Item, Items = Item === undefined ? [] : [Item] } = JSON.parse(answer.body) as ReadOutput;
  const bytes = Items.reduce((sum, item) => sum + sizeOfItem(item), 0);
  return { write: 0, read: readUnits(bytes, input.ConsistentRead === true ? 'strong' : 'eventual') };
}
