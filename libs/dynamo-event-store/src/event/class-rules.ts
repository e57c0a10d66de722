import {
  classTransformerMetadata as metadata,
  type ExposureMetadata,
  type TransformMetadata,
  type TypeMetadata,
} from './class-transformer-metadata.js';

export type Direction = 'toPlain' | 'toClass';

/** What the decorators of class-transformer say of one class, its bases included. */
export interface ClassRules {
  /** Whether there are none, so that its fields are stored and come back as they are. */
  readonly isPlain: boolean;
  /** Names to store of an instance or a plain object, or names to read of what is stored; by the rules of `@Expose` and `@Exclude`. */
  keysOf(value: object, direction: Direction): readonly string[];
  /** Whether a getter or method is stored by `@Expose`. */
  isExposed(property: string): boolean;
  typeOf(property: string): TypeMetadata | undefined;
  transformsOf(property: string, direction: Direction): readonly TransformMetadata[];
  storedNameOf(property: string): string;
  propertyOf(storedName: string): string;
  /** Properties of which something is stored, but not read again, or the other way round; and those that are left out. */
  readonly lossy: readonly { readonly property: string; readonly decorator: string }[];
  /** Whether `@Exclude` on the class leaves out every field that is not exposed. */
  readonly excludesAll: boolean;
}

interface Compiled {
  readonly stamp: number;
  readonly rules: ClassRules;
}

const compiled = new WeakMap<object, Compiled>();

/** The rules of a class. Compiled again when decorators were put on it later. */
export function rulesOf(target: object): ClassRules {
  const lineage = lineageOf(target);
  const stamp = lineage.reduce((sum, each) => sum + countOf(each), 0);
  const known = compiled.get(target);
  if (known?.stamp === stamp) return known.rules;
  const rules = stamp === 0 ? NO_RULES : new DecoratedRules(lineage);
  compiled.set(target, { stamp, rules });
  return rules;
}

/** Whether class-transformer has decorators for a class or one that it derives from. */
export function isTransformed(target: object): boolean {
  return !rulesOf(target).isPlain;
}

/** The class and its bases, nearest first. */
function lineageOf(target: object): object[] {
  const lineage: object[] = [];
  for (
    let each: unknown = target;
    typeof each === 'function' && each !== Function.prototype;
    each = Object.getPrototypeOf(each)
  )
    lineage.push(each);
  return lineage;
}

function countOf(target: object): number {
  let count = 0;
  for (const byClass of [metadata.types, metadata.exposed, metadata.excluded]) count += byClass.get(target)?.size ?? 0;
  const transforms = metadata.transforms.get(target);
  if (transforms !== undefined) for (const each of transforms.values()) count += each.length;
  return count;
}

const NO_RULES: ClassRules = {
  isPlain: true,
  keysOf: (value) => Object.keys(value),
  isExposed: () => false,
  typeOf: () => undefined,
  transformsOf: () => [],
  storedNameOf: (property) => property,
  propertyOf: (storedName) => storedName,
  lossy: [],
  excludesAll: false,
};

class DecoratedRules implements ClassRules {
  readonly isPlain = false;
  private readonly exposed: readonly ExposureMetadata[];
  private readonly excluded: readonly ExposureMetadata[];
  readonly excludesAll: boolean;
  private readonly byStoredName = new Map<string, string>();
  private readonly byProperty = new Map<string, ExposureMetadata>();

  constructor(private readonly lineage: readonly object[]) {
    // Bases first, so that what the class says itself comes last and counts.
    const inherited = [...lineage].reverse();
    const named = (byClass: typeof metadata.exposed): ExposureMetadata[] =>
      inherited
        .flatMap((each) => [...(byClass.get(each)?.values() ?? [])])
        .filter(({ propertyName }) => propertyName !== undefined);
    this.exposed = named(metadata.exposed);
    this.excluded = named(metadata.excluded);
    const [own] = lineage;
    const isOnClass = (byClass: typeof metadata.exposed): boolean => byClass.get(own)?.has(undefined) === true;
    this.excludesAll = isOnClass(metadata.excluded) && !isOnClass(metadata.exposed);
    for (const each of this.exposed) {
      this.byProperty.set(String(each.propertyName), each);
      if (each.options?.name !== undefined && !this.byStoredName.has(each.options.name))
        this.byStoredName.set(each.options.name, String(each.propertyName));
    }
  }

  keysOf(value: object, direction: Direction): readonly string[] {
    const exposed = this.exposed.filter(({ options }) => concerns(options, direction));
    const excluded = new Set(
      this.excluded
        .filter(({ options }) => concerns(options, direction))
        .map(({ propertyName }) => String(propertyName)),
    );
    const names = exposed.map(({ propertyName }) =>
      direction === 'toPlain' ? String(propertyName) : this.storedNameOf(String(propertyName)),
    );
    const keys = new Set(this.excludesAll ? names : [...Object.keys(value), ...names]);
    return [...keys].filter((key) => !excluded.has(key) && !this.isForGroups(key));
  }

  isExposed(property: string): boolean {
    return this.byProperty.has(property);
  }

  typeOf(property: string): TypeMetadata | undefined {
    for (const each of this.lineage) {
      const type = metadata.types.get(each)?.get(property);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  transformsOf(property: string, direction: Direction): readonly TransformMetadata[] {
    const [own, ...bases] = this.lineage.map((each) =>
      [...(metadata.transforms.get(each)?.get(property) ?? [])].reverse(),
    );
    // In the order of class-transformer: those of the bases, nearest first, then the ones of the class itself.
    return [...bases.flat(), ...(own ?? [])].filter(
      ({ options }) => concerns(options, direction) && (options?.groups ?? []).length === 0,
    );
  }

  storedNameOf(property: string): string {
    return this.byProperty.get(property)?.options?.name ?? property;
  }

  propertyOf(storedName: string): string {
    return this.byStoredName.get(storedName) ?? storedName;
  }

  get lossy(): readonly { readonly property: string; readonly decorator: string }[] {
    const excluded = this.excluded.map(({ propertyName }) => ({
      property: String(propertyName),
      decorator: '@Exclude',
    }));
    const grouped = [...this.byProperty.keys()]
      .filter((property) => this.isForGroups(property))
      .map((property) => ({ property, decorator: '@Expose({ groups })' }));
    const transformed = this.lineage.flatMap((each) => [...(metadata.transforms.get(each)?.keys() ?? [])].map(String));
    const oneWay = [...new Set(transformed)]
      .filter(
        (property) =>
          this.transformsOf(property, 'toPlain').length > 0 !== this.transformsOf(property, 'toClass').length > 0,
      )
      .map((property) => ({ property, decorator: '@Transform, which works in one direction only,' }));
    return [...excluded, ...grouped, ...oneWay];
  }

  /** Events are stored without groups, so what is exposed to some only is left out. */
  private isForGroups(key: string): boolean {
    return (this.byProperty.get(key)?.options?.groups ?? []).length > 0;
  }
}

function concerns(
  options: { readonly toClassOnly?: boolean; readonly toPlainOnly?: boolean } | undefined,
  direction: Direction,
): boolean {
  const { toClassOnly = false, toPlainOnly = false } = options ?? {};
  if (toClassOnly === toPlainOnly) return true;
  return direction === 'toClass' ? toClassOnly : toPlainOnly;
}
