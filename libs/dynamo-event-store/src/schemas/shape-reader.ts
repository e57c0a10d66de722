import ts from 'typescript';
import type { EventShape, FieldSchema, FieldSchemas, TypeSchema } from './event-schemas.js';
import { fieldMarksOf } from './field-marks.js';
import { leafTextOf, orUndefined, unionOf } from './leaf-types.js';
import type { SourceCalls } from './source-calls.js';
import type { SourceProgram } from './source-program.js';

/** Types within types of one name; more can only be a type that never ends, such as `Tree<T[]>` in `Tree<T>`. */
const MAX_NESTING = 12;

/** Turns the type of one event class into its shape: what is stored, whatever the types are called. */
export class ShapeReader {
  private readonly checker: ts.TypeChecker;
  private readonly open: ts.Type[] = [];
  private readonly names = new Map<ts.Type, string>();
  private readonly definitions = new Map<string, TypeSchema>();

  constructor(
    private readonly source: SourceProgram,
    private readonly calls: SourceCalls,
    private readonly report: (problem: string) => void,
  ) {
    this.checker = source.checker;
  }

  read(eventClass: ts.Symbol): EventShape {
    const fields = this.fieldsOf(this.checker.getDeclaredTypeOfSymbol(eventClass), '');
    if (this.definitions.size === 0) return { fields };
    return { fields, definitions: Object.fromEntries([...this.definitions].sort(byName)) };
  }

  private fieldsOf(type: ts.Type, path: string): FieldSchemas {
    const fields = this.propertiesOf(type).flatMap((property): [string, FieldSchema][] => {
      const { storedName = property.name, excluded, typed, problem, ...marks } = fieldMarksOf(property, this.calls);
      const place = path === '' ? property.name : `${path}.${property.name}`;
      if (problem !== undefined) this.report(`${place}: ${problem}`);
      if (excluded === true) return [];
      const field = { ...this.fieldOf(property, place), ...marks };
      if (typed !== true && field.personal !== true && holdsPersonalData(field.type))
        this.report(
          `${place}: its class marks personal data, but a plain object in its place would be stored as it is; add @Type`,
        );
      return [[storedName, field]];
    });
    return Object.fromEntries(fields.sort(byName));
  }

