import { itemBytes, type Item } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';

/** An index of one of the library's tables: its keys, and what it holds of an item that has them. */
interface IndexForm {
  readonly keys: readonly [string, string];
  readonly projected: (item: Item) => Item;
}

const listing: IndexForm = {
  keys: ['list', 'at'],
  projected: ({ pk, sk, list, at }) => ({ pk: pk!, sk: sk!, list: list!, at: at! }),
};
const ofViews = [1, 2, 3, 4].map((place): IndexForm => ({
  keys: [`i${place}p`, `i${place}s`],
  projected: (item) => item,
}));

/** Units of all index entries that a write of an item makes, changes, moves or deletes. */
export function indexUnits(before: Item | undefined, after: Item | undefined): number {
  return [listing, ...ofViews].reduce((sum, form) => sum + unitsIn(form, before, after), 0);
}

function unitsIn({ keys, projected }: IndexForm, before: Item | undefined, after: Item | undefined): number {
  const [old, now] = [before, after].map((item) =>
    item !== undefined && keys.every((key) => item[key] !== undefined) ? projected(item) : undefined,
  );
  const isInPlace = old !== undefined && now !== undefined && keys.every((key) => same(old[key], now[key]));
  if (isInPlace) return same(old, now) ? 0 : Math.max(units(old), units(now));
  return units(old) + units(now);
}

function units(entry: Item | undefined): number {
  return entry === undefined ? 0 : Math.ceil(itemBytes(entry) / 1024);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
