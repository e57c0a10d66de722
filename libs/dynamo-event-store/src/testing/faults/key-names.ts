import { DescribeTableCommand, type DescribeTableCommandOutput } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTES, LISTING_INDEX } from '../../dynamo/table-schema.js';
import type { Item } from '../../dynamo/item-size.js';
import type { Send } from './client-seam.js';

/**
 * Names of the key attributes that a `LastEvaluatedKey` of this table, or of this index of it, has: the table's and the
 * index's. `undefined` when they are not known.
 */
export type KeysOf = (table: string, index: string | undefined) => readonly string[] | undefined;

const TABLE_KEYS = [ATTRIBUTES.partitionKey, ATTRIBUTES.sortKey];

export const eventTableKeys: KeysOf = (_table, index) => {
  if (index === undefined) return TABLE_KEYS;
  return index === LISTING_INDEX ? [ATTRIBUTES.listing, ATTRIBUTES.recordedAt, ...TABLE_KEYS] : undefined;
};

/** Request and answer of a Query or Scan, as far as their keys go. */
export interface PageKeys {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly ExclusiveStartKey?: Item;
  readonly LastEvaluatedKey?: Item;
}

/** Finds the names of key attributes: in the request or its answer, by `keysOf`, or by asking the database. */
export class KeyNames {
  private readonly described = new Map<string, Promise<DescribeTableCommandOutput['Table']>>();

  constructor(
    private readonly send: Send,
    private readonly keysOf: KeysOf = eventTableKeys,
  ) {}

  /** The key of `item` to go on from; `undefined` when the item does not show all of it. */
  async keyOf(item: Item, page: PageKeys): Promise<Item | undefined> {
    const known = page.LastEvaluatedKey ?? page.ExclusiveStartKey;
    if (known !== undefined) return pick(item, Object.keys(known));
    const { TableName: table = '', IndexName: index } = page;
    return pick(item, this.keysOf(table, index)) ?? pick(item, await this.describe(table, index));
  }

  private async describe(table: string, index: string | undefined): Promise<string[]> {
    let described = this.described.get(table);
    if (described === undefined) {
      described = this.send(new DescribeTableCommand({ TableName: table })).then(
        (answer) => (answer as DescribeTableCommandOutput).Table,
        () => undefined,
      );
      this.described.set(table, described);
    }
    const { KeySchema = [], GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = (await described) ?? {};
    const indexes = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes];
    const ofIndex = indexes.find(({ IndexName }) => IndexName === index)?.KeySchema ?? [];
    return [...ofIndex, ...KeySchema].flatMap(({ AttributeName }) => AttributeName ?? []);
  }
}

function pick(item: Item, names: readonly string[] = []): Item | undefined {
  const key: Item = {};
  for (const name of names) {
    const value = item[name];
    if (value === undefined) return undefined;
    key[name] = value;
  }
  return names.length === 0 ? undefined : key;
}
