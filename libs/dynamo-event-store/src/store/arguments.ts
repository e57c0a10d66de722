import { isDate } from 'node:util/types';
import { InvalidArgumentError, InvalidVersionError } from '../errors/argument-errors.js';
import { isRecord } from '../event/value-kind.js';
import { describeStream, sameStream, type StreamId } from '../event/stream-id.js';
import type { AppendOptions, ListQuery } from './event-store.js';

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
  const { expected, commitId, metadata, ttl } = options;
  if (!isExpectation(expected)) {
    throw new InvalidVersionError('expected', expected, 'a head, a whole number from 1, "none" or "any"');
  }
  if (typeof expected === 'object' && !sameStream(expected.stream, stream)) {
    throw new InvalidArgumentError(
      'expected',
      `the head is of ${describeStream(expected.stream)}, not of ${describeStream(stream)}.`,
    );
  }
  if (commitId !== undefined) checkCommitId(commitId);
  if (metadata !== undefined && !isRecord(metadata))
    throw new InvalidArgumentError('metadata', 'must be a plain object.');
  checkDate('ttl', ttl);
}

export function checkListQuery(aggregate: string, query: ListQuery): ListQuery & { readonly limit: number } {
  checkName('aggregate', aggregate);
  if (query.tenant !== undefined) checkName('tenant', query.tenant);
  checkDate('after', query.after);
  checkDate('before', query.before);
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

function checkCommitId(commitId: unknown): void {
  if (typeof commitId !== 'string' || commitId === '' || commitId.length > MAX_COMMIT_ID || !commitId.isWellFormed())
    throw new InvalidArgumentError('commitId', `must be well-formed text of 1 to ${MAX_COMMIT_ID} characters.`);
}

function checkName(argument: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new InvalidArgumentError(argument, 'must be a string that is not empty.');
  // Lone surrogates all become the same byte sequence in UTF-8, so two ids would share a key.
  if (!value.isWellFormed()) throw new InvalidArgumentError(argument, 'must be well-formed Unicode.');
}
