import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isValidationError, validationError } from '../errors.js';
import { normalizeValue } from '../values/stored-value.js';
import type { Expression, ExpressionKind, PathNode } from './syntax.js';

/** The part of a request that gives meaning to its expressions. */
export interface ExpressionAttributes {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

export type Path = readonly (string | number)[];

/**
 * What the placeholders of one request stand for.
 * @throws ValidationException A placeholder or its value is malformed; when asked for one that is not there.
 */
export class Substitutions {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, AttributeValue>>;
  readonly #used = new Set<string>();
  #expressions = 0;

  constructor({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: ExpressionAttributes) {
    this.#names = checkedNames(names);
    this.#values = checkedValues(values);
  }

  /** Declares an expression of the request: all its placeholders must be defined. */
  use({ kind, names, values }: Expression<unknown>): void {
    this.#expressions++;
    for (const name of names) this.#mark(kind, name, this.#names, 'name used in the document path', 'name');
    for (const value of values) this.#mark(kind, value, this.#values, 'value used in expression', 'value');
  }

  /** To be called when all expressions have been declared. */
  checkAllUsed(): void {
    for (const [what, given] of [
      ['ExpressionAttributeNames', this.#names],
      ['ExpressionAttributeValues', this.#values],
    ] as const) {
      const unused = Object.keys(given).filter((each) => !this.#used.has(each));
      if (unused.length === 0) continue;
      if (this.#expressions === 0) throw validationError(`${what} can only be specified when using expressions`);
      throw validationError(`Value provided in ${what} unused in expressions: keys: {${unused.join(', ')}}`);
    }
  }

  value(placeholder: string): AttributeValue {
    const value = this.#values[placeholder];
    if (value === undefined) throw new TypeError(`${placeholder} was used without having been declared.`);
    return value;
  }

  path({ parts }: PathNode): Path {
    return parts.some((part) => typeof part === 'string' && part.startsWith('#'))
      ? parts.map((part) => (typeof part === 'string' ? (this.#names[part] ?? part) : part))
      : parts;
  }

  #mark(kind: ExpressionKind, placeholder: string, given: object, used: string, what: string): void {
    if (!Object.hasOwn(given, placeholder))
      throw validationError(
        `Invalid ${kind}: An expression attribute ${used} is not defined; attribute ${what}: ${placeholder}`,
      );
    this.#used.add(placeholder);
  }
}

const NONE: Record<string, never> = {};

function checkedNames(names: Record<string, string> | undefined): Record<string, string> {
  if (names === undefined) return NONE;
  const entries = Object.entries(names);
  if (entries.length === 0) throw validationError('ExpressionAttributeNames must not be empty');
  for (const [key, name] of entries) {
    if (!/^#\w+$/.test(key))
      throw validationError(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`);
    if (name === '')
      throw validationError(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`);
  }
  return names;
}

function checkedValues(values: Record<string, AttributeValue> | undefined): Record<string, AttributeValue> {
  if (values === undefined) return NONE;
  let count = 0;
  for (const [key, value] of Object.entries(values)) {
    count++;
    if (!/^:\w+$/.test(key))
      throw validationError(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`);
    try {
      normalizeValue(value);
    } catch (error) {
      if (!isValidationError(error)) throw error;
      throw validationError(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
    }
  }
  if (count === 0) throw validationError('ExpressionAttributeValues must not be empty');
  return values;
}
