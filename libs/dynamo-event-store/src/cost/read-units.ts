import { oneOf } from '../store/arguments.js';
import { checkedItems, checkedAmount } from './arguments.js';
import { MAX_ITEM_BYTES, PAGE_BYTES } from './limits.js';

/** Bytes of one read unit, strongly consistent. */
export const READ_UNIT_BYTES = 4096;

/** `transactional`: by `TransactGetItems`. */
export type ReadConsistency = 'strong' | 'eventual' | 'transactional';

const FACTORS: Readonly<Record<ReadConsistency, number>> = { eventual: 0.5, strong: 1, transactional: 2 };
const CONSISTENCIES = Object.keys(FACTORS) as ReadConsistency[];
/** A page ends with the item that makes it 1 MB. */
const MAX_PAGE_BYTES = PAGE_BYTES + MAX_ITEM_BYTES - 1;

/**
 * Read units of what one request reads: one for each 4 KB begun, half of that when it may be stale, twice in a transaction
 * ("Read operations", Developer Guide). Nothing costs as much as the smallest read. Filters and projections spare nothing.
 *
 * A `Query` or `Scan` adds up the bytes of all items of a page and rounds once. A `GetItem` rounds its item; a batch or a
 * transaction rounds each of its items, see `unitsOfBatch`.
 * @param bytes Of the item, or of all items of one page; from 0 to 1 MB, and less than an item more.
 * @throws InvalidArgumentError The bytes are not those of an item or of a page; there is no such consistency.
 */
export function readUnits(bytes: number, consistency: ReadConsistency = 'strong'): number {
  return unitsOfRead('bytes', bytes, consistency);
}

export function unitsOfRead(argument: string, bytes: number, consistency: ReadConsistency): number {
  const read = checkedAmount(argument, bytes, 0, MAX_PAGE_BYTES);
  return Math.max(1, Math.ceil(read / READ_UNIT_BYTES)) * FACTORS[oneOf('consistency', consistency, CONSISTENCIES)];
}

/**
 * Read units of a `BatchGetItem` or `TransactGetItems`: each item is rounded up by itself.
 * @param items Bytes of each item; 0 for one that is not there.
 * @throws InvalidArgumentError The bytes are not those of items; there is no such consistency.
 */
export function unitsOfBatch(items: readonly number[], consistency: ReadConsistency = 'strong'): number {
  oneOf('consistency', consistency, CONSISTENCIES);
  return checkedItems('items', items).reduce((sum, bytes) => sum + readUnits(bytes, consistency), 0);
}
