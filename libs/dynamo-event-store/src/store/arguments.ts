import { isDate } from 'node:util/types';
import { InvalidArgumentError, InvalidVersionError } from '../errors/argument-errors.js';
import { isRecord } from '../event/value-kind.js';
import { describeStream, sameStream, streamKeyOf, type StreamId } from '../event/stream-id.js';
import type {
  AppendOptions,
  CloseOptions,
  ExpectedVersion,
  ListQuery,
  StreamAppend,
  StreamCheck,
} from './event-store.js';

const MAX_COMMIT_ID = 128;
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

export function checkStream(stream: StreamId): void {
  if (!isObject(stream)) throw new InvalidArgumentError('stream', 'must be { aggregate, id }.');
  checkName('stream.aggregate', stream.aggregate);
  checkName('stream.id', stream.id);
  if (stream.tenant !== undefined) checkName('stream.tenant', stream.tenant);
}

export function checkAppend(stream: StreamId, events: readonly object[], options: AppendOptions): void {
  checkStream(stream);
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidArgumentError('events', `an append to ${describeStream(stream)} needs at least one event.`);
  }
  if (!isObject(options)) throw new InvalidArgumentError('options', 'must be { expected }.');
  checkCommitOptions(stream, options);
  checkText('idempotencyKey', options.idempotencyKey);
  checkText('fingerprint', options.fingerprint);
  if (options.fingerprint !== undefined && options.idempotencyKey === undefined)
    throw new InvalidArgumentError('fingerprint', 'it identifies a command that has an idempotencyKey.');
}

function checkCommitOptions(stream: StreamId, { expected, commitId, metadata, ttl }: AppendOptions): void {
  checkExpectation(stream, expected);
  if (commitId !== undefined) checkCommitId(commitId);
  if (metadata !== undefined && !isRecord(metadata))
    throw new InvalidArgumentError('metadata', 'must be a plain object.');
  checkDate('ttl', ttl);
}

function checkExpectation(stream: StreamId, expected: ExpectedVersion): void {
  if (!isExpectation(expected)) {
    throw new InvalidVersionError('expected', expected, 'a head, a whole number from 1, "none" or "any"');
  }
  if (typeof expected === 'object' && !sameStream(expected.stream, stream)) {
    throw new InvalidArgumentError(
      'expected',
      `the head is of ${describeStream(expected.stream)}, not of ${describeStream(stream)}.`,
    );
  }
}

/** The parts of an atomic write: at least one, and each stream once. */
export function checkAppends(appends: readonly (StreamAppend | StreamCheck)[]): void {
  if (!Array.isArray(appends) || appends.length === 0)
    throw new InvalidArgumentError('appends', 'an atomic write needs at least one stream.');
  const seen = new Set<string>();
  for (const append of appends as readonly (StreamAppend | StreamCheck)[]) {
    if (!isObject(append)) throw new InvalidArgumentError('appends', 'each must be { stream, events, expected }.');
    if (append.events === undefined) checkExpectationAlone(append);
    else checkAppend(append.stream, append.events, append);
    const name = streamKeyOf(append.stream);
    if (seen.has(name))
      throw new InvalidArgumentError(
        'appends',
        `${describeStream(append.stream)} occurs twice; give all its events at once.`,
      );
    seen.add(name);
  }
}

function checkExpectationAlone({ stream, expected }: StreamCheck): void {
  checkStream(stream);
  checkExpectation(stream, expected);
  if ((expected as unknown) === 'any')
    throw new InvalidVersionError('expected', expected, 'a head, a whole number from 1 or "none", to be checked');
}

export function checkClose(stream: StreamId, options: CloseOptions): void {
  checkStream(stream);
  if (!isObject(options)) throw new InvalidArgumentError('options', 'must be an object.');
  checkCommitOptions(stream, { ...options, expected: options.expected ?? 'any' });
}

export function checkListQuery(aggregate: string, query: ListQuery): ListQuery & { readonly limit: number } {
  checkName('aggregate', aggregate);
  if (query.tenant !== undefined) checkName('tenant', query.tenant);
  checkDate('after', query.after);
  checkDate('before', query.before);
  if (query.archived !== undefined && typeof query.archived !== 'boolean')
    throw new InvalidArgumentError('archived', 'must be true or false.');
  oneOf('order', query.order ?? 'forward', ['forward', 'backward']);
  if (query.cursor !== undefined && typeof query.cursor !== 'string')
    throw new InvalidArgumentError('cursor', 'must be a string.');
  const limit = query.limit ?? DEFAULT_PAGE;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new InvalidVersionError('limit', limit, `a whole number from 1 to ${MAX_PAGE}`);
  }
  return { ...query, limit };
}

export function checkDate(argument: string, value: Date | undefined): Date | undefined {
  if (value !== undefined && !(isDate(value) && !Number.isNaN(value.getTime())))
    throw new InvalidArgumentError(argument, 'must be a valid date.');
  return value;
}

/** A misspelt word must not stand for the opposite one. */
export function oneOf<T extends string>(argument: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    const words = allowed.map((word) => `"${word}"`).join(' or ');
    throw new InvalidArgumentError(argument, `must be ${words}.`);
  }
  return value;
}

// Callers without types pass anything.
function isExpectation(value: unknown): boolean {
  if (isObject(value)) return 'stream' in value && isObject(value.stream) && 'version' in value;
  return typeof value === 'number' || value === 'none' || value === 'any';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function checkCommitId(commitId: unknown): void {
  if (typeof commitId !== 'string' || commitId === '' || commitId.length > MAX_COMMIT_ID || !commitId.isWellFormed())
    throw new InvalidArgumentError('commitId', `must be well-formed text of 1 to ${MAX_COMMIT_ID} characters.`);
}

function checkText(argument: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || value === '' || !value.isWellFormed())
    throw new InvalidArgumentError(argument, 'must be well-formed text that is not empty.');
}

export function checkName(argument: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new InvalidArgumentError(argument, 'must be a string that is not empty.');
  // Lone surrogates all become the same byte sequence in UTF-8, so two ids would share a key.
  if (!value.isWellFormed()) throw new InvalidArgumentError(argument, 'must be well-formed Unicode.');
}
