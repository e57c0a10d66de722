import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import type { StreamId } from '../event/stream-id.js';
import { wholeNumber } from '../store/read-plan.js';

/** The error for an aggregate that is not at the version asked for; `undefined` when it is, or none was asked for. */
export function versionMismatch(
  stream: StreamId,
  aggregate: AggregateRoot,
  expected?: number,
): ConcurrencyError | undefined {
  if (wholeNumber('expectedVersion', expected) === undefined || expected === aggregate.version) return undefined;
  const reason = aggregate.version < Number(expected) ? 'ahead' : 'moved-on';
  return new ConcurrencyError({ stream, expected: Number(expected), actual: aggregate.version, reason });
}
