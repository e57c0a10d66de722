import { instanceToPlain, plainToClassFromExist } from 'class-transformer';
import { HIDES_MEMBER, hidesMember } from './fragile-values.js';
import { describeKey, hidesItsState, isRecord, kindOf, nameOfClass } from './value-kind.js';

/** The first place at which an event that was read back is not the event that was to be written. */
export interface EventDifference {
  readonly path: string;
  readonly fault: string;
  /** The values on the way there, outermost first. */
  readonly trail: readonly object[];
}

/** The plain form of a value is not known when decorators moved it, or when it belongs to a collection. */
const UNKNOWN = Symbol('unknown plain form');

/**
 * Compares an event with what would come back. What decorators change on purpose is no difference: a property that
 * `@Exclude` takes out, a primitive that `@Transform` turns into another of its type, a plain object that becomes the
 * class in its `@Type`, the inside of an instance that `@Transform` stores as text.
 *
 * @param undoChanges Takes back what class-transformer wrote into the event.
 */
export function differenceOf(
  event: object,
  revived: object,
  plain: unknown,
  undoChanges: () => void,
): EventDifference | undefined {
  return new Comparison(undoChanges).compare(event, revived, plain, '');
}

const LOST = 'it would be lost on the way back';
const OTHER_VALUE = 'it would come back with another value';
const DISCRIMINATOR =
  'if it is the discriminator of @Type, set keepDiscriminatorProperty, or give it a name of its own.';

class Comparison {
  private readonly trail: object[] = [];

  constructor(private readonly undoChanges: () => void) {}

  compare(original: unknown, revived: unknown, plain: unknown, path: string): EventDifference | undefined {
    if (Object.is(original, revived) && typeof original !== 'object') return undefined;
    if (typeof original !== 'object' || original === null) return this.comparePrimitives(original, revived, path);
    if (typeof revived !== 'object' || revived === null)
      return this.difference(
        path,
        `${describe(original)} would come back as ${describe(revived)}; ${advice(original)}`,
      );
    this.trail.push(original);
    const found = this.compareObjects(original, revived, plain, path);
    this.trail.pop();
    return found;
  }

  private comparePrimitives(original: unknown, revived: unknown, path: string): EventDifference | undefined {
    if (typeof original === typeof revived && original !== null && typeof original !== 'function') return undefined;
    if (original === null && (revived === null || revived === undefined)) return undefined;
    if (original === undefined) return this.difference(path, addition(revived));
    if (typeof original === 'function') return this.difference(path, 'a function cannot be stored.');
    return this.difference(
      path,
      `${describe(original)} would come back as ${describe(revived)}; declare the type that it has, or a @Transform for both directions.`,
    );
  }

  private compareObjects(original: object, revived: object, plain: unknown, path: string): EventDifference | undefined {
    const kind = kindOf(original);
    switch (kind) {
      case 'date':
        if (kindOf(revived) === kind && Object.is((original as Date).getTime(), (revived as Date).getTime()))
          return undefined;
        break;
      case 'bytes':
      case 'buffer':
        if (kindOf(revived) === kind && Buffer.compare(original as Uint8Array, revived as Uint8Array) === 0)
          return undefined;
        break;
      case 'array':
        if (kindOf(revived) === kind && (original as unknown[]).length === (revived as unknown[]).length)
          return this.compareLists(original as unknown[], revived as unknown[], plain, (index) => `${path}[${index}]`);
        break;
      case 'set':
        if (kindOf(revived) === kind && (original as Set<unknown>).size === (revived as Set<unknown>).size)
          return this.compareLists(
            [...(original as Set<unknown>)],
            [...(revived as Set<unknown>)],
            UNKNOWN,
            (index) => `${path}{${index}}`,
          );
        break;
      case 'map':
        if (
          kindOf(revived) === kind &&
          this.sameKeys(original as Map<unknown, unknown>, revived as Map<unknown, unknown>)
        )
          return this.compareMaps(original as Map<unknown, unknown>, revived as Map<unknown, unknown>, path);
        break;
      case 'record':
        if (isRecord(revived))
          return this.compareProperties(original, revived, plain, path) ?? this.additions(original, revived, path);
        if (kindOf(revived) === 'instance') return this.compareProperties(original, revived, plain, path);
        break;
      case 'instance':
        return this.compareInstances(original, revived, plain, path);
    }
    return this.difference(path, `${describe(original)} would not come back as it is; ${advice(original)}`);
  }

