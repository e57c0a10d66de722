import { checkedFacts, checkedItem, checkedItems, checkedList, checkedWhole } from './arguments.js';
import { PAGE_BYTES } from './limits.js';
import { unitsOfRead, type ReadConsistency } from './read-units.js';

/** Bytes of items in the order in which they are read: of each, or of so many equal ones. */
export type ItemSizes = readonly number[] | { readonly count: number; readonly bytes: number };

/** A page of a `Query` or `Scan`. */
export interface PageSize {
  readonly items: number;
  readonly bytes: number;
}

/**
 * The pages of a `Query` or `Scan` that is read to its end: one ends with the item that makes it 1 MB, as DynamoDB Local
 * does it; the service may end it with the one before, which makes a request and a unit more at most. There is always one
 * page, be it empty.
 * @throws InvalidArgumentError A count is not a whole number from 0, or bytes are not those of an item.
 */
export function pagesOf(items: ItemSizes): readonly PageSize[] {
  return pagesWith(checkedSizes('items', items));
}

/** The pages of items that are checked already. */
export function pagesWith(items: ItemSizes): readonly PageSize[] {
  const pages = isList(items) ? pagesOfEach(items) : pagesOfEqual(items.count, items.bytes);
  return pages.length === 0 ? [{ items: 0, bytes: 0 }] : pages;
}

/**
 * Read units of these pages; each is rounded up by itself.
 * @throws InvalidArgumentError They are not pages; there is no such consistency.
 */
export function unitsOfPages(pages: readonly PageSize[], consistency: ReadConsistency = 'strong'): number {
  return checkedList('pages', pages).reduce((sum, page, index) => {
    const { bytes } = checkedFacts(`pages[${index}]`, page, '{ items, bytes }');
    return sum + unitsOfRead(`pages[${index}].bytes`, bytes, consistency);
  }, 0);
}

/**
 * Bytes of all items.
 * @throws InvalidArgumentError As of `pagesOf`.
 */
export function bytesOf(items: ItemSizes): number {
  checkedSizes('items', items);
  return isList(items) ? items.reduce((sum, bytes) => sum + bytes, 0) : items.count * items.bytes;
}

export function checkedSizes(argument: string, items: ItemSizes): ItemSizes {
  if (isList(items)) return checkedItems(argument, items);
  const { count, bytes } = checkedFacts(argument, items, '{ count, bytes }, or a list of bytes');
  checkedWhole(`${argument}.count`, count);
  checkedItem(`${argument}.bytes`, bytes);
  return items;
}

function isList(items: ItemSizes): items is readonly number[] {
  return Array.isArray(items);
}

function pagesOfEach(items: readonly number[]): PageSize[] {
  const pages: PageSize[] = [];
  let page = { items: 0, bytes: 0 };
  for (const bytes of items) {
    page = { items: page.items + 1, bytes: page.bytes + bytes };
    if (page.bytes < PAGE_BYTES) continue;
    pages.push(page);
    page = { items: 0, bytes: 0 };
  }
  return page.items === 0 ? pages : [...pages, page];
}

function pagesOfEqual(count: number, bytes: number): PageSize[] {
  const perPage = Math.max(1, Math.ceil(PAGE_BYTES / bytes));
  const full = Math.floor(count / perPage);
  const rest = count - full * perPage;
  const pages = Array.from({ length: full }, () => ({ items: perPage, bytes: perPage * bytes }));
  return rest === 0 ? pages : [...pages, { items: rest, bytes: rest * bytes }];
}
