import type { AnyClass } from '../metadata/metadata-storage.js';

/** Class of events. */
export type EventClass<E extends object = object> = AnyClass & { readonly prototype: E };

/** The event that is being written or read. */
export interface SerializedEventType {
  readonly name: string;
  /** Current schema version on writing; on reading likewise, since upcasters have run. */
  readonly schemaVersion: number;
  /** Class registered for the name; absent for events without one. */
  readonly eventClass: EventClass | undefined;
}

/**
 * Turns events into what is stored, and back.
 *
 * `serialize` gives either bytes of any format, stored as they are, or a plain value: JSON, in which `Date`, `bigint`,
 * `Map`, `Set`, `Uint8Array`, `undefined` and instances of classes with `@StoredValue` may stand and survive. Anything else is
 * refused before the write. `deserialize` gets the same back, after the upcasters have run on it.
 */
export interface EventSerializer {
  /** @param event Instance of the event's class; for an event without a class, its payload. */
  serialize(event: unknown, type: SerializedEventType): unknown;
  deserialize(payload: unknown, type: SerializedEventType): unknown;
}
