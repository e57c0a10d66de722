import { EventSerializationError } from '../errors/event-errors.js';
import {
  declaresPersonalData,
  personalFieldsOf,
  subjectOf,
  type AnyClass,
  type PersonalDataOptions,
} from '../metadata/metadata-storage.js';
import type { JsonValue } from './json-value.js';
import { encodeValue } from './value-codec.js';
import { classOf, collectionKindOf, describeKey, extraKeysOf, kindOf } from './value-kind.js';

/** A place in JSON. */
export type JsonPath = readonly (string | number)[];

/** Personal data taken out of an event. */
export interface PersonalField {
  /** Id of the data subject; `undefined`: that of the stream. */
  readonly subject: string | undefined;
  readonly path: JsonPath;
  readonly value: JsonValue;
}

/** An event as it is once all its data subjects are forgotten, and what is missing in it. */
export interface SeparatedEvent {
  readonly erased: JsonValue;
  readonly fields: readonly PersonalField[];
}

type Json = Record<string, JsonValue>;

/** Takes the fields marked with `@PersonalData` out of the JSON of an event. */
export function separatePersonalData(event: object, json: JsonValue, eventType: string): SeparatedEvent {
  const separation = new Separation(eventType);
  const erased = structuredClone(json);
  separation.visit(event, erased, { subject: undefined, path: [] });
  return { erased, fields: separation.fields };
}

/** Whether an event has such fields anywhere. @param seen A circle is refused later, with its path. */
export function holdsPersonalData(value: unknown, seen = new Set<object>()): boolean {
  if (!declaresPersonalData() || !isObject(value) || seen.has(value)) return false;
  if (markedFieldsOf(value).size > 0) return true;
  seen.add(value);
  return childrenOf(value).some(({ child }) => holdsPersonalData(child, seen));
}

/**
 * Whether an event holds plain objects. Where `@Type` names a class for one, its marks count although the object itself
 * does not show them.
 */
export function holdsPlainObjects(value: unknown, seen = new Set<object>()): boolean {
  if (!declaresPersonalData() || !isObject(value) || seen.has(value)) return false;
  seen.add(value);
  return childrenOf(value).some(({ child }) => isPlain(child) || holdsPlainObjects(child, seen));
}

/**
 * A path as error messages show it, without what lies inside personal data: names and keys in there are such data too.
 */
