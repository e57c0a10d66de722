import type { WireItem } from './wire-item.js';

interface KeySchema {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

interface Index extends KeySchema {
  readonly IndexName: string;
  readonly Projection?: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
}

/** What of `CreateTable` matters here. */
export interface TableSchema extends KeySchema {
  readonly TableName: string;
  readonly GlobalSecondaryIndexes?: readonly Index[];
}

/** The tables that were created through this engine: their keys and indexes. */
export class Tables {
  private readonly schemas = new Map<string, TableSchema>();

  add(schema: TableSchema): void {
    this.schemas.set(schema.TableName, schema);
  }

  /** Text that is the same for two items of a table with the same key. */
  keyOf(table: string, item: WireItem): string {
    return JSON.stringify([table, ...namesOf(this.schemaOf(table)).map((name) => item[name])]);
  }

  /** The part of an item that is its key. */
  keyItem(table: string, item: WireItem): WireItem {
    return pick(item, namesOf(this.schemaOf(table)));
  }

  /** What each index of the table holds of an item; nothing of items without the index's key. */
  indexEntries(table: string, item: WireItem): WireItem[] {
    const schema = this.schemaOf(table);
    return (schema.GlobalSecondaryIndexes ?? [])
      .filter((index) => namesOf(index).every((name) => item[name] !== undefined))
      .map((index) => {
        const { ProjectionType = 'ALL', NonKeyAttributes = [] } = index.Projection ?? {};
        if (ProjectionType === 'ALL') return item;
        return pick(item, [...new Set([...namesOf(schema), ...namesOf(index), ...NonKeyAttributes])]);
      });
  }

  private schemaOf(table: string): TableSchema {
    const schema = this.schemas.get(table);
    if (schema === undefined) throw new Error(`Table ${table} was not created through the recording engine.`);
    return schema;
  }
}

function namesOf({ KeySchema }: KeySchema): string[] {
  return KeySchema.map(({ AttributeName }) => AttributeName);
}

function pick(item: WireItem, names: readonly string[]): WireItem {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = item[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
