import { instanceToPlain, plainToClassFromExist } from 'class-transformer';
import { EventSerializationError } from '../errors/event-errors.js';
import type { EventClass, EventSerializer, SerializedEventType } from './event-serializer.js';
import { isFragile, isPlainRecord, sameValue, surveyEvent, type FragileValue } from './fragile-values.js';

/**
 * Default serializer: class-transformer, so `@Type`, `@Transform`, `@Expose` and `@Exclude` are honoured.
 *
 * class-transformer alone loses values without a word: a `Map` becomes an object, a `Set` an array, a nested class
 * without `@Type` a plain object. So wherever an event holds such a value, the first write of that property is revived
 * and compared before it is stored: what does not come back the same is kept as a value of its own, and if that does not
 * help either, refused with its path. The outcome is remembered per event class and property.
 *
 * Events are revived without calling their constructor; nested classes under `@Type` are created with `new` and no
 * arguments, as class-transformer does. Private `#fields` cannot be seen and are not stored.
 */
export class ClassTransformerSerializer implements EventSerializer {
  private readonly decided = new WeakMap<EventClass, Map<string, Choice>>();

  serialize(event: unknown, type: SerializedEventType): unknown {
    if (type.eventClass === undefined || typeof event !== 'object' || event === null) return event;
    const fragile = surveyEvent(event, type.name);
    const plain: unknown = instanceToPlain(event);
    if (fragile.length === 0) return plain;
    const choices = this.choicesOf(type.eventClass);
    if (fragile.some((value) => !choices.has(value.signature))) this.decide(event, type, fragile, choices);
    return merge(event, plain, '', choices);
  }

  deserialize(payload: unknown, type: SerializedEventType): unknown {
    if (type.eventClass === undefined) return payload;
    if (!isPlainRecord(payload)) {
      throw new EventSerializationError(
        type.name,
        '',
        'the stored payload is not an object, so it cannot become an instance of its class.',
      );
    }
    return revive(type.eventClass, payload);
  }

  private choicesOf(eventClass: EventClass): Map<string, Choice> {
    let choices = this.decided.get(eventClass);
    if (choices === undefined) this.decided.set(eventClass, (choices = new Map<string, Choice>()));
    return choices;
  }

  private decide(
    event: object,
    type: SerializedEventType,
    fragile: readonly FragileValue[],
    known: Map<string, Choice>,
  ): void {
    const undecided = fragile.filter((value) => !known.has(value.signature));
    const trial = new Map(known);
    for (const { signature } of undecided) trial.set(signature, 'keep');
    for (const { signature } of lost(event, type, undecided, trial)) trial.set(signature, 'leave');
    const [first] = lost(event, type, undecided, trial);
    if (first !== undefined) throw new EventSerializationError(type.name, first.path, adviceFor(first));
    for (const [signature, choice] of trial) known.set(signature, choice);
  }
}

/** `keep`: store the value itself. `leave`: store what class-transformer made of it, since it knows the way back. */
type Choice = 'keep' | 'leave';

function lost(
  event: object,
  type: SerializedEventType,
  values: readonly FragileValue[],
  choices: ReadonlyMap<string, Choice>,
): FragileValue[] {
  const stored = merge(event, instanceToPlain(event), '', choices);
  const revived = tryRevive(type, stored);
  return values.filter((value) => !sameValue(value.read(event), value.read(revived)));
}

function tryRevive(type: SerializedEventType, stored: unknown): object {
  try {
    return revive(type.eventClass as EventClass, structuredCopy(stored) as object);
  } catch (cause) {
    throw new EventSerializationError(
      type.name,
      '',
      'the event cannot be created again from what would be stored.',
      cause,
    );
  }
}

function adviceFor(value: FragileValue): string {
  return value.kind === 'class'
    ? `an instance of ${value.className} would come back as another type; declare it with @Type(() => ${value.className}).`
    : `a ${value.className} would not come back as it is; declare it with @Type or @Transform.`;
}

function revive(eventClass: EventClass, payload: object): object {
  // Not `new`: a constructor that checks or uses its arguments cannot run without them.
  const instance = Object.create(eventClass.prototype) as object;
  return restore(payload, plainToClassFromExist<object, object>(instance, payload)) as object;
}

/** Puts back, after class-transformer, the values that it cannot carry. */
function restore(plain: unknown, revived: unknown): unknown {
  if (isFragile(plain)) return plain;
  if (Array.isArray(plain) && Array.isArray(revived)) {
    for (let index = 0; index < plain.length; index++) revived[index] = restore(plain[index], revived[index]);
  } else if (isPlainRecord(plain) && typeof revived === 'object' && revived !== null) {
    const target = revived as Record<string, unknown>;
    for (const [key, item] of Object.entries(plain)) {
      if (typeof item !== 'object' || item === null || !Object.hasOwn(target, key)) continue;
      const restored = restore(item, target[key]);
      if (restored !== target[key]) target[key] = restored;
    }
  }
  return revived;
}

/** The plain form of `original`, with the fragile values that are to be kept put back into it. */
function merge(original: unknown, plain: unknown, pattern: string, choices: ReadonlyMap<string, Choice>): unknown {
  if (isFragile(original))
    return choices.get(`${pattern}:fragile`) === 'leave' ? plain : keep(original, pattern, choices);
  if (Array.isArray(original) && Array.isArray(plain)) {
    return plain.map((item, index) => merge(original[index], item, `${pattern}[]`, choices));
  }
  if (typeof original !== 'object' || original === null || !isPlainRecord(plain)) return plain;
  for (const [key, item] of Object.entries(original)) {
    if (typeof item === 'object' && item !== null && Object.hasOwn(plain, key)) {
      plain[key] = merge(item, plain[key], `${pattern}.${key}`, choices);
    }
  }
  return plain;
}

function keep(original: object, pattern: string, choices: ReadonlyMap<string, Choice>): unknown {
  const inner = (item: unknown) =>
    merge(item, typeof item === 'object' ? (instanceToPlain(item) as unknown) : item, `${pattern}{}`, choices);
  if (original instanceof Map) return new Map(Array.from(original, ([key, item]) => [key, inner(item)]));
  if (original instanceof Set) return new Set(Array.from(original, inner));
  if (original instanceof Uint8Array) return original;
  return Object.fromEntries(Object.entries(original).map(([key, item]) => [key, inner(item)]));
}

// class-transformer deletes discriminator properties from what it reads, so the trial must not see the value to be stored.
function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [key, structuredCopy(item)]));
  if (value instanceof Set) return new Set(Array.from(value, structuredCopy));
  if (!isPlainRecord(value) || isFragile(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, structuredCopy(item)]));
}
