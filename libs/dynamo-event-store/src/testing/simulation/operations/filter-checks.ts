import { validationError } from '../errors.js';
import type { Substitutions } from '../expressions/substitutions.js';
import type { ConditionNode, Operand } from '../expressions/syntax.js';
import type { Index } from '../storage/table.js';
import { namesOf, type KeySchema } from '../storage/table-schema.js';

/** A filter of a Query must leave the keys to the key condition. */
export function checkNoKeys(filter: ConditionNode, keys: KeySchema, given: Substitutions): void {
  const names = namesOf(keys);
  const key = attributesOf(filter, given).find((name) => names.includes(name));
  if (key !== undefined)
    throw validationError(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`,
    );
}

/** A filter on an index must do with what the index holds. */
export function checkHeld(filter: ConditionNode, { schema }: Index, given: Substitutions): void {
  const missing = attributesOf(filter, given).filter((name) => schema.attributes?.has(name) === false);
  if (missing.length > 0)
    throw validationError(
      `One or more parameter values were invalid: Secondary index ${schema.name} does not project one or more filter ` +
        `attributes: [${missing.join(', ')}]`,
    );
}

function attributesOf(filter: ConditionNode, given: Substitutions): string[] {
  return operandsOf(filter).flatMap((operand) => attributeOf(operand, given) ?? []);
}

function operandsOf(node: ConditionNode): readonly Operand[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return [...operandsOf(node.left), ...operandsOf(node.right)];
    case 'not':
      return operandsOf(node.of);
    case 'predicate':
      return node.operands;
    case 'compare':
      return [node.left, node.right];
    case 'between':
      return [node.operand, node.low, node.high];
    case 'in':
      return [node.operand, ...node.list];
  }
}

function attributeOf(operand: Operand, given: Substitutions): string | undefined {
  if (operand.kind === 'size') return attributeOf(operand.of, given);
  return operand.kind === 'path' ? String(given.path(operand)[0]) : undefined;
}
