import { types } from 'node:util';
import { MAX_DEPTH } from './value-codec.js';

/** Stands for a value that takes a closer look, if it can be stored at all. */
export const NOT_PLAIN = Symbol('not plain');

const DOLLAR = 36;

/**
 * Takes values over that hold nothing but JSON and dates, by exact classes of this realm. Each property is read once, so that
 * what is stored, made of the copy, is what the copy holds; `copyPlain` makes further ones of it.
 */
export class PlainCopier {
  /** Whether the value codec has to write tags for something in the copy; else it is JSON as it is. */
  holdsTagged = false;

  /** @param exact Whether what reads the same in events is to be kept apart, as in states. */
  constructor(private readonly exact = false) {}

  /** The copy; `NOT_PLAIN` for anything that is in doubt. */
  copy(value: unknown, depth = 0): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (!Number.isFinite(value)) return NOT_PLAIN;
        if (value === 0 && Object.is(value, -0)) this.holdsTagged = true;
        return value;
      case 'bigint':
        this.holdsTagged = true;
        return value;
      case 'object':
        return value === null ? null : depth >= MAX_DEPTH ? NOT_PLAIN : this.copyObject(value, depth + 1);
      default:
        return NOT_PLAIN;
    }
  }

  /** What an object holds, whatever the object is, without members that are `undefined`. */
  copyMembers(value: object, depth = 1): Record<string, unknown> | typeof NOT_PLAIN {
    const copy: Record<string, unknown> = { ...value };
    if (Object.getOwnPropertySymbols(copy).length > 0) return NOT_PLAIN;
    for (const key of Object.keys(copy)) {
      const item = copy[key];
      if (item === undefined) {
        if (this.exact) return NOT_PLAIN;
        Reflect.deleteProperty(copy, key);
        continue;
      }
      const taken = typeof item === 'string' ? item : this.copy(item, depth);
      if (taken === NOT_PLAIN || key === '__proto__') return NOT_PLAIN;
      if (taken !== item) copy[key] = taken;
      // It may look like a tag, which is to be escaped then.
      if (key.charCodeAt(0) === DOLLAR) this.holdsTagged = true;
    }
    return copy;
  }

  private copyObject(value: object, depth: number): unknown {
    if (this.exact && Object.isFrozen(value)) return NOT_PLAIN;
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype) return this.copyMembers(value, depth);
    if (prototype === Array.prototype) return this.copyItems(value as readonly unknown[], depth);
    if (prototype !== Date.prototype) return NOT_PLAIN;
    return this.copyDate(value as Date);
  }

  private copyDate(date: Date): unknown {
    if (!types.isDate(date) || Reflect.ownKeys(date).length > 0 || Number.isNaN(date.getTime())) return NOT_PLAIN;
    this.holdsTagged = true;
    return new Date(date);
  }

  private copyItems(items: readonly unknown[], depth: number): unknown {
    // Holes, and properties beside the items.
    if (Object.keys(items).length !== items.length || Object.getOwnPropertySymbols(items).length > 0) return NOT_PLAIN;
    const copy = new Array<unknown>(items.length);
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (item === undefined) this.holdsTagged = true;
      const taken = item === undefined ? item : this.copy(item, depth);
      if (taken === NOT_PLAIN) return NOT_PLAIN;
      copy[index] = taken;
    }
    return copy;
  }
}

/** Another copy of what `PlainCopier` made. */
export function copyPlain<T>(value: T): T;
export function copyPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyPlain(item));
  if (value instanceof Date) return new Date(value);
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const item = copy[key];
    if (typeof item === 'object' && item !== null) copy[key] = copyPlain(item);
  }
  return copy;
}
