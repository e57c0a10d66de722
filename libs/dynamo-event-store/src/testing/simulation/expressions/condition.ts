import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { equalValues, typeOf } from '../values/attribute-value.js';
import { compareScalars } from '../values/order.js';
import { valueAt } from './document-path.js';
import type { Comparator, ConditionNode, Operand, PredicateNode } from './syntax.js';
import type { Substitutions } from './substitutions.js';

type Found = AttributeValue | undefined;

/** Whether an item, or none, meets a condition that has been checked. */
export function meets(item: Item | undefined, node: ConditionNode, given: Substitutions): boolean {
  const read = (operand: Operand): Found => evaluate(item, operand, given);
  switch (node.kind) {
    case 'and':
      return meets(item, node.left, given) && meets(item, node.right, given);
    case 'or':
      return meets(item, node.left, given) || meets(item, node.right, given);
    case 'not':
      return !meets(item, node.of, given);
    case 'compare':
      return compare(node.comparator, read(node.left), read(node.right));
    case 'between': {
      const value = read(node.operand);
      return compare('>=', value, read(node.low)) && compare('<=', value, read(node.high));
    }
    case 'in': {
      const value = read(node.operand);
      return node.list.some((each) => compare('=', value, read(each)));
    }
    case 'predicate':
      return holds(node, node.operands.map(read));
  }
}

function evaluate(item: Item | undefined, operand: Operand, given: Substitutions): Found {
  if (operand.kind === 'value') return given.value(operand.placeholder);
  if (operand.kind === 'path') return valueAt(item, given.path(operand));
  const size = sizeOf(evaluate(item, operand.of, given));
  return size === undefined ? undefined : { N: String(size) };
}

/** Characters, bytes or elements; `undefined` for what has no size. */
function sizeOf(value: Found): number | undefined {
  if (value === undefined) return undefined;
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.S ?? value.B ?? value.L ?? value.SS ?? value.NS ?? value.BS)?.length;
}

/** What is missing, or of another type, is different from everything and neither smaller nor larger. */
function compare(comparator: Comparator, left: Found, right: Found): boolean {
  if (left === undefined || right === undefined) return comparator === '<>';
  if (comparator === '=') return equalValues(left, right);
  if (comparator === '<>') return !equalValues(left, right);
  const type = typeOf(left);
  if (type !== typeOf(right) || (type !== 'S' && type !== 'N' && type !== 'B')) return false;
  const order = compareScalars(left, right);
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function holds({ name }: PredicateNode, [first, second]: readonly Found[]): boolean {
  switch (name) {
    case 'attribute_exists':
      return first !== undefined;
    case 'attribute_not_exists':
      return first === undefined;
    case 'attribute_type':
      return first !== undefined && typeOf(first) === second?.S;
    case 'begins_with':
      return beginsWith(first, second);
    case 'contains':
      return first !== undefined && second !== undefined && contains(first, second);
  }
}

function beginsWith(value: Found, prefix: Found): boolean {
  if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
  if (value?.B === undefined || prefix?.B === undefined) return false;
  return Buffer.compare(value.B.subarray(0, prefix.B.length), prefix.B) === 0;
}

function contains(value: AttributeValue, wanted: AttributeValue): boolean {
  if (value.S !== undefined) return wanted.S !== undefined && value.S.includes(wanted.S);
  if (value.B !== undefined) return wanted.B !== undefined && Buffer.from(value.B).includes(Buffer.from(wanted.B));
  if (value.L !== undefined) return value.L.some((each) => equalValues(each, wanted));
  if (value.SS !== undefined) return wanted.S !== undefined && value.SS.includes(wanted.S);
  if (value.NS !== undefined) return wanted.N !== undefined && value.NS.includes(wanted.N);
  const { B: bytes } = wanted;
  return bytes !== undefined && (value.BS ?? []).some((each) => Buffer.compare(each, bytes) === 0);
}
