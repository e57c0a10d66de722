import { EventSerializationError } from '../errors/event-errors.js';
import { CollectionWithExtras } from './collections.js';
import { hiddenBesideMembers } from './hidden-state.js';
import type { JsonValue } from './json-value.js';
import { storedFormOf, valueOfForm } from './stored-values.js';
import { define, describeKey, isThenable, kindOf, nameOfClass, strayPropertyOf, type ValueKind } from './value-kind.js';

/**
 * JSON for values that JSON lacks. A `Date`, `bigint`, `Map`, `Set`, `Uint8Array`, `Buffer`, `-0`, an instance of a class with
 * `@StoredValue`, and `undefined` where leaving it out would move its neighbours, become an object with a single key that
 * starts with `$`; an object of the user's that looks like that gets one more `$`. Everything else that JSON would change is
 * refused with its path.
 *
 * In events three things read the same, and so are not kept apart: a property that is `undefined` is left out, a hole in a list
 * becomes `undefined`, and an object without a prototype gets the ordinary one. In states they are kept apart, and so are
 * frozen objects from others, and `NaN` and infinite numbers are stored.
 */
const TAG_NAMES = 'date|bigint|map|set|bytes|buffer|undefined|number|value|with|null|hole|frozen|deepFrozen';
const TAGS = new Set(TAG_NAMES.split('|').map((name) => `$${name}`));
const LOOKS_TAGGED = new RegExp(`^\\$+(?:${TAG_NAMES})$`);

/** Levels that a value may be nested. Far below what overflows the stack, so that what could be written can be read. */
export const MAX_DEPTH = 256;

/** Throws `EventSerializationError` naming `eventType` and the path of the first value that cannot be kept. */
export function encodeValue(value: unknown, eventType: string): JsonValue {
  return new Encoder(eventType, false).encode(value, '');
}

/** Like `encodeValue`, for states: keeps apart what in events reads the same. */
export function encodeExactly(value: unknown, subject: string): JsonValue {
  return new Encoder(subject, true).encode(value, '');
}

/** Inverse of `encodeValue`. Throws `SyntaxError` for a tag whose content is not what `encodeValue` puts there. */
export function decodeValue(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return decodeList(value as readonly JsonValue[]);
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
      return decodeNumber(textOf(tag, item));
    case '$value': {
      const [name, content] = listOf(tag, item);
      if (typeof name !== 'string' || content === undefined) throw new SyntaxError(`${tag} holds no name and content`);
      return valueOfForm(name, decodeValue(content));
    }
    case '$with':
      return withExtras(tag, listOf(tag, item));
    case '$null':
      return Object.assign(Object.create(null) as object, decodeValue(item));
    case '$frozen':
      return Object.freeze(decodeValue(item));
    case '$deepFrozen':
      return freezeDeep(decodeValue(item));
    default:
      return undefined;
  }
}

function decodeList(list: readonly JsonValue[]): unknown[] {
  const decoded = new Array<unknown>(list.length);
  for (const [index, item] of list.entries()) if (!isHole(item)) decoded[index] = decodeValue(item);
  return decoded;
}

function isHole(item: JsonValue): boolean {
  return typeof item === 'object' && item !== null && '$hole' in item && Object.keys(item).length === 1;
}

function decodeNumber(text: string): number {
  if (!['-0', 'NaN', 'Infinity', '-Infinity'].includes(text)) throw new SyntaxError(`"${text}" is not such a number`);
  return Number(text);
}

