import { EventSerializationError } from '../errors/event-errors.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { storedValueNamed, storedValueOf, type AnyClass } from '../metadata/metadata-storage.js';
import { hiddenBesideMembers } from './hidden-state.js';
import { isTransformed } from './class-rules.js';
import { collectionOf, splitCollection } from './collections.js';
import { classOf, collectionKindOf, define, nameOfClass } from './value-kind.js';

/** A value of a class with `@StoredValue`, in the form in which it is stored. */
export interface StoredForm {
  readonly name: string;
  /** The fields of the value, its members, or what its function `to` gave. */
  readonly content: unknown;
}

/**
 * The stored form of an instance; `undefined` when its class has no `@StoredValue`.
 * @param fail Called with what is wrong, when the value could not be made again.
 */
export function storedFormOf(value: object, fail: (fault: string, cause?: unknown) => never): StoredForm | undefined {
  const valueClass = classOf(value);
  const options = valueClass && storedValueOf(valueClass);
  if (valueClass === undefined || options === undefined) return undefined;
  const { name, to } = options;
  if (storedValueNamed(name) !== valueClass)
    return fail(`two classes have @StoredValue({ name: "${name}" }); give each a name of its own.`);
  if (to !== undefined) return { name, content: call(to, value, 'to', fail) };
  const kind = collectionKindOf(value);
  const hidden = hiddenBesideMembers(value);
  if (hidden !== undefined)
    return fail(`${hidden}, so its fields cannot be stored; give @StoredValue of ${nameOfClass(value)} to and from.`);
  if (isTransformed(valueClass))
    return fail(
      `${nameOfClass(value)} has both @StoredValue and decorators of class-transformer; use one, or give it to and from.`,
    );
  return { name, content: kind === undefined ? fieldsOf(value) : splitCollection(value, kind) };
}

/** Makes a value again of its stored content, which becomes part of it. */
export function valueOfForm(name: string, content: unknown): object {
  const valueClass = storedValueNamed(name);
  const options = valueClass && storedValueOf(valueClass);
  if (valueClass === undefined || options === undefined)
    throw new InvalidDefinitionError(`The stored value "${name}"`, [
      `No class of this process has @StoredValue({ name: "${name}" }). Import the class where events are read.`,
    ]);
  const { from } = options;
  if (from === undefined) return plainValueOf(valueClass, content);
  const value = call(from, content, 'from', (fault, cause) => {
    throw new EventSerializationError(`value ${name}`, '', fault, cause);
  });
  if (typeof value === 'object' && value !== null && classOf(value) === valueClass) return value;
  throw new EventSerializationError(
    `value ${name}`,
    '',
    `from of @StoredValue gave no instance of ${valueClass.name}.`,
  );
}

/** Whether the class of a value has only one object for it, which its `from` gives: a smart enum, for one. */
export function isOnlyOne(value: object): boolean {
  const valueClass = classOf(value);
  const { to, from } = (valueClass && storedValueOf(valueClass)) ?? {};
  if (to === undefined || from === undefined) return false;
  try {
    return from(to(value as never) as never) === value;
  } catch {
    return false;
  }
}

function plainValueOf(valueClass: AnyClass, content: unknown): object {
  if (typeof content !== 'object' || content === null)
    throw new SyntaxError(`a stored value of ${valueClass.name} holds no fields`);
  if (collectionKindOf(content) !== undefined) return collectionOf(content, valueClass);
  const value = Object.create(valueClass.prototype as object) as Record<string, unknown>;
  for (const [key, item] of Object.entries(content)) define(value, key, item);
  return Object.isFrozen(content) ? Object.freeze(value) : value;
}

function fieldsOf(value: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) define(fields, key, item);
  return Object.isFrozen(value) ? Object.freeze(fields) : fields;
}

function call(
  run: (value: never) => unknown,
  value: unknown,
  name: string,
  fail: (fault: string, cause?: unknown) => never,
): unknown {
  try {
    return run(value as never);
  } catch (cause) {
    return fail(`${name} of @StoredValue failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}
