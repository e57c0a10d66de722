import { InvalidArgumentError, InvalidVersionError } from '../errors/argument-errors.js';
import { describeStream, sameStream, type StreamId } from '../event/stream-id.js';
import type { AppendOptions, ListQuery } from './event-store.js';

const MAX_COMMIT_ID = 128;
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

export function checkStream(stream: StreamId): void {
  checkName('stream.aggregate', stream.aggregate);
  checkName('stream.id', stream.id);
  if (stream.tenant !== undefined) checkName('stream.tenant', stream.tenant);
}

export function checkAppend(stream: StreamId, events: readonly object[], options: AppendOptions): void {
  checkStream(stream);
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidArgumentError('events', `an append to ${describeStream(stream)} needs at least one event.`);
  }
  const { expected, commitId, ttl } = options;
  if (!isExpectation(expected)) {
    throw new InvalidVersionError('expected', expected, 'a head, a whole number from 1, "none" or "any"');
  }
  if (typeof expected === 'object' && !sameStream(expected.stream, stream)) {
    throw new InvalidArgumentError(
      'expected',
      `the head is of ${describeStream(expected.stream)}, not of ${describeStream(stream)}.`,
    );
  }
  if (commitId !== undefined && (commitId === '' || commitId.length > MAX_COMMIT_ID || !commitId.isWellFormed())) {
    throw new InvalidArgumentError('commitId', `must have 1 to ${MAX_COMMIT_ID} characters.`);
  }
  if (ttl !== undefined && Number.isNaN(ttl.getTime())) throw new InvalidArgumentError('ttl', 'is not a valid date.');
}

export function checkListQuery(aggregate: string, query: ListQuery): ListQuery & { readonly limit: number } {
  checkName('aggregate', aggregate);
  if (query.tenant !== undefined) checkName('tenant', query.tenant);
  for (const bound of ['after', 'before'] as const) {
    if (query[bound] !== undefined && Number.isNaN(query[bound].getTime()))
      throw new InvalidArgumentError(bound, 'is not a valid date.');
  }
  const limit = query.limit ?? DEFAULT_PAGE;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new InvalidVersionError('limit', limit, `a whole number from 1 to ${MAX_PAGE}`);
  }
  return { ...query, limit };
}

// Callers without types pass anything.
function isExpectation(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'number' || value === 'none' || value === 'any';
}

function checkName(argument: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new InvalidArgumentError(argument, 'must be a string that is not empty.');
  // Lone surrogates all become the same byte sequence in UTF-8, so two ids would share a key.
  if (!value.isWellFormed()) throw new InvalidArgumentError(argument, 'must be well-formed Unicode.');
}
