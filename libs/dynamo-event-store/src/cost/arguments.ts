import { describeValue, InvalidArgumentError } from '../errors/argument-errors.js';
import { MAX_PARTITION_KEY_BYTES, partitionKeyOf } from '../dynamo/table-schema.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { checkName, checkStream } from '../store/arguments.js';
import { MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS } from './limits.js';

/** Latest time that a `Date` can hold, in ms. */
const END_OF_TIME = 8.64e15;
const LARGER_COMMIT = 'of a commit above 400 KB, give each item for itself, as commitItemBytes does';

/**
 * The checks of this folder; each gives back what it was given. Callers without types pass anything.
 * @throws InvalidArgumentError Always this one; it names the argument, also inside of another: `appends[1].commit`.
 */
export function checkedAmount(argument: string, value: unknown, least = 0, most = Number.MAX_VALUE): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  return refuse(argument, value, `a number ${rangeOf(least, most, Number.MAX_VALUE)}`);
}

/** A count or a version. */
export function checkedWhole(argument: string, value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value)) {
    const whole = value as number;
    if (whole >= least && whole <= most) return whole;
  }
  return refuse(argument, value, `a whole number ${rangeOf(least, most, Number.MAX_SAFE_INTEGER)}`);
}

/** Bytes of one item; averages need not be whole. @param least 0 where the item may be missing. */
export function checkedItem(argument: string, value: unknown, least = 0, most = MAX_ITEM_BYTES): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  return refuse(argument, value, `the bytes of an item, from ${least} to ${most}; ${LARGER_COMMIT}`);
}

/** Bytes of each item. */
export function checkedItems(argument: string, values: readonly number[], least = 0): readonly number[] {
  // A loop that does not pass over the holes of a list.
  for (const [index, value] of checkedList(argument, values).entries())
    checkedItem(`${argument}[${index}]`, value, least);
  return values;
}

export function checkedList<T>(argument: string, values: readonly T[], least = 0, most = Infinity): readonly T[] {
  if (!isList(values)) return refuse(argument, values, 'a list');
  if (values.length >= least && values.length <= most) return values;
  const range = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  throw new InvalidArgumentError(argument, `has ${values.length} elements, but must have ${range}.`);
}

/** What a function is given by names. @param form Of it, `{ commit }`. */
export function checkedFacts<T extends object>(argument: string, facts: T, form: string): T {
  return isObject(facts) ? facts : refuse(argument, facts, `an object such as ${form}`);
}

/** Absent means no. A word in place of `true` is a mistake. */
export function checkedFlag(argument: string, value: unknown): boolean {
  return value === undefined || typeof value === 'boolean' ? value === true : refuse(argument, value, 'true or false');
}

/** @throws InvalidArgumentError A part of it is missing, or its key is too long. */
export function checkedStream(stream: StreamId): StreamId {
  checkStream(stream);
  const bytes = Buffer.byteLength(partitionKeyOf(stream));
  if (bytes <= MAX_PARTITION_KEY_BYTES) return stream;
  const name = describeStream(stream).slice(0, 80);
  throw new InvalidArgumentError(
    'stream',
    `the key of ${name}… takes ${bytes} bytes; the limit is ${MAX_PARTITION_KEY_BYTES}.`,
  );
}

/** Of items that are written together. */
export function checkTransaction(argument: string, items: number, bytes: number): void {
  if (items <= MAX_TRANSACTION_ITEMS && bytes <= MAX_TRANSACTION_BYTES) return;
  throw new InvalidArgumentError(
    argument,
    `takes ${items} items and ${bytes} bytes; a transaction holds ${MAX_TRANSACTION_ITEMS} items and ${MAX_TRANSACTION_BYTES} bytes.`,
  );
}

/** What an item says besides its subject. */
export function checkCommon({ recordedAt, ttl, commitId }: CommonAttributes): void {
  if (recordedAt !== undefined) checkedWhole('recordedAt', recordedAt, -END_OF_TIME, END_OF_TIME);
  if (ttl !== undefined) checkedWhole('ttl', ttl);
  if (commitId !== undefined) checkName('commitId', commitId);
}

interface CommonAttributes {
  readonly recordedAt?: number | undefined;
  readonly ttl?: number | undefined;
  readonly commitId?: string | undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isList(value);
}

export function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function rangeOf(least: number, most: number, end: number): string {
  return most === end ? `from ${least}` : `from ${least} to ${most}`;
}

function refuse(argument: string, value: unknown, rule: string): never {
  throw new InvalidArgumentError(argument, `is ${describeValue(value)}, but must be ${rule}.`);
}
