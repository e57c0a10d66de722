import { MAX_DEPTH } from './value-codec.js';

/**
 * What becomes of a value in JSON: `json`, it is JSON as it is; `tagged`, it holds values that the value codec writes with
 * tags; `other`, it holds what takes a closer look, if it can be stored at all.
 */
export type PlainShape = 'json' | 'tagged' | 'other';

const DOLLAR = 36;

/**
 * The shape of a value, by exact classes of this realm; whatever is in doubt is `other`.
 * @param exact Whether what reads the same in events is to be kept apart, as in states.
 */
export function shapeOf(value: unknown, depth = 0, exact = false): PlainShape {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return 'json';
    case 'number':
      if (!Number.isFinite(value)) return 'other';
      return value === 0 && Object.is(value, -0) ? 'tagged' : 'json';
    case 'bigint':
      return 'tagged';
    case 'object':
      return value === null ? 'json' : depth >= MAX_DEPTH ? 'other' : shapeOfObject(value, depth + 1, exact);
    default:
      return 'other';
  }
}

function shapeOfObject(value: object, depth: number, exact: boolean): PlainShape {
  if (exact && Object.isFrozen(value)) return 'other';
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return shapeOfMembers(value as Record<string, unknown>, depth, exact);
  if (prototype === Array.prototype) return shapeOfItems(value as readonly unknown[], depth, exact);
  if (prototype !== Date.prototype) return 'other';
  return Reflect.ownKeys(value).length > 0 || Number.isNaN((value as Date).getTime()) ? 'other' : 'tagged';
}

/** The shape of what an object holds, whatever the object is. Members that are `undefined` are left out of JSON. */
export function shapeOfMembers(value: Readonly<Record<string, unknown>>, depth = 1, exact = false): PlainShape {
  if (Object.getOwnPropertySymbols(value).length > 0) return 'other';
  let shape: PlainShape = 'json';
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) {
      if (exact) return 'other';
      continue;
    }
    const found = shapeOf(item, depth, exact);
    if (found === 'other') return found;
    // It may look like a tag, which is to be escaped then.
    if (found === 'tagged' || key.charCodeAt(0) === DOLLAR) shape = 'tagged';
  }
  return shape;
}

function shapeOfItems(items: readonly unknown[], depth: number, exact: boolean): PlainShape {
  // Holes, and properties beside the items.
  if (Object.keys(items).length !== items.length || Object.getOwnPropertySymbols(items).length > 0) return 'other';
  let shape: PlainShape = 'json';
  for (const item of items) {
    const found = item === undefined ? 'tagged' : shapeOf(item, depth, exact);
    if (found === 'other') return found;
    if (found === 'tagged') shape = found;
  }
  return shape;
}
