import { EventSerializationError } from '../errors/event-errors.js';
import { declaresPersonalData } from '../metadata/metadata-storage.js';
import type { SerializedEventType } from './event-serializer.js';
import type { JsonValue } from './json-value.js';
import type { EncodedPayload, PayloadCodec } from './payload-codec.js';
import {
  formatPath,
  holdsPersonalData,
  holdsPlainObjects,
  separatePersonalData,
  type JsonPath,
  type PersonalField,
  type SeparatedEvent,
} from './personal-fields.js';

/** Takes personal data out of what is to be stored, and makes sure that the rest does not tell it. */
export class PersonalSeparation {
  constructor(private readonly payloads: PayloadCodec) {}

  /** Whether an event has to be looked at: it holds personal data, or may do where `@Type` names classes for plain objects. */
  concerns(value: unknown, type: SerializedEventType): boolean {
    if (!declaresPersonalData()) return false;
    return holdsPersonalData(value) || (this.payloads.mayChange(type) && holdsPlainObjects(value));
  }

  /** Like `concerns`, but `false` for plain objects that are to stay such, as far as the event can be stored at all. */
  isConfidential(value: unknown, type: SerializedEventType): boolean {
    try {
      if (holdsPersonalData(value)) return true;
      if (!this.concerns(value, type)) return false;
      return holdsPersonalData(this.payloads.formOf(value, type).event);
    } catch {
      return true;
    }
  }

  /**
   * @param payload What is to be stored of `value`, personal data included.
   * @throws EventSerializationError The marks cannot be kept, or something else in the event is made of personal data.
   */
  separate(value: object, payload: EncodedPayload, type: SerializedEventType): SeparatedEvent | Uint8Array {
    if (typeof payload !== 'string') return this.withoutMarks(value, payload, type);
    const json = JSON.parse(payload) as JsonValue;
    const separated = separatePersonalData(this.classed(value, payload, type), json, type.name);
    if (separated.fields.length > 0) this.checkErased(json, separated, type);
    return separated;
  }

  private withoutMarks(value: object, bytes: Uint8Array, type: SerializedEventType): Uint8Array {
    if (this.isConfidential(value, type))
      throw new EventSerializationError(type.name, '', 'personal data needs a serializer that gives plain values.');
    return bytes;
  }

  /** As it is read back: its classes show there, also where the event has plain objects in their places. */
  private classed(value: object, payload: string, type: SerializedEventType): object {
    return type.eventClass === undefined ? value : this.payloads.decode(payload, type);
  }

  /**
   * An event whose fallbacks its class cannot take could not be loaded any more, so that is seen before it is needed. And
   * what a getter or a `@Transform` makes of personal data must not be stored beside it: it would differ without.
   */
  private checkErased(json: JsonValue, { erased, fields }: SeparatedEvent, type: SerializedEventType): void {
    if (type.eventClass === undefined) return;
    const event = this.reviveErased(erased, fields, type);
    const rest = this.storedAgain(() => event, type);
    const personal = new Set(fields.map(({ path }) => JSON.stringify(path)));
    const differenceTo = (whole: JsonValue | undefined): JsonPath | undefined =>
      whole === undefined || rest === undefined
        ? undefined
        : firstDifference(whole, rest, [], (at) => personal.has(JSON.stringify(at)));
    if (differenceTo(json) === undefined) return;
    // What a `@Transform` changes each time that it runs is different in both.
    const path = differenceTo(this.storedAgain(() => this.read(json, type), type));
    if (path === undefined) return;
    const fault = 'it is made of personal data, which it would outlive; mark it with @PersonalData too.';
    throw new EventSerializationError(type.name, formatPath(path), fault);
  }

  private reviveErased(erased: JsonValue, fields: readonly PersonalField[], type: SerializedEventType): unknown {
    try {
      return this.read(erased, type);
    } catch (cause) {
      const path = fields.map((field) => formatPath(field.path)).join(', ');
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EventSerializationError(type.name, path, `its class cannot be made of the fallbacks: ${reason}`);
    }
  }

  private read(json: JsonValue, type: SerializedEventType): unknown {
    return this.payloads.decode(JSON.stringify(json), type);
  }

  /** `undefined` when it cannot be stored: a fallback need not be what can be written. */
  private storedAgain(event: () => unknown, type: SerializedEventType): JsonValue | undefined {
    try {
      const { payload } = this.payloads.formOf(event(), type);
      return typeof payload === 'string' ? (JSON.parse(payload) as JsonValue) : undefined;
    } catch {
      return undefined;
    }
  }
}

function firstDifference(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  path: JsonPath,
  ignored: (path: JsonPath) => boolean,
): JsonPath | undefined {
  if (a === b || ignored(path)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  const [one, other] = [a, b] as unknown as [Record<string, JsonValue>, Record<string, JsonValue>];
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const at = firstDifference(one[key], other[key], [...path, Array.isArray(a) ? Number(key) : key], ignored);
    if (at !== undefined) return at;
  }
  return undefined;
}
