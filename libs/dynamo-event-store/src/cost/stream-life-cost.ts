import { checkedFacts, checkedFlag, checkedItem, checkedItems, checkedList, checkedWhole } from './arguments.js';
import { MAX_ITEM_BYTES } from './limits.js';
import { reading, times, totalOf, writing, type Cost } from './cost.js';
import { pagesWith, unitsOfPages } from './pages.js';
import { checkedCommit, costOfHead, type CommitItems } from './read-cost.js';
import { unitsOfBytes, unitsOfChange, unitsOfIndex, unitsOfTransaction } from './write-units.js';

/** Most requests that one `BatchWriteItem` takes. */
const BATCH = 25;

/**
 * Taking a snapshot: one `PutItem`, after the append, of the units of the larger of the new and the old one.
 * @param bytes Of the snapshot, see `snapshotBytes`. @param replaced Bytes of the one before; 0 when it is the first.
 * @throws InvalidArgumentError They are not those of an item.
 */
export function costOfSnapshot(bytes: number, replaced = 0): Cost {
  return writing('PutItem', unitsOfChange(checkedItem('replaced', replaced), checkedItem('bytes', bytes, 1)));
}

export interface CloseFacts {
  /** Bytes of the last commit of the stream. */
  readonly lastCommit: CommitItems;
  /** Bytes of the commit without events that ends the stream: `commitBytes({ …, events: [] })`. */
  readonly end: number;
  /** Whether `expected` is a head that the store has issued. Default `false`: it is absent, or a bare version. */
  readonly atHead?: boolean;
}

/**
 * `close`: one `Query` of the last commit, another one unless the head is given, and one `PutItem` of the end.
 * @throws InvalidArgumentError Bytes are not those of an item.
 */
export function costOfClose(facts: CloseFacts): Cost {
  const { lastCommit, end, atHead } = checkedFacts('close', facts, '{ lastCommit, end }');
  checkedCommit('lastCommit', lastCommit, 1);
  checkedItem('end', end, 1);
  const looks = checkedFlag('atHead', atHead) ? 1 : 2;
  return totalOf(times(looks, costOfHead(lastCommit)), writing('PutItem', unitsOfBytes(end)));
}

export interface ArchiveFacts {
  /** Bytes of the first commit of the stream, while it is not archived. */
  readonly firstCommit: number;
  /** Bytes of its entry in the listing index, while it is not archived: see `listingBytes`. */
  readonly listing: number;
}

/**
 * `archive`, and back: one `UpdateItem` of the units of the first commit, which is a byte larger while it is archived, and of
 * the entry in the listing index, which moves. Only the first item of a commit above 400 KB counts.
 * @throws InvalidArgumentError Bytes are not those of an item, or leave no room for the byte more.
 */
export function costOfArchive(facts: ArchiveFacts): Cost {
  const { firstCommit, listing } = checkedFacts('archive', facts, '{ firstCommit, listing }');
  checkedItem('firstCommit', firstCommit, 1, MAX_ITEM_BYTES - 1);
  checkedItem('listing', listing, 1, MAX_ITEM_BYTES - 1);
  const index = unitsOfIndex({ before: listing, after: listing + 1, moved: true });
  return writing('UpdateItem', unitsOfChange(firstCommit, firstCommit + 1) + index);
}

export interface PurgeFacts extends CloseFacts {
  /**
   * Bytes of all items of the stream in the order of their keys, before it is closed: receipts, commits and their parts, and
   * the snapshot. Its first commit is the item at `firstCommit`.
   */
  readonly items: readonly number[];
  /** Place of the first commit among `items`: the number of receipts. Default 0. */
  readonly firstCommit?: number;
  /** Whether the last of `items` is the snapshot. Default `false`. */
  readonly hasSnapshot?: boolean;
  /** Bytes of the entry in the listing index: see `listingBytes`. */
  readonly listing: number;
  /** Bytes of each reservation that the stream holds: see `reservationBytes`. Default: none. */
  readonly held?: readonly number[];
  /** Whether the stream is closed already. Default `false`. */
  readonly closed?: boolean;
}

/**
 * `purge`: the last commit is read, the stream closed and its end read, unless it is closed; all items are read, one `Query`
 * for each MB; one `DeleteItem` for each value held, one `BatchWriteItem` for 25 items of a page; at last one
 * `TransactWriteItems` of the first commit and the end.
 * @throws InvalidArgumentError Bytes are not those of an item; or the first commit is not among the items.
 */
export function costOfPurge(facts: PurgeFacts): Cost {
  checkPurge(facts);
  const { items, firstCommit = 0, hasSnapshot = false, listing, held = [], closed = false, lastCommit, end } = facts;
  const ending = closed
    ? [costOfHead(end)]
    : [costOfHead(lastCommit), costOfClose({ lastCommit, end }), costOfHead(end)];
  // The end stands after the commits, and before the snapshot.
  const endPlace = items.length - (hasSnapshot ? 1 : 0);
  const all = [...items.slice(0, endPlace), end, ...items.slice(endPlace)];
  const pages = pagesWith(all);
  const lasting = new Set([firstCommit, endPlace]);
  let place = 0;
  const batches = pages.map((page) => {
    const from = place;
    place += page.items;
    const deleted = all.slice(from, place).filter((_, index) => !lasting.has(from + index));
    const units = deleted.reduce((sum, bytes) => sum + unitsOfBytes(bytes), 0);
    return writing('BatchWriteItem', units, Math.ceil(deleted.length / BATCH));
  });
  const freed = held.reduce((sum, bytes) => sum + unitsOfBytes(bytes), 0);
  const last = [items[firstCommit] ?? 0, end].map(unitsOfBytes);
  return totalOf(
    ...ending,
    reading('Query', unitsOfPages(pages), pages.length),
    writing('DeleteItem', freed, held.length),
    ...batches,
    writing('TransactWriteItems', unitsOfTransaction(last, unitsOfIndex({ before: listing }))),
  );
}

function checkPurge(facts: PurgeFacts): void {
  const { items, firstCommit, hasSnapshot, listing, held, closed, lastCommit, end } = checkedFacts(
    'purge',
    facts,
    '{ items, lastCommit, end, listing }',
  );
  const others = checkedFlag('hasSnapshot', hasSnapshot) ? 1 : 0;
  checkedList('items', items, 1 + others);
  checkedItems('items', items, 1);
  if (firstCommit !== undefined) checkedWhole('firstCommit', firstCommit, 0, items.length - 1 - others);
  checkedItem('listing', listing, 1);
  if (held !== undefined) checkedItems('held', held);
  if (!checkedFlag('closed', closed)) checkedCommit('lastCommit', lastCommit, 1);
  checkedItem('end', end, 1);
}
