import { EventSerializationError } from '../errors/event-errors.js';
import { nameOfClass } from './value-codec.js';

/** A value in an event that a round trip through class-transformer may change. */
export interface FragileValue {
  readonly path: string;
  /** The same for all values at one property of one kind: `lines[].price:class:Money`. */
  readonly signature: string;
  readonly kind: 'class' | 'value';
  readonly className: string;
  /** Reads the value at the same place of another object. */
  read(root: object): unknown;
}

/**
 * Finds every value of `event` that may not survive, and refuses those that never can: functions, symbols, cycles.
 * Throws `EventSerializationError` with the path.
 */
export function surveyEvent(event: object, eventType: string): FragileValue[] {
  const survey = new Survey(eventType);
  survey.enter(event, { path: '', pattern: '', read: (root) => root });
  return survey.found;
}

/** Values that class-transformer cannot carry at all, so that they must be kept aside: collections, bytes, odd property names. */
export function isFragile(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Map || value instanceof Set || value instanceof Uint8Array) return true;
  return isPlainRecord(value) && Object.keys(value).some((key) => key in Object.prototype);
}

export function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value came back as it was; `undefined` stands for one that the class leaves out on purpose. */
export function sameValue(original: unknown, revived: unknown): boolean {
  if (revived === undefined || typeof original === 'bigint') return revived === undefined || revived === original;
  if (original instanceof Date) return revived instanceof Date && revived.getTime() === original.getTime();
  if (original instanceof Map) {
    return (
      revived instanceof Map && revived.size === original.size && [...original.keys()].every((key) => revived.has(key))
    );
  }
  if (original instanceof Set) return revived instanceof Set && revived.size === original.size;
  if (typeof revived !== 'object' || revived === null) return false;
  if (original instanceof Uint8Array)
    return samePrototype(original, revived) && Buffer.compare(original, revived as Uint8Array) === 0;
  if (isPlainRecord(original)) return Object.keys(revived).length === Object.keys(original).length;
  return samePrototype(original as object, revived);
}

function samePrototype(a: object, b: object): boolean {
  return Object.getPrototypeOf(a) === Object.getPrototypeOf(b);
}

interface Place {
  readonly path: string;
  readonly pattern: string;
  readonly read: (root: object) => unknown;
}

class Survey {
  readonly found: FragileValue[] = [];
  private readonly open = new Set<object>();

  constructor(private readonly eventType: string) {}

  enter(value: unknown, place: Place): void {
    if (typeof value === 'function' || typeof value === 'symbol')
      this.refuse(place, `a ${typeof value} cannot be stored.`);
    if (typeof value === 'bigint') this.note(value, place, 'value');
    if (typeof value !== 'object' || value === null) return;
    if (this.open.has(value)) this.refuse(place, 'it refers back to an object that contains it.');
    this.open.add(value);
    this.enterObject(value, place);
    this.open.delete(value);
  }

  private enterObject(value: object, place: Place): void {
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        this.enter(
          item,
          step(place, `[${index}]`, '[]', (at) => (at as unknown[])[index]),
        );
      });
      return;
    }
    if (value instanceof Date) {
      this.note(value, place, 'value');
      return;
    }
    if (isFragile(value)) this.note(value, place, 'value', 'fragile');
    else if (place.path !== '' && !isPlainRecord(value)) this.note(value, place, 'class');
    this.enterMembers(value, place);
  }

  private enterMembers(value: object, place: Place): void {
    if (value instanceof Uint8Array) return;
    if (value instanceof Map) {
      for (const [key, item] of value)
        this.enter(
          item,
          step(place, `{${String(key)}}`, '{}', (at) => (at as Map<unknown, unknown>).get(key)),
        );
    } else if (value instanceof Set) {
      [...value].forEach((item, index) => {
        this.enter(
          item,
          step(place, `{${index}}`, '{}', (at) => [...(at as Set<unknown>)][index]),
        );
      });
    } else {
      const inner = isFragile(value) ? '{}' : undefined;
      for (const [key, item] of Object.entries(value)) {
        const path = place.path === '' ? key : `.${key}`;
        this.enter(
          item,
          step(place, path, inner ?? `.${key}`, (at) => (at as Record<string, unknown>)[key]),
        );
      }
    }
  }

  private note(value: unknown, { path, pattern, read }: Place, kind: FragileValue['kind'], label?: string): void {
    const className = typeof value === 'bigint' ? 'bigint' : nameOfClass(value as object);
    this.found.push({ path, signature: `${pattern}:${label ?? className}`, kind, className, read });
  }

  private refuse({ path }: Place, fault: string): never {
    throw new EventSerializationError(this.eventType, path, fault);
  }
}

function step(place: Place, path: string, pattern: string, read: (at: unknown) => unknown): Place {
  return {
    path: `${place.path}${path}`,
    pattern: `${place.pattern}${pattern}`,
    read: (root) => {
      const at = place.read(root);
      return at === null || at === undefined || typeof at !== 'object' ? undefined : read(at);
    },
  };
}
