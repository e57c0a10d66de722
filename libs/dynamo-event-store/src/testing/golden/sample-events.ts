import { DomainEvent } from '../../event/domain-event.decorator.js';
import { EventCodec } from '../../event/event-codec.js';
import { EventRegistry } from '../../event/event-registry.js';
import type { EventClass, EventSerializer } from '../../event/event-serializer.js';
import type { JsonValue } from '../../event/json-value.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { restoreField, type PersonalField } from '../../event/personal-fields.js';
import { parseTypeLabel } from '../../event/type-label.js';
import { decodeValue } from '../../event/value-codec.js';
import type { SampleEvent } from './sample-file.js';

/** Instances to what would be stored of them now. */
export class SampleEncoder {
  private readonly registry = new EventRegistry();
  private readonly codec: EventCodec;

  constructor(events: readonly EventClass[], serializer: EventSerializer | undefined) {
    this.registry.register(events);
    this.codec = new EventCodec(this.registry, { serializer });
  }

  encode(event: object): SampleEvent {
    const { label, payload, personal = [] } = this.codec.encode(event);
    const { name: type, schemaVersion: version, classless } = parseTypeLabel(label);
    return {
      type,
      version,
      ...(classless && { classless }),
      ...(typeof payload === 'string'
        ? { payload: withPersonalData(JSON.parse(payload) as JsonValue, personal) }
        : { bytes: Buffer.from(payload).toString('base64') }),
    };
  }

  encodeRecorded({ type, schemaVersion, event }: RecordedEvent): SampleEvent {
    return this.encode(this.registry.find(type) === undefined ? { type, schemaVersion, payload: event } : event);
  }
}

/** A sample is about nobody, so it shows everything. */
function withPersonalData(payload: JsonValue, personal: readonly PersonalField[]): JsonValue {
  for (const { path, value } of personal) restoreField(payload, path, value);
  return payload;
}

/** Stands for an instance of a class that is no longer there: it is stored as the sample says. */
class StoredEvent {
  constructor(readonly payload: unknown) {}
}

/** Stores what a stand-in holds, untouched. */
export const AS_STORED: EventSerializer = {
  serialize: (event) => (event instanceof StoredEvent ? event.payload : event),
  deserialize: (payload) => payload,
};

/** What to append for a sample, and the class to register for it, whatever the class of that name looks like now. */
export interface StandIn {
  readonly event: object;
  readonly eventClass: EventClass | undefined;
}

export function standInFor({ type, version, classless, payload = null, bytes }: SampleEvent): StandIn {
  const stored = bytes === undefined ? decodeValue(payload) : new Uint8Array(Buffer.from(bytes, 'base64'));
  if (classless === true) return { event: { type, schemaVersion: version, payload: stored }, eventClass: undefined };
  const eventClass = class extends StoredEvent {};
  DomainEvent({ name: type, version })(eventClass);
  return { event: new eventClass(stored), eventClass };
}
