import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { validationError } from '../errors.js';
import { sortSet } from '../values/attribute-value.js';
import { addNumbers } from '../values/decimal.js';
import { valueAt } from './document-path.js';
import { closeGaps, removeAt, replaceAt } from './item-edit.js';
import type { SetOperand, UpdateNode } from './syntax.js';
import type { Path, Substitutions } from './substitutions.js';

const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';
const MISSING = 'The provided expression refers to an attribute that does not exist in the item';

export interface Updated {
  readonly item: Item;
  /** All paths of the update, and those that got a value. */
  readonly paths: readonly Path[];
  readonly written: readonly Path[];
}

/**
 * The item after an update that has been checked. The item itself stays as it is: every operand is read from it, so that
 * the actions do not see each other.
 */
export function update(item: Item, node: UpdateNode, given: Substitutions): Updated {
  const changes = [
    ...node.set.map(({ path, value }) => ({ path: given.path(path), value: evaluate(item, value, given) })),
    ...node.add.map(({ path, value }) => combine(item, given.path(path), given.value(value.placeholder), sum)),
    ...node.delete.map(({ path, value }) => combine(item, given.path(path), given.value(value.placeholder), without)),
  ];
  const removals = [
    ...node.remove.map((path) => given.path(path)),
    ...changes.filter(({ value }) => value === undefined).map(({ path }) => path),
  ];
  // First, so that nothing is removed that was only now appended.
  let result = removals.reduce(removeAt, item);
  // In order of index: elements set behind the end of a list are appended.
  for (const { path, value } of changes.sort((a, b) => lastIndex(a.path) - lastIndex(b.path)))
    if (value !== undefined) result = replaceAt(result, path, value);
  result = closeGaps(result, removals);
  const written = changes.map(({ path }) => path);
  return { item: result, paths: [...written, ...node.remove.map((path) => given.path(path))], written };
}

function lastIndex(path: Path): number {
  const last = path.at(-1);
  return typeof last === 'number' ? last : -1;
}

function evaluate(item: Item, operand: SetOperand, given: Substitutions): AttributeValue {
  switch (operand.kind) {
    case 'value':
      return given.value(operand.placeholder);
    case 'path': {
      const found = valueAt(item, given.path(operand));
      if (found === undefined) throw validationError(MISSING);
      return found;
    }
    case 'if_not_exists':
      return valueAt(item, given.path(operand.path)) ?? evaluate(item, operand.otherwise, given);
    case 'list_append': {
      const [left, right] = [evaluate(item, operand.left, given).L, evaluate(item, operand.right, given).L];
      if (left === undefined || right === undefined) throw validationError(WRONG_TYPE);
      return { L: [...left, ...right] };
    }
    case 'arithmetic': {
      const [left, right] = [evaluate(item, operand.left, given).N, evaluate(item, operand.right, given).N];
      if (left === undefined || right === undefined) throw validationError(WRONG_TYPE);
      return { N: addNumbers(left, right, operand.operator) };
    }
  }
}

type Combine = (found: AttributeValue | undefined, operand: AttributeValue) => AttributeValue | undefined;

function combine(item: Item, path: Path, operand: AttributeValue, how: Combine) {
  return { path, value: how(valueAt(item, path), operand) };
}

/** ADD: what is missing counts as 0, or as the empty set. */
function sum(found: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (found === undefined) return operand;
  if (found.N !== undefined && operand.N !== undefined) return { N: addNumbers(found.N, operand.N, '+') };
  const [type, elements, added] = setsOf(found, operand);
  const names = new Set(elements.map(nameOf));
  return setValue(type, [...elements, ...added.filter((each) => !names.has(nameOf(each)))]);
}

/** DELETE: `undefined` when nothing is left, since no set is empty. */
function without(found: AttributeValue | undefined, operand: AttributeValue): AttributeValue | undefined {
  if (found === undefined) return undefined;
  const [type, elements, removed] = setsOf(found, operand);
  const names = new Set(removed.map(nameOf));
  const rest = elements.filter((each) => !names.has(nameOf(each)));
  return rest.length === 0 ? undefined : setValue(type, rest);
}

type Element = string | Uint8Array;

function setsOf(found: AttributeValue, operand: AttributeValue): ['SS' | 'NS' | 'BS', Element[], Element[]] {
  for (const type of ['SS', 'NS', 'BS'] as const) {
    const [elements, others] = [found[type], operand[type]];
    if (elements !== undefined && others !== undefined) return [type, elements, others];
  }
  throw validationError(WRONG_TYPE);
}

function setValue(type: 'SS' | 'NS' | 'BS', elements: Element[]): AttributeValue {
  const value = { [type]: elements } as unknown as AttributeValue;
  sortSet(value);
  return value;
}

function nameOf(element: Element): string {
  return typeof element === 'string' ? element : Buffer.from(element).toString('latin1');
}
