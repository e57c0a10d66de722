import type { EventClass, SerializedEventType } from './event-serializer.js';
import type { JsonValue } from './json-value.js';
import { isTransformed } from './class-rules.js';
import { mayHideState } from './hidden-state.js';
import { copyPlain, NOT_PLAIN, PlainCopier } from './plain-copy.js';
import { encodeValue } from './value-codec.js';

/**
 * The short way of `ClassTransformerSerializer`, for events that class-transformer would do nothing for: their classes have
 * no decorators of it, and they hold nothing but JSON and dates. The outcome is the same.
 */

/** A plain event: what is stored of it, and the fields that are read back. */
export interface PlainForm {
  readonly text: string;
  /** The same as the text says; nobody changes them. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** The stored form of an event; `undefined` where the serializer is needed. */
export function plainFormOf(event: unknown, { name, eventClass }: SerializedEventType): PlainForm | undefined {
  if (eventClass === undefined) {
    const copier = new PlainCopier();
    const copy = copier.copy(event);
    return copy === NOT_PLAIN ? undefined : { text: textOf(copy, copier, name), fields: undefined };
  }
  if (typeof event !== 'object' || event === null || mayHideState(eventClass)) return undefined;
  return formOfFields(event, { name, eventClass }, new PlainCopier());
}

/** A state as JSON text; `undefined` where the serializer is needed. */
export function plainStateOf(state: object, { name, eventClass }: SerializedEventType): string | undefined {
  if (eventClass === undefined) return undefined;
  return formOfFields(state, { name, eventClass }, new PlainCopier(true))?.text;
}

/** Another event of the fields of a plain form. */
export function plainEventOfForm(fields: Readonly<Record<string, unknown>>, eventClass: EventClass): object {
  return Object.assign(Object.create(eventClass.prototype as object) as object, copyPlain(fields));
}

function formOfFields(
  value: object,
  { name, eventClass }: { readonly name: string; readonly eventClass: EventClass },
  copier: PlainCopier,
): PlainForm | undefined {
  const prototype = eventClass.prototype as object;
  if (Object.getPrototypeOf(value) !== prototype || isTransformed(eventClass)) return undefined;
  const keys = Object.keys(value);
  if (Object.getOwnPropertyNames(value).length !== keys.length) return undefined;
  // Members of the class that a property hides, which it could not be given again.
  for (const key of keys) if (key in prototype) return undefined;
  const fields = copier.copyMembers(value);
  return fields === NOT_PLAIN ? undefined : { text: textOf(fields, copier, name), fields };
}

/**
 * The event of a payload, which becomes part of it, so it must be nobody else's; `undefined` where the serializer is needed.
 */
export function plainEventOf(payload: unknown, eventClass: EventClass): object | undefined {
  const isObject = typeof payload === 'object' && payload !== null;
  if (!isObject || Object.getPrototypeOf(payload) !== Object.prototype || isTransformed(eventClass)) return undefined;
  const prototype = eventClass.prototype as object;
  for (const key of Object.keys(payload))
    if (key in prototype || (payload as Record<string, unknown>)[key] === undefined) return undefined;
  return Object.assign(Object.create(prototype) as object, payload);
}

function textOf(value: unknown, { holdsTagged }: PlainCopier, eventType: string): string {
  return JSON.stringify(holdsTagged ? (encodeValue(value, eventType) satisfies JsonValue) : value);
}
