import { validationError } from '../errors.js';
import { typeOf } from '../values/attribute-value.js';
import { checkApart } from './document-path.js';
import type { Expression, SetOperand, UpdateNode, ValueNode } from './syntax.js';
import type { Path, Substitutions } from './substitutions.js';

const ADDABLE = new Set<string>(['N', 'SS', 'NS', 'BS']);
const SETS = new Set<string>(['SS', 'NS', 'BS']);

/** What DynamoDB refuses in an update before it looks at the item. */
export function checkUpdate(
  { kind, root }: Expression<UpdateNode>,
  keyAttributes: readonly string[],
  given: Substitutions,
): void {
  const paths: Path[] = [
    ...[...root.set, ...root.add, ...root.delete].map(({ path }) => given.path(path)),
    ...root.remove.map((path) => given.path(path)),
  ];
  for (const { value } of root.set) checkOperand(value, given);
  for (const { value } of root.add) checkType('ADD', value, ADDABLE, given);
  for (const { value } of root.delete) checkType('DELETE', value, SETS, given);
  checkApart(kind, paths);
  for (const [name] of paths) {
    if (keyAttributes.includes(String(name)))
      throw validationError(
        `One or more parameter values were invalid: Cannot update attribute ${String(name)}. ` +
          'This attribute is part of the key',
      );
  }
}

function checkOperand(operand: SetOperand, given: Substitutions): void {
  if (operand.kind === 'if_not_exists') checkOperand(operand.otherwise, given);
  if (operand.kind !== 'list_append' && operand.kind !== 'arithmetic') return;
  const [name, type] = operand.kind === 'list_append' ? ['list_append', 'L'] : [operand.operator, 'N'];
  for (const each of [operand.left, operand.right]) {
    if (each.kind === 'value') checkType(name, each, new Set([type]), given);
    else checkOperand(each, given);
  }
}

function checkType(
  operator: string,
  { placeholder }: ValueNode,
  allowed: ReadonlySet<string>,
  given: Substitutions,
): void {
  const type = typeOf(given.value(placeholder));
  if (!allowed.has(type))
    throw validationError(
      'Invalid UpdateExpression: Incorrect operand type for operator or function; ' +
        `operator or function: ${operator}, operand type: ${type}`,
    );
}
