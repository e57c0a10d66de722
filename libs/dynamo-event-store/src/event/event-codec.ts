import { isDeepStrictEqual } from 'node:util';
import { declaresPersonalData } from '../metadata/metadata-storage.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { EventSerializationError, UnknownEventError } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { EventValidation } from './event-validation.js';
import { UnknownEvent, type UnknownEventPolicy } from './unknown-event.js';
import { discreetPath, holdsPersonalData } from './personal-fields.js';
import { PersonalSeparation } from './personal-separation.js';
import type { VersionedPayload } from './upcasting.js';
import type { EventRegistry } from './event-registry.js';
import type { EventClass, EventSerializer, SerializedEventType } from './event-serializer.js';
import { checkJsonEvent, isJsonEvent } from './json-event.js';
import type { JsonValue } from './json-value.js';
import { plainEventOf } from './plain-events.js';
import { PayloadCodec, type EncodedPayload, type EventForm } from './payload-codec.js';
import { recordedFormOf, serializeClassBy } from './recorded-form.js';
import type { DecodedEvent, Decoding, EncodedEvent, StoredEvent } from './stored-event.js';
import { refuseUpcast } from './upcast-records.js';
import { formatTypeLabel } from './type-label.js';
import { withholding } from './withholding.js';
import { decodeValue, encodeValue } from './value-codec.js';
import { isRecord } from './value-kind.js';

export type { DecodedEvent, Decoding, EncodedEvent, StoredEvent } from './stored-event.js';
export type { EncodedPayload } from './payload-codec.js';

export interface CodecOptions {
  readonly serializer?: EventSerializer | undefined;
  readonly validation?: EventValidation | undefined;
  readonly unknownEvents?: UnknownEventPolicy | undefined;
  readonly onWarning?: ((warning: Error) => void) | undefined;
}

/** Events to stored payloads and back: registry, validation, serializer and upcasters in one place, so that no path can miss one. */
export class EventCodec {
  private readonly payloads: PayloadCodec;
  private readonly validation: EventValidation;
  private readonly skipped = new Set<string>();
  private readonly separation: PersonalSeparation;

  constructor(
    private readonly registry: EventRegistry,
    private readonly options: CodecOptions = {},
  ) {
    this.payloads = new PayloadCodec(options.serializer);
    this.separation = new PersonalSeparation(this.payloads);
    this.validation = options.validation ?? new EventValidation();
  }

  /**
   * Throws `UnknownEventError` for a class that is not registered, `EventValidationError` for an event that breaks its
   * rules, `EventSerializationError` for values that cannot be kept.
   */
  encode(event: object): EncodedEvent {
    const recorded = recordedFormOf(event);
    const { type, label, value } = this.describe(event);
    return withholding(
      () => this.separation.isConfidential(value, type),
      () => {
        const form = recorded === undefined ? this.payloads.formOf(value, type) : this.ownFormOf(recorded, type);
        if (this.validation.concerns(type)) this.check(this.payloads.mayChange(type) ? form.event : value, type);
        return { label, type: type.name, ...this.separated(form, value) };
      },
      (path) => discreetPath(value, path),
    );
  }

  /**
   * Encodes the events of one commit, in order.
   * @throws EventSerializationError Also for an event of an aggregate that upcasters make something else of when it is read:
   * the aggregate has it in its state as it was.
   */
  encodeAll(events: readonly object[]): EncodedEvent[] {
    const encoded = events.map((event) => this.encode(event));
    const open = ({ label, payload }: EncodedEvent): StoredEvent => this.open(label, parsed(payload), true);
    for (const [index, event] of events.entries())
      if (recordedFormOf(event) !== undefined) refuseUpcast(this.registry, encoded, index, open);
    return encoded;
  }

  /** Lets aggregates record events of these classes as this codec stores them. */
  serializes(events: readonly EventClass[]): void {
    if (!this.payloads.isDefault) for (const event of events) serializeClassBy(event, this.payloads);
  }

  /** Whether some event that is stored under a label may become one of these types. Throws `SyntaxError` when it is no label. */
  mayBecome(label: string, wants: (type: string) => boolean): boolean {
    const { name } = this.registry.readingOf(label);
    for (const type of this.registry.namesFrom(name)) if (wants(type)) return true;
    return this.registry.mayMerge(name);
  }

  /** Whether what is stored under a label may be merged with the events after it. */
  mayMerge(label: string): boolean {
    return this.registry.mayMerge(this.registry.readingOf(label).name);
  }

  /**
   * Throws `SyntaxError` when label or payload are not what `encode` makes.
   * @param tagged Whether `payload` may hold tags of the value codec; `false` skips looking for them.
   */
  open(label: string, payload: JsonValue | Uint8Array, tagged: boolean): StoredEvent {
    const { name, schemaVersion: version, classless } = this.registry.readingOf(label);
    return {
      name,
      version,
      classless,
      payload: payload instanceof Uint8Array || !tagged ? payload : decodeValue(payload),
    };
  }