function withExtras(tag: string, [members, extras, ...more]: readonly JsonValue[]): unknown {
  const collection = members === undefined ? undefined : decodeValue(members);
  const properties = extras === undefined ? undefined : decodeValue(extras);
  if (!isObject(collection) || !isObject(properties) || more.length > 0)
    throw new SyntaxError(`${tag} holds no collection with properties`);
  for (const [key, item] of Object.entries(properties)) define(collection as Record<string, unknown>, key, item);
  return collection;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Bytes cannot be frozen. */
function freezeDeep<T>(value: T): T {
  if (!isObject(value) || ArrayBuffer.isView(value)) return value;
  for (const part of partsOf(value)) freezeDeep(part);
  return Object.freeze(value);
}

function partsOf(value: object): unknown[] {
  const parts: unknown[] = Reflect.ownKeys(value).map((key) => (value as Record<PropertyKey, unknown>)[key]);
  if (value instanceof Map)
    parts.push(...(value as Map<unknown, unknown>).keys(), ...(value as Map<unknown, unknown>).values());
  else if (value instanceof Set) parts.push(...(value as Set<unknown>));
  return parts;
}

function isDeepFrozen(value: unknown): boolean {
  if (!isObject(value)) return true;
  return !ArrayBuffer.isView(value) && Object.isFrozen(value) && partsOf(value).every(isDeepFrozen);
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
  /** Whether all that is inside the object at hand is known to be frozen, and tagged as such. */
  private isInFrozen = false;

  constructor(
    private readonly eventType: string,
    private readonly exact: boolean,
  ) {}

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
    if (Number.isFinite(value)) return Object.is(value, -0) ? { $number: '-0' } : value;
    if (this.exact) return { $number: String(value) };
    throw this.refusal(path, `the number ${value} cannot be stored.`);
  }

  private encodeObject(value: object, path: string): JsonValue {
    if (this.open.has(value)) throw this.refusal(path, 'it refers back to an object that contains it.');
    if (this.open.size >= MAX_DEPTH) throw this.refusal(path, `it is nested more than ${MAX_DEPTH} levels deep.`);
    const kind = kindOf(value);
    if (kind === 'instance' && isThenable(value))
      throw this.refusal(path, 'a promise cannot be stored; await it first.');
    const stray = strayPropertyOf(value, kind);
    if (stray !== undefined)
      throw this.refusal(path, `the property ${String(stray)} cannot be stored; JSON has no place for it.`);
    this.open.add(value);
    const encoded = this.encodeFrozen(value, kind, path);
    this.open.delete(value);
    return encoded;
  }

  private encodeFrozen(value: object, kind: ValueKind, path: string): JsonValue {
    if (!this.exact || this.isInFrozen || !Object.isFrozen(value)) return this.encodeByKind(value, kind, path);
    this.isInFrozen = isDeepFrozen(value);
    const tag = this.isInFrozen ? '$deepFrozen' : '$frozen';
    const encoded = this.encodeByKind(value, kind, path);
    this.isInFrozen = false;
    return { [tag]: encoded };
  }

  private encodeByKind(value: object, kind: ValueKind, path: string): JsonValue {
    switch (kind) {
      case 'array':
        return Array.from(value as unknown[], (item, index) =>
          this.exact && !(index in value) ? { $hole: true } : this.encode(item, `${path}[${index}]`),
        );
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
        return this.encodeInstance(value, path);
    }
  }

  private encodeInstance(value: object, path: string): JsonValue {
    if (value instanceof CollectionWithExtras)
      return { $with: [this.encode(value.members, path), this.encodeProperties(value.extras, path, true)] };
    const form = storedFormOf(value, (fault, cause) => {
      throw this.refusal(path, fault, cause);
    });
    if (form === undefined) throw this.refusal(path, undeclared(value));
    return { $value: [form.name, this.encode(form.content, path)] };
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
    const encoded = escapeTag(this.encodeProperties(value, path, this.exact));
    return this.exact && Object.getPrototypeOf(value) === null ? { $null: encoded } : encoded;
  }

  private encodeProperties(
    value: Readonly<Record<string, unknown>>,
    path: string,
    keepsUndefined: boolean,
  ): Record<string, JsonValue> {
    const encoded: Record<string, JsonValue> = {};
    for (const key of Object.keys(value)) {
      const item = value[key];
      // An absent property and one that is undefined read the same in events, so the bytes are saved.
      if (item !== undefined || keepsUndefined)
        define(encoded, key, this.encode(item, path === '' ? key : `${path}.${key}`));
    }
    return encoded;
  }

  private refusal(path: string, fault: string, cause?: unknown): EventSerializationError {
    return new EventSerializationError(this.eventType, path, fault, cause);
  }
}

/** What to do about an instance in a place where nothing says its class. */
function undeclared(value: object): string {
  const name = nameOfClass(value);
  return hiddenBesideMembers(value) === undefined
    ? `an instance of ${name} would come back as another type; mark the class with @StoredValue({ name }), or declare it with @Type(() => ${name}) on a property. On a parameter of a constructor class-transformer ignores @Type.`
    : `an instance of ${name} would come back as another type, and hides its state; mark the class with @StoredValue({ name, to, from }), by a call if it is not yours, or declare a @Transform for both directions.`;
}

function escapeTag(encoded: Record<string, JsonValue>): JsonValue {
  const keys = Object.keys(encoded);
  const [only] = keys;
  if (keys.length !== 1 || only === undefined || !LOOKS_TAGGED.test(only)) return encoded;
  return { [`$${only}`]: encoded[only] ?? null };
}
