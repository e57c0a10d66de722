import { isDeepStrictEqual, types } from 'node:util';
import type { AnyClass } from '../metadata/any-class.js';

/** What a value is to the codec. `instance` is an object of any class that is none of the others, also of one derived from them. */
export type ValueKind = 'array' | 'date' | 'map' | 'set' | 'buffer' | 'bytes' | 'record' | 'instance';

const KINDS = new Map<object, ValueKind>([
  [Array.prototype, 'array'],
  [Date.prototype, 'date'],
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [Buffer.prototype, 'buffer'],
  [Uint8Array.prototype, 'bytes'],
  [Object.prototype, 'record'],
]);

/** By what a value is. Its prototype decides only whether it is of the very class, since a subclass would come back as its base. */
export function kindOf(value: object): ValueKind {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return 'record';
  const known = KINDS.get(prototype) ?? foreignKindOf(prototype);
  return known === 'record' || isOfKind(value, known) ? known : 'instance';
}

/** Checks what a prototype promises: an object may have the one of `Date` without being a date. */
function isOfKind(value: object, kind: ValueKind): boolean {
  switch (kind) {
    case 'array':
      return Array.isArray(value);
    case 'date':
      return types.isDate(value);
    case 'map':
      return types.isMap(value);
    case 'set':
      return types.isSet(value);
    case 'bytes':
    case 'buffer':
      return types.isUint8Array(value);
    default:
      return false;
  }
}

/** The collection that a value is, also when its class derives from `Array`, `Map` or `Set`. */
export function collectionKindOf(value: object): 'array' | 'map' | 'set' | undefined {
  if (Array.isArray(value)) return 'array';
  if (types.isMap(value)) return 'map';
  return types.isSet(value) ? 'set' : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && kindOf(value) === 'record';
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

/** A property that JSON has no place for: under a symbol, or beside the members of a list, a collection, a date or bytes. */
export function strayPropertyOf(value: object, kind: ValueKind): PropertyKey | undefined {
  if ((kind === 'bytes' || kind === 'buffer') && holdsOnlyBytes(value as Uint8Array)) return undefined;
  const symbol = Object.getOwnPropertySymbols(value).find((each) =>
    Object.prototype.propertyIsEnumerable.call(value, each),
  );
  if (symbol !== undefined || kind === 'record' || kind === 'instance') return symbol;
  return extraKeysOf(value)[0];
}

/** Enumerable names beside the members of a list, a collection or a date. */
export function extraKeysOf(value: object): string[] {
  const keys = Object.keys(value);
  return Array.isArray(value) || ArrayBuffer.isView(value) ? keys.filter((key) => !/^(?:0|[1-9]\d*)$/.test(key)) : keys;
}

/** Compares with a copy, since listing the properties of many bytes takes far longer. */
function holdsOnlyBytes(value: Uint8Array): boolean {
  const copy = new Uint8Array(value);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(value) as object);
  return isDeepStrictEqual(value, copy);
}

/** How a path shows a key of a `Map`; `index` stands for keys that have no short text. */
export function describeKey(key: unknown, index: number): string {
  if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint' && typeof key !== 'boolean')
    return `#${index}`;
  const text = String(key);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** `undefined` for objects without a prototype. Not `value.constructor`, which may be a property of its own. */
export function classOf(value: object): AnyClass | undefined {
  const { constructor } = (Object.getPrototypeOf(value) ?? {}) as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor : undefined;
}

export function nameOfClass(value: object): string {
  const name = classOf(value)?.name ?? '';
  return name === '' ? 'an unnamed class' : name;
}

/** Plain assignment to `__proto__` would change the prototype and lose the value. */
export function define<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

const FOREIGN_KINDS: Readonly<Record<string, ValueKind>> = {
  Array: 'array',
  Date: 'date',
  Map: 'map',
  Set: 'set',
  Uint8Array: 'bytes',
  Object: 'record',
};

const foreign = new WeakMap<object, ValueKind>();

/** Built-in classes of another realm, as Jest and `node:vm` make them, and the fake `Date` of a test clock. */
function foreignKindOf(prototype: object): ValueKind {
  // A test clock comes and goes, so what it replaces is asked for each time.
  if (prototype === globalThis.Date.prototype) return 'date';
  let kind = foreign.get(prototype);
  if (kind === undefined) foreign.set(prototype, (kind = kindOfClass(prototype)));
  return kind;
}

function kindOfClass(prototype: object): ValueKind {
  const constructor: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
  if (typeof constructor !== 'function') return 'instance';
  if ((constructor as { readonly isFake?: unknown }).isFake === true) return 'date';
  const isNative = Function.prototype.toString.call(constructor).endsWith('{ [native code] }');
  return isNative ? (FOREIGN_KINDS[constructor.name] ?? 'instance') : 'instance';
}
