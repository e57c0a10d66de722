import type { EventClass, SerializedEventType } from './event-serializer.js';
import type { JsonValue } from './json-value.js';
import { shapeOf, shapeOfMembers, type PlainShape } from './plain-shape.js';
import { isTransformed } from './class-rules.js';
import { mayHideState } from './hidden-state.js';
import { encodeValue } from './value-codec.js';

/**
 * The short way of `ClassTransformerSerializer`, for events that class-transformer would do nothing for: their classes have
 * no decorators of it, and they hold nothing but JSON and dates. The outcome is the same.
 */

/** The event as JSON text; `undefined` where the serializer is needed. */
export function plainTextOf(event: unknown, { name, eventClass }: SerializedEventType): string | undefined {
  if (eventClass === undefined) {
    const shape = shapeOf(event);
    return shape === 'other' ? undefined : textOf(event, shape, name);
  }
  if (typeof event !== 'object' || event === null || mayHideState(eventClass)) return undefined;
  return textOfFields(event as Record<string, unknown>, { name, eventClass }, false);
}

/** A state as JSON text; `undefined` where the serializer is needed. */
export function plainStateOf(state: object, { name, eventClass }: SerializedEventType): string | undefined {
  if (eventClass === undefined) return undefined;
  return textOfFields(state as Record<string, unknown>, { name, eventClass }, true);
}

function textOfFields(
  fields: Readonly<Record<string, unknown>>,
  { name, eventClass }: { readonly name: string; readonly eventClass: EventClass },
  exact: boolean,
): string | undefined {
  const prototype = eventClass.prototype as object;
  if (Object.getPrototypeOf(fields) !== prototype || isTransformed(eventClass)) return undefined;
  const shape = shapeOfMembers(fields, 1, exact);
  if (shape === 'other') return undefined;
  const keys = Object.keys(fields);
  if (Object.getOwnPropertyNames(fields).length !== keys.length) return undefined;
  // Members of the class that a property hides, which it could not be given again.
  for (const key of keys) if (key in prototype) return undefined;
  // Not the fields themselves, whose class may have a `toJSON`.
  return textOf({ ...fields }, shape, name);
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

function textOf(value: unknown, shape: PlainShape, eventType: string): string {
  return JSON.stringify(shape === 'json' ? value : (encodeValue(value, eventType) satisfies JsonValue));
}
