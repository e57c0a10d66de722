import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { validationError } from '../errors.js';
import { typeOf } from '../values/attribute-value.js';
import type { ScalarType } from '../values/order.js';
import type { Comparator, ConditionNode, Operand } from './syntax.js';
import type { Substitutions } from './substitutions.js';

export interface KeyAttribute {
  readonly name: string;
  readonly type: ScalarType;
}

export type SortCondition =
  | { readonly operator: Exclude<Comparator, '<>'> | 'begins_with'; readonly value: AttributeValue }
  | { readonly operator: 'between'; readonly value: AttributeValue; readonly high: AttributeValue };

export interface KeyCondition {
  readonly partition: AttributeValue;
  readonly sort: SortCondition | undefined;
}

interface Part {
  readonly attribute: string;
  readonly condition: SortCondition;
}

const MIRRORED: Readonly<Record<Comparator, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** A key condition that has been checked, as the partition it names and a range in it. */
export function keyCondition(
  root: ConditionNode,
  given: Substitutions,
  partitionKey: KeyAttribute,
  sortKey: KeyAttribute | undefined,
): KeyCondition {
  const parts = conjuncts(root).map((node) => partOf(node, given));
  if (new Set(parts.map(({ attribute }) => attribute)).size < parts.length)
    throw validationError('KeyConditionExpressions must only contain one condition per key');
  const partition = parts.find(({ attribute }) => attribute === partitionKey.name)?.condition;
  const sort = parts.find(({ attribute }) => attribute === sortKey?.name)?.condition;
  if (partition === undefined) throw validationError(`Query condition missed key schema element: ${partitionKey.name}`);
  if (parts.length > (sort === undefined ? 1 : 2))
    throw validationError(`Query condition missed key schema element: ${sortKey?.name ?? partitionKey.name}`);
  if (partition.operator !== '=') throw validationError('Query key condition not supported');
  checkValues(partition, partitionKey);
  if (sort !== undefined && sortKey !== undefined) checkValues(sort, sortKey);
  return { partition: partition.value, sort };
}

function conjuncts(node: ConditionNode): ConditionNode[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node];
}

function partOf(node: ConditionNode, given: Substitutions): Part {
  switch (node.kind) {
    case 'compare': {
      if (node.comparator === '<>') throw invalidOperator('<>');
      if (node.left.kind === 'value') {
        const operator = MIRRORED[node.comparator] as Exclude<Comparator, '<>'>;
        return { attribute: attribute(node.right, given), condition: { operator, value: value(node.left, given) } };
      }
      const condition = { operator: node.comparator, value: value(node.right, given) };
      return { attribute: attribute(node.left, given), condition };
    }
    case 'between': {
      const bounds = { value: value(node.low, given), high: value(node.high, given) };
      return { attribute: attribute(node.operand, given), condition: { operator: 'between', ...bounds } };
    }
    case 'predicate': {
      const [first, second] = node.operands;
      if (node.name !== 'begins_with' || first === undefined || second === undefined) throw invalidOperator(node.name);
      const condition = { operator: node.name, value: value(second, given) };
      return { attribute: attribute(first, given), condition };
    }
    default:
      throw invalidOperator(node.kind.toUpperCase());
  }
}

function attribute(operand: Operand, given: Substitutions): string {
  if (operand.kind === 'size') throw validationError('KeyConditionExpressions cannot contain nested operations');
  if (operand.kind === 'value')
    throw validationError('Invalid condition in KeyConditionExpression: No attribute name in one condition');
  const path = given.path(operand);
  if (path.length > 1) throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
  return String(path[0]);
}

function value(operand: Operand, given: Substitutions): AttributeValue {
  if (operand.kind === 'value') return given.value(operand.placeholder);
  throw validationError(
    operand.kind === 'size'
      ? 'KeyConditionExpressions cannot contain nested operations'
      : 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
  );
}

function checkValues(condition: SortCondition, { name, type }: KeyAttribute): void {
  for (const each of condition.operator === 'between' ? [condition.value, condition.high] : [condition.value]) {
    if (typeOf(each) !== type)
      throw validationError(
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      );
    if (each.S === '' || each.B?.length === 0)
      throw validationError(
        'One or more parameter values are not valid. ' +
          `The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
      );
  }
  if (condition.operator === 'begins_with' && type === 'N') throw invalidOperator('begins_with');
}

function invalidOperator(operator: string): Error {
  return validationError(`Invalid operator used in KeyConditionExpression: ${operator}`);
}
