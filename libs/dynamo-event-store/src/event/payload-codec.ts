import { EventSerializationError } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { findChangedKind } from './changed-kind.js';
import { isTransformed } from './class-rules.js';
import { ClassTransformerSerializer } from './class-transformer-serializer.js';
import type { EventSerializer, SerializedEventType } from './event-serializer.js';
import { hiddenStateOf } from './hidden-state.js';
import type { JsonValue } from './json-value.js';
import { plainEventOf, plainEventOfForm, plainFormOf, plainStateOf } from './plain-events.js';
import { differenceOf } from './value-difference.js';
import { decodeValue, encodeExactly, encodeValue, mayHoldTags } from './value-codec.js';

/** Payload as it goes into a commit: JSON text, or bytes of the serializer's own format. */
export type EncodedPayload = string | Uint8Array;

/** What is known of an event that was read back of its payload. */
interface ReadBack {
  readonly event?: object;
  /** Fields of a plain event. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** An event as it is stored, personal data included, and as it is read back. An event is what it is read back as. */
export class EventForm {
  private known: object | undefined;

  constructor(
    readonly codec: PayloadCodec,
    readonly type: SerializedEventType,
    readonly payload: EncodedPayload,
    private readonly read: ReadBack = {},
  ) {
    this.known = read.event;
  }

  /** A new object each time, for whoever may change it or keep parts of it. */
  revive(): object {
    const { fields } = this.read;
    const { eventClass } = this.type;
    return fields !== undefined && eventClass !== undefined
      ? plainEventOfForm(fields, eventClass)
      : this.codec.decode(this.payload, this.type);
  }

  /** The same object each time; only to look at. */
  get event(): object {
    return (this.known ??= this.revive());
  }
}

/** Payloads of events, by one serializer; see `EventCodec` for what lies around them. */
export class PayloadCodec {
  private readonly serializer: EventSerializer;
  /** Whether `plain-events.ts` may stand in for the serializer. */
  readonly isDefault: boolean;

  constructor(serializer?: EventSerializer) {
    this.isDefault = serializer === undefined;
    this.serializer = serializer ?? new ClassTransformerSerializer();
  }

  /** Whether it makes of every event what the other one makes of it. */
  isSameAs(other: PayloadCodec): boolean {
    return this.serializer === other.serializer || (this.isDefault && other.isDefault);
  }

  /** Whether an event of a class may come back with other values, or with classes where it has plain objects. */
  mayChange({ eventClass }: SerializedEventType): boolean {
    return eventClass !== undefined && (!this.isDefault || isTransformed(eventClass));
  }

  /** Throws `EventSerializationError` for values that cannot be kept. */
  formOf(value: unknown, type: SerializedEventType): EventForm {
    return this.guard(type, () => {
      const plain = this.isDefault ? plainFormOf(value, type) : undefined;
      if (plain !== undefined) return new EventForm(this, type, plain.text, { fields: plain.fields });
      if (this.isDefault) refuseHidden(value, type);
      const payload = this.payloadOf(this.serializer.serialize(value, type), type);
      if (!this.isDefault || !this.mayChange(type)) return new EventForm(this, type, payload);
      const read = this.decode(payload, type);
      const changed = findChangedKind(value as object, read);
      if (changed !== undefined) throw new EventSerializationError(type.name, changed.path, changed.fault);
      return new EventForm(this, type, payload, { event: read });
    });
  }

  /** Inverse of `formOf`. */
  decode(payload: EncodedPayload, type: SerializedEventType): object {
    const value: unknown = typeof payload === 'string' ? parse(payload) : payload;
    const { eventClass } = type;
    const plain = this.isDefault && eventClass !== undefined ? plainEventOf(value, eventClass) : undefined;
    return plain ?? (this.deserialize(value, type) as object);
  }

  /** The event of a decoded payload, which becomes part of it. */
  deserialize(payload: unknown, type: SerializedEventType): unknown {
    return this.guard(type, () => this.serializer.deserialize(this.asPayload(payload, type), type));
  }

  /**
   * The state of an aggregate. Throws `EventSerializationError`, with the path, when it would not be the same state again.
   */
  encodeState(state: object, type: SerializedEventType): EncodedPayload {
    return this.guard(type, () => {
      const text = this.isDefault ? plainStateOf(state, type) : undefined;
      if (text !== undefined) return text;
      const payload = this.statePayloadOf(state, type);
      const read = this.decodeState(typeof payload === 'string' ? (JSON.parse(payload) as JsonValue) : payload, type);
      const difference = differenceOf(state, read, () => isSame(this.statePayloadOf(read, type), payload));
      if (difference !== undefined)
        throw new EventSerializationError(
          type.name,
          difference.path,
          `a state made of the snapshot would differ: ${difference.fault}`,
        );
      return payload;
    });
  }

  /** Inverse of `encodeState`. Throws whatever the serializer throws for what it cannot read. */
  decodeState(state: JsonValue | Uint8Array, type: SerializedEventType): object {
    return this.serializer.deserialize(state instanceof Uint8Array ? state : decodeValue(state), type) as object;
  }

  private statePayloadOf(state: object, type: SerializedEventType): EncodedPayload {
    const serialized = this.serializer.serialize(state, type);
    return serialized instanceof Uint8Array ? serialized : JSON.stringify(encodeExactly(serialized, type.name));
  }

  private payloadOf(serialized: unknown, type: SerializedEventType): EncodedPayload {
    return serialized instanceof Uint8Array ? serialized : JSON.stringify(encodeValue(serialized, type.name));
  }

  /** An upcaster may give an instance of the class, of which the payload is made first. */
  private asPayload(payload: unknown, type: SerializedEventType): unknown {
    const { eventClass } = type;
    const isInstance =
      eventClass !== undefined &&
      typeof payload === 'object' &&
      payload !== null &&
      Object.getPrototypeOf(payload) === eventClass.prototype;
    if (!isInstance) return payload;
    const written = this.payloadOf(this.serializer.serialize(payload, type), type);
    return typeof written === 'string' ? parse(written) : written;
  }

  private guard<T>(type: SerializedEventType, run: () => T): T {
    try {
      return run();
    } catch (cause) {
      if (isEventStoreError(cause)) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EventSerializationError(type.name, '', `the serializer failed: ${reason}`, cause);
    }
  }
}

function refuseHidden(event: unknown, { name, eventClass }: SerializedEventType): void {
  if (eventClass === undefined || typeof event !== 'object' || event === null) return;
  const hidden = hiddenStateOf(event);
  if (hidden === undefined) return;
  const fault = `its state would be lost: ${hidden}. Keep the state of an event in fields that anybody can see.`;
  throw new EventSerializationError(name, '', fault);
}

function isSame(a: EncodedPayload, b: EncodedPayload): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0;
}

function parse(text: string): unknown {
  const json = JSON.parse(text) as JsonValue;
  return mayHoldTags(text) ? decodeValue(json) : json;
}