export function discreetPath(value: unknown, path: string): string {
  if (path === '') return path;
  const hidden = placesOf(value, '').find((place) => path.startsWith(place) && /^[.[{]/.test(path.slice(place.length)));
  return hidden ?? path;
}

/** Where the marked fields of an event are. */
function placesOf(value: unknown, path: string): string[] {
  if (!isObject(value) || !holdsPersonalData(value)) return [];
  const personal = markedFieldsOf(value);
  return childrenOf(value).flatMap(({ key, child }) => {
    const place = placeIn(value, path, key);
    return personal.has(String(key)) ? [place] : placesOf(child, place);
  });
}

function placeIn(value: object, path: string, key: string | number): string {
  if (value instanceof Map) return `${path}{${describeKey([...value.keys()][Number(key)], Number(key))}}`;
  if (value instanceof Set) return `${path}{${key}}`;
  return formatPath([...(path === '' ? [] : [path]), key]);
}

/** Puts personal data back into the JSON of an erased event. */
export function restoreField(json: JsonValue, path: JsonPath, value: JsonValue): void {
  let node: unknown = json;
  for (const key of path.slice(0, -1)) node = (node as Json | undefined)?.[key];
  const last = path.at(-1);
  if (typeof node !== 'object' || node === null || last === undefined)
    throw new SyntaxError('the personal data does not fit the event');
  (node as Json)[last] = value;
}

interface Place {
  readonly subject: { readonly id: string | undefined } | undefined;
  readonly path: JsonPath;
}

class Separation {
  readonly fields: PersonalField[] = [];

  constructor(private readonly eventType: string) {}

  visit(value: object, node: JsonValue, { subject: outer, path }: Place): void {
    const personal = markedFieldsOf(value);
    const subject = this.subjectOf(value, path) ?? outer;
    const { steps: own, content } = fieldsAt(node);
    for (const [field, { fallback }] of personal)
      this.take(value, content, field, { subject, path: [...path, ...own, field] }, fallback);
    for (const { key, child } of childrenOf(value)) {
      if (personal.has(String(key)) || !isObject(child) || !holdsPersonalData(child)) continue;
      const steps = stepsTo(value, key, node);
      const inner = steps.reduce<JsonValue | undefined>((at, step) => (at as Json | undefined)?.[step], node);
      if (inner === undefined) throw this.refusal([...path, ...steps], 'is not stored under its own name');
      this.visit(child, inner, { subject, path: [...path, ...steps] });
    }
  }

  /** Takes out one marked field, which may be a getter that class-transformer exposes. */
  private take(owner: object, node: JsonValue, key: string, place: Place, fallback: unknown): void {
    const { subject, path } = place;
    const value = Object.hasOwn(owner, key) ? (owner as Record<string, unknown>)[key] : undefined;
    const isStored = isObject(node) && Object.hasOwn(node, key);
    if (value === undefined && !isStored) return;
    if (subject === undefined)
      throw this.refusal(path, 'has no data subject: mark the field that holds its id with @DataSubject()');
    if (!isStored) throw this.refusal(path, 'is not stored under its own name');
    this.refuseOtherSubjects(value, { subject, path });
    this.fields.push({ subject: subject.id, path, value: (node as unknown as Json)[key] ?? null });
    (node as unknown as Json)[key] = encodeValue(fallback, this.eventType);
  }

  /** A field is encrypted as a whole, with one key: data of somebody else in it could not be forgotten. */
  private refuseOtherSubjects(value: unknown, { subject, path }: Place): void {
    if (!isObject(value)) return;
    const own = markedFieldsOf(value).size > 0 ? this.subjectOf(value, path) : undefined;
    if (own !== undefined && own.id !== subject?.id)
      throw this.refusal(path, 'holds data of another data subject; mark the fields inside it instead of the whole');
    for (const { child } of childrenOf(value)) this.refuseOtherSubjects(child, { subject, path });
  }

  private subjectOf(value: object, path: JsonPath): { readonly id: string | undefined } | undefined {
    const valueClass = classOf(value);
    const source = valueClass && subjectOf(valueClass);
    if (source === undefined) return undefined;
    if (source === 'stream') return { id: undefined };
    const id = (value as Record<string, unknown>)[source.field];
    if ((typeof id === 'string' && id !== '') || typeof id === 'number' || typeof id === 'bigint')
      return { id: String(id) };
    throw this.refusal(
      [...path, source.field],
      'must hold the id of the data subject: text that is not empty, or a number',
    );
  }

  private refusal(path: JsonPath, fault: string): EventSerializationError {
    return new EventSerializationError(this.eventType, formatPath(path), `the personal data ${fault}.`);
  }
}

/** Where the fields of an instance are: a stored value has its name before them. */
function fieldsAt(node: JsonValue): { readonly steps: JsonPath; readonly content: JsonValue } {
  return hasTag(node, '$value')
    ? { steps: ['$value', 1], content: contentOf(node, '$value', 1) }
    : { steps: [], content: node };
}

interface Child {
  readonly key: string | number;
  readonly child: unknown;
}

/** Path as error messages show it: `lines[0].name`. */
export function formatPath(path: JsonPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function childrenOf(value: object): Child[] {
  const kind = collectionKindOf(value);
  if (kind === undefined)
    return ['record', 'instance'].includes(kindOf(value)) ? propertiesOf(value, Object.keys(value)) : [];
  const members: unknown[] =
    kind === 'array'
      ? (value as unknown[])
      : [...(kind === 'map' ? (value as Map<unknown, unknown>).values() : (value as Set<unknown>))];
  return [...members.map((child, key) => ({ key, child })), ...propertiesOf(value, extraKeysOf(value))];
}

function propertiesOf(value: object, keys: readonly string[]): Child[] {
  return keys.map((key) => ({ key, child: (value as Record<string, unknown>)[key] }));
}

/** Where the value codec puts a member of a value, or a property, whose own JSON is `node`. */
function stepsTo(value: object, key: string | number, node: JsonValue): JsonPath {
  if (hasTag(node, '$value')) return ['$value', 1, ...stepsTo(value, key, contentOf(node, '$value', 1))];
  const isMember = typeof key === 'number';
  if (hasTag(node, '$with'))
    return isMember ? ['$with', 0, ...stepsTo(value, key, contentOf(node, '$with', 0))] : ['$with', 1, key];
  const kind = isMember ? collectionKindOf(value) : undefined;
  if (kind === 'map') return ['$map', key, 1];
  return kind === 'set' ? ['$set', key] : [key];
}

function hasTag(node: JsonValue, tag: string): boolean {
  return isObject(node) && Object.hasOwn(node, tag) && Object.keys(node).length === 1;
}

function contentOf(node: JsonValue, tag: string, index: number): JsonValue {
  return ((node as Json)[tag] as readonly JsonValue[])[index] ?? null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

const compiled = new WeakMap<AnyClass, ReadonlyMap<string, PersonalDataOptions>>();

function markedFieldsOf(value: object): ReadonlyMap<string, PersonalDataOptions> {
  const valueClass = classOf(value);
  if (valueClass === undefined) return new Map();
  let fields = compiled.get(valueClass);
  if (fields === undefined) compiled.set(valueClass, (fields = personalFieldsOf(valueClass)));
  return fields;
}

/** What is wrong with the marks of an event class itself; what is nested shows only in events. */
export function personalDataFaults(eventClass: AnyClass, takesPersonalData: boolean): string[] {
  const [field] = personalFieldsOf(eventClass).keys();
  if (field === undefined) return [];
  const faults: string[] = [];
  const marked = `${eventClass.name}: @PersonalData marks ${field}`;
  if (subjectOf(eventClass) === undefined)
    faults.push(`${marked}, but no @DataSubject() says whose data it is: mark the field with the id, or the class.`);
  if (!takesPersonalData) faults.push(`${marked}, but the store has no keys: set its \`personalData\` option.`);
  return faults;
}
