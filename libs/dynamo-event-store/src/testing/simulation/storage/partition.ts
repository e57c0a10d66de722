import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { elementAt } from '../element-at.js';
import { compareOrder } from './item-key.js';

/** A stored item. Neither it nor its item is ever changed: a write puts another in its place. */
export interface Entry {
  readonly item: Item;
  readonly bytes: number;
  readonly order: readonly AttributeValue[];
}

interface Change {
  readonly at: number;
  readonly order: readonly AttributeValue[];
  readonly before: Entry | undefined;
}

/** Items of one partition key in order, and how to undo the latest changes. */
export class Partition {
  #entries: Entry[] = [];
  /** Oldest first. */
  readonly #changes: Change[] = [];

  constructor(
    readonly value: AttributeValue,
    readonly id: string,
    /** Where the partition lies in a scan. */
    readonly hash: number,
  ) {}

  find(order: readonly AttributeValue[], asOf?: number): Entry | undefined {
    const entries = this.entries(asOf);
    const found = entries[indexOf(entries, order)];
    return found !== undefined && compareOrder(found.order, order) === 0 ? found : undefined;
  }

  /** Items in order; as of an instant, without what was changed after it. */
  entries(asOf?: number): readonly Entry[] {
    const latest = this.#changes.at(-1);
    if (asOf === undefined || latest === undefined || latest.at <= asOf) return this.#entries;
    const entries = [...this.#entries];
    for (let index = this.#changes.length - 1; index >= 0; index--) {
      const { at, order, before } = elementAt(this.#changes, index);
      if (at <= asOf) break;
      place(entries, order, before);
    }
    return entries;
  }

  /** Puts an entry in its place, or `undefined`, which leaves the place empty. */
  set(order: readonly AttributeValue[], entry: Entry | undefined): Entry | undefined {
    return place(this.#entries, order, entry);
  }

  /** Remembers a change; may forget what cannot be asked for any more. */
  remember(at: number, order: readonly AttributeValue[], before: Entry | undefined, oldest: number): void {
    this.#changes.push({ at, order, before });
    const kept = this.#changes.findIndex((change) => change.at > oldest);
    if (kept > 0) this.#changes.splice(0, kept);
  }
}

/** Index of the first entry for which `test`, false up to some entry and true from there on, is true. */
export function firstIndex<T>(entries: readonly T[], test: (entry: T) => boolean): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(elementAt(entries, middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function indexOf(entries: readonly Entry[], order: readonly AttributeValue[]): number {
  const last = entries.at(-1);
  // Most writes are appends.
  if (last === undefined || compareOrder(last.order, order) < 0) return entries.length;
  return firstIndex(entries, (entry) => compareOrder(entry.order, order) >= 0);
}

function place(entries: Entry[], order: readonly AttributeValue[], entry: Entry | undefined): Entry | undefined {
  const index = indexOf(entries, order);
  const found = entries[index];
  const before = found !== undefined && compareOrder(found.order, order) === 0 ? found : undefined;
  if (entry === undefined) {
    if (before !== undefined) entries.splice(index, 1);
  } else if (before === undefined) entries.splice(index, 0, entry);
  else entries[index] = entry;
  return before;
}
