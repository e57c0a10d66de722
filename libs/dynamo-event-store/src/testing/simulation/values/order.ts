import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compareNumbers } from './decimal.js';

/** Types whose values have an order, and which may be keys. */
export type ScalarType = 'S' | 'N' | 'B';

/** Order of two values of one scalar type: text by its UTF-8 bytes, numbers by value, bytes as unsigned. */
export function compareScalars(a: AttributeValue, b: AttributeValue): number {
  if (a.S !== undefined && b.S !== undefined) return compareText(a.S, b.S);
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  throw new TypeError('Values of different types have no order.');
}

/**
 * Order by UTF-8 bytes, which is that of code points. UTF-16 units have the same order except that surrogates, which stand
 * for the highest code points, lie below U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
