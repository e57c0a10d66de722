import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { compareNumbers } from './decimal.js';
import { compareText } from './order.js';

export type ValueType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'L' | 'M' | 'SS' | 'NS' | 'BS';

export const VALUE_TYPES: ReadonlySet<string> = new Set<ValueType>([
  'S',
  'N',
  'B',
  'BOOL',
  'NULL',
  'L',
  'M',
  'SS',
  'NS',
  'BS',
]);

/** The type of a stored value, which has exactly one. */
export function typeOf(value: AttributeValue): ValueType {
  for (const type in value) return type as ValueType;
  throw new TypeError('A stored value has a type.');
}

/**
 * A copy that shares nothing with the original but text. Members that are `undefined` are left out, as the SDK leaves
 * them out of a request.
 */
export function deepCopy<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) setOwn(copy, name, copyOf(member));
  }
  return copy;
}

/** Sets an attribute of whatever name; plain assignment to `__proto__` would change the prototype instead. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

export function getOwn(item: Item | undefined, name: string): AttributeValue | undefined {
  return item !== undefined && Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Equality of stored values: numbers by value, sets and maps without order. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case 'S':
      return a.S === b.S;
    case 'N':
      return a.N === b.N;
    case 'BOOL':
      return a.BOOL === b.BOOL;
    case 'NULL':
      return true;
    case 'B':
      return equalBytes(a.B, b.B);
    case 'L':
      return equalLists(a.L, b.L, equalValues);
    case 'M':
      return equalItems(a.M ?? {}, b.M ?? {});
    case 'BS':
      return equalLists(a.BS, b.BS, equalBytes);
    case 'SS':
      return equalLists(a.SS, b.SS, Object.is);
    case 'NS':
      return equalLists(a.NS, b.NS, Object.is);
  }
}

export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [left, right] = [getOwn(a, name), getOwn(b, name)];
      return left !== undefined && right !== undefined && equalValues(left, right);
    })
  );
}

/** Stored sets are sorted, so that equal ones are equal lists. */
export function sortSet(value: AttributeValue): void {
  value.SS?.sort(compareText);
  value.NS?.sort(compareNumbers);
  value.BS?.sort((a, b) => Buffer.compare(a, b));
}

function equalBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

function equalLists<T>(a: readonly T[] = [], b: readonly T[] = [], equal: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((each, index) => equal(each, b[index] as T));
}
