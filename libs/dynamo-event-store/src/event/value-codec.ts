import { EventSerializationError } from '../errors/event-errors.js';
import type { JsonValue } from './json-value.js';
import { define, describeKey, kindOf, nameOfClass, strayPropertyOf, type ValueKind } from './value-kind.js';

/**
 * JSON for values that JSON lacks. A `Date`, `bigint`, `Map`, `Set`, `Uint8Array`, `Buffer`, `-0`, and `undefined`
 * where leaving it out would move its neighbours, become an object with a single key that starts with `$`; an object of
 * the user's that looks like that gets one more `$`. Everything else that JSON would change is refused with its path,
 * with three exceptions, which read the same: a property that is `undefined` is left out, a hole in a list becomes
 * `undefined`, and an object without a prototype gets the ordinary one.
 */
const TAGS = new Set(['$date', '$bigint', '$map', '$set', '$bytes', '$buffer', '$undefined', '$number']);
const LOOKS_TAGGED = /^\$+(?:date|bigint|map|set|bytes|buffer|undefined|number)$/;

/** Levels that a value may be nested. Far below what overflows the stack, so that what could be written can be read. */
export const MAX_DEPTH = 256;

/** Throws `EventSerializationError` naming `eventType` and the path of the first value that cannot be kept. */
export function encodeValue(value: unknown, eventType: string): JsonValue {
  return new Encoder(eventType).encode(value, '');
}

/** Inverse of `encodeValue`. Throws `SyntaxError` for a tag whose content is not what `encodeValue` puts there. */
export function decodeValue(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decodeValue);
  const entries = Object.entries(value as Record<string, JsonValue>);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && LOOKS_TAGGED.test(only[0])) return decodeTagged(only[0], only[1]);
  const decoded: Record<string, unknown> = {};
  for (const [key, item] of entries) define(decoded, key, decodeValue(item));
  return decoded;
}

/** Whether JSON text can hold a tag at all; lets readers skip `decodeValue` for nearly every event. */
export function mayHoldTags(json: string): boolean {
  return json.includes('{"$');
}

function decodeTagged(tag: string, item: JsonValue): unknown {
  if (!TAGS.has(tag)) return { [tag.slice(1)]: decodeValue(item) };
  switch (tag) {
    case '$date':
      return decodeDate(textOf(tag, item));
    case '$bigint':
      return BigInt(textOf(tag, item));
    case '$map':
      return new Map(listOf(tag, item).map((entry): [unknown, unknown] => decodeEntry(tag, entry)));
    case '$set':
      return new Set(listOf(tag, item).map(decodeValue));
    case '$bytes':
      return new Uint8Array(Buffer.from(textOf(tag, item), 'base64'));
    case '$buffer':
      return Buffer.from(textOf(tag, item), 'base64');
    case '$number':
      return -0;
    default:
      return undefined;
  }
}

function decodeDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new SyntaxError(`"${text}" is not a date`);
  return date;
}

function decodeEntry(tag: string, entry: JsonValue): [unknown, unknown] {
  const [key, item, ...more] = listOf(tag, entry);
  if (key === undefined || item === undefined || more.length > 0) throw new SyntaxError(`${tag} holds no pairs`);
  return [decodeValue(key), decodeValue(item)];
}

function textOf(tag: string, item: JsonValue): string {
  if (typeof item !== 'string') throw new SyntaxError(`${tag} holds no text`);
  return item;
}

function listOf(tag: string, item: JsonValue): readonly JsonValue[] {
  if (!Array.isArray(item)) throw new SyntaxError(`${tag} holds no list`);
  return item as readonly JsonValue[];
}

class Encoder {
  private readonly open = new Set<object>();

  constructor(private readonly eventType: string) {}

  encode(value: unknown, path: string): JsonValue {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return this.encodeNumber(value, path);
      case 'bigint':
        return { $bigint: value.toString() };
      case 'undefined':
        return { $undefined: true };
      case 'object':
        return value === null ? null : this.encodeObject(value, path);
      default:
        throw this.refusal(path, `a ${typeof value} cannot be stored.`);
    }
  }

  private encodeNumber(value: number, path: string): JsonValue {
    if (!Number.isFinite(value)) throw this.refusal(path, `the number ${value} cannot be stored.`);
    return Object.is(value, -0) ? { $number: '-0' } : value;
  }

  private encodeObject(value: object, path: string): JsonValue {
    if (this.open.has(value)) throw this.refusal(path, 'it refers back to an object that contains it.');
    if (this.open.size >= MAX_DEPTH) throw this.refusal(path, `it is nested more than ${MAX_DEPTH} levels deep.`);
    const kind = kindOf(value);
    const stray = strayPropertyOf(value, kind);
    if (stray !== undefined)
      throw this.refusal(path, `the property ${String(stray)} cannot be stored; JSON has no place for it.`);
    this.open.add(value);
    const encoded = this.encodeByKind(value, kind, path);
    this.open.delete(value);
    return encoded;
  }

  private encodeByKind(value: object, kind: ValueKind, path: string): JsonValue {
    switch (kind) {
      case 'array':
        return Array.from(value as unknown[], (item, index) => this.encode(item, `${path}[${index}]`));
      case 'date':
        return { $date: this.encodeDate(value as Date, path) };
      case 'map':
        return { $map: this.encodeMap(value as Map<unknown, unknown>, path) };
      case 'set':
        return { $set: Array.from(value as Set<unknown>, (item, index) => this.encode(item, `${path}{${index}}`)) };
      case 'buffer':
        return { $buffer: (value as Buffer).toString('base64') };
      case 'bytes':
        return { $bytes: Buffer.from(value as Uint8Array).toString('base64') };
      case 'record':
        return this.encodeRecord(value as Record<string, unknown>, path);
      case 'instance':
        throw this.refusal(path, `an instance of ${nameOfClass(value)} cannot be stored here as it is.`);
    }
  }

  private encodeDate(date: Date, path: string): string {
    if (Number.isNaN(date.getTime())) throw this.refusal(path, 'the date is not a valid one.');
    return date.toISOString();
  }

  private encodeMap(map: Map<unknown, unknown>, path: string): JsonValue[] {
    return Array.from(map, ([key, item], index) => {
      const place = `${path}{${describeKey(key, index)}}`;
      return [this.encode(key, place), this.encode(item, place)];
    });
  }

  private encodeRecord(value: Record<string, unknown>, path: string): JsonValue {
    const encoded: Record<string, JsonValue> = {};
    for (const key of Object.keys(value)) {
      const item = value[key];
      // An absent property and one that is undefined read the same, so the bytes are saved.
      if (item !== undefined) define(encoded, key, this.encode(item, path === '' ? key : `${path}.${key}`));
    }
    return escapeTag(encoded);
  }

  private refusal(path: string, fault: string): EventSerializationError {
    return new EventSerializationError(this.eventType, path, fault);
  }
}

function escapeTag(encoded: Record<string, JsonValue>): JsonValue {
  const keys = Object.keys(encoded);
  const [only] = keys;
  if (keys.length !== 1 || only === undefined || !LOOKS_TAGGED.test(only)) return encoded;
  return { [`$${only}`]: encoded[only] ?? null };
}
