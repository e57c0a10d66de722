import { InvalidArgumentError } from '../errors/argument-errors.js';
import { checkedFacts, checkedItem, checkedItems, checkedList, checkedWhole, checkTransaction } from './arguments.js';
import { totalOf, writing, type Cost } from './cost.js';
import { checkedCommit, costOfHead, costOfOneCommit, itemsOf, type CommitItems } from './read-cost.js';
import { unitsOfBytes, unitsOfRefusal, unitsOfTransaction } from './write-units.js';

/** One append, as far as its cost goes. All sizes are in bytes. */
export interface AppendFacts {
  /** Of the commit: see `commitBytes`, and above 400 KB `commitItemBytes`, of which there are 4 MB at most. */
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
 * @throws InvalidArgumentError Bytes are not those of an item, or all are more than a transaction takes: 100 items, 4 MB.
 */
export function costOfAppend(append: AppendFacts): Cost {
  checkAppend('append', append, '');
  return costOfWrite('append', { appends: [append] });
}

export interface SaveAllFacts {
  /** One for each aggregate that is saved. */
  readonly appends: readonly AppendFacts[];
  /** Aggregates that are only checked to be unchanged. Default 0. */
  readonly unchanged?: number;
}

/**
 * `saveAll` of a repository: as `appendAll`, but where no aggregate has recorded events nothing is sent, and nothing checked.
 * @throws InvalidArgumentError As of `costOfAppend`.
 */
export function costOfSaveAll(facts: SaveAllFacts): Cost {
  checkWrite(facts);
  return facts.appends.length === 0 ? totalOf() : costOfWrite('appends', facts);
}

/**
 * `appendAll` of a store: one `TransactWriteItems` of twice the units of all items, and 2 for each stream in `unchanged`; for
 * one stream alone, an append.
 * @throws InvalidArgumentError As of `costOfAppend`; or there is nothing to write or check.
 */
export function costOfAppendAll(facts: SaveAllFacts): Cost {
  checkWrite(facts);
  if (facts.appends.length === 0 && (facts.unchanged ?? 0) === 0)
    throw new InvalidArgumentError('appends', 'an atomic write needs at least one stream.');
  return costOfWrite('appends', facts);
}

function costOfWrite(argument: string, { appends, unchanged = 0 }: SaveAllFacts): Cost {
  const items = appends.flatMap(writtenBy);
  checkTransaction(argument, items.length + unchanged, bytesWritten(appends));
  const listed = appends.reduce((sum, { listing }) => sum + (listing === undefined ? 0 : unitsOfBytes(listing)), 0);
  const units = [...items, ...Array.from({ length: unchanged }, () => 0)].map(unitsOfBytes);
  const [only = 0] = units;
  const write =
    items.length === 1 && unchanged === 0
      ? writing('PutItem', only + listed)
      : writing('TransactWriteItems', unitsOfTransaction(units, listed));
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
 * @throws InvalidArgumentError As of `costOfAppend`.
 */
export function costOfRefusedAppend(facts: RefusalFacts): Cost {
  const { append, inTheWay } = checkedFacts('refusal', facts, '{ append, inTheWay }');
  checkAppend('append', append);
  checkedCommit('inTheWay', inTheWay, 1);
  const [first = 0, ...others] = writtenBy(append);
  checkTransaction('append', others.length + 1, bytesWritten([append]));
  const [obstacle = 0, ...parts] = itemsOf(inTheWay);
  const refused = unitsOfRefusal(obstacle, first);
  const write =
    others.length === 0
      ? writing('PutItem', refused)
      : writing('TransactWriteItems', unitsOfTransaction([refused, ...others.map(unitsOfBytes)]));
  return totalOf(...lookUpOf(append), write, ...(parts.length === 0 ? [] : [costOfOneCommit([obstacle, ...parts])]));
}

/** All items that an append writes or deletes; the first one has the condition on the version. */
function writtenBy({ commit, receipt, reservations = [] }: AppendFacts): readonly number[] {
  return [...itemsOf(commit), ...(receipt === undefined ? [] : [receipt]), ...reservations];
}

function lookUpOf({ lastCommit }: AppendFacts): readonly Cost[] {
  return lastCommit === undefined ? [] : [costOfHead(lastCommit)];
}

function checkWrite(facts: SaveAllFacts): void {
  const { appends, unchanged } = checkedFacts('write', facts, '{ appends }');
  checkedList('appends', appends).forEach((append, index) => {
    checkAppend(`appends[${index}]`, append);
  });
  if (unchanged !== undefined) checkedWhole('unchanged', unchanged);
}

/** @param prefix Of the names of its fields. */
export function checkAppend(argument: string, append: AppendFacts, prefix = `${argument}.`): void {
  const { commit, listing, lastCommit, receipt, reservations } = checkedFacts(argument, append, '{ commit }');
  checkedCommit(`${prefix}commit`, commit, 1);
  if (listing !== undefined) checkedItem(`${prefix}listing`, listing, 1);
  if (lastCommit !== undefined) checkedCommit(`${prefix}lastCommit`, lastCommit);
  if (receipt !== undefined) checkedItem(`${prefix}receipt`, receipt, 1);
  if (reservations !== undefined) checkedItems(`${prefix}reservations`, reservations);
}

/** What is released counts by its key, so reservations are left out of the bytes: nothing that can be sent is refused. */
function bytesWritten(appends: readonly AppendFacts[]): number {
  const sizes = appends.flatMap(({ commit, receipt = 0 }) => [...itemsOf(commit), receipt]);
  return sizes.reduce((sum, each) => sum + each, 0);
}
