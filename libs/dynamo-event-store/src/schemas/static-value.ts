import ts from 'typescript';

/** What `staticValueOf` gives for an expression whose value is known only when it runs. */
export const NOT_STATIC = Symbol('not static');

/** Value of an expression that is made of literals, constants and enums. Unknown parts of objects and lists are `NOT_STATIC` each. */
export function staticValueOf(expression: ts.Expression, checker: ts.TypeChecker, depth = 0): unknown {
  // Constants may refer to each other in a circle while they are being written.
  if (depth > 20) return NOT_STATIC;
  if (ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression))
    return staticValueOf(expression.expression, checker, depth);
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (expression.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (expression.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (ts.isArrayLiteralExpression(expression)) return listOf(expression, checker, depth);
  if (ts.isObjectLiteralExpression(expression)) return recordOf(expression, checker, depth);
  const unit = unitValueOf(checker.getTypeAtLocation(expression));
  if (unit !== NOT_STATIC) return unit;
  if (ts.isIdentifier(expression)) return constantOf(expression, checker, depth);
  if (ts.isPropertyAccessExpression(expression)) {
    const owner = staticValueOf(expression.expression, checker, depth + 1);
    return isObject(owner) && Object.hasOwn(owner, expression.name.text) ? owner[expression.name.text] : NOT_STATIC;
  }
  return NOT_STATIC;
}

function unitValueOf(type: ts.Type): unknown {
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value;
  if ((type.flags & ts.TypeFlags.Undefined) !== 0) return undefined;
  return NOT_STATIC;
}

function listOf(list: ts.ArrayLiteralExpression, checker: ts.TypeChecker, depth: number): unknown[] {
  return list.elements.flatMap((element) => {
    if (!ts.isSpreadElement(element)) return [staticValueOf(element, checker, depth + 1)];
    const spread = staticValueOf(element.expression, checker, depth + 1);
    return Array.isArray(spread) ? (spread as unknown[]) : [NOT_STATIC];
  });
}

function recordOf(literal: ts.ObjectLiteralExpression, checker: ts.TypeChecker, depth: number): unknown {
  const record: Record<string, unknown> = {};
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = staticValueOf(property.expression, checker, depth + 1);
      if (!isObject(spread)) return NOT_STATIC;
      Object.assign(record, spread);
    } else if (ts.isPropertyAssignment(property) && isPlainName(property.name)) {
      record[property.name.text] = staticValueOf(property.initializer, checker, depth + 1);
    } else if (ts.isShorthandPropertyAssignment(property)) {
      const value = checker.getShorthandAssignmentValueSymbol(property);
      record[property.name.text] = initialValueOf(value, checker, depth);
    } else return NOT_STATIC;
  }
  return record;
}

function constantOf(identifier: ts.Identifier, checker: ts.TypeChecker, depth: number): unknown {
  const symbol = checker.getSymbolAtLocation(identifier);
  const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return initialValueOf(isAlias ? checker.getAliasedSymbol(symbol) : symbol, checker, depth);
}

function initialValueOf(symbol: ts.Symbol | undefined, checker: ts.TypeChecker, depth: number): unknown {
  const declaration = symbol?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return NOT_STATIC;
  const isConstant = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  if (!isConstant || declaration.initializer === undefined) return NOT_STATIC;
  return staticValueOf(declaration.initializer, checker, depth + 1);
}

function isPlainName(name: ts.PropertyName): name is ts.Identifier | ts.StringLiteral {
  return ts.isIdentifier(name) || ts.isStringLiteral(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
