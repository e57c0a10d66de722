import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { itemBytes, type Item } from '../../../dynamo/item-size.js';
import { decimalBytes } from './decimal.js';

/**
 * Bytes of an item as DynamoDB counts them. `itemBytes` knows what the event store writes; sets, which weigh what their
 * elements weigh, and numbers with a fraction are counted here.
 */
export function storedBytes(item: Item): number {
  return Object.values(item).every(isPlain) ? itemBytes(item) : sizeOfAll(item);
}

function sizeOfAll(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function isPlain(value: AttributeValue): boolean {
  if (value.S !== undefined || value.B !== undefined || value.BOOL !== undefined) return true;
  if (value.N !== undefined) return !value.N.includes('.');
  if (value.L !== undefined) return value.L.every(isPlain);
  if (value.M !== undefined) return Object.values(value.M).every(isPlain);
  return value.NULL !== undefined;
}

function valueBytes(value: AttributeValue): number {
  if (isPlain(value)) return itemBytes({ '': value });
  if (value.N !== undefined) return decimalBytes(value.N);
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + sizeOfAll(value.M);
  if (value.SS !== undefined) return value.SS.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, each) => sum + decimalBytes(each), 0);
  return (value.BS ?? []).reduce((sum, each) => sum + each.byteLength, 0);
}
