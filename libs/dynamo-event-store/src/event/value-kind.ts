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

// Only exact classes: a subclass would come back as its base.
const KINDS_BY_NAME: Readonly<Record<string, ValueKind>> = {
  Array: 'array',
  Date: 'date',
  Map: 'map',
  Set: 'set',
  Uint8Array: 'bytes',
  Object: 'record',
};

export function kindOf(value: object): ValueKind {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return 'record';
  const known = KINDS.get(prototype);
  if (known !== undefined) return known;
  let kind = foreign.get(prototype);
  if (kind === undefined) foreign.set(prototype, (kind = foreignKindOf(prototype)));
  return kind;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && kindOf(value) === 'record';
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

/** A property that JSON has no place for: under a symbol, or beside the members of a list, a collection or a date. */
export function strayPropertyOf(value: object, kind: ValueKind): PropertyKey | undefined {
  if (kind === 'bytes' || kind === 'buffer') return undefined;
  const symbol = Object.getOwnPropertySymbols(value).find((each) =>
    Object.prototype.propertyIsEnumerable.call(value, each),
  );
  if (symbol !== undefined || kind === 'record' || kind === 'instance') return symbol;
  // Indices come before all other names.
  const last = Object.keys(value).at(-1);
  return last !== undefined && (kind !== 'array' || !/^\d+$/.test(last)) ? last : undefined;
}

/** How a path shows a key of a `Map`; `index` stands for keys that have no short text. */
export function describeKey(key: unknown, index: number): string {
  if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint' && typeof key !== 'boolean')
    return `#${index}`;
  const text = String(key);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

export function nameOfClass(value: object): string {
  const constructor: unknown = (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'an unnamed class';
}

/** Whether the class, or one that it derives from, is native or has private members. */
export function hidesItsState(instance: object): boolean {
  return isNative(instance) || classesOf(instance).some((source) => /#[\p{ID_Start}$_]/u.test(source));
}

/** Whether the class is built into the engine, or derives from one that is. */
function isNative(instance: object): boolean {
  return classesOf(instance).some((source) => source.endsWith('{ [native code] }'));
}

/** Source text of the class of an instance and of those that it derives from. */
function classesOf(instance: object): string[] {
  const sources: string[] = [];
  let each = Object.getPrototypeOf(instance) as object | null;
  while (each !== null && each !== Object.prototype) {
    if (typeof each.constructor === 'function') sources.push(Function.prototype.toString.call(each.constructor));
    each = Object.getPrototypeOf(each) as object | null;
  }
  return sources;
}

/** Plain assignment to `__proto__` would change the prototype and lose the value. */
export function define<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

const foreign = new WeakMap<object, ValueKind>();

/** Built-in classes of another realm, as Jest and `node:vm` make them, count as the built-in classes that they are. */
function foreignKindOf(prototype: object): ValueKind {
  const constructor: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
  if (typeof constructor !== 'function' || !Function.prototype.toString.call(constructor).endsWith('{ [native code] }'))
    return 'instance';
  return KINDS_BY_NAME[constructor.name] ?? 'instance';
}
