import { checkedFacts, checkedFlag, checkedItem, checkedItems, checkedList, checkTransaction } from './arguments.js';
import { checkedCost, reading, totalOf, writing, type Cost } from './cost.js';
import { pagesOf, unitsOfPages, type ItemSizes } from './pages.js';
import { readUnits, unitsOfBatch } from './read-units.js';
import {
  checkedIndexChange,
  unitsOfBytes,
  unitsOfChange,
  unitsOfIndex,
  unitsOfTransaction,
  type IndexChange,
} from './write-units.js';

/** What a step does to one item of a view. All sizes are in bytes. */
export interface ViewChangeFacts {
  /** Of the item before; absent when it is new. */
  readonly before?: number;
  /** Of the item after; absent when it is deleted. */
  readonly after?: number;
  /** Whether the step reads the item before it changes it, and has to fetch it. Default `false`. */
  readonly reads?: boolean;
  /** What happens to its entries in indexes of the view, each of which holds the whole item. Default: it is in none. */
  readonly indexes?: readonly IndexChange[];
}

/**
 * A step of a projection with one view that is keyed by stream: one `PutItem` of the view item, which is the progress too;
 * one `GetItem` before it when the process has not used the item lately. A step that changes nothing is one `UpdateItem`, at
 * the same price: give `unchanged`.
 * @throws InvalidArgumentError Bytes are not those of an item.
 */
export function costOfOwnViewStep(change: ViewChangeFacts & { readonly unchanged?: boolean }): Cost {
  checkView('change', change, '');
  const operation = checkedFlag('unchanged', change.unchanged) ? 'UpdateItem' : 'PutItem';
  const write = unitsOfView(change) + unitsOfIndexes(change);
  return totalOf(...fetched([change]), writing(operation, write));
}

export interface SharedViewsStepFacts {
  /** Bytes of the progress of the stream, which is an item of its own. Default: less than 1 KB. */
  readonly progress?: number;
  /** The items that the step changes. */
  readonly changes: readonly ViewChangeFacts[];
  /** Bytes of items that it only reads (0: not there), which are then checked. Default: none. */
  readonly reads?: readonly number[];
}

/**
 * A step of any other projection in DynamoDB: one `GetItem` for each item that it reads, and one `TransactWriteItems` of the
 * progress and all items, at twice their units; their index entries cost no more than elsewhere. A step that changes nothing
 * is one `PutItem` of the progress.
 * @throws InvalidArgumentError Bytes are not those of an item, or all are more than a transaction takes: 100 items, 4 MB.
 */
export function costOfSharedViewsStep(step: SharedViewsStepFacts): Cost {
  checkStep(step);
  const { progress = 0, changes, reads = [] } = step;
  const fetches = [...fetched(changes), ...reads.map((bytes) => reading('GetItem', readUnits(bytes)))];
  const isLoneRead = changes.length === 0 && reads.length <= 1;
  if (isLoneRead) return totalOf(...fetches, writing('PutItem', unitsOfBytes(progress)));
  const items = [unitsOfBytes(progress), ...changes.map(unitsOfView), ...reads.map(unitsOfBytes)];
  const indexes = changes.reduce((sum, change) => sum + unitsOfIndexes(change), 0);
  return totalOf(...fetches, writing('TransactWriteItems', unitsOfTransaction(items, indexes)));
}

/**
 * A step of a reactor, or of a projection outside of DynamoDB: one `PutItem` of the progress in the control table.
 * @param progress Bytes of the progress. Default: less than 1 KB.
 * @throws InvalidArgumentError They are not those of an item.
 */
export function costOfReactorStep(progress = 0): Cost {
  return writing('PutItem', unitsOfBytes(checkedItem('progress', progress)));
}

export interface RebuildFacts {
  /** Bytes of the items of the event table, of all kinds. */
  readonly items: ItemSizes;
  /** What all steps cost. */
  readonly steps: Cost;
}

/**
 * A rebuild of a projection: one `Scan` for each MB of the event table, strongly consistent, and the steps. Each further
 * segment that is read side by side adds a page that is not full.
 * @throws InvalidArgumentError Bytes are not those of an item, or the steps are not a cost.
 */
export function costOfRebuild(rebuild: RebuildFacts): Cost {
  const { items, steps } = checkedFacts('rebuild', rebuild, '{ items, steps }');
  checkedCost('steps', steps);
  const pages = pagesOf(items);
  return totalOf(reading('Scan', unitsOfPages(pages), pages.length), steps);
}

function fetched(changes: readonly ViewChangeFacts[]): readonly Cost[] {
  const sizes = changes.flatMap(({ reads = false, before = 0 }) => (reads ? [before] : []));
  return sizes.length === 0 ? [] : [reading('GetItem', unitsOfBatch(sizes), sizes.length)];
}

function unitsOfView({ before = 0, after = 0 }: ViewChangeFacts): number {
  return unitsOfChange(before, after);
}

function unitsOfIndexes({ indexes = [] }: ViewChangeFacts): number {
  return indexes.reduce((sum, change) => sum + unitsOfIndex(change), 0);
}

/** @param prefix Of the names of its fields. */
function checkView(argument: string, change: ViewChangeFacts, prefix = `${argument}.`): void {
  const { before, after, reads, indexes = [] } = checkedFacts(argument, change, '{ before, after }');
  if (before !== undefined) checkedItem(`${prefix}before`, before);
  if (after !== undefined) checkedItem(`${prefix}after`, after);
  checkedFlag(`${prefix}reads`, reads);
  const name = `${prefix}indexes`;
  checkedList(name, indexes).forEach((entry, index) => checkedIndexChange(`${name}[${index}]`, entry));
}

function checkStep(step: SharedViewsStepFacts): void {
  const { progress, changes, reads = [] } = checkedFacts('step', step, '{ changes }');
  if (progress !== undefined) checkedItem('progress', progress);
  checkedList('changes', changes).forEach((change, index) => {
    checkView(`changes[${index}]`, change);
  });
  checkedItems('reads', reads);
  const items = 1 + changes.length + reads.length;
  const bytes = changes.reduce((sum, { after = 0 }) => sum + after, 0);
  checkTransaction('step', items, bytes);
}
