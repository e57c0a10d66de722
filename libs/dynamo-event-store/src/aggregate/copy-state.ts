import { Constants } from '../event/constants.js';
import { collectionOf, joinCollection, splitCollection } from '../event/collections.js';
import { hiddenBesideMembers, mayHideState } from '../event/hidden-state.js';
import { storedFormOf, valueOfForm } from '../event/stored-values.js';
import { collectionKindOf, define, extraKeysOf, kindOf, strayPropertyOf } from '../event/value-kind.js';
import { storedValueOf, type AnyClass } from '../metadata/metadata-storage.js';

/** A value that a copy would share with the original, or lose. */
export class UncopyableValueError extends TypeError {
  override readonly name = 'UncopyableValueError';
}

/**
 * Copies the values of a state one after the other. A copy shares nothing changeable with its original: classes are kept,
 * constructors are not called, what is frozen stays so. What is one object in several values stays one, and members of smart
 * enums stay themselves. Throws
 * `UncopyableValueError` where a copy would not be the same, or not a value of its own.
 */
export function stateCopier(): <T>(value: T) => T {
  const copier = new Copier();
  return <T>(value: T) => copier.copy(value) as T;
}

const BASES = { array: Array, map: Map, set: Set } as const;

/** Objects that are known before it pays to look them up by hash. */
const FEW = 12;

/** Copies made so far. Known before they are filled, so that a value that refers back to itself comes to an end. */
class KnownCopies {
  private readonly originals: object[] = [];
  private readonly copies: unknown[] = [];
  private byOriginal: Map<object, unknown> | undefined;

  of(original: object): unknown {
    if (this.byOriginal !== undefined) return this.byOriginal.get(original);
    const at = this.originals.indexOf(original);
    return at < 0 ? undefined : this.copies[at];
  }

  add(original: object, copy: unknown): void {
    this.byOriginal?.set(original, copy);
    if (this.byOriginal !== undefined) return;
    this.originals.push(original);
    this.copies.push(copy);
    if (this.originals.length > FEW)
      this.byOriginal = new Map(this.originals.map((each, index) => [each, this.copies[index]]));
  }
}

class Copier {
  private readonly known = new KnownCopies();
  private readonly constants = new Constants();

  copy(value: unknown): unknown {
    if (typeof value === 'function') throw new UncopyableValueError('it holds a function');
    if (typeof value !== 'object' || value === null) return value;
    const known = this.known.of(value);
    if (known !== undefined) return known;
    const made = this.copyByKind(value);
    if (Object.isFrozen(value)) Object.freeze(made);
    return made;
  }

  private copyByKind(value: object): object {
    switch (kindOf(value)) {
      case 'array':
      case 'map':
      case 'set':
        return this.copyCollection(value);
      case 'date':
        refuseExtras(value);
        return this.enter(value, new Date(value as Date));
      case 'buffer':
        refuseExtras(value);
        return this.enter(value, Buffer.from(value as Buffer));
      case 'bytes':
        refuseExtras(value);
        return this.enter(value, new Uint8Array(value as Uint8Array));
      case 'record':
        return this.copyFields(value);
      default:
        return this.copyInstance(value);
    }
  }

  private copyCollection(value: object): object {
    refuseExtras(value);
    if (Array.isArray(value)) {
      const list = this.enter(value, new Array<unknown>(value.length));
      for (const [index, item] of (value as unknown[]).entries()) if (index in value) list[index] = this.copy(item);
      return list;
    }
    if (value instanceof Map) {
      const map = this.enter(value, new Map<unknown, unknown>());
      for (const [key, item] of value) map.set(this.copy(key), this.copy(item));
      return map;
    }
    const set = this.enter(value, new Set<unknown>());
    for (const item of value as Set<unknown>) set.add(this.copy(item));
    return set;
  }

  private copyInstance(value: object): object {
    if (this.constants.has(value)) return value;
    const { constructor } = Object.getPrototypeOf(value) as { readonly constructor?: unknown };
    if (typeof constructor !== 'function') throw new UncopyableValueError('it holds an instance of an unknown class');
    const valueClass = constructor as AnyClass;
    if (storedValueOf(valueClass)?.to !== undefined) return this.copyByFunctions(value);
    const kind = collectionKindOf(value);
    if (mayHideState(valueClass, kind === undefined ? undefined : BASES[kind]))
      throw new UncopyableValueError(
        `it holds an instance of ${valueClass.name}, which may hide state in #private members or in the engine; @StoredValue with to and from makes it copyable`,
      );
    if (kind === undefined) return isConstantByItself(value) ? value : this.copyFields(value);
    if (Object.getOwnPropertySymbols(value).length > 0 || hiddenBesideMembers(value) !== undefined)
      throw new UncopyableValueError(`it holds an instance of ${valueClass.name} with properties that cannot be seen`);
    const members = joinCollection(splitCollection(value, kind, (member) => this.copy(member)));
    const made = this.enter(value, collectionOf(members, valueClass)) as Record<string, unknown>;
    for (const key of extraKeysOf(value)) define(made, key, this.copy((value as Record<string, unknown>)[key]));
    return made;
  }

  /** Its class says how to make it again. */
  private copyByFunctions(value: object): object {
    const form = storedFormOf(value, (fault) => {
      throw new UncopyableValueError(fault);
    });
    return this.enter(value, valueOfForm(form?.name ?? '', this.copy(form?.content)));
  }

  private copyFields(value: object): object {
    const target = this.enter(value, Object.create(Object.getPrototypeOf(value) as object | null) as object);
    for (const key of Reflect.ownKeys(value)) {
      const property: PropertyDescriptor = { ...Object.getOwnPropertyDescriptor(value, key) };
      if (!('value' in property)) throw new UncopyableValueError(`it holds an object with the accessor ${String(key)}`);
      property.value = this.copy(property.value);
      Object.defineProperty(target, key, property);
    }
    return target;
  }

  private enter<T extends object>(original: object, target: T): T {
    this.known.add(original, target);
    return target;
  }
}

/** A frozen instance without parts cannot change, so it need not be another one. */
function isConstantByItself(value: object): boolean {
  return Object.isFrozen(value) && Object.values(value).every((each) => typeof each !== 'object' || each === null);
}

/** Copied by their members alone, lists and the like would lose properties besides. */
function refuseExtras(value: object): void {
  if (strayPropertyOf(value, kindOf(value)) !== undefined)
    throw new UncopyableValueError('it holds a list, map, set, date or bytes with properties of its own');
}
