import { mayHideState } from './hidden-state.js';

/**
 * A copy of an event that shares nothing changeable with it: classes are kept, constructors are not called; what was constant
 * or computed in it may be a plain property. An instance without properties of its own, such as one that holds its value
 * internally, cannot be copied and is shared.
 */
export function copyEvent<T extends object>(event: T): T {
  return new Copier(false).copy(event) as T;
}

/** A value that a copy would share with the original, or lose. */
export class UncopyableValueError extends TypeError {
  override readonly name = 'UncopyableValueError';
}

/**
 * Copies values one after the other like `copyEvent`, but throws `UncopyableValueError` where a copy would not be a value of
 * its own. What is one object in several of them stays one.
 */
export function strictCopier(): <T>(value: T) => T {
  const copier = new Copier(true);
  return <T>(value: T) => copier.copy(value) as T;
}

/** What is copied by what it holds, provided that it is exactly of the class. */
const COPIED = new Set<unknown>(
  [Date, Buffer, Uint8Array, Array, Map, Set, Object].map((each): unknown => each.prototype).concat(null),
);

function refuseHidden(value: object): void {
  if (typeof value === 'function') throw new UncopyableValueError('it holds a function');
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
  if (COPIED.has(prototype)) {
    refuseExtras(value);
    return;
  }
  const made = prototype?.constructor;
  if (typeof made === 'function' && !mayHideState(made)) return;
  const name = typeof made === 'function' ? made.name : 'an unknown class';
  throw new UncopyableValueError(
    `it holds an instance of ${name}, which may hide state in #private members or in the engine`,
  );
}

/** Copied by their members alone, lists and the like would lose properties besides. */
function refuseExtras(value: object): void {
  if (value instanceof Uint8Array) return;
  const isList = Array.isArray(value);
  if (!isList && !(value instanceof Map) && !(value instanceof Set) && !(value instanceof Date)) return;
  if (Reflect.ownKeys(value).length !== (isList ? value.length + 1 : 0))
    throw new UncopyableValueError(
      'it holds a list, map, set or date with properties of its own, or a list with holes',
    );
}

/**
 * The keys of an object that may be copied by plain assignment, which takes a tenth of the time; `undefined` where some are
 * hidden, symbols, or would meet a member of the class.
 */
function plainKeysOf(value: object, prototype: object | null, count: number): readonly string[] | undefined {
  const keys = Object.keys(value);
  if (keys.length !== count || count === 0) return undefined;
  if (prototype === Object.prototype) return keys.includes('__proto__') ? undefined : keys;
  if (prototype === null) return undefined;
  for (const key of keys) if (key in prototype) return undefined;
  return keys;
}

/** Objects that are known before it pays to look them up by hash. */
const FEW = 12;

/** Copies made so far. Known before they are filled, so that a value that refers back to itself comes to an end; saving refuses it later. */
class KnownCopies {
  private readonly originals: object[] = [];
  private readonly copies: unknown[] = [];
  private byOriginal: Map<object, unknown> | undefined;

  of(original: object): unknown {
    if (this.byOriginal !== undefined) return this.byOriginal.get(original);
    const at = this.originals.indexOf(original);
    return at < 0 ? undefined : this.copies[at];
  }

  add(original: object, copy: unknown): void {
    this.byOriginal?.set(original, copy);
    if (this.byOriginal !== undefined) return;
    this.originals.push(original);
    this.copies.push(copy);
    if (this.originals.length > FEW)
      this.byOriginal = new Map(this.originals.map((each, index) => [each, this.copies[index]]));
  }
}

class Copier {
  private readonly known = new KnownCopies();

  constructor(private readonly strict: boolean) {}

  copy(value: unknown): unknown {
    if (this.strict && typeof value === 'function') refuseHidden(value);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.known.of(value);
    if (known !== undefined) return known;
    if (this.strict) refuseHidden(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    return prototype === Object.prototype ? this.copyRecord(value, prototype) : this.copyByKind(value, prototype);
  }

  private copyByKind(value: object, prototype: object | null): object {
    if (Array.isArray(value)) {
      const list = this.enter(value, [] as unknown[]);
      for (const item of value as unknown[]) list.push(this.copy(item));
      return list;
    }
    if (value instanceof Date) return this.enter(value, new Date(value));
    if (Buffer.isBuffer(value)) return this.enter(value, Buffer.from(value));
    if (value instanceof Uint8Array) return this.enter(value, new Uint8Array(value));
    if (value instanceof Map) {
      const map = this.enter(value, new Map<unknown, unknown>());
      for (const [key, item] of value) map.set(this.copy(key), this.copy(item));
      return map;
    }
    if (value instanceof Set) {
      const set = this.enter(value, new Set<unknown>());
      for (const item of value) set.add(this.copy(item));
      return set;
    }
    return this.copyRecord(value, prototype);
  }

  private copyRecord(value: object, prototype: object | null): object {
    const keys = Reflect.ownKeys(value);
    const plain = this.strict ? undefined : plainKeysOf(value, prototype, keys.length);
    if (plain !== undefined) return this.copyPlain(value as Record<string, unknown>, prototype, plain);
    if (!this.strict && keys.length === 0 && prototype !== Object.prototype && prototype !== null) return value;
    const target = this.enter(value, Object.create(prototype) as object);
    for (const key of keys) {
      const property: PropertyDescriptor = { ...Object.getOwnPropertyDescriptor(value, key) };
      if ('value' in property) property.value = this.copy(property.value);
      else if (this.strict) throw new UncopyableValueError(`it holds an object with the accessor ${String(key)}`);
      Object.defineProperty(target, key, property);
    }
    return target;
  }

  private copyPlain(
    value: Readonly<Record<string, unknown>>,
    prototype: object | null,
    keys: readonly string[],
  ): object {
    const target =
      prototype === Object.prototype
        ? { ...value }
        : Object.assign(Object.create(prototype) as Record<string, unknown>, value);
    this.known.add(value, target);
    for (const key of keys) {
      const item = target[key];
      if (typeof item === 'object' && item !== null) target[key] = this.copy(item);
    }
    return target;
  }

  private enter<T>(original: object, target: T): T {
    this.known.add(original, target);
    return target;
  }
}
