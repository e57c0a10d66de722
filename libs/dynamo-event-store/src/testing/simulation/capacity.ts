import type { ConsumedCapacity, ReturnConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { readUnits as unitsOfRead } from '../../cost/read-units.js';
import { unitsOfTransaction } from '../../cost/write-units.js';

/** Capacity units of one request on one table. */
export interface Units {
  table: number;
  /** By name of the index. */
  readonly indexes: Record<string, number>;
}

/** Read units of so many bytes. */
export function readUnits(bytes: number, consistent: boolean): number {
  return unitsOfRead(bytes, consistent ? 'strong' : 'eventual');
}

/** A write in a transaction: twice on the table, and once in the indexes, which follow it later. */
export function inTransaction({ table, indexes }: Units): Units {
  return { table: unitsOfTransaction([table]), indexes };
}

/** Adds up what requests cost, by table. */
export class Bill {
  readonly #tables = new Map<string, Units>();

  add(table: string, { table: own, indexes }: Units): void {
    const units = this.#tables.get(table) ?? { table: 0, indexes: {} };
    units.table += own;
    for (const [name, charged] of Object.entries(indexes)) units.indexes[name] = (units.indexes[name] ?? 0) + charged;
    this.#tables.set(table, units);
  }

  total(): number {
    return [...this.#tables.values()].reduce((sum, units) => sum + totalOf(units), 0);
  }

  /** As requests on several tables return it. A transaction also says whether it was a read or a write. */
  consumed(wanted: ReturnConsumedCapacity | undefined, transaction?: 'read' | 'write'): ConsumedCapacity[] | undefined {
    if (wanted === undefined || wanted === 'NONE') return undefined;
    return [...this.#tables].map(([table, units]) => describe(table, units, wanted, transaction));
  }
}

/** As a request on one table returns it. */
export function consumedCapacity(
  table: string,
  units: Units,
  wanted: ReturnConsumedCapacity | undefined,
): ConsumedCapacity | undefined {
  return wanted === undefined || wanted === 'NONE' ? undefined : describe(table, units, wanted);
}

function describe(
  table: string,
  units: Units,
  wanted: ReturnConsumedCapacity,
  transaction?: 'read' | 'write',
): ConsumedCapacity {
  const total = totalOf(units);
  const kind = (charged: number): object =>
    transaction === undefined
      ? {}
      : transaction === 'read'
        ? { ReadCapacityUnits: charged }
        : { WriteCapacityUnits: charged };
  const capacity: ConsumedCapacity = { TableName: table, CapacityUnits: total, ...kind(total) };
  if (wanted !== 'INDEXES') return capacity;
  capacity.Table = { CapacityUnits: units.table, ...kind(units.table) };
  const indexes = Object.entries(units.indexes).map(([name, charged]) => [
    name,
    { CapacityUnits: charged, ...kind(charged) },
  ]);
  if (indexes.length > 0)
    capacity.GlobalSecondaryIndexes = Object.fromEntries(indexes) as NonNullable<
      ConsumedCapacity['GlobalSecondaryIndexes']
    >;
  return capacity;
}

export function totalOf({ table, indexes }: Units): number {
  return Object.values(indexes).reduce((sum, charged) => sum + charged, table);
}
