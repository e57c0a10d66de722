import { checkedAmount, checkedFacts, checkedFlag, checkedItem, checkedList, checkedWhole } from './arguments.js';
import { MAX_ITEM_BYTES, MAX_TRANSACTION_ITEMS } from './limits.js';

/** Bytes of one write unit. */
export const WRITE_UNIT_BYTES = 1024;

/** A transaction writes, and reads, everything twice: to prepare and to commit. */
const TRANSACTION_FACTOR = 2;

/**
 * Write units of a plain (not transactional) write of an item: one for each KB begun, and at least one ("Write operations",
 * Developer Guide).
 * @param bytes Of the item, from 0 to 400 KB.
 * @throws InvalidArgumentError The bytes are not those of an item.
 */
export function writeUnits(bytes: number): number {
  return unitsOfBytes(checkedItem('bytes', bytes));
}

/** The same of bytes that may be more than an item takes, until they are compressed. Not checked: each write asks for it. */
export function unitsOfBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/**
 * Write units of a `PutItem`, `UpdateItem` or `DeleteItem`: those of the larger of the item before and after, however little
 * of it changes. A deletion of nothing costs one.
 * @param before Bytes of the item that is replaced, changed or deleted; 0 where there is none.
 * @param after Bytes of the item that is there afterwards; 0 after a deletion.
 * @throws InvalidArgumentError The bytes are not those of an item.
 */
export function unitsOfChange(before: number, after: number): number {
  return unitsOfBytes(Math.max(checkedItem('before', before), checkedItem('after', after)));
}

/**
 * Write units of a write whose condition was not met, by the larger of the item in the way and the item that was brought
 * ("Conditional write consumption", Developer Guide). The item that comes back with the refusal (`ALL_OLD`) costs nothing.
 * @param inTheWay Bytes of the item that is there; 0 where there is none.
 * @param brought Bytes of the item that was to be put there; 0 for a deletion or a check.
 * @throws InvalidArgumentError The bytes are not those of an item.
 */
export function unitsOfRefusal(inTheWay: number, brought: number): number {
  return unitsOfBytes(Math.max(checkedItem('inTheWay', inTheWay), checkedItem('brought', brought)));
}

/** What a write does to one index that projects the item. Absent or unchanged entries cost nothing. */
export interface IndexChange {
  /** Bytes of the entry before the write; absent when the item was not in the index. */
  readonly before?: number;
  /** Bytes of the entry after the write; absent when the item is not in the index any more. */
  readonly after?: number;
  /** Whether the key of the entry changes, which deletes one entry and puts another. Default `false`. */
  readonly moved?: boolean;
}

/**
 * Write units of an index entry that a write puts, changes, moves or deletes, besides those of the table ("Provisioned
 * throughput considerations for global secondary indexes", Developer Guide): one write; two for an entry that moves.
 * @throws InvalidArgumentError The bytes are not those of an item.
 */
export function unitsOfIndex(change: IndexChange): number {
  const { before, after, moved = false } = checkedIndexChange('change', change);
  if (before !== undefined && after !== undefined && !moved) return unitsOfChange(before, after);
  return [before, after].reduce<number>((sum, bytes) => sum + (bytes === undefined ? 0 : unitsOfBytes(bytes)), 0);
}

export function checkedIndexChange(argument: string, change: IndexChange): IndexChange {
  const { before, after, moved } = checkedFacts(argument, change, '{ before, after }');
  if (before !== undefined) checkedItem(`${argument}.before`, before);
  if (after !== undefined) checkedItem(`${argument}.after`, after);
  checkedFlag(`${argument}.moved`, moved);
  return change;
}

/**
 * Write units of a `TransactWriteItems`, twice those of its writes to the table. Its index entries cost what they cost
 * outside of a transaction: the Developer Guide does not say so, the service charges so.
 * @param changes Write units of each action by itself, 1 to 100 of them; a check costs those of the item that it looks at, at
 * least one.
 * @param indexes Write units of all index entries.
 * @throws InvalidArgumentError They are not such numbers, or not so many.
 */
export function unitsOfTransaction(changes: readonly number[], indexes = 0): number {
  checkedList('changes', changes, 1, MAX_TRANSACTION_ITEMS);
  changes.forEach((units, index) => checkedWhole(`changes[${index}]`, units, 1, MAX_ITEM_BYTES / WRITE_UNIT_BYTES));
  return changes.reduce((sum, units) => sum + units, 0) * TRANSACTION_FACTOR + checkedAmount('indexes', indexes);
}
