import { InvalidArgumentError } from '../errors/argument-errors.js';
import { EventSerializationError, UnknownEventError } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { ClassTransformerSerializer } from './class-transformer-serializer.js';
import type { EventRegistry } from './event-registry.js';
import type { EventSerializer, SerializedEventType } from './event-serializer.js';
import { checkJsonEvent, isJsonEvent } from './json-event.js';
import type { JsonValue } from './json-value.js';
import { formatTypeLabel, parseTypeLabel } from './type-label.js';
import { decodeValue, encodeValue } from './value-codec.js';

/** Payload as it goes into a commit: JSON text, or bytes of the serializer's own format. */
export type EncodedPayload = string | Uint8Array;

export interface EncodedEvent {
  /** Type and schema version in one readable string; see `type-label.ts`. */
  readonly label: string;
  readonly type: string;
  readonly payload: EncodedPayload;
}

export interface DecodedEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly event: object;
}

/** Events to stored payloads and back: registry, serializer and upcasters in one place, so that no read path can miss one. */
export class EventCodec {
  constructor(
    private readonly registry: EventRegistry,
    private readonly serializer: EventSerializer = new ClassTransformerSerializer(),
  ) {}

  /** Throws `UnknownEventError` for a class that is not registered, `EventSerializationError` for values that cannot be kept. */
  encode(event: object): EncodedEvent {
    const { type, label, value } = this.describe(event);
    return { label, type: type.name, payload: this.serialize(value, type) };
  }

  /** Current name of the type that a label stands for. Throws `SyntaxError` when it is not a label. */
  typeOf(label: string): string {
    const { name } = parseTypeLabel(label);
    return this.registry.find(name)?.name ?? name;
  }

  /**
   * Throws `SyntaxError` when label or payload are not what `encode` makes.
   * @param tagged Whether `payload` may hold tags of the value codec; `false` skips looking for them.
   */
  decode(label: string, payload: JsonValue | Uint8Array, tagged: boolean): DecodedEvent {
    const stored = parseTypeLabel(label);
    const definition = this.registry.find(stored.name);
    if (definition === undefined && !stored.classless) {
      throw new UnknownEventError(
        stored.name,
        stored.schemaVersion,
        'Register its class, for example through the aggregate that handles it.',
      );
    }
    const plain = payload instanceof Uint8Array || !tagged ? payload : decodeValue(payload);
    const current = this.registry.upcast(stored.name, stored.schemaVersion, plain);
    const type = {
      name: definition?.name ?? stored.name,
      schemaVersion: current.version,
      eventClass: definition?.eventClass,
    };
    const event = this.guard(type, () => this.serializer.deserialize(current.payload, type)) as object;
    return { type: type.name, schemaVersion: current.version, event };
  }

  /** The state of an aggregate as text or bytes. Throws `EventSerializationError` for values that cannot be kept. */
  encodeState(state: object, type: SerializedEventType): EncodedPayload {
    return this.serialize(state, type);
  }

  /** Inverse of `encodeState`. Throws whatever the serializer throws for what it cannot read. */
  decodeState(state: JsonValue | Uint8Array, type: SerializedEventType): object {
    const payload = state instanceof Uint8Array ? state : decodeValue(state);
    return this.serializer.deserialize(payload, type) as object;
  }

  private serialize(value: unknown, type: SerializedEventType): EncodedPayload {
    const serialized = this.guard(type, () => this.serializer.serialize(value, type));
    if (serialized instanceof Uint8Array) return serialized;
    return this.guard(type, () => JSON.stringify(encodeValue(serialized, type.name)));
  }

  private describe(event: object): { type: SerializedEventType; label: string; value: unknown } {
    checkIsObject(event);
    const definition = this.registry.definitionOf(event);
    if (definition !== undefined) {
      const { name, version, eventClass } = definition;
      return {
        type: { name, schemaVersion: version, eventClass },
        label: formatTypeLabel({ name, schemaVersion: version, classless: false }),
        value: event,
      };
    }
    if (!isJsonEvent(event)) {
      throw new UnknownEventError(
        nameOf(event),
        undefined,
        'Register the class (`events` option, or an aggregate that handles it), or append { type, payload }.',
      );
    }
    const { type: name, schemaVersion, payload } = checkJsonEvent(event);
    return {
      type: { name, schemaVersion, eventClass: undefined },
      label: formatTypeLabel({ name, schemaVersion, classless: true }),
      value: payload,
    };
  }

  private guard<T>(type: SerializedEventType, run: () => T): T {
    try {
      return run();
    } catch (cause) {
      if (isEventStoreError(cause)) throw cause;
      throw new EventSerializationError(
        type.name,
        '',
        `the serializer failed: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      );
    }
  }
}

// Callers without types pass anything.
function checkIsObject(event: unknown): void {
  if (typeof event !== 'object' || event === null)
    throw new InvalidArgumentError(
      'events',
      `an event must be an object, not ${event === null ? 'null' : typeof event}.`,
    );
}

function nameOf(event: object): string {
  const { constructor } = event as { constructor?: { name?: string } };
  return constructor?.name ?? 'without a class';
}
