import type { EventClass, SerializedEventType } from './event-serializer.js';
import type { JsonValue } from './json-value.js';
import { shapeOf, shapeOfMembers, type PlainShape } from './plain-shape.js';
import { isTransformed } from './transformed-class.js';
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
  if (typeof event !== 'object' || event === null) return undefined;
  const prototype = eventClass.prototype as object;
  if (Object.getPrototypeOf(event) !== prototype || isTransformed(eventClass)) return undefined;
  const shape = shapeOfMembers(event as Record<string, unknown>);
  if (shape === 'other') return undefined;
  // Members of the class that a property hides, which it could not be given again.
  for (const key of Object.keys(event)) if (key in prototype) return undefined;
  // Not the event itself, whose class may have a `toJSON`.
  return textOf({ ...event }, shape, name);
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
