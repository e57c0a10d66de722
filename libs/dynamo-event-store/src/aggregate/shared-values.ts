import { isOnlyOne } from '../event/stored-values.js';

/**
 * Two places in a value that hold one and the same changeable object; `undefined` when there are none. Dates, and what is
 * frozen, count as plain values: nobody changes them in one place to see the change in the other. So do values of which there
 * is only one object, also after loading.
 */
export function findShared(value: object): readonly [first: string, second: string] | undefined {
  const places = new Map<object, string>();
  const visit = (each: unknown, path: string): readonly [string, string] | undefined => {
    if (typeof each !== 'object' || each === null || each instanceof Date) return undefined;
    const known = places.get(each);
    if (known !== undefined) return Object.isFrozen(each) || isOnlyOne(each) ? undefined : [known, path];
    places.set(each, path);
    for (const [part, partPath] of partsOf(each, path)) {
      const found = visit(part, partPath);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(value, '');
}

function* partsOf(value: object, path: string): Generator<readonly [part: unknown, path: string]> {
  if (value instanceof Uint8Array) return;
  if (value instanceof Map) {
    let index = 0;
    for (const [key, item] of value as Map<unknown, unknown>) {
      yield [key, `${path}.key(${index})`];
      yield [item, `${path}.get(${typeof key === 'string' || typeof key === 'number' ? key : index})`];
      index += 1;
    }
    return;
  }
  if (value instanceof Set) {
    let index = 0;
    for (const item of value as Set<unknown>) yield [item, `${path}.item(${index++})`];
    return;
  }
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value))
    yield [item, isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`];
}