  /**
   * The event of a payload, where neither upcasters nor validation have a say and its class takes the payload as it is;
   * else `undefined`, and `open` and `decode` find out. The payload becomes part of the event. Throws `SyntaxError` when the
   * label or a tag is none.
   */
  decodePlain(label: string, payload: JsonValue | Uint8Array, tagged: boolean): DecodedEvent | undefined {
    const { current } = this.registry.readingOf(label);
    if (current === undefined || !this.payloads.isDefault || this.validation.onRead || payload instanceof Uint8Array)
      return undefined;
    const { name: type, schemaVersion, eventClass } = current;
    if (eventClass === undefined && (typeof payload !== 'object' || payload === null)) return undefined;
    const value = tagged ? decodeValue(payload) : payload;
    const event = eventClass === undefined ? value : plainEventOf(value, eventClass);
    return event === undefined ? undefined : { type, schemaVersion, event: event as object };
  }

  /** Turns a stored event, and those after it that are merged into it, into what the registered classes are now. */
  decode(stored: StoredEvent, following: (index: number) => StoredEvent | undefined = () => undefined): Decoding {
    const used = [stored];
    const take = (index: number): StoredEvent | undefined => {
      const next = following(index);
      if (next !== undefined) used.push(next);
      return next;
    };
    const isConfidential = (): boolean => used.some(({ confidential }) => confidential === true);
    return withholding(isConfidential, () => {
      const { events, merged } = this.registry.upcast(stored, take);
      const isErased = used.some(({ erased }) => erased === true);
      const { classless } = stored;
      const isUpcast = ({ name, version }: VersionedPayload): boolean =>
        name !== this.registry.currentName(stored.name) || version !== stored.version || merged > 0;
      const payloads = events.map((reached) => (isUpcast(reached) ? keepable(reached) : reached));
      return { events: payloads.flatMap((reached) => this.revive(reached, { classless, isErased })), merged };
    });
  }

  /** The state of an aggregate as text or bytes. Throws `EventSerializationError` for what would not be the same state again. */
  encodeState(state: object, type: SerializedEventType): EncodedPayload {
    return this.payloads.encodeState(state, type);
  }

  /** Inverse of `encodeState`. Throws whatever the serializer throws for what it cannot read. */
  decodeState(state: JsonValue | Uint8Array, type: SerializedEventType): object {
    return this.payloads.decodeState(state, type);
  }

  private revive(
    { name, version: schemaVersion, payload }: VersionedPayload,
    { classless, isErased }: { readonly classless: boolean; readonly isErased: boolean },
  ): DecodedEvent[] {
    const definition = this.registry.find(name);
    if (definition === undefined && !classless) return this.unknown(name, schemaVersion, payload);
    const type = { name: definition?.name ?? name, schemaVersion, eventClass: definition?.eventClass };
    const event = this.payloads.deserialize(payload, type) as object;
    const check = () => {
      this.check(event, type);
    };
    if (this.validation.onRead && !isErased)
      withholding(
        () => holdsPersonalData(event),
        check,
        (path) => discreetPath(event, path),
      );
    return [{ type: type.name, schemaVersion, event }];
  }

  private unknown(name: string, schemaVersion: number, payload: unknown): DecodedEvent[] {
    const { unknownEvents = 'fail', onWarning } = this.options;
    if (unknownEvents === 'raw')
      return [{ type: name, schemaVersion, event: new UnknownEvent(name, schemaVersion, payload) }];
    const hint = 'Register its class, for example through the aggregate that handles it.';
    const error = new UnknownEventError(name, schemaVersion, hint);
    if (unknownEvents === 'fail') throw error;
    if (!this.skipped.has(name)) onWarning?.(new Error(`Stored events are skipped: ${error.message}`));
    this.skipped.add(name);
    return [];
  }

  /** The form in which an aggregate recorded the event, so that it is encoded only once. */
  private ownFormOf(recorded: EventForm, type: SerializedEventType): EventForm {
    if (recorded.codec.isSameAs(this.payloads)) return recorded;
    const form = this.payloads.formOf(recorded.event, type);
    if (isDeepStrictEqual(form.event, recorded.event)) return form;
    const fault =
      'the serializer of this store changes it, but the aggregate recorded it before its class was registered with the store; register the aggregate first, with forFeature or repository.register.';
    throw new EventSerializationError(type.name, '', fault);
  }

  private separated(form: EventForm, value: unknown): Pick<EncodedEvent, 'payload' | 'personal'> {
    const { type, payload } = form;
    if (!declaresPersonalData() || !this.separation.concerns(value, type)) return { payload };
    const separated = this.separation.separate(value as object, payload, type);
    if (separated instanceof Uint8Array) return { payload: separated };
    const { erased, fields } = separated;
    return fields.length === 0 ? { payload } : { payload: JSON.stringify(erased), personal: fields };
  }

  private check(event: unknown, type: SerializedEventType): void {
    this.guard(type, () => {
      this.validation.check(event, type);
    });
  }

  private describe(event: object): { type: SerializedEventType; label: string; value: unknown } {
    checkIsObject(event);
    const definition = this.registry.definitionOf(event);
    if (definition !== undefined) {
      const { type, label } = definition;
      return { type, label, value: event };
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

/** What an upcaster gives goes the way of what is stored: others may hold it too, and not all of it may be kept. */
function keepable(reached: VersionedPayload): VersionedPayload {
  const { name, payload } = reached;
  if (!isRecord(payload) && !Array.isArray(payload)) return reached;
  return { ...reached, payload: decodeValue(encodeValue(payload, `${name}, as its upcaster gave it`)) };
}

function parsed(payload: EncodedPayload): JsonValue | Uint8Array {
  return typeof payload === 'string' ? (JSON.parse(payload) as JsonValue) : payload;
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
