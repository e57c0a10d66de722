import { checkedAmount } from './amount.js';

/** Bytes of one read unit, strongly consistent. */
export const READ_UNIT_BYTES = 4096;

/** `transactional`: by `TransactGetItems`. */
export type ReadConsistency = 'strong' | 'eventual' | 'transactional';

const FACTORS: Readonly<Record<ReadConsistency, number>> = { eventual: 0.5, strong: 1, transactional: 2 };

/**
 * Read units of what one request reads: one for each 4 KB begun, half of that when it may be stale, twice in a transaction
 * ("Read operations", Developer Guide). Nothing costs as much as the smallest read. Filters and projections spare nothing.
 *
 * A `Query` or `Scan` adds up the bytes of all items of a page and rounds once. A `GetItem` rounds its item; a batch or a
 * transaction rounds each of its items, see `unitsOfBatch`.
 * @param bytes Of the item, or of all items of one page; from 0.
 * @throws InvalidArgumentError The bytes are negative or not a number.
 */
export function readUnits(bytes: number, consistency: ReadConsistency = 'strong'): number {
  return Math.max(1, Math.ceil(checkedAmount('bytes', bytes) / READ_UNIT_BYTES)) * FACTORS[consistency];
}

/**
 * Read units of a `BatchGetItem` or `TransactGetItems`: each item is rounded up by itself.
 * @param items Bytes of each item; 0 for one that is not there.
 */
export function unitsOfBatch(items: readonly number[], consistency: ReadConsistency = 'strong'): number {
  return items.reduce((sum, bytes) => sum + readUnits(bytes, consistency), 0);
}
