import { totalOf, writing, type Cost } from './cost.js';
import { costOfHead, costOfOneCommit, itemsOf, type CommitItems } from './read-cost.js';
import { unitsOfRefusal, unitsOfTransaction, writeUnits } from './write-units.js';

/** One append, as far as its cost goes. All sizes are in bytes. */
export interface AppendFacts {
  /** Of the commit: see `commitBytes`, and above 400 KB `commitItemBytes`. */
  readonly commit: CommitItems;
  /** Of the entry in the listing index, when the commit is the first of its stream: see `listingBytes`. */
  readonly listing?: number;
  /**
   * Of the last commit of the stream (0: there is none), when it is read before: for an expected version that is a bare
   * number, for `'any'`, and for the first commit of a stream with a TTL.
   */
  readonly lastCommit?: CommitItems;
  /** Of the receipt, when there is an idempotency key: see `receiptBytes`. */
  readonly receipt?: number;
  /** Of each reservation that is made or released: see `reservationBytes`. 0 for one released that nobody holds. */
  readonly reservations?: readonly number[];
}

/**
 * An append: one `PutItem` of the commit's units; one `TransactWriteItems` of twice the units of all its items when the
 * commit is above 400 KB, has an idempotency key, or reserves or releases values. The first of a stream also costs its entry
 * in the listing index. Where the last commit is looked up first, one `Query` more.
 */
export function costOfAppend(append: AppendFacts): Cost {
  return costOfSaveAll({ appends: [append] });
}

export interface SaveAllFacts {
  /** One for each aggregate that is saved. */
  readonly appends: readonly AppendFacts[];
  /** Aggregates that are only checked to be unchanged. Default 0. */
  readonly unchanged?: number;
}

/**
 * `saveAll` or `appendAll`: one `TransactWriteItems` of twice the units of all items, and 2 for each aggregate in
 * `unchanged`; for one aggregate alone, an append.
 */
export function costOfSaveAll({ appends, unchanged = 0 }: SaveAllFacts): Cost {
  const items = appends.flatMap(writtenBy).map(writeUnits);
  const listed = appends.reduce((sum, { listing }) => sum + (listing === undefined ? 0 : writeUnits(listing)), 0);
  const [only, ...others] = [...items, ...Array.from({ length: unchanged }, () => writeUnits(0))];
  const write =
    others.length === 0 && unchanged === 0
      ? writing('PutItem', (only ?? 0) + listed)
      : writing('TransactWriteItems', unitsOfTransaction([only ?? 0, ...others], listed));
  return totalOf(...appends.flatMap(lookUpOf), write);
}

export interface RefusalFacts {
  readonly append: AppendFacts;
  /** Bytes of the commit in the way. Of one above 400 KB: of each of its items, which are then read. */
  readonly inTheWay: CommitItems;
}

/**
 * An append that another commit was in the way of: the same request, at the units of the larger of the two items; in a
 * transaction, which is refused as a whole, twice those and the units of all its other items. The commit in the way comes
 * with the refusal, unless it is above 400 KB: then it is read.
 */
export function costOfRefusedAppend({ append, inTheWay }: RefusalFacts): Cost {
  const [first = 0, ...others] = writtenBy(append);
  const [obstacle = 0, ...parts] = itemsOf(inTheWay);
  const refused = unitsOfRefusal(obstacle, first);
  const write =
    others.length === 0
      ? writing('PutItem', refused)
      : writing('TransactWriteItems', unitsOfTransaction([refused, ...others.map(writeUnits)]));
  return totalOf(...lookUpOf(append), write, ...(parts.length === 0 ? [] : [costOfOneCommit([obstacle, ...parts])]));
}

/** All items that an append writes or deletes; the first one has the condition on the version. */
function writtenBy({ commit, receipt, reservations = [] }: AppendFacts): readonly number[] {
  return [...itemsOf(commit), ...(receipt === undefined ? [] : [receipt]), ...reservations];
}

function lookUpOf({ lastCommit }: AppendFacts): readonly Cost[] {
  return lastCommit === undefined ? [] : [costOfHead(lastCommit)];
}
