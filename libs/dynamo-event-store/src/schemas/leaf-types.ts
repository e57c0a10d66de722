import ts from 'typescript';
import type { TypeSchema } from './event-schemas.js';

/** Text of a type without parts, or `undefined` when it has some. */
export function leafTextOf(type: ts.Type, checker: ts.TypeChecker): string | undefined {
  const is = (flags: ts.TypeFlags): boolean => (type.flags & flags) !== 0;
  if (is(ts.TypeFlags.Any)) return 'any';
  if (is(ts.TypeFlags.Unknown)) return 'unknown';
  if (is(ts.TypeFlags.Never)) return 'never';
  if (is(ts.TypeFlags.Null)) return 'null';
  if (is(ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return 'undefined';
  if (type.isStringLiteral()) return quoted(type.value);
  if (type.isNumberLiteral()) return String(type.value);
  if (is(ts.TypeFlags.BooleanLiteral | ts.TypeFlags.BigIntLiteral)) return checker.typeToString(type);
  if (is(ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping)) return checker.typeToString(type);
  if (is(ts.TypeFlags.String)) return 'string';
  // Members of an enum that are computed have no value before they run; they are numbers.
  if (is(ts.TypeFlags.Number | ts.TypeFlags.Enum) && !type.isUnion()) return 'number';
  if (is(ts.TypeFlags.BigInt)) return 'bigint';
  if (is(ts.TypeFlags.Boolean)) return 'boolean';
  if (is(ts.TypeFlags.ESSymbolLike)) return 'symbol';
  if (is(ts.TypeFlags.NonPrimitive)) return 'object';
  return undefined;
}

/** A union in its one normal form: members once each and sorted, those without parts in one text, `null` and `undefined` last. */
export function unionOf(members: readonly TypeSchema[]): TypeSchema {
  const texts = new Set<string>();
  const structured = new Map<string, TypeSchema>();
  for (const member of members) {
    if (typeof member === 'string') texts.add(member);
    else structured.set(JSON.stringify(member), member);
  }
  if (texts.has('true') && texts.has('false')) {
    texts.delete('true');
    texts.delete('false');
    texts.add('boolean');
  }
  const text = [...texts].sort(byText).join(' | ');
  const parts = [...structured].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member);
  const all = text === '' ? parts : [...parts, text];
  const [only] = all;
  return all.length === 1 && only !== undefined ? only : { union: all };
}

/** The type or `undefined`, once. */
export function orUndefined(type: TypeSchema): TypeSchema {
  if (typeof type === 'string')
    return type === 'undefined' || type.endsWith(' | undefined') ? type : `${type} | undefined`;
  if (!('union' in type)) return { union: [type, 'undefined'] };
  const text = type.union.at(-1);
  return typeof text === 'string'
    ? { union: [...type.union.slice(0, -1), orUndefined(text)] }
    : { union: [...type.union, 'undefined'] };
}

function byText(a: string, b: string): number {
  const order = (text: string): number => ['null', 'undefined'].indexOf(text) + 1;
  return order(a) - order(b) || (a < b ? -1 : 1);
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
