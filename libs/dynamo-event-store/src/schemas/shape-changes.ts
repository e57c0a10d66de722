import type { EventShape, FieldSchema, FieldSchemas, TypeSchema } from './event-schemas.js';
import { typeTextOf } from './type-text.js';

/** How a field differs from what is locked. */
export type FieldChangeKind = 'added' | 'added-optional' | 'removed' | 'type' | 'optional' | 'marks';

/** One difference between two shapes. */
export interface FieldChange {
  /** Where, such as `lines[].unitPrice`; `{}` stands for the members of a map, set or record. */
  readonly path: string;
  readonly kind: FieldChangeKind;
  /** What has changed, such as `number → string`. */
  readonly change: string;
}

/** Every field that is different, in the order of their names. */
export function changesBetween(locked: EventShape, current: EventShape): FieldChange[] {
  return new ShapeComparison(locked.definitions ?? {}, current.definitions ?? {}).compare(locked, current);
}

type Definitions = Readonly<Record<string, TypeSchema>>;

class ShapeComparison {
  private readonly changes: FieldChange[] = [];
  /** Pairs of definitions that are being compared: what contains itself would never end. */
  private readonly open = new Set<string>();

  constructor(
    private readonly before: Definitions,
    private readonly after: Definitions,
  ) {}

  compare(locked: EventShape, current: EventShape): FieldChange[] {
    this.compareFields(locked.fields, current.fields, '');
    return this.changes;
  }

  private compareFields(before: FieldSchemas, after: FieldSchemas, path: string): void {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const name of names) {
      const place = path === '' ? name : `${path}.${name}`;
      const old = Object.hasOwn(before, name) ? before[name] : undefined;
      const now = Object.hasOwn(after, name) ? after[name] : undefined;
      if (old === undefined && now !== undefined) this.added(now, place);
      else if (old !== undefined && now === undefined)
        this.add(place, 'removed', `removed; it was ${typeTextOf(old.type)}`);
      else if (old !== undefined && now !== undefined) this.compareField(old, now, place);
    }
  }

  private added({ type, optional }: FieldSchema, path: string): void {
    const text = typeTextOf(type);
    if (optional === true) this.add(path, 'added-optional', `added as optional ${text}`);
    else this.add(path, 'added', `added as required ${text}`);
  }

  private compareField(before: FieldSchema, after: FieldSchema, path: string): void {
    this.compareTypes(before.type, after.type, path);
    if (before.optional !== after.optional)
      this.add(path, 'optional', after.optional === true ? 'required → optional' : 'optional → required');
    for (const [mark, text] of MARKS)
      if (before[mark] !== after[mark])
        this.add(path, 'marks', after[mark] === true ? `${text} was added` : `${text} was removed`);
  }

  private compareTypes(before: TypeSchema, after: TypeSchema, path: string): void {
    if (typeof before === 'string' || typeof after === 'string') {
      if (before !== after) this.typeChanged(before, after, path);
    } else if ('ref' in before || 'ref' in after) this.compareDefinitions(before, after, path);
    else this.compareParts(before, after, path);
  }

  private compareDefinitions(before: TypeSchema, after: TypeSchema, path: string): void {
    const pair = `${JSON.stringify(before)} ${JSON.stringify(after)}`;
    if (this.open.has(pair)) return;
    this.open.add(pair);
    this.compareTypes(resolved(before, this.before), resolved(after, this.after), path);
    this.open.delete(pair);
  }

  private compareParts(before: Structured, after: Structured, path: string): void {
    if ('array' in before && 'array' in after) this.compareTypes(before.array, after.array, `${path}[]`);
    else if ('set' in before && 'set' in after) this.compareTypes(before.set, after.set, `${path}{}`);
    else if ('map' in before && 'map' in after) {
      this.compareTypes(before.map.key, after.map.key, `${path}{key}`);
      this.compareTypes(before.map.value, after.map.value, `${path}{}`);
    } else if ('record' in before && 'record' in after && before.keys === after.keys)
      this.compareTypes(before.record, after.record, `${path}{}`);
    else if ('tuple' in before && 'tuple' in after && before.tuple.length === after.tuple.length)
      this.compareTuples(before, after, path);
    else if ('object' in before && 'object' in after) {
      this.compareFields(before.object, after.object, path);
      this.compareRests(before.rest, after.rest, `${path}{}`);
    } else if ('union' in before && 'union' in after) this.compareUnions(before.union, after.union, path);
    else this.typeChanged(before, after, path);
  }

  private compareTuples(before: Tuple, after: Tuple, path: string): void {
    for (const [index, item] of before.tuple.entries())
      this.compareTypes(item, after.tuple[index] ?? 'never', `${path}[${index}]`);
    this.compareRests(before.rest, after.rest, `${path}[…]`);
  }

  private compareRests(before: TypeSchema | undefined, after: TypeSchema | undefined, path: string): void {
    if (before !== undefined && after !== undefined) this.compareTypes(before, after, path);
    else if (before !== undefined) this.add(path, 'removed', `removed; it was ${typeTextOf(before)}`);
    else if (after !== undefined) this.add(path, 'added', `added as ${typeTextOf(after)}`);
  }

  /** Members that are alike fall away; if one is left on each side, it has changed, and not the union. */
  private compareUnions(before: readonly TypeSchema[], after: readonly TypeSchema[], path: string): void {
    const gone = before.filter((old) => !after.some((now) => this.isSame(old, now)));
    const come = after.filter((now) => !before.some((old) => this.isSame(old, now)));
    const [old] = gone;
    const [now] = come;
    if (old === undefined && now === undefined) return;
    if (gone.length === 1 && come.length === 1 && old !== undefined && now !== undefined)
      this.compareTypes(old, now, path);
    else this.typeChanged({ union: before }, { union: after }, path);
  }

  private isSame(before: TypeSchema, after: TypeSchema): boolean {
    const found = this.changes.length;
    this.compareTypes(before, after, '');
    return this.changes.splice(found).length === 0;
  }

  private typeChanged(before: TypeSchema, after: TypeSchema, path: string): void {
    this.add(path, 'type', `${typeTextOf(before)} → ${typeTextOf(after)}`);
  }

  private add(path: string, kind: FieldChangeKind, change: string): void {
    this.changes.push({ path, kind, change });
  }
}

type Structured = Exclude<TypeSchema, string>;
type Tuple = Extract<Structured, { readonly tuple: unknown }>;

const MARKS = [
  ['personal', '@PersonalData'],
  ['subject', '@DataSubject'],
  ['transformed', '@Transform'],
] as const;

function resolved(type: TypeSchema, definitions: Definitions): TypeSchema {
  return typeof type === 'object' && 'ref' in type ? (definitions[type.ref] ?? 'unknown') : type;
}
