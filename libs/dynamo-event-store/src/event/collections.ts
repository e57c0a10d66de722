import type { AnyClass } from '../metadata/metadata-storage.js';
import { collectionKindOf, define, extraKeysOf } from './value-kind.js';

/** The members of a collection, and the properties that it has beside them. */
export class CollectionWithExtras {
  constructor(
    readonly members: readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
    readonly extras: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * The members of a collection of any class as a built-in one, with the properties of its own beside them if it has any. Keeps
 * holes, and whether it is frozen.
 */
export function splitCollection(
  collection: object,
  kind: 'array' | 'map' | 'set',
  memberOf: (member: unknown, index: number, key: unknown) => unknown = (member) => member,
): object {
  const members = membersOf(collection, kind, memberOf);
  const extras: Record<string, unknown> = {};
  const keys = extraKeysOf(collection);
  for (const key of keys) define(extras, key, (collection as Record<string, unknown>)[key]);
  const split = keys.length === 0 ? members : new CollectionWithExtras(members, extras);
  return Object.isFrozen(collection) ? Object.freeze(split) : split;
}

/** Inverse of `splitCollection`, as far as the built-in class goes. */
export function joinCollection(split: object): object {
  if (!(split instanceof CollectionWithExtras)) return split;
  const joined = split.members as object as Record<string, unknown>;
  for (const [key, item] of Object.entries(split.extras)) define(joined, key, item);
  return Object.isFrozen(split) ? Object.freeze(joined) : joined;
}

function membersOf(
  collection: object,
  kind: 'array' | 'map' | 'set',
  memberOf: (member: unknown, index: number, key: unknown) => unknown,
): unknown[] | Map<unknown, unknown> | Set<unknown> {
  let index = 0;
  if (kind === 'array') {
    const { length } = collection as unknown[];
    const list = new Array<unknown>(length);
    for (let at = 0; at < length; at++)
      if (at in collection) list[at] = memberOf((collection as unknown[])[at], at, at);
    return list;
  }
  if (kind === 'set') {
    const set = new Set<unknown>();
    for (const member of Set.prototype.values.call(collection)) set.add(memberOf(member, index, index++));
    return set;
  }
  const map = new Map<unknown, unknown>();
  for (const [key, member] of Map.prototype.entries.call(collection)) map.set(key, memberOf(member, index++, key));
  return map;
}

/** A collection of a class, made without its constructor, with the members and the own properties of a built-in one. */
export function collectionOf(from: object, collectionClass: AnyClass): object {
  const made = emptyLike(from, collectionClass);
  if (Array.isArray(from)) {
    (made as unknown[]).length = from.length;
    for (const index of from.keys()) if (index in from) (made as unknown[])[index] = from[index];
  } else if (from instanceof Map) for (const [key, item] of from) Map.prototype.set.call(made, key, item);
  else for (const item of from as Set<unknown>) Set.prototype.add.call(made, item);
  for (const key of extraKeysOf(from))
    define(made as Record<string, unknown>, key, (from as Record<string, unknown>)[key]);
  return Object.isFrozen(from) ? Object.freeze(made) : made;
}

function emptyLike(from: object, collectionClass: AnyClass): object {
  const kind = collectionKindOf(from);
  const base = kind === 'array' ? Array : kind === 'map' ? Map : Set;
  return Reflect.construct(base, [], collectionClass) as object;
}
