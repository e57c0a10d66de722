import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { getOwn, setOwn } from '../values/attribute-value.js';
import { child } from './document-path.js';
import type { Path } from './substitutions.js';

/** The parts of an item that lie at the paths, in the lists and maps around them; chosen elements of a list move up. */
export function project(item: Item, paths: readonly Path[]): Item {
  const chosen: Item = {};
  for (const [name, inner] of byFirst(paths)) {
    const value = getOwn(item, String(name));
    const part = value === undefined ? undefined : pick(value, inner);
    if (part !== undefined) setOwn(chosen, String(name), part);
  }
  return chosen;
}

function pick(value: AttributeValue, paths: readonly Path[]): AttributeValue | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const parts = [...byFirst(paths)];
  if (value.L !== undefined) {
    const indexes = parts.sort(([a], [b]) => Number(a) - Number(b));
    const list = indexes.flatMap(([index, inner]) => pickChild(value, index, inner) ?? []);
    return list.length === 0 ? undefined : { L: list };
  }
  const map: Item = {};
  for (const [name, inner] of parts) {
    const part = pickChild(value, name, inner);
    if (part !== undefined) setOwn(map, String(name), part);
  }
  return Object.keys(map).length === 0 ? undefined : { M: map };
}

function pickChild(value: AttributeValue, part: string | number, inner: readonly Path[]): AttributeValue | undefined {
  const found = child(value, part);
  return found === undefined ? undefined : pick(found, inner);
}

function byFirst(paths: readonly Path[]): Map<string | number, Path[]> {
  const groups = new Map<string | number, Path[]>();
  for (const [first, ...rest] of paths) {
    if (first === undefined) continue;
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [rest]);
    else group.push(rest);
  }
  return groups;
}
