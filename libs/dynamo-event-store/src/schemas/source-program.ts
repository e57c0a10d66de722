import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { assertCompiler } from './compiler-version.js';

/** Where to find the event classes. */
export interface ReadEventSchemasOptions {
  /** The project's `tsconfig.json`. Default: the one in the current folder. Its `strictNullChecks` should be on. */
  readonly tsconfig?: string;
  /** Files to read instead of those of the project, with all that they import. Default: the project's, without its tests. */
  readonly files?: readonly string[];
}

const TEST_FILE = /[.-](?:spec|test)\.[cm]?tsx?$/;

/** The user's sources, parsed and typed; nothing is run or written. */
export class SourceProgram {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  private readonly folder: string;

  /** @throws InvalidArgumentError There is no such project, it cannot be read, or the compiler is not one of 5.5 to 6.x. */
  constructor({ tsconfig = 'tsconfig.json', files }: ReadEventSchemasOptions = {}) {
    assertCompiler(ts);
    const path = resolve(tsconfig);
    this.folder = dirname(path);
    const project = parseProject(path);
    const rootNames = files?.map((file) => resolve(file)) ?? filesOf(project, new Set([path]));
    this.program = ts.createProgram({ rootNames, options: { ...project.options, noEmit: true } });
    const missing = rootNames.find((file) => this.program.getSourceFile(file) === undefined);
    if (missing !== undefined) throw new InvalidArgumentError('files', `${missing} cannot be read.`);
    this.checker = this.program.getTypeChecker();
  }

  /** Sources of the user, not of packages. */
  get files(): readonly ts.SourceFile[] {
    return this.program
      .getSourceFiles()
      .filter((file) => !file.isDeclarationFile && !this.program.isSourceFileFromExternalLibrary(file));
  }

  /** `file:line` of a node, relative to the project. */
  placeOf(node: ts.Node): string {
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    return `${relative(this.folder, file.fileName).replaceAll('\\', '/')}:${line + 1}`;
  }

  /** The symbol behind an expression, imports followed. */
  symbolOf(expression: ts.Node): ts.Symbol | undefined {
    const symbol = this.checker.getSymbolAtLocation(expression);
    if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
    return this.checker.getAliasedSymbol(symbol);
  }

  /** Whether a type comes with the language or with Node. */
  isBuiltIn(symbol: ts.Symbol): boolean {
    return (symbol.declarations ?? []).some((declaration) => {
      const file = declaration.getSourceFile();
      return this.program.isSourceFileDefaultLibrary(file) || file.fileName.includes('/node_modules/@types/node/');
    });
  }
}

function parseProject(path: string): ts.ParsedCommandLine {
  const faults: ts.Diagnostic[] = [];
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (fault) => faults.push(fault),
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(path, undefined, host);
  // 18002 and 18003: no files, which is as it should be where they are given or referenced.
  faults.push(...(parsed?.errors ?? []).filter(({ code }) => code !== 18002 && code !== 18003));
  const [fault] = faults;
  if (parsed === undefined || fault !== undefined) {
    const reason = fault === undefined ? '' : ` ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`;
    throw new InvalidArgumentError('tsconfig', `${path} cannot be read.${reason}`);
  }
  return parsed;
}

/** A project that only refers to others stands for all of them. */
function filesOf({ fileNames, projectReferences = [] }: ts.ParsedCommandLine, seen: Set<string>): string[] {
  const own = fileNames.filter((file) => !TEST_FILE.test(file));
  if (own.length > 0) return own;
  return projectReferences.flatMap((reference) => {
    const path = ts.resolveProjectReferencePath(reference);
    if (seen.has(path)) return [];
    return filesOf(parseProject(path), seen.add(path));
  });
}
