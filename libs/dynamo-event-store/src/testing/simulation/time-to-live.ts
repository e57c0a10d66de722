import { keyOfItem } from './storage/item-key.js';
import type { Table } from './storage/table.js';
import { getOwn } from './values/attribute-value.js';

const FIVE_YEARS = 5 * 365 * 24 * 60 * 60;

/** Removes the items that have expired, at no cost, and returns how many. */
export function expireItems(table: Table, nowSeconds: number): number {
  const { timeToLive } = table;
  if (timeToLive === undefined) throw new Error(`Time to live is not enabled on table ${table.schema.name}.`);
  const expired = table.entries
    .scanOrder()
    .flatMap((partition) => partition.entries())
    .filter(({ item }) => {
      const at = Number(getOwn(item, timeToLive)?.N);
      return at < nowSeconds && at >= nowSeconds - FIVE_YEARS;
    });
  for (const { item } of expired) table.write(keyOfItem(table.schema, item), undefined, 0, 'time-to-live');
  return expired.length;
}
