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
import { kindOf } from './value-kind.js';

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

/** Whether an event has such fields anywhere. */
export function holdsPersonalData(value: unknown): boolean {
  if (!declaresPersonalData() || typeof value !== 'object' || value === null) return false;
  if (markedFieldsOf(value).size > 0) return true;
  return childrenOf(value).some(({ child }) => holdsPersonalData(child));
}

/**
 * Whether an event holds plain objects. Where `@Type` names a class for one, its marks count although the object itself
 * does not show them.
 */
export function holdsPlainObjects(value: unknown): boolean {
  if (!declaresPersonalData() || typeof value !== 'object' || value === null) return false;
  return childrenOf(value).some(({ child }) => isPlain(child) || holdsPlainObjects(child));
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
    for (const { key, child } of childrenOf(value)) {
      const options = typeof key === 'string' ? personal.get(key) : undefined;
      const steps = stepsTo(value, key);
      if (options !== undefined)
        this.take(node, { subject, path: [...path, ...steps] }, steps, options.fallback, child);
      else if (typeof child === 'object' && child !== null && holdsPersonalData(child)) {
        const inner = steps.reduce<JsonValue | undefined>((at, step) => (at as Json | undefined)?.[step], node);
        if (inner === undefined) throw this.refusal([...path, ...steps], 'is not stored under its own name');
        this.visit(child, inner, { subject, path: [...path, ...steps] });
      }
    }
  }

  private take(node: JsonValue, place: Place, steps: JsonPath, fallback: unknown, value: unknown): void {
    if (value === undefined) return;
    const { subject, path } = place;
    if (subject === undefined)
      throw this.refusal(path, 'has no data subject: mark the field that holds its id with @DataSubject()');
    const [key] = steps;
    if (key === undefined || typeof node !== 'object' || node === null || !Object.hasOwn(node, key))
      throw this.refusal(path, 'is not stored under its own name');
    this.fields.push({ subject: subject.id, path, value: (node as Json)[key] ?? null });
    (node as Json)[key] = encodeValue(fallback, this.eventType);
  }

  private subjectOf(value: object, path: JsonPath): { readonly id: string | undefined } | undefined {
    const source = typeof value.constructor === 'function' ? subjectOf(value.constructor) : undefined;
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

/** Path as error messages show it: `lines[0].name`. */
export function formatPath(path: JsonPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function childrenOf(value: object): { readonly key: string | number; readonly child: unknown }[] {
  switch (kindOf(value)) {
    case 'array':
      return (value as unknown[]).map((child, key) => ({ key, child }));
    case 'set':
      return [...(value as Set<unknown>)].map((child, key) => ({ key, child }));
    case 'map':
      return [...(value as Map<unknown, unknown>).values()].map((child, key) => ({ key, child }));
    case 'record':
    case 'instance':
      return Object.entries(value).map(([key, child]) => ({ key, child: child as unknown }));
    default:
      return [];
  }
}

/** Where the value codec puts a member. */
function stepsTo(value: object, key: string | number): JsonPath {
  if (value instanceof Map) return ['$map', key, 1];
  return value instanceof Set ? ['$set', key] : [key];
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

const compiled = new WeakMap<AnyClass, ReadonlyMap<string, PersonalDataOptions>>();

function markedFieldsOf({ constructor }: object): ReadonlyMap<string, PersonalDataOptions> {
  // Objects without a prototype have none.
  if (typeof constructor !== 'function') return new Map();
  let fields = compiled.get(constructor);
  if (fields === undefined) compiled.set(constructor, (fields = personalFieldsOf(constructor)));
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
