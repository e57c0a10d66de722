import { checkedAmount } from './amount.js';

/** Bytes of one write unit. */
export const WRITE_UNIT_BYTES = 1024;

/** A transaction writes, and reads, everything twice: to prepare and to commit. */
const TRANSACTION_FACTOR = 2;

/**
 * Write units of a plain (not transactional) write of an item: one for each KB begun, and at least one ("Write operations",
 * Developer Guide).
 * @param bytes Of the item, from 0.
 * @throws InvalidArgumentError The bytes are negative or not a number.
 */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(checkedAmount('bytes', bytes) / WRITE_UNIT_BYTES));
}

/**
 * Write units of a `PutItem`, `UpdateItem` or `DeleteItem`: those of the larger of the item before and after, however little
 * of it changes. A deletion of nothing costs one.
 * @param before Bytes of the item that is replaced, changed or deleted; 0 where there is none.
 * @param after Bytes of the item that is there afterwards; 0 after a deletion.
 */
export function unitsOfChange(before: number, after: number): number {
  return writeUnits(Math.max(checkedAmount('before', before), checkedAmount('after', after)));
}

/**
 * Write units of a write whose condition was not met, by the larger of the item in the way and the item that was brought
 * ("Conditional write consumption", Developer Guide). The item that comes back with the refusal (`ALL_OLD`) costs nothing.
 * @param inTheWay Bytes of the item that is there; 0 where there is none.
 * @param brought Bytes of the item that was to be put there; 0 for a deletion or a check.
 */
export function unitsOfRefusal(inTheWay: number, brought: number): number {
  return unitsOfChange(inTheWay, brought);
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
 */
export function unitsOfIndex({ before, after, moved = false }: IndexChange): number {
  if (before !== undefined && after !== undefined && !moved) return unitsOfChange(before, after);
  return [before, after].reduce<number>((sum, bytes) => sum + (bytes === undefined ? 0 : writeUnits(bytes)), 0);
}

/**
 * Write units of a `TransactWriteItems`, twice those of its writes to the table. Its index entries cost what they cost
 * outside of a transaction: the Developer Guide does not say so, the service charges so.
 * @param changes Write units of each action by itself; a check costs those of the item that it looks at, at least one.
 * @param indexes Write units of all index entries.
 */
export function unitsOfTransaction(changes: readonly number[], indexes = 0): number {
  return changes.reduce((sum, units) => sum + units, 0) * TRANSACTION_FACTOR + checkedAmount('indexes', indexes);
}