  /** Instance fields, private ones too, since they are stored; not methods, accessors, `#fields` and symbols. */
  private propertiesOf(type: ts.Type): ts.Symbol[] {
    return this.checker
      .getPropertiesOfType(type)
      .filter(
        ({ flags, escapedName }) => (flags & ts.SymbolFlags.Property) !== 0 && !/^__[@#]/.test(String(escapedName)),
      );
  }

  private fieldOf(property: ts.Symbol, path: string): FieldSchema {
    const type = this.checker.getTypeOfSymbol(property);
    const members = type.isUnion() ? type.types : [type];
    const present = members.filter(({ flags }) => (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) === 0);
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0 || present.length < members.length;
    if (!isOptional) return { type: this.typeOf(type, path) };
    return { type: unionOf(present.map((member) => this.typeOf(member, path))), optional: true };
  }

  private typeOf(type: ts.Type, path: string): TypeSchema {
    const leaf = leafTextOf(type, this.checker);
    if (leaf !== undefined) {
      if ((type as { intrinsicName?: string }).intrinsicName === 'error')
        this.report(`${path}: its type is not found; install or build what it is imported from`);
      return leaf;
    }
    if (type.isUnion())
      return this.nested(type, path, () => unionOf(type.types.map((each) => this.typeOf(each, path))));
    if (type.isIntersection()) {
      const brand = type.types.map((each) => leafTextOf(each, this.checker)).find((text) => text !== undefined);
      if (brand !== undefined) return brand;
    }
    if ((type.flags & ts.TypeFlags.Instantiable) !== 0) {
      const constraint = this.checker.getBaseConstraintOfType(type);
      return constraint === undefined || constraint === type ? 'unknown' : this.typeOf(constraint, path);
    }
    return (
      this.listOf(type, path) ?? this.builtIn(type, path) ?? this.nested(type, path, () => this.objectOf(type, path))
    );
  }

  private listOf(type: ts.Type, path: string): TypeSchema | undefined {
    if (this.checker.isTupleType(type)) return this.tupleOf(type as ts.TupleTypeReference, path);
    if (!this.checker.isArrayType(type)) return undefined;
    return { array: this.argumentOf(type, 0, `${path}[]`) };
  }

  private tupleOf(type: ts.TupleTypeReference, path: string): TypeSchema {
    const items: TypeSchema[] = [];
    const rest: TypeSchema[] = [];
    for (const [index, flags] of type.target.elementFlags.entries()) {
      const isRest = (flags & (ts.ElementFlags.Rest | ts.ElementFlags.Variadic)) !== 0;
      const item = this.argumentOf(type, index, `${path}[${index}]`);
      if (isRest) rest.push(item);
      else items.push((flags & ts.ElementFlags.Optional) === 0 ? item : orUndefined(item));
    }
    return rest.length === 0 ? { tuple: items } : { tuple: items, rest: unionOf(rest) };
  }

  /** Classes of the language and of Node, by their names; of collections, what is in them. */
  private builtIn(type: ts.Type, path: string): TypeSchema | undefined {
    const symbol = type.getSymbol();
    if (symbol === undefined || (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) === 0)
      return undefined;
    if (!this.source.isBuiltIn(symbol)) return undefined;
    switch (symbol.name) {
      case 'Map':
      case 'ReadonlyMap':
        return { map: { key: this.argumentOf(type, 0, `${path}{}`), value: this.argumentOf(type, 1, `${path}{}`) } };
      case 'Set':
      case 'ReadonlySet':
        return { set: this.argumentOf(type, 0, `${path}{}`) };
      case 'Object':
        return 'object';
      case 'Function':
        return 'function';
      default:
        return symbol.name;
    }
  }

  private objectOf(type: ts.Type, path: string): TypeSchema {
    const fields = this.fieldsOf(type, path);
    const indexes = this.checker.getIndexInfosOfType(type);
    const isEmpty = Object.keys(fields).length === 0;
    if (indexes.length === 0) return isEmpty && type.getCallSignatures().length > 0 ? 'function' : { object: fields };
    const rest = unionOf(indexes.map((index) => this.typeOf(index.type, `${path}{}`)));
    if (!isEmpty) return { object: fields, rest };
    const keys = unionOf(indexes.map(({ keyType }) => leafTextOf(keyType, this.checker) ?? 'string'));
    return keys === 'string' || typeof keys !== 'string' ? { record: rest } : { record: rest, keys };
  }

  private argumentOf(type: ts.Type, index: number, path: string): TypeSchema {
    const argument = this.checker.getTypeArguments(type as ts.TypeReference)[index];
    return argument === undefined ? 'unknown' : this.typeOf(argument, path);
  }

  /** Describes a type in place, or, when it contains itself, once under a name. */
  private nested(type: ts.Type, path: string, describe: () => TypeSchema): TypeSchema {
    const known = this.names.get(type);
    if (known !== undefined) return { ref: known };
    if (this.open.includes(type)) return { ref: this.nameFor(type) };
    const symbol = type.aliasSymbol ?? type.getSymbol();
    if (
      symbol !== undefined &&
      this.open.filter((each) => (each.aliasSymbol ?? each.getSymbol()) === symbol).length >= MAX_NESTING
    ) {
      this.report(`${path}: its type contains itself without end; give it a type that can be written down`);
      return 'unknown';
    }
    this.open.push(type);
    const schema = describe();
    this.open.pop();
    const name = this.names.get(type);
    if (name === undefined) return schema;
    this.definitions.set(name, schema);
    return { ref: name };
  }

  private nameFor(type: ts.Type): string {
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const base = symbol === undefined || symbol.name.startsWith('__') ? 'Type' : symbol.name;
    const taken = new Set(this.names.values());
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
    this.names.set(type, name);
    return name;
  }
}

/** Whether fields inside a type are marked with `@PersonalData`. */
function holdsPersonalData(type: unknown): boolean {
  if (typeof type !== 'object' || type === null) return false;
  return ('personal' in type && type.personal === true) || Object.values(type).some(holdsPersonalData);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
