import { reading, totalOf, type Cost } from './cost.js';
import { pagesOf, unitsOfPages, type ItemSizes } from './pages.js';
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
 */
export function costOfRead({ items, consistency = 'strong' }: ReadFacts): Cost {
  const pages = pagesOf(items);
  return reading('Query', unitsOfPages(pages, consistency), pages.length);
}

/** Loading an aggregate without a snapshot policy and without a cached state: all its commits are read. */
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
 */
export function costOfLoadWithSnapshot({ snapshot, commits, since = 0, every = 100 }: SnapshotLoadFacts): Cost {
  const found = [...(snapshot === undefined ? [] : [snapshot]), ...commits];
  const [page = { items: 0, bytes: 0 }] = pagesOf(found.slice(0, every + 2));
  const read = page.items - (snapshot === undefined ? 0 : 1);
  // The commit that the snapshot ends with is read along.
  const needed = snapshot === undefined ? commits.length : since + 1;
  const latest = reading('Query', readUnits(page.bytes));
  return read >= needed ? latest : totalOf(latest, costOfRead({ items: commits.slice(read, needed).reverse() }));
}

export interface WarmLoadFacts {
  /** Bytes of the commit that the cached state ends with. */
  readonly known: number;
  /** Bytes of the commits that came later. Default: none. */
  readonly later?: readonly number[];
}

/** Loading an aggregate whose state is cached: one `Query` of the commit that it ends with, and of what came later. */
export function costOfWarmLoad({ known, later = [] }: WarmLoadFacts): Cost {
  return costOfRead({ items: [known, ...later] });
}

/** Bytes of a commit's item; above 400 KB of each of its items, see `commitItemBytes`. */
export type CommitItems = number | readonly number[];

/**
 * `head`, or the last event: one `Query` of one item. Of a commit above 400 KB the other items are read besides, with one
 * `Query` for each MB.
 * @param lastCommit Bytes of the last commit; 0 when there is no stream.
 */
export function costOfHead(lastCommit: CommitItems): Cost {
  // In which order the items are read is of no matter, since all but one are whole units.
  return costOfOneCommit(itemsOf(lastCommit));
}

/** @param items Of the commit, in the order in which they are read. */
export function costOfOneCommit([first = 0, ...others]: readonly number[]): Cost {
  const pages = pagesOf(others).filter(({ items }) => items > 0);
  return totalOf(reading('Query', readUnits(first)), reading('Query', unitsOfPages(pages), pages.length));
}

export function itemsOf(commit: CommitItems): readonly number[] {
  return typeof commit === 'number' ? [commit] : commit;
}

/** `storedCommand`: one `GetItem`. @param receipt Bytes of the receipt, see `receiptBytes`; 0 when there is none. */
export function costOfStoredCommand(receipt: number): Cost {
  return reading('GetItem', readUnits(receipt));
}

/** `holderOf` or `reservationOf`: one `GetItem`. @param reservation Bytes, see `reservationBytes`; 0 when nobody holds it. */
export function costOfHolder(reservation: number): Cost {
  return reading('GetItem', readUnits(reservation));
}

export interface ListFacts {
  /** Bytes of the entries that are read of each partition of the listing index, up to `limit` of each. See `listingBytes`. */
  readonly partitions: readonly ItemSizes[];
}

/** A page of `listStreams`: one `Query` for each partition of the listing index, 4 by default; eventually consistent. */
export function costOfList({ partitions }: ListFacts): Cost {
  return totalOf(
    ...partitions.map((entries) => {
      const [page = { bytes: 0 }] = pagesOf(entries);
      return reading('Query', readUnits(page.bytes, 'eventual'));
    }),
  );
}
