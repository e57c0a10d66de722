import { EventSerializationError } from '../errors/event-errors.js';
import type { JsonValue } from './json-value.js';

/**
 * JSON for values that JSON lacks. A `Date`, `bigint`, `Map`, `Set`, `Uint8Array`, `Buffer`, `-0`, and `undefined`
 * where leaving it out would move its neighbours, become an object with a single key that starts with `$`; an object of
 * the user's that looks like that gets one more `$`. Everything else that JSON would change is refused with its path.
 */
const TAGS = new Set(['$date', '$bigint', '$map', '$set', '$bytes', '$buffer', '$undefined', '$number']);
const LOOKS_TAGGED = /^\$+(?:date|bigint|map|set|bytes|buffer|undefined|number)$/;

/** Throws `EventSerializationError` naming `eventType` and the path of the first value that cannot be kept. */
export function encodeValue(value: unknown, eventType: string): JsonValue {
  return new Encoder(eventType).encode(value, '');
}

/** Inverse of `encodeValue`. */
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
      return new Date(item as string);
    case '$bigint':
      return BigInt(item as string);
    case '$map':
      return new Map((item as [JsonValue, JsonValue][]).map(([key, each]) => [decodeValue(key), decodeValue(each)]));
    case '$set':
      return new Set((item as JsonValue[]).map(decodeValue));
    case '$bytes':
      return new Uint8Array(Buffer.from(item as string, 'base64'));
    case '$buffer':
      return Buffer.from(item as string, 'base64');
    case '$number':
      return -0;
    default:
      return undefined;
  }
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
    this.open.add(value);
    const encoded = this.encodeByKind(value, path);
    this.open.delete(value);
    return encoded;
  }

  private encodeByKind(value: object, path: string): JsonValue {
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.encode(item, `${path}[${index}]`));
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw this.refusal(path, 'the date is not a valid one.');
      return { $date: value.toISOString() };
    }
    if (value instanceof Map) return { $map: this.encodeMap(value, path) };
    if (value instanceof Set)
      return { $set: Array.from(value, (item, index) => this.encode(item, `${path}{${index}}`)) };
    if (Buffer.isBuffer(value)) return { $buffer: value.toString('base64') };
    if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
    return this.encodeRecord(value, path);
  }

  private encodeMap(map: Map<unknown, unknown>, path: string): JsonValue[] {
    return Array.from(map, ([key, item]) => {
      const place = `${path}{${String(key)}}`;
      return [this.encode(key, place), this.encode(item, place)];
    });
  }

  private encodeRecord(value: object, path: string): JsonValue {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw this.refusal(path, `an instance of ${nameOfClass(value)} cannot be stored here as it is.`);
    }
    if (Object.getOwnPropertySymbols(value).length > 0)
      throw this.refusal(path, 'a property with a symbol as its name cannot be stored.');
    const encoded: Record<string, JsonValue> = {};
    const keys = Object.keys(value);
    for (const key of keys) {
      const item = (value as Record<string, unknown>)[key];
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

// Plain assignment to `__proto__` would change the prototype and lose the value.
function define<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

export function nameOfClass(value: object): string {
  const { constructor } = value as { constructor?: { name?: string } };
  return constructor?.name === undefined || constructor.name === '' ? 'an unnamed class' : constructor.name;
}
