import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * Size and price of items by DynamoDB's published rules ("Item sizes and formats" and "Read and write operations" of the
 * Developer Guide). Where those say "approximately", for numbers, this counts what the engine charges.
 */
export const MAX_ITEM_BYTES = 400 * 1024;
/**
 * All items of one transaction together: 4 MB, less half a KB. What exactly DynamoDB counts is not published, and its local
 * engine refuses some transactions of up to 300 bytes less than 4 MB.
 */
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024 - 512;
export const MAX_TRANSACTION_ITEMS = 100;
const WRITE_UNIT_BYTES = 1024;

/** An item in the SDK's form. */
export type Item = Record<string, AttributeValue>;

export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

/** Write units of a plain (not transactional) write. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
  if (value.M !== undefined)
    return Object.values(value.M).reduce((sum, each) => sum + 1 + valueBytes(each), 3 + keyBytes(value.M));
  return 1;
}

function keyBytes(map: Item): number {
  return Object.keys(map).reduce((sum, key) => sum + Buffer.byteLength(key), 0);
}

/**
 * Whole numbers: one byte for two digits, counted in pairs from the decimal point without pairs of zeros at either end,
 * and one more; one for the sign. So 120 takes a byte more than 12 or 1200, as the engine charges it.
 */
function numberBytes(text: string): number {
  const digits = text.replace('-', '');
  const pairs =
    digits
      .padStart(digits.length + (digits.length % 2), '0')
      .replace(/^(?:00)+/, '')
      .match(/../g) ?? [];
  const significant = pairs.findLastIndex((pair) => pair !== '00') + 1;
  return significant + 1 + (text.startsWith('-') ? 1 : 0);
}
