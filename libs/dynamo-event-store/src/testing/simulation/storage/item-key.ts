import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { elementAt } from '../element-at.js';
import { validationError } from '../errors.js';
import type { KeyAttribute } from '../expressions/key-condition.js';
import { getOwn } from '../values/attribute-value.js';
import { compareScalars } from '../values/order.js';
import { namesOf, type IndexSchema, type TableSchema } from './table-schema.js';

const MAX_PARTITION_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;

/** Where an item lies in a table or an index. */
export interface ItemKey {
  readonly partition: AttributeValue;
  /** The partition's value as text, different for different values. */
  readonly partitionId: string;
  /** What orders items within the partition: the sort key; in an index, then the keys of the table. */
  readonly order: readonly AttributeValue[];
}

/** The key of an item that is to be written. @throws ValidationException A key attribute is missing or cannot be a key. */
export function keyOfItem({ keys }: TableSchema, item: Item): ItemKey {
  const partition = keyValue(item, keys.partition, MAX_PARTITION_KEY_BYTES);
  const order = keys.sort === undefined ? [] : [keyValue(item, keys.sort, MAX_SORT_KEY_BYTES)];
  return { partition, partitionId: idOf(partition), order };
}

/** As `keyOfItem`, for a `Key`, which must hold the key attributes and nothing else. */
export function keyOfRequest(schema: TableSchema, key: Item): ItemKey {
  if (Object.keys(key).length !== schema.keyNames.length)
    throw validationError('The provided key element does not match the schema');
  return keyOfItem(schema, key);
}

/** The place in an index of an item that lies in the table; `undefined` when the index does not hold it. */
export function keyInIndex(table: TableSchema, { keys }: IndexSchema, item: Item): ItemKey | undefined {
  const partition = getOwn(item, keys.partition.name);
  if (partition === undefined) return undefined;
  const order: AttributeValue[] = [];
  for (const name of [...(keys.sort === undefined ? [] : [keys.sort.name]), ...table.keyNames]) {
    const value = getOwn(item, name);
    if (value === undefined) return undefined;
    order.push(value);
  }
  return { partition, partitionId: idOf(partition), order };
}

/** Refuses values that an index takes as keys, but that cannot be keys. */
export function checkIndexKeys({ indexes }: TableSchema, item: Item): void {
  for (const { name, keys } of indexes) {
    for (const attribute of namesOf(keys)) {
      const key = attribute === keys.partition.name ? keys.partition : keys.sort;
      const value = getOwn(item, attribute);
      if (value === undefined || key === undefined) continue;
      if (value[key.type] === undefined)
        throw validationError(
          `One or more parameter values were invalid: Type mismatch for Index Key ${attribute} ` +
            `Expected: ${key.type} IndexName: ${name}`,
        );
      if (isEmpty(value))
        throw validationError(
          'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
            'The AttributeValue for a key attribute cannot contain an empty string value. ' +
            `IndexName: ${name}, IndexKey: ${attribute}`,
        );
      if (bytesOf(value) > (key === keys.partition ? MAX_PARTITION_KEY_BYTES : MAX_SORT_KEY_BYTES))
        throw validationError('One or more parameter values were invalid: Size limit exceeded');
    }
  }
}

/** Order within a partition. Of two lists of which one begins with the other, the shorter comes first. */
export function compareOrder(a: readonly AttributeValue[], b: readonly AttributeValue[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const order = compareScalars(elementAt(a, index), elementAt(b, index));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

export function idOf(value: AttributeValue): string {
  if (value.S !== undefined) return `S${value.S}`;
  return value.N === undefined ? `B${Buffer.from(value.B ?? []).toString('latin1')}` : `N${value.N}`;
}

/** Different for different items of one table. */
export function itemId({ partitionId, order }: ItemKey): string {
  const [sort] = order;
  return sort === undefined ? partitionId : `${partitionId.length} ${partitionId} ${idOf(sort)}`;
}

function keyValue(item: Item, { name, type }: KeyAttribute, maxBytes: number): AttributeValue {
  const value = getOwn(item, name);
  if (value === undefined)
    throw validationError(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  if (value[type] === undefined)
    throw validationError(`One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type}`);
  if (isEmpty(value))
    throw validationError(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${type === 'S' ? 'string' : 'binary'} value. Key: ${name}`,
    );
  if (bytesOf(value) > maxBytes)
    throw validationError(
      maxBytes === MAX_PARTITION_KEY_BYTES
        ? `One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of ${maxBytes} bytes`
        : `One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of ${maxBytes} bytes`,
    );
  return value;
}

function isEmpty(value: AttributeValue): boolean {
  return value.S === '' || value.B?.length === 0;
}

function bytesOf(value: AttributeValue): number {
  return value.S === undefined ? (value.B?.length ?? 0) : Buffer.byteLength(value.S);
}
