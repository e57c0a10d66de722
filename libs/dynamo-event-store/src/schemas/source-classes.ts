import ts from 'typescript';
import type { KnownCall, SourceCalls } from './source-calls.js';
import type { SourceProgram } from './source-program.js';

const DECORATORS = ['DomainEvent', 'Aggregate', 'Upcaster'];

/** A class with one of the library's decorators. */
export interface DecoratedClass {
  readonly node: ts.ClassLikeDeclaration;
  readonly symbol: ts.Symbol;
  readonly call: KnownCall;
}

/** Everything in the sources that says something about stored events. */
export interface FoundCalls {
  /** Classes with `@DomainEvent`. */
  readonly events: readonly DecoratedClass[];
  /** Classes with `@Upcaster`. */
  readonly upcasters: readonly DecoratedClass[];
  /** Calls of `defineUpcaster`. */
  readonly definitions: readonly KnownCall[];
  /** All classes, since reducers may be inherited. */
  readonly classes: readonly ts.ClassLikeDeclaration[];
  /** Calls of decorators that stand on no class, so that it is not known what they decorate. */
  readonly loose: readonly KnownCall[];
}

/** Walks through all sources once. */
export function findCalls(source: SourceProgram, calls: SourceCalls): FoundCalls {
  const events: DecoratedClass[] = [];
  const upcasters: DecoratedClass[] = [];
  const definitions: KnownCall[] = [];
  const classes: ts.ClassLikeDeclaration[] = [];
  const loose: KnownCall[] = [];

  const visitClass = (node: ts.ClassLikeDeclaration): void => {
    classes.push(node);
    const symbol = symbolOfClass(node, source);
    if (symbol === undefined) return;
    for (const call of ownDecorators(node, calls)) {
      if (call.name === 'DomainEvent') events.push({ node, symbol, call });
      if (call.name === 'Upcaster') upcasters.push({ node, symbol, call });
    }
  };
  const visitCall = (node: ts.CallExpression): void => {
    const call = ts.isDecorator(node.parent) ? undefined : calls.knownCall(node);
    if (call?.from !== 'nestjs-dynamo-event-store') return;
    if (call.name === 'defineUpcaster') definitions.push(call);
    if (DECORATORS.includes(call.name)) loose.push(call);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) visitClass(node);
    if (ts.isCallExpression(node)) visitCall(node);
    ts.forEachChild(node, visit);
  };
  for (const file of source.files) visit(file);
  return { events, upcasters, definitions, classes, loose };
}

/** The library's decorators of a class or method. */
export function ownDecorators(node: ts.Node, calls: SourceCalls): KnownCall[] {
  return calls.decoratorsOf(node).filter(({ from }) => from === 'nestjs-dynamo-event-store');
}

/** The class and those that it extends, itself first. */
export function lineageOf(node: ts.ClassLikeDeclaration, source: SourceProgram): ts.ClassLikeDeclaration[] {
  const symbol = symbolOfClass(node, source);
  if (symbol === undefined) return [node];
  const bases = source.checker.getBaseTypes(source.checker.getDeclaredTypeOfSymbol(symbol) as ts.InterfaceType);
  const parents = bases
    .flatMap((base) => (base.isIntersection() ? base.types : [base]))
    .flatMap((base) => base.getSymbol()?.declarations ?? [])
    .filter(ts.isClassLike);
  return [node, ...parents.flatMap((parent) => (parent === node ? [] : lineageOf(parent, source)))];
}

function symbolOfClass(node: ts.ClassLikeDeclaration, source: SourceProgram): ts.Symbol | undefined {
  return node.name === undefined
    ? source.checker.getTypeAtLocation(node).getSymbol()
    : source.checker.getSymbolAtLocation(node.name);
}
