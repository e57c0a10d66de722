import { hash } from '../random.js';
import type { Item } from '../../../dynamo/item-size.js';
import type { ItemKey } from './item-key.js';
import { Partition, type Entry } from './partition.js';

/** How long the past of a collection can be asked for. */
export interface History {
  /** Instant of the change that is being made. */
  now(): number;
  /** How far back a read may look, in the unit of `now`; 0 when no read does. */
  readonly maxAge: number;
}

/** The items of a table or of an index, by partition. */
export class Collection {
  readonly #partitions = new Map<string, Partition>();
  /** In order of a scan; made anew after a partition was added. */
  #scanOrder: Partition[] | undefined;

  constructor(private readonly history: History) {}

  partition(id: string): Partition | undefined {
    return this.#partitions.get(id);
  }

  find(key: ItemKey, asOf?: number): Entry | undefined {
    return this.#partitions.get(key.partitionId)?.find(key.order, asOf);
  }

  put(key: ItemKey, item: Item, bytes: number): void {
    let partition = this.#partitions.get(key.partitionId);
    if (partition === undefined) {
      partition = new Partition(key.partition, key.partitionId, hash(key.partitionId, 0));
      this.#partitions.set(key.partitionId, partition);
      this.#scanOrder = undefined;
    }
    this.#change(partition, key, { item, bytes, order: key.order });
  }

  remove(key: ItemKey): void {
    const partition = this.#partitions.get(key.partitionId);
    if (partition !== undefined) this.#change(partition, key, undefined);
  }

  /** All partitions, in an order that has nothing to do with their keys. */
  scanOrder(): readonly Partition[] {
    this.#scanOrder ??= [...this.#partitions.values()].sort(compareForScan);
    return this.#scanOrder;
  }

  #change(partition: Partition, { order }: ItemKey, entry: Entry | undefined): void {
    const before = partition.set(order, entry);
    if (this.history.maxAge === 0 || before === entry) return;
    const now = this.history.now();
    partition.remember(now, order, before, now - this.history.maxAge);
  }
}

export function compareForScan(a: { hash: number; id: string }, b: { hash: number; id: string }): number {
  return a.hash - b.hash || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
