import { isPlainRecord } from './fragile-values.js';

/** An event without a class: any type name, any payload. Read back, `RecordedEvent.event` is the payload. */
export interface JsonEvent<P = unknown> {
  readonly type: string;
  /** JSON of any shape, where `Date`, `bigint`, `Map`, `Set` and bytes survive too; or a `Uint8Array`, stored as it is. */
  readonly payload: P;
  /** Schema version of the payload: a whole number from 1. Default 1. */
  readonly schemaVersion?: number;
}

export function isJsonEvent(event: object): event is JsonEvent {
  return isPlainRecord(event) && typeof event['type'] === 'string' && 'payload' in event;
}
