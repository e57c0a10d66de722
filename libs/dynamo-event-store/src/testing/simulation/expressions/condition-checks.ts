import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { validationError } from '../errors.js';
import { typeOf, VALUE_TYPES } from '../values/attribute-value.js';
import { compareScalars } from '../values/order.js';
import { describePath, samePath } from './document-path.js';
import type { BetweenNode, ConditionNode, Expression, ExpressionKind, Operand, PredicateNode } from './syntax.js';
import type { Substitutions } from './substitutions.js';

const ORDERED = new Set<string>(['S', 'N', 'B']);
const WITH_PREFIX = new Set<string>(['S', 'B']);
const WITH_SIZE = new Set<string>(['S', 'B', 'L', 'M', 'SS', 'NS', 'BS']);
const ORDERING = new Set<string>(['<', '<=', '>', '>=']);

/** What DynamoDB refuses in a condition before it looks at an item: operands that can never fit. */
export function checkCondition({ kind, root }: Expression<ConditionNode>, given: Substitutions): void {
  new ConditionCheck(kind, given).visit(root);
}

class ConditionCheck {
  constructor(
    private readonly kind: ExpressionKind,
    private readonly given: Substitutions,
  ) {}

  visit(node: ConditionNode): void {
    switch (node.kind) {
      case 'and':
      case 'or':
        this.visit(node.left);
        this.visit(node.right);
        break;
      case 'not':
        this.visit(node.of);
        break;
      case 'predicate':
        this.predicate(node);
        break;
      case 'compare':
        this.operands(node.comparator, [node.left, node.right], ORDERING.has(node.comparator) ? ORDERED : undefined);
        break;
      case 'in':
        this.operands('IN', [node.operand, ...node.list]);
        break;
      case 'between':
        this.between(node);
    }
  }

  private predicate({ name, operands }: PredicateNode): void {
    const [first, second] = operands;
    if (name === 'attribute_exists' || name === 'attribute_not_exists') {
      if (first?.kind !== 'path')
        throw this.fault(`Operator or function requires a document path; operator or function: ${name}`);
      return;
    }
    this.operands(name, operands, name === 'begins_with' ? WITH_PREFIX : undefined);
    if (name === 'attribute_type') this.typeName(second);
  }

  private typeName(operand: Operand | undefined): void {
    const value = operand?.kind === 'value' ? this.given.value(operand.placeholder) : undefined;
    if (value?.S === undefined) throw this.wrongType('attribute_type', value);
    if (!VALUE_TYPES.has(value.S))
      throw this.fault(
        `Invalid attribute type name found; type: ${value.S}, valid types: {${[...VALUE_TYPES].join(',')}}`,
      );
  }

  private between({ operand, low, high }: BetweenNode): void {
    this.operands('BETWEEN', [operand, low, high], ORDERED);
    if (low.kind !== 'value' || high.kind !== 'value') return;
    const [from, to] = [this.given.value(low.placeholder), this.given.value(high.placeholder)];
    const bounds = `lower bound operand: ${describe(from)}, upper bound operand: ${describe(to)}`;
    if (typeOf(from) !== typeOf(to))
      throw this.fault(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
    if (compareScalars(from, to) > 0)
      throw this.fault(
        `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
      );
  }

  /** Values must be of an allowed type, and no other operand may be the first one over again. */
  private operands(operator: string, operands: readonly Operand[], allowed?: ReadonlySet<string>): void {
    for (const operand of operands) {
      if (operand.kind === 'size') this.size(operand.of);
      else if (operand.kind === 'value' && allowed !== undefined) {
        const value = this.given.value(operand.placeholder);
        if (!allowed.has(typeOf(value))) throw this.wrongType(operator, value);
      }
    }
    const [first, ...others] = operands;
    if (first?.kind !== 'path') return;
    const path = this.given.path(first);
    if (others.some((each) => each.kind === 'path' && samePath(path, this.given.path(each))))
      throw this.fault(
        'The first operand must be distinct from the remaining operands for this operator or function; ' +
          `operator: ${operator}, first operand: ${describePath(path)}`,
      );
  }

  private size(of: Operand): void {
    if (of.kind !== 'value') return;
    const value = this.given.value(of.placeholder);
    if (!WITH_SIZE.has(typeOf(value))) throw this.wrongType('size', value);
  }

  private wrongType(operator: string, value: AttributeValue | undefined): Error {
    const type = value === undefined ? 'path' : typeOf(value);
    return this.fault(
      'Incorrect operand type for operator or function; ' + `operator or function: ${operator}, operand type: ${type}`,
    );
  }

  private fault(message: string): Error {
    return validationError(`Invalid ${this.kind}: ${message}`);
  }
}

function describe(value: AttributeValue): string {
  const text = value.S ?? value.N ?? Buffer.from(value.B ?? []).toString('base64');
  return `AttributeValue: {${typeOf(value)}:${text}}`;
}
