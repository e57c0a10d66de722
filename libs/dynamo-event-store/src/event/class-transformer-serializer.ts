import { instanceToPlain, plainToClassFromExist } from 'class-transformer';
import { EventSerializationError } from '../errors/event-errors.js';
import { differenceOf, type EventDifference } from './event-difference.js';
import type { EventClass, EventSerializer, SerializedEventType } from './event-serializer.js';
import { isFragile, isHazardousKey, recordOf, surveyEvent, withStandIns, type EventSurvey } from './fragile-values.js';
import { isRecord, kindOf } from './value-kind.js';

/**
 * Default serializer: class-transformer, so `@Type`, `@Transform`, `@Expose` and `@Exclude` are honoured.
 *
 * class-transformer alone loses values without a word: a `Map` becomes an object, a `Set` an array, a nested class
 * without `@Type` a plain object. So such collections and bytes are stored as what they are, with `@Type` applied to
 * their members, and every event is read back and compared before it is stored: what would not come back the same is
 * refused with its path. What decorators change on purpose is no difference, nor is a plain object where `@Type` names a
 * class: it comes back as that class.
 *
 * Events are revived without calling their constructor; nested classes under `@Type` are created with `new` and no
 * arguments, as class-transformer does. Private `#fields` cannot be seen and are not stored.
 */
export class ClassTransformerSerializer implements EventSerializer {
  serialize(event: unknown, type: SerializedEventType): unknown {
    if (type.eventClass === undefined || typeof event !== 'object' || event === null) return event;
    const survey = surveyEvent(event, type.name);
    try {
      return storable(event, toPlain(event, survey), type.name, type.eventClass, survey);
    } finally {
      undoChanges(survey);
    }
  }

  deserialize(payload: unknown, type: SerializedEventType): unknown {
    if (type.eventClass === undefined) return payload;
    if (!isRecord(payload)) {
      throw new EventSerializationError(
        type.name,
        '',
        'the stored payload is not an object, so it cannot become an instance of its class.',
      );
    }
    const hazard = Object.keys(payload).find(isHazardousKey);
    if (hazard !== undefined)
      throw new EventSerializationError(type.name, hazard, 'no instance of a class can have a property of that name.');
    return revive(type.eventClass, payload);
  }
}

/** The first form of the event that comes back the same; see `Storing`. */
function storable(
  event: object,
  plain: unknown,
  typeName: string,
  eventClass: EventClass,
  survey: EventSurvey,
): unknown {
  const left = new Set<object>();
  let firstFault: EventSerializationError | undefined;
  for (;;) {
    const storing = new Storing(left);
    const stored = storing.formOf(event, plain);
    undoChanges(survey);
    const fault = faultOf(event, stored, plain, { typeName, eventClass, survey });
    if (fault === undefined) return stored;
    firstFault ??= fault.error;
    const suspects = [...storing.kept].filter((value) => fault.trail?.includes(value) ?? true);
    if (suspects.length === 0) throw firstFault;
    for (const suspect of fault.trail === undefined ? suspects : suspects.slice(0, 1)) left.add(suspect);
  }
}

interface Fault {
  readonly error: EventSerializationError;
  /** Values that contain the place at fault; `undefined` when nothing could be read back at all. */
  readonly trail: readonly object[] | undefined;
}

