import { EventSerializationError } from '../errors/event-errors.js';
import { define, describeKey, kindOf, strayPropertyOf, type ValueKind } from './value-kind.js';
import { MAX_DEPTH } from './value-codec.js';

/** What has to be known about an event before class-transformer may touch it. */
export interface EventSurvey {
  /** Nested instances, with their properties; class-transformer writes discriminators into the originals. */
  readonly instances: ReadonlyMap<object, readonly [string, unknown][]>;
  /** The first thing inside a nested instance that could not be stored; it counts only if no decorator replaces that instance. */
  readonly doubt: EventSerializationError | undefined;
  /** Whether it holds so many bytes that class-transformer, which takes them one by one, would not come to an end. */
  readonly holdsLargeBytes: boolean;
}

/**
 * Walks through the event and refuses, with the path, what no decorator can make storable: functions, symbols, promises,
 * cycles, properties that class-transformer never writes back.
 */
export function surveyEvent(event: object, eventType: string): EventSurvey {
  const survey = new Survey(eventType);
  survey.enter(event, '');
  return survey;
}

/** Whether class-transformer would change the value, so that the value itself has to be stored in its place. */
export function isFragile(value: object, kind: ValueKind = kindOf(value)): boolean {
  switch (kind) {
    case 'map':
    case 'set':
    case 'bytes':
    case 'buffer':
      return true;
    case 'record':
      return Object.keys(value).some(isHazardousKey);
    case 'array':
      return Object.keys(value).length < (value as unknown[]).length;
    default:
      return false;
  }
}

/** Names that class-transformer skips, or takes for what every object inherits. */
export function isHazardousKey(key: string): boolean {
  return key in Object.prototype;
}

/** Whether an own property of that name hides a method or getter of the class; class-transformer leaves such a name out. */
export function hidesMember(instance: object, key: string): boolean {
  if (!(key in ((Object.getPrototypeOf(instance) as object | null) ?? {}))) return false;
  for (
    let each = Object.getPrototypeOf(instance) as object | null;
    each !== null;
    each = Object.getPrototypeOf(each) as object | null
  ) {
    const member = Object.getOwnPropertyDescriptor(each, key);
    if (member !== undefined)
      return member.set === undefined && (member.get !== undefined || typeof member.value === 'function');
  }
  return false;
}

/**
 * A copy for class-transformer, without what it fails on or takes too long for: bytes are `Buffer`s, which it copies at
 * once, records with hazardous keys are empty, maps have no objects as keys. All of that is put back from the original
 * afterwards. What needs no change is not copied.
 */
export function withStandIns(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const kind = kindOf(value);
  if (kind === 'bytes') {
    const bytes = value as Uint8Array;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (kind === 'array' || kind === 'set') {
    const items = Array.from(value as Iterable<unknown>);
    const copies = items.map(withStandIns);
    if (copies.every((copy, index) => copy === items[index])) return value;
    return kind === 'array' ? copies : new Set(copies);
  }
  if (kind === 'map') {
    const entries = Array.from(value as Map<unknown, unknown>, ([key, item], index): [unknown, unknown] => [
      typeof key === 'object' && key !== null ? `#${index}` : key,
      withStandIns(item),
    ]);
    const isSame = entries.every(
      ([key, item]) => (value as Map<unknown, unknown>).has(key) && (value as Map<unknown, unknown>).get(key) === item,
    );
    return isSame ? value : new Map(entries);
  }
  if (kind === 'record' && isFragile(value, kind)) return {};
  return kind === 'record' || kind === 'instance' ? objectWithStandIns(value) : value;
}

function objectWithStandIns(value: object): object {
  const changes: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const copy = withStandIns(item);
    if (copy !== item) changes[key] = copy;
  }
  if (Object.keys(changes).length === 0) return value;
  const copy = Object.create(
    Object.getPrototypeOf(value) as object | null,
    Object.getOwnPropertyDescriptors(value),
  ) as object;
  for (const [key, item] of Object.entries(changes))
    Object.defineProperty(copy, key, { value: item, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** The entries of an object as a new record, whatever their names are. */
export function recordOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [key, item] of entries) define(record, key, item);
  return record;
}

export const HIDES_MEMBER = 'its name is that of a method or getter of its class, so it would be lost; rename it.';

const LARGE_BYTES = 512;

class Survey implements EventSurvey {
  readonly instances = new Map<object, readonly [string, unknown][]>();
  doubt: EventSerializationError | undefined;
  holdsLargeBytes = false;
  private readonly open = new Set<object>();
  private readonly seen = new Set<object>();
  private nested = 0;

  constructor(private readonly eventType: string) {}

  enter(value: unknown, path: string): void {
    if (typeof value === 'function') this.refuse(path, 'a function cannot be stored.');
    else if (typeof value === 'symbol') this.refuse(path, 'a symbol cannot be stored.');
    else if (typeof value === 'object' && value !== null) this.enterObject(value, path);
  }

  private enterObject(value: object, path: string): void {
    const kind = kindOf(value);
    if (this.open.has(value)) {
      this.refuse(path, 'it refers back to an object that contains it.');
      return;
    }
    // An instance of a foreign class may lead to many objects over many ways; each has to be seen once.
    if (this.seen.has(value)) return;
    if (this.open.size >= MAX_DEPTH) {
      this.refuse(path, `it is nested more than ${MAX_DEPTH} levels deep.`);
      return;
    }
    if (kind === 'instance' && 'then' in value && typeof value.then === 'function')
      this.refuse(path, 'a promise cannot be stored; await it first.');
    const stray = strayPropertyOf(value, kind);
    if (stray !== undefined)
      this.refuse(path, `the property ${String(stray)} cannot be stored; JSON has no place for it.`);
    this.seen.add(value);
    this.open.add(value);
    if (kind === 'instance' && path !== '') this.enterInstance(value, path);
    else this.enterMembers(value, kind, path);
    this.open.delete(value);
  }

  private enterInstance(value: object, path: string): void {
    this.instances.set(value, Object.entries(value));
    this.nested += 1;
    this.enterMembers(value, 'instance', path);
    this.nested -= 1;
  }

  private enterMembers(value: object, kind: ValueKind, path: string): void {
    switch (kind) {
      case 'date':
      case 'buffer':
        return;
      case 'bytes':
        this.holdsLargeBytes ||= (value as Uint8Array).byteLength > LARGE_BYTES;
        return;
      case 'array':
        // Not `forEach`, which passes over holes and takes their places from the paths.
        for (const [index, item] of (value as unknown[]).entries()) this.enter(item, `${path}[${index}]`);
        return;
      case 'set':
        Array.from(value as Set<unknown>, (item, index) => {
          this.enter(item, `${path}{${index}}`);
        });
        return;
      case 'map':
        Array.from(value as Map<unknown, unknown>, ([key, item], index) => {
          this.enter(item, `${path}{${describeKey(key, index)}}`);
        });
        return;
      default:
        this.enterProperties(value, kind, path);
    }
  }

  private enterProperties(value: object, kind: ValueKind, path: string): void {
    for (const [key, item] of Object.entries(value)) {
      const place = path === '' ? key : `${path}.${key}`;
      if (kind === 'instance' && hidesMember(value, key)) this.refuse(place, HIDES_MEMBER);
      this.enter(item, place);
    }
  }

  private refuse(path: string, fault: string): void {
    const error = new EventSerializationError(this.eventType, path, fault);
    // A decorator on the property may well turn an instance of a foreign class, whatever is inside, into plain text.
    if (this.nested === 0) throw error;
    this.doubt ??= error;
  }
}
