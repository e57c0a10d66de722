import type { Comparator, ConditionNode, Expression, ExpressionKind, Operand, Predicate, SizeNode } from './syntax.js';
import { TokenReader } from './token-reader.js';

const COMPARATORS = new Set<string>(['=', '<>', '<', '<=', '>', '>=']);
/** Functions that are conditions, and how many operands they take. */
const PREDICATES = new Map<string, number>([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
]);
const MAX_IN_OPERANDS = 100;

/** Condition, filter or key condition. OR binds loosest, then AND, then NOT. */
export function parseCondition(kind: ExpressionKind, text: string): Expression<ConditionNode> {
  const reader = new TokenReader(kind, text);
  const root = parseOr(reader);
  if (!reader.atEnd()) throw reader.syntaxError();
  return { kind, root, names: [...reader.names], values: [...reader.values] };
}

function parseOr(reader: TokenReader): ConditionNode {
  let left = parseAnd(reader);
  while (reader.accept('OR')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: TokenReader): ConditionNode {
  let left = parseNot(reader);
  while (reader.accept('AND')) left = { kind: 'and', left, right: parseNot(reader) };
  return left;
}

function parseNot(reader: TokenReader): ConditionNode {
  if (reader.accept('NOT')) return { kind: 'not', of: parseNot(reader) };
  if (reader.peek().text === '(') return parseGroup(reader);
  return isCall(reader) && reader.peek().text !== 'size' ? parsePredicate(reader) : parseComparison(reader);
}

/** In parentheses stands a condition, or the first operand of one. */
function parseGroup(reader: TokenReader): ConditionNode {
  const start = reader.position;
  const doubled = reader.peek(1).text === '(';
  reader.take();
  if (holdsOperand(reader)) {
    reader.position = start;
    return parseComparison(reader);
  }
  const condition = parseOr(reader);
  reader.expect(')');
  if (doubled && isWrappedTwice(reader, start)) throw reader.fault('The expression has redundant parentheses');
  return condition;
}

/** Whether what is read next is an operand up to the closing parenthesis, and not a condition. */
function holdsOperand(reader: TokenReader): boolean {
  let ahead = 0;
  for (let depth = 1; depth > 0; ahead++) {
    const { kind, text } = reader.peek(ahead);
    if (kind === 'end' || COMPARATORS.has(text) || /^(?:AND|OR|NOT|BETWEEN|IN)$/i.test(text)) return false;
    if (text === '(') depth++;
    if (text === ')') depth--;
  }
  const { text } = reader.peek(ahead);
  return COMPARATORS.has(text) || /^(?:BETWEEN|IN)$/i.test(text);
}

/** Whether the group that began at `start` and has just been closed holds nothing but another group. */
function isWrappedTwice(reader: TokenReader, start: number): boolean {
  const end = reader.position;
  reader.position = start;
  let depth = 0;
  for (let ahead = 1; ; ahead++) {
    const { text } = reader.peek(ahead);
    if (text === '(') depth++;
    if (text === ')') depth--;
    if (depth === 0) {
      const closesBoth = start + ahead + 2 === end;
      reader.position = end;
      return closesBoth;
    }
  }
}

function isCall(reader: TokenReader): boolean {
  return reader.peek().kind === 'word' && reader.peek(1).text === '(';
}

function parsePredicate(reader: TokenReader): ConditionNode {
  const name = reader.take().text;
  const count = PREDICATES.get(name);
  if (count === undefined) throw reader.fault(`Invalid function name; function: ${name}`);
  const operands = parseList(reader);
  if (operands.length !== count)
    throw reader.fault(
      `Incorrect number of operands for operator or function; operator or function: ${name}, ` +
        `number of operands: ${operands.length}`,
    );
  return { kind: 'predicate', name: name as Predicate, operands };
}

function parseComparison(reader: TokenReader): ConditionNode {
  const left = parseOperand(reader);
  if (reader.accept('BETWEEN')) {
    const low = parseOperand(reader);
    reader.expect('AND');
    return { kind: 'between', operand: left, low, high: parseOperand(reader) };
  }
  if (reader.accept('IN')) {
    const list = parseList(reader);
    if (list.length > MAX_IN_OPERANDS)
      throw reader.fault(`Too many operands for operator IN; number of operands: ${list.length}`);
    return { kind: 'in', operand: left, list };
  }
  if (COMPARATORS.has(reader.peek().text)) {
    const comparator = reader.take().text as Comparator;
    return { kind: 'compare', comparator, left, right: parseOperand(reader) };
  }
  if (left.kind === 'size' && (reader.atEnd() || reader.peek().kind === 'word'))
    throw reader.fault('The function is not allowed to be used this way in an expression; function: size');
  throw reader.syntaxError();
}

function parseList(reader: TokenReader): Operand[] {
  reader.expect('(');
  const list = [parseOperand(reader)];
  while (reader.accept(',')) list.push(parseOperand(reader));
  reader.expect(')');
  return list;
}

function parseOperand(reader: TokenReader): Operand {
  if (reader.accept('(')) {
    const operand = parseOperand(reader);
    reader.expect(')');
    return operand;
  }
  if (reader.peek().kind === 'value') return reader.value();
  return isCall(reader) ? parseSize(reader) : reader.path();
}

function parseSize(reader: TokenReader): SizeNode {
  const name = reader.take().text;
  if (name !== 'size') {
    throw reader.fault(
      PREDICATES.has(name)
        ? `The function is not allowed to be used this way in an expression; function: ${name}`
        : `Invalid function name; function: ${name}`,
    );
  }
  reader.expect('(');
  const of = reader.peek().kind === 'value' ? reader.value() : reader.path();
  reader.expect(')');
  return { kind: 'size', of };
}
