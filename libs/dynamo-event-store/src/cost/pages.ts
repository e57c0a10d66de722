import { InvalidArgumentError } from '../errors/argument-errors.js';
import { checkedAmount } from './amount.js';
import { readUnits, type ReadConsistency } from './read-units.js';

/** Bytes of items after which a page of a `Query` or `Scan` ends. */
export const PAGE_BYTES = 1024 * 1024;

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
 * @throws InvalidArgumentError A number of items or bytes is negative or not a number.
 */
export function pagesOf(items: ItemSizes): readonly PageSize[] {
  const pages = isList(items) ? pagesOfEach(items) : pagesOfEqual(items.count, items.bytes);
  return pages.length === 0 ? [{ items: 0, bytes: 0 }] : pages;
}

/** Read units of these pages; each is rounded up by itself. */
export function unitsOfPages(pages: readonly PageSize[], consistency: ReadConsistency = 'strong'): number {
  return pages.reduce((sum, { bytes }) => sum + readUnits(bytes, consistency), 0);
}

/** Bytes of all items. */
export function bytesOf(items: ItemSizes): number {
  return isList(items) ? items.reduce((sum, bytes) => sum + bytes, 0) : items.count * items.bytes;
}

function isList(items: ItemSizes): items is readonly number[] {
  return Array.isArray(items);
}

function pagesOfEach(items: readonly number[]): PageSize[] {
  const pages: PageSize[] = [];
  let page = { items: 0, bytes: 0 };
  for (const bytes of items) {
    page = { items: page.items + 1, bytes: page.bytes + checkedAmount('bytes', bytes) };
    if (page.bytes < PAGE_BYTES) continue;
    pages.push(page);
    page = { items: 0, bytes: 0 };
  }
  return page.items === 0 ? pages : [...pages, page];
}

function pagesOfEqual(count: number, bytes: number): PageSize[] {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError('count', `is ${count}, but must be a whole number from 0.`);
  const perPage = Math.max(1, Math.ceil(PAGE_BYTES / checkedAmount('bytes', bytes)));
  const full = Math.floor(count / perPage);
  const rest = count - full * perPage;
  const pages = Array.from({ length: full }, () => ({ items: perPage, bytes: perPage * bytes }));
  return rest === 0 ? pages : [...pages, { items: rest, bytes: rest * bytes }];
}
