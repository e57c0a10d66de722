import { MAX_LISTING_SHARDS } from '../dynamo/table-schema.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { oneOf } from '../store/arguments.js';
import { checkedFacts, checkedItem, checkedItems, checkedList, checkedWhole, isList } from './arguments.js';
import { reading, totalOf, type Cost } from './cost.js';
import { MAX_TRANSACTION_BYTES } from './limits.js';
import { checkedSizes, pagesOf, pagesWith, unitsOfPages, type ItemSizes } from './pages.js';
import { readUnits, type ReadConsistency } from './read-units.js';

export interface ReadFacts {
  /** Bytes of the commits that are read, in order; each item of one above 400 KB for itself. */
  readonly items: ItemSizes;
  /** Default `'strong'`, as of the store. */
  readonly consistency?: Exclude<ReadConsistency, 'transactional'>;
}

/**
 * Reading a stream to its end, forward or backward: one `Query` for each MB. A read that is bounded by `limit`, `to` or
 * `from` costs the same for the commits that it takes, and with `from` above 1 one `Query` of one commit more.
 * @throws InvalidArgumentError Bytes are not those of an item; there is no such consistency.
 */
export function costOfRead(read: ReadFacts): Cost {
  const { items, consistency = 'strong' } = checkedFacts('read', read, '{ items }');
  oneOf('consistency', consistency, ['strong', 'eventual']);
  const pages = pagesOf(items);
  return reading('Query', unitsOfPages(pages, consistency), pages.length);
}

/**
 * Loading an aggregate without a snapshot policy and without a cached state: all its commits are read.
 * @throws InvalidArgumentError Bytes are not those of an item.
 */
export function costOfLoad(items: ItemSizes): Cost {
  return costOfRead({ items });
}

export interface SnapshotLoadFacts {
  /** Bytes of the snapshot; absent when there is none yet. */
  readonly snapshot?: number;
  /** Bytes of the items of the stream's commits, **newest first**; those from `since` on may be left out if there are more than `every` of them. */
  readonly commits: readonly number[];
  /** Number of those items that came after the commit that the snapshot ends with. Default 0; of no matter without a snapshot. */
  readonly since?: number;
  /** `every` of the snapshot policy. Default 100, as of a policy that has no number. */
  readonly every?: number;
}

/**
 * Loading an aggregate with a snapshot policy: one `Query` of the snapshot and the `every` + 1 newest items, however many of
 * them came after the snapshot. Where that does not reach back to the snapshot's commit, or to the first one, a second read
 * fetches what lies between.
 * @throws InvalidArgumentError Bytes are not those of an item; or so many items cannot have followed the snapshot.
 */
export function costOfLoadWithSnapshot(facts: SnapshotLoadFacts): Cost {
  const { snapshot, commits, since = 0, every = 100 } = checkedFacts('load', facts, '{ commits }');
  if (snapshot !== undefined) checkedItem('snapshot', snapshot, 1);
  checkedItems('commits', commits, 1);
  checkedWhole('since', since, 0, snapshot === undefined ? undefined : commits.length);
  checkedWhole('every', every, 1);
  const found = [...(snapshot === undefined ? [] : [snapshot]), ...commits];
  const [page = { items: 0, bytes: 0 }] = pagesWith(found.slice(0, every + 2));
  const read = page.items - (snapshot === undefined ? 0 : 1);
  // The commit that the snapshot ends with is read along.
  const needed = snapshot === undefined ? commits.length : since + 1;
  const latest = reading('Query', readUnits(page.bytes));
  return read >= needed ? latest : totalOf(latest, costOfRead({ items: commits.slice(read, needed).reverse() }));
}

export interface WarmLoadFacts {
  /** Bytes of the commit that the cached state ends with. */
  readonly known: CommitItems;
  /** Bytes of the commits that came later. Default: none. */
  readonly later?: readonly number[];
}

/**
 * Loading an aggregate whose state is cached: one `Query` of the commit that it ends with, and of what came later.
 * @throws InvalidArgumentError Bytes are not those of an item.
 */
export function costOfWarmLoad(facts: WarmLoadFacts): Cost {
  const { known, later = [] } = checkedFacts('load', facts, '{ known }');
  checkedCommit('known', known, 1);
  checkedItems('later', later, 1);
  return costOfRead({ items: [...itemsOf(known), ...later] });
}

/** Bytes of a commit's item; above 400 KB of each of its items, see `commitItemBytes`. */
export type CommitItems = number | readonly number[];

/**
 * `head`, or the last event: one `Query` of one item. Of a commit above 400 KB the other items are read besides, with one
 * `Query` for each MB.
 * @param lastCommit Bytes of the last commit; 0 when there is no stream.
 * @throws InvalidArgumentError They are not those of a commit.
 */
export function costOfHead(lastCommit: CommitItems): Cost {
  checkedCommit('lastCommit', lastCommit);
  // In which order the items are read is of no matter, since all but one are whole units.
  return costOfOneCommit(itemsOf(lastCommit));
}

/** @param items Of the commit, in the order in which they are read. */
export function costOfOneCommit([first = 0, ...others]: readonly number[]): Cost {
  const pages = pagesWith(others).filter(({ items }) => items > 0);
  return totalOf(reading('Query', readUnits(first)), reading('Query', unitsOfPages(pages), pages.length));
}

export function itemsOf(commit: CommitItems): readonly number[] {
  return typeof commit === 'number' ? [commit] : commit;
}

/** @param least 0 where there may be none. */
export function checkedCommit(argument: string, commit: CommitItems, least = 0): CommitItems {
  if (!isList(commit)) {
    checkedItem(argument, commit, least);
    return commit;
  }
  const items = checkedList(argument, commit as readonly number[], 1);
  const bytes = checkedItems(argument, items, least).reduce((sum, each) => sum + each, 0);
  if (bytes <= MAX_TRANSACTION_BYTES) return commit;
  throw new InvalidArgumentError(argument, `takes ${bytes} bytes; a commit holds at most ${MAX_TRANSACTION_BYTES}.`);
}

/** `storedCommand`: one `GetItem`. @param receipt Bytes of the receipt, see `receiptBytes`; 0 when there is none. */
export function costOfStoredCommand(receipt: number): Cost {
  return reading('GetItem', readUnits(checkedItem('receipt', receipt)));
}

/** `holderOf` or `reservationOf`: one `GetItem`. @param reservation Bytes, see `reservationBytes`; 0 when nobody holds it. */
export function costOfHolder(reservation: number): Cost {
  return reading('GetItem', readUnits(checkedItem('reservation', reservation)));
}

export interface ListFacts {
  /** Bytes of the entries that are read of each partition of the listing index, up to `limit` of each. See `listingBytes`. */
  readonly partitions: readonly ItemSizes[];
}

/**
 * A page of `listStreams`: one `Query` for each partition of the listing index, 4 by default; eventually consistent.
 * @throws InvalidArgumentError Bytes are not those of an entry; or there are other than 1 to 64 partitions.
 */
export function costOfList(list: ListFacts): Cost {
  const { partitions } = checkedFacts('list', list, '{ partitions }');
  checkedList('partitions', partitions, 1, MAX_LISTING_SHARDS);
  return totalOf(
    ...partitions.map((entries, index) => {
      const [page = { bytes: 0 }] = pagesWith(checkedSizes(`partitions[${index}]`, entries));
      return reading('Query', readUnits(page.bytes, 'eventual'));
    }),
  );
}
