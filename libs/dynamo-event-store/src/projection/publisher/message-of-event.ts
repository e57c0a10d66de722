import type { RecordedMetadata } from '../../event/event-metadata.js';
import type { EventClass, EventSerializer } from '../../event/event-serializer.js';
import type { JsonValue } from '../../event/json-value.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { encodeValue } from '../../event/value-codec.js';
import { domainEventOf } from '../../metadata/metadata-storage.js';

/** What identifies an event in each message that a publisher makes. Fields may be added, but never change their meaning. */
export interface EventIdentity {
  /** Unique and stable: the same in each delivery of the event, also in a replay. Recognise duplicates by it. */
  readonly eventId: string;
  readonly stream: { readonly tenant?: string; readonly aggregate: string; readonly id: string };
  /** Place in the stream: 1 for the first event, without gaps. */
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  /** Time of the append in ISO 8601, UTC, to the millisecond. */
  readonly recordedAt: string;
  /** Whether the event was delivered before and is sent again on request. */
  readonly replay: boolean;
}

/** An event as a JSON message. */
export interface EventMessage extends EventIdentity {
  readonly metadata: RecordedMetadata;
  /**
   * The event as the store keeps it: plain JSON, in which values that JSON lacks are objects with one key, such as
   * `{ "$date": "2026-01-01T00:00:00.000Z" }` and `{ "$bigint": "1" }`.
   */
  readonly payload: JsonValue;
}

/** Sent in place of a message above the limit, which was stored elsewhere. */
export interface ReferenceMessage extends EventIdentity {
  /** Where the whole message is, as `ClaimCheck.store` returned it. */
  readonly reference: string;
}

/** Throws `EventSerializationError` for a value that has no JSON form. */
export function messageOfEvent(envelope: RecordedEvent, replay: boolean, serializer: EventSerializer): EventMessage {
  const { type: name, schemaVersion, metadata, event } = envelope;
  const serialized = serializer.serialize(event, { name, schemaVersion, eventClass: eventClassOf(event) });
  return { ...identityOf(envelope, replay), metadata, payload: encodeValue(serialized, name) };
}

export function referenceMessageOf(envelope: RecordedEvent, replay: boolean, reference: string): ReferenceMessage {
  return { ...identityOf(envelope, replay), reference };
}

/** JSON text without the characters that SNS and SQS refuse and JSON does not escape. */
export function messageText(message: object): string {
  return JSON.stringify(message).replaceAll(/[\uFFFE\uFFFF]/g, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  );
}

function identityOf(envelope: RecordedEvent, replay: boolean): EventIdentity {
  const { eventId, version, type, schemaVersion, recordedAt } = envelope;
  const { tenant, aggregate, id } = envelope.stream;
  const stream = tenant === undefined ? { aggregate, id } : { tenant, aggregate, id };
  return { eventId, stream, version, type, schemaVersion, recordedAt: recordedAt.toISOString(), replay };
}

/** The class of an event that has one. The event of a stream without classes is its payload: any value. */
function eventClassOf(event: unknown): EventClass | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { constructor } = event as { constructor?: unknown };
  if (typeof constructor !== 'function') return undefined;
  return domainEventOf(constructor) === undefined ? undefined : constructor;
}