function faultOf(
  event: object,
  stored: unknown,
  plain: unknown,
  { typeName, eventClass, survey }: { typeName: string; eventClass: EventClass; survey: EventSurvey },
): Fault | undefined {
  let difference: EventDifference | undefined;
  try {
    const revived = revive(eventClass, stored as Record<string, unknown>);
    difference = differenceOf(event, revived, plain, () => {
      undoChanges(survey);
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const fault = `the event cannot be created again from what would be stored: ${reason.replace(/\.$/, '')}. Classes under @Type are created with new and no arguments; one that needs them wants a @Transform.`;
    return { error: new EventSerializationError(typeName, '', fault, cause), trail: undefined };
  }
  if (difference === undefined) return undefined;
  const { path, fault, trail } = difference;
  return { error: new EventSerializationError(typeName, path, fault), trail };
}

function toPlain(event: object, { doubt, holdsLargeBytes }: EventSurvey): unknown {
  try {
    return instanceToPlain(holdsLargeBytes && doubt === undefined ? withStandIns(event) : event);
  } catch (cause) {
    if (doubt !== undefined) throw doubt;
    const copy = withStandIns(event);
    if (copy === event) throw cause;
    return instanceToPlain(copy);
  }
}

/** class-transformer writes the discriminators of `@Type` into the objects that it reads. */
function undoChanges({ instances }: EventSurvey): void {
  for (const [instance, entries] of instances) {
    const before = new Map(entries);
    for (const key of Object.keys(instance)) if (!before.has(key)) Reflect.deleteProperty(instance, key);
    for (const [key, value] of before)
      if (!Object.is((instance as Record<string, unknown>)[key], value)) Reflect.set(instance, key, value);
  }
}

/**
 * What is stored of an event: its plain form, with the values that class-transformer cannot carry put back into it.
 * A value that its `@Transform` already turned into something else is left as that. Where the result of a `@Transform`
 * looks like what class-transformer makes of such a value itself, reading it back tells, and `left` names it.
 */
class Storing {
  readonly kept = new Set<object>();

  constructor(private readonly left: ReadonlySet<object>) {}

  formOf(original: unknown, plain: unknown): unknown {
    if (typeof original !== 'object' || original === null) return plain;
    if (isFragile(original))
      return this.left.has(original) || !looksUntransformed(original, plain) ? plain : this.keep(original);
    if (Array.isArray(original)) {
      if (!Array.isArray(plain) || plain.length !== original.length) return plain;
      return plain.map((item, index) => this.formOf(original[index], item));
    }
    if (!isRecord(plain) || kindOf(original) === 'date') return plain;
    const stored = { ...plain };
    for (const [key, item] of Object.entries(original))
      if (typeof item === 'object' && item !== null && Object.hasOwn(plain, key))
        stored[key] = this.formOf(item, plain[key]);
    return stored;
  }

  private keep(original: object): unknown {
    this.kept.add(original);
    const inner = (item: unknown): unknown => this.formOf(item, plainFormOf(item));
    if (original instanceof Map) return new Map(Array.from(original, ([key, item]) => [key, inner(item)]));
    if (original instanceof Set) return new Set(Array.from(original, inner));
    if (original instanceof Uint8Array) return original;
    if (Array.isArray(original)) return Array.from(original, inner);
    return recordOf(Object.entries(original).map(([key, item]) => [key, inner(item)]));
  }
}

function plainFormOf(member: unknown): unknown {
  if (typeof member !== 'object' || member === null) return member;
  // What is fragile is kept, so nobody asks for its plain form; class-transformer might fail on it.
  return isFragile(member)
    ? Array.isArray(member) || member instanceof Set
      ? []
      : {}
    : instanceToPlain(withStandIns(member));
}

function looksUntransformed(original: object, plain: unknown): boolean {
  if (Array.isArray(original) || original instanceof Set) return Array.isArray(plain);
  return isRecord(plain) || (original instanceof Uint8Array && plain instanceof Uint8Array);
}

function revive(eventClass: EventClass, payload: Record<string, unknown>): object {
  // Not `new`: a constructor that checks or uses its arguments cannot run without them.
  const instance = Object.create(eventClass.prototype as object) as object;
  const form = recordOf(
    Object.entries(payload).flatMap(([key, item]) => (item === undefined ? [] : [[key, carried(item)]])),
  );
  return restore(payload, plainToClassFromExist(instance, form)) as object;
}

/**
 * What class-transformer gets instead of a stored value: collections as arrays, so that it applies `@Type` to their
 * members, and no bytes, which it would take one by one. Always a copy, since it deletes discriminators from what it reads.
 */
function carried(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return stored;
  switch (kindOf(stored)) {
    case 'map':
      return Array.from((stored as Map<unknown, unknown>).values(), carried);
    case 'set':
    case 'array':
      return Array.from(stored as Iterable<unknown>, carried);
    case 'bytes':
    case 'buffer':
      return null;
    case 'record':
      return isFragile(stored, 'record')
        ? Object.values(stored).map(carried)
        : recordOf(Object.entries(stored).flatMap(([key, item]) => (item === undefined ? [] : [[key, carried(item)]])));
    default:
      return stored;
  }
}

/** Makes collections and bytes again of what class-transformer returned for their stand-ins. */
function restore(stored: unknown, made: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return made;
  const kind = kindOf(stored);
  if (kind === 'bytes' || kind === 'buffer') return made === null ? stored : made;
  if (kind === 'map' || kind === 'set' || (kind === 'record' && isFragile(stored, kind))) {
    const items = Array.isArray(made) || made instanceof Set ? [...(made as Iterable<unknown>)] : undefined;
    return items === undefined ? made : collectionOf(stored, items);
  }
  if (Array.isArray(stored) && Array.isArray(made)) {
    for (const [index, item] of stored.entries()) made[index] = restore(item, made[index]);
  } else if (kind === 'record' && typeof made === 'object' && made !== null) {
    for (const [key, item] of Object.entries(stored) as [string, unknown][])
      restoreProperty(made as Record<string, unknown>, key, item);
  }
  return made;
}

function restoreProperty(made: Record<string, unknown>, key: string, item: unknown): void {
  if (typeof item !== 'object' || item === null || !Object.hasOwn(made, key)) return;
  const restored = restore(item, made[key]);
  if (restored !== made[key]) made[key] = restored;
}

/** A collection with the keys of `stored` and the members that class-transformer made. */
function collectionOf(stored: object, made: readonly unknown[]): unknown {
  if (stored instanceof Set) return new Set(Array.from(stored, (item, index) => restore(item, made[index])));
  if (stored instanceof Map)
    return new Map(
      Array.from(stored as Map<unknown, unknown>, ([key, item], index) => [key, restore(item, made[index])]),
    );
  return recordOf(Object.entries(stored).map(([key, item], index) => [key, restore(item, made[index])]));
}
