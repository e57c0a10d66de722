import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { validationError } from '../errors.js';
import { getOwn, setOwn } from '../values/attribute-value.js';
import type { Path } from './substitutions.js';

type Edit = (parent: AttributeValue, last: string | number) => AttributeValue;

/** A copy of the item with the value at the path, whose parent must exist. The copy shares what is not on the path. */
export function replaceAt(item: Item, path: Path, value: AttributeValue): Item {
  return editAt(item, path, (parent, last) => {
    if (typeof last === 'string') return { M: withMember(mapOf(parent), last, value) };
    const list = [...listOf(parent)];
    // An index behind the end means the end.
    list[Math.min(last, list.length)] = value;
    return { L: list };
  });
}

/** Keeps the place of an element that was removed from a list. */
const GONE: AttributeValue = { NULL: true };

/**
 * A copy of the item with nothing at the path, whose parent must exist. In a list a gap remains, so that other paths still
 * lead where they led, until `closeGaps`.
 */
export function removeAt(item: Item, path: Path): Item {
  return editAt(item, path, (parent, last) => {
    if (typeof last === 'number') return { L: listOf(parent).map((each, index) => (index === last ? GONE : each)) };
    return { M: Object.fromEntries(Object.entries(mapOf(parent)).filter(([name]) => name !== last)) };
  });
}

/** A copy of the item without the gaps that were left at the paths. */
export function closeGaps(item: Item, paths: readonly Path[]): Item {
  return paths
    .filter((path) => typeof path.at(-1) === 'number')
    .sort((a, b) => b.length - a.length)
    .reduce(
      (result, path) => editAt(result, path, (list) => ({ L: listOf(list).filter((each) => each !== GONE) })),
      item,
    );
}

/** The item is the map that the first part of each path belongs to. */
function editAt(item: Item, path: Path, edit: Edit): Item {
  return mapOf(editIn({ M: item }, path, edit));
}

function editIn(parent: AttributeValue, [first, ...rest]: Path, edit: Edit): AttributeValue {
  if (first === undefined) throw invalidPath();
  if (rest.length === 0) return edit(parent, first);
  if (typeof first === 'number') {
    const list = [...listOf(parent)];
    const element = list[first];
    if (element === undefined) throw invalidPath();
    list[first] = editIn(element, rest, edit);
    return { L: list };
  }
  const map = mapOf(parent);
  const member = getOwn(map, first);
  if (member === undefined) throw invalidPath();
  return { M: withMember(map, first, editIn(member, rest, edit)) };
}

function withMember(map: Item, name: string, value: AttributeValue): Item {
  const copy = { ...map };
  setOwn(copy, name, value);
  return copy;
}

function mapOf(value: AttributeValue): Item {
  if (value.M === undefined) throw invalidPath();
  return value.M;
}

function listOf(value: AttributeValue): AttributeValue[] {
  if (value.L === undefined) throw invalidPath();
  return value.L;
}

function invalidPath(): Error {
  return validationError('The document path provided in the update expression is invalid for update');
}
