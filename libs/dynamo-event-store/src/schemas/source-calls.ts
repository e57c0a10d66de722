import { dirname } from 'node:path';
import ts from 'typescript';
import type { SourceProgram } from './source-program.js';
import { NOT_STATIC, staticValueOf } from './static-value.js';

/** Packages whose decorators and functions mean something for the stored form. */
export type KnownPackage = 'nestjs-dynamo-event-store' | 'class-transformer';

/** A decorator, or another call, of a function of a known package. */
export interface KnownCall {
  readonly from: KnownPackage;
  /** Name under which the package exports it. */
  readonly name: string;
  readonly node: ts.CallExpression;
}

/** Tells calls of known packages from others that only have the same name. */
export class SourceCalls {
  private readonly packages = new Map<string, string | undefined>();

  constructor(private readonly source: SourceProgram) {}

  /** Calls among the decorators of a class, property, parameter or method. */
  decoratorsOf(node: ts.Node): KnownCall[] {
    if (!ts.canHaveDecorators(node)) return [];
    return (ts.getDecorators(node) ?? []).flatMap(({ expression }) => {
      const call = ts.isCallExpression(expression) ? this.knownCall(expression) : undefined;
      return call === undefined ? [] : [call];
    });
  }

  knownCall(node: ts.CallExpression): KnownCall | undefined {
    const origin = this.originOf(node.expression);
    return origin !== undefined && isKnown(origin.from) ? { from: origin.from, name: origin.name, node } : undefined;
  }

  /** Value of the first argument as far as it is static; `NOT_STATIC` when it is not an object. */
  optionsOf({ node }: KnownCall): Readonly<Record<string, unknown>> | typeof NOT_STATIC {
    const [argument] = node.arguments;
    const value = argument === undefined ? {} : staticValueOf(argument, this.source.checker);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : NOT_STATIC;
  }

  private originOf(callee: ts.Expression): { readonly from: string | undefined; readonly name: string } | undefined {
    const symbol = this.source.symbolOf(callee);
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration === undefined) return this.importOf(callee);
    return { from: this.packageOf(dirname(declaration.getSourceFile().fileName)), name: symbol.name };
  }

  /** What the import says, where the package itself is not there, for example because it is not built yet. */
  private importOf(callee: ts.Expression): { readonly from: string; readonly name: string } | undefined {
    const specifier = this.source.checker.getSymbolAtLocation(callee)?.declarations?.find(ts.isImportSpecifier);
    if (specifier === undefined) return undefined;
    const { moduleSpecifier } = specifier.parent.parent.parent as ts.ImportDeclaration;
    return ts.isStringLiteral(moduleSpecifier)
      ? { from: moduleSpecifier.text, name: (specifier.propertyName ?? specifier.name).text }
      : undefined;
  }

  private packageOf(folder: string): string | undefined {
    if (this.packages.has(folder)) return this.packages.get(folder);
    const manifest = ts.sys.readFile(`${folder}/package.json`);
    const name = manifest === undefined ? undefined : nameIn(manifest);
    const parent = dirname(folder);
    const found = name ?? (parent === folder ? undefined : this.packageOf(parent));
    this.packages.set(folder, found);
    return found;
  }
}

/** Packages put files without a name into their folders, to say how these are to be loaded. */
function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(manifest) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

function isKnown(name: string | undefined): name is KnownPackage {
  return name === 'nestjs-dynamo-event-store' || name === 'class-transformer';
}
