import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { itemBytes } from '../../../cost/item-bytes.js';
import { unitsOfChange, unitsOfIndex } from '../../../cost/write-units.js';
import type { Item } from '../../../dynamo/item-size.js';
import { validationError } from '../errors.js';
import type { ChangeStream } from '../streams/change-stream.js';
import type { ChangeCause } from '../streams/stream-record.js';
import { deepCopy, equalItems, getOwn, setOwn } from '../values/attribute-value.js';
import { compareScalars } from '../values/order.js';
import type { Units } from '../capacity.js';
import { Collection, type History } from './collection.js';
import { compareOrder, keyInIndex, type ItemKey } from './item-key.js';
import type { Entry } from './partition.js';
import { tableSchema, type IndexSchema, type SimulatedTableDefinition, type TableSchema } from './table-schema.js';

export interface Index {
  readonly schema: IndexSchema;
  readonly entries: Collection;
}

/** A table with its indexes, which change with it at the same instant. */
export class Table {
  readonly schema: TableSchema;
  readonly entries: Collection;
  readonly indexes: readonly Index[];
  /** Attribute that holds when an item expires, in seconds since the epoch. */
  timeToLive: string | undefined;
  /** Where its changes are recorded, if they are. */
  stream: ChangeStream | undefined;

  constructor(
    name: string,
    readonly definition: SimulatedTableDefinition,
    history: History,
  ) {
    this.schema = tableSchema(name, definition);
    this.entries = new Collection(history);
    this.indexes = this.schema.indexes.map((schema) => ({ schema, entries: new Collection(history) }));
  }

  get arn(): string {
    return `arn:aws:dynamodb:simulated:000000000000:table/${this.schema.name}`;
  }

  index(name: string): Index {
    const index = this.indexes.find(({ schema }) => schema.name === name);
    if (index === undefined) throw validationError(`The table does not have the specified index: ${name}`);
    return index;
  }

  /**
   * Stores an item under its key, or removes what is there, and returns the units of a plain write.
   * @param bytes Size of the item.
   */
  write(key: ItemKey, item: Item | undefined, bytes: number, cause: ChangeCause = 'request'): Units {
    const before = this.entries.find(key);
    this.stream?.record({ key, before: before?.item, after: item, cause });
    if (item !== undefined) this.entries.put(key, item, bytes);
    else this.entries.remove(key);
    const units: Units = { table: unitsOfChange(before?.bytes ?? 0, bytes), indexes: {} };
    for (const index of this.indexes) {
      const charged = this.#writeIndex(index, before, item, bytes);
      if (charged > 0) units.indexes[index.schema.name] = charged;
    }
    return units;
  }

  /** All items, by key. */
  items(): Item[] {
    return [...this.entries.scanOrder()]
      .sort((a, b) => compareScalars(a.value, b.value))
      .flatMap((partition) => partition.entries().map(({ item }) => deepCopy(item)));
  }

  /** One write for an entry that stays where it is, two for one that moves, none for one that stays as it is. */
  #writeIndex({ schema, entries }: Index, before: Entry | undefined, item: Item | undefined, bytes: number): number {
    const from = before === undefined ? undefined : keyInIndex(this.schema, schema, before.item);
    const to = item === undefined ? undefined : keyInIndex(this.schema, schema, item);
    if (from === undefined && to === undefined) return 0;
    const old = from === undefined ? undefined : entries.find(from);
    const entry = item === undefined || to === undefined ? undefined : projected(schema, item, bytes);
    if (from !== undefined && to !== undefined && isSamePlace(from, to) && old !== undefined && entry !== undefined) {
      if (equalItems(old.item, entry.item)) return 0;
      entries.put(to, entry.item, entry.bytes);
      return unitsOfIndex({ before: old.bytes, after: entry.bytes });
    }
    if (from !== undefined) entries.remove(from);
    if (to !== undefined && entry !== undefined) entries.put(to, entry.item, entry.bytes);
    return unitsOfIndex({
      ...(old === undefined ? {} : { before: old.bytes }),
      ...(entry === undefined ? {} : { after: entry.bytes }),
      moved: true,
    });
  }
}

function isSamePlace(a: ItemKey, b: ItemKey): boolean {
  return a.partitionId === b.partitionId && compareOrder(a.order, b.order) === 0;
}

function projected({ attributes }: IndexSchema, item: Item, bytes: number): { item: Item; bytes: number } {
  if (attributes === undefined) return { item, bytes };
  const part: Record<string, AttributeValue> = {};
  for (const name of attributes) {
    const value = getOwn(item, name);
    if (value !== undefined) setOwn(part, name, value);
  }
  return { item: part, bytes: itemBytes(part) };
}