  private compareLists(
    original: readonly unknown[],
    revived: readonly unknown[],
    plain: unknown,
    place: (index: number) => string,
  ): EventDifference | undefined {
    for (const [index, item] of original.entries()) {
      const plainItem: unknown = Array.isArray(plain) && plain.length === original.length ? plain[index] : UNKNOWN;
      const found = this.compare(item, revived[index], plainItem, place(index));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private compareMaps(
    original: Map<unknown, unknown>,
    revived: Map<unknown, unknown>,
    path: string,
  ): EventDifference | undefined {
    const keys = [...original.keys()];
    return this.compareLists(
      [...original.values()],
      [...revived.values()],
      UNKNOWN,
      (index) => `${path}{${describeKey(keys[index], index)}}`,
    );
  }

  private compareInstances(
    original: object,
    revived: object,
    plain: unknown,
    path: string,
  ): EventDifference | undefined {
    if (Object.getPrototypeOf(original) !== Object.getPrototypeOf(revived)) {
      const other = kindOf(revived) === 'instance' ? describe(revived) : 'another type';
      return this.difference(path, `${describe(original)} would come back as ${other}; ${advice(original)}`);
    }
    if (path !== '' && plain !== UNKNOWN && !isRecord(plain)) return undefined;
    if (path !== '' && Object.keys(original).length === 0 && hidesItsState(original)) {
      return this.difference(
        path,
        `the state of ${nameOfClass(original)} is private or internal, so it would be lost; store it with @Transform.`,
      );
    }
    if (Object.getOwnPropertySymbols(original).some((key) => Object.prototype.propertyIsEnumerable.call(original, key)))
      return this.difference(path, 'a property with a symbol as its name cannot be stored.');
    return (
      this.compareProperties(original, revived, plain, path) ??
      (path === '' ? undefined : this.additions(original, revived, path))
    );
  }

  private compareProperties(
    original: object,
    revived: object,
    plain: unknown,
    path: string,
  ): EventDifference | undefined {
    for (const [key, item] of Object.entries(original) as [string, unknown][]) {
      const place = path === '' ? key : `${path}.${key}`;
      const back: unknown = Object.hasOwn(revived, key) ? (revived as Record<string, unknown>)[key] : undefined;
      if (item === undefined && (back === undefined || path === '')) continue;
      if (back === undefined && item !== null && hidesMember(original, key))
        return this.difference(place, HIDES_MEMBER);
      const isLost = back === undefined && item !== null;
      if (isLost || isOther(item, back)) {
        // Nothing but its own decorators can do that to a property of the event itself.
        if (path === '' || this.isMeant(original, revived, key, back, plain)) continue;
        return this.difference(place, `${isLost ? LOST : OTHER_VALUE}; ${DISCRIMINATOR}`);
      }
      const plainItem: unknown = isRecord(plain) && Object.hasOwn(plain, key) ? plain[key] : UNKNOWN;
      const found = this.compare(item, back, plainItem, place);
      if (found !== undefined && (path === '' || !this.isLeftOut(original, key))) return found;
    }
    return undefined;
  }

  /** What the class itself would add, by a default value or in its constructor. */
  private additions(original: object, revived: object, path: string): EventDifference | undefined {
    const added = Object.entries(revived).find(([key, item]) => item !== undefined && !Object.hasOwn(original, key));
    if (added === undefined) return undefined;
    return this.difference(`${path}.${added[0]}`, addition(added[1]));
  }

  /**
   * Whether decorators change or leave out a property of a nested object; class-transformer itself never does that to a
   * plain one.
   */
  private isMeant(original: object, revived: object, key: string, back: unknown, plain: unknown): boolean {
    if (typeof (original as Record<string, unknown>)[key] === 'function')
      return isRecord(plain) && !Object.hasOwn(plain, key);
    if (kindOf(original) === 'record')
      return kindOf(revived) === 'instance' || back !== undefined || (isRecord(plain) && !Object.hasOwn(plain, key));
    return this.isLeftOut(original, key) || Object.is(this.revivedAlone(original)?.[key], back);
  }

  /** Whether the class of an instance leaves a property out, and gives it what value it likes on the way back. */
  private isLeftOut(original: object, key: string): boolean {
    const alone = kindOf(original) === 'instance' ? this.revivedAlone(original) : undefined;
    return alone !== undefined && !Object.hasOwn(alone, key) && !hidesMember(original, key);
  }

  /** What decorators of its own class make of an instance, without those of the property that holds it. */
  private revivedAlone(original: object): Record<string, unknown> | undefined {
    try {
      const blank = Object.create(Object.getPrototypeOf(original) as object) as Record<string, unknown>;
      return plainToClassFromExist<Record<string, unknown>, unknown>(blank, instanceToPlain(original));
    } catch {
      return undefined;
    } finally {
      this.undoChanges();
    }
  }

  private sameKeys(original: Map<unknown, unknown>, revived: Map<unknown, unknown>): boolean {
    const keys = [...revived.keys()];
    return (
      original.size === keys.length &&
      [...original.keys()].every((key, index) => {
        const other = keys[index];
        return typeof key === 'object' && key !== null
          ? this.compare(key, other, UNKNOWN, '{key}') === undefined
          : Object.is(key, other);
      })
    );
  }

  private difference(path: string, fault: string): EventDifference {
    return { path, fault, trail: [...this.trail] };
  }
}

/** Another value of the same type, as a `@Transform` may well make on purpose. */
function isOther(item: unknown, back: unknown): boolean {
  const type = typeof item;
  return type !== 'object' && type !== 'function' && type === typeof back && !Object.is(item, back);
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const kind = kindOf(value);
    if (kind === 'record') return 'a plain object';
    return kind === 'instance' ? `an instance of ${nameOfClass(value)}` : `a ${nameOfClass(value)}`;
  }
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}

function addition(revived: unknown): string {
  return `it is undefined, but would come back as ${describe(revived)}, which its class gives it; set it before the event is stored.`;
}

function advice(original: object): string {
  if (kindOf(original) !== 'instance' || hidesItsState(original)) return 'declare a @Transform for both directions.';
  return `declare it with @Type(() => ${nameOfClass(original)}), with a discriminator where several classes are possible.`;
}
