import { InvalidArgumentError } from '../errors/argument-errors.js';
import { isRecord } from './value-kind.js';

/** An event without a class: any type name, any payload. Read back, `RecordedEvent.event` is the payload. */
export interface JsonEvent<P = unknown> {
  readonly type: string;
  /** JSON of any shape, where `Date`, `bigint`, `Map`, `Set` and bytes survive too; or a `Uint8Array`, stored as it is. */
  readonly payload: P;
  /** Schema version of the payload: a whole number from 1. Default 1. */
  readonly schemaVersion?: number;
}

const PARTS: ReadonlySet<PropertyKey> = new Set(['type', 'payload', 'schemaVersion']);

export function isJsonEvent(event: object): event is JsonEvent {
  return isRecord(event) && typeof event['type'] === 'string' && 'payload' in event;
}

/** The event with its defaults. Throws `InvalidArgumentError` when a part of it could not be stored. */
export function checkJsonEvent(event: JsonEvent): Required<JsonEvent> {
  const { type, payload, schemaVersion = 1 } = event;
  if (type === '' || !type.isWellFormed())
    throw new InvalidArgumentError('events', 'the type of an event must be well-formed text that is not empty.');
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1)
    throw new InvalidArgumentError(
      'events',
      `schema version ${schemaVersion} of ${type} is not a whole number from 1.`,
    );
  const extra = Reflect.ownKeys(event).find(
    (key) =>
      !PARTS.has(key) &&
      (event as unknown as Record<PropertyKey, unknown>)[key] !== undefined &&
      Object.prototype.propertyIsEnumerable.call(event, key),
  );
  if (extra !== undefined) {
    throw new InvalidArgumentError(
      'events',
      `${String(extra)} of ${type} would be lost: an event without a class has only type, payload and schemaVersion.`,
    );
  }
  return { type, payload, schemaVersion };
}
