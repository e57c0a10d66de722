import type { RecordedEvent } from '../event/recorded-event.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

export interface ConcurrencyErrorDetails {
  readonly stream: StreamId;
  /** Version the caller decided on; 0 stands for a new stream. */
  readonly expected: number;
  /** Version that the stream was seen to have: the end of the commit that won, so the stream may be further by now. */
  readonly actual: number;
  /** Events of the commit that took the place, when the store returned it with the refusal. */
  readonly winner?: readonly RecordedEvent[];
  readonly reason?: ConflictReason;
  readonly cause?: unknown;
}

/**
 * - `moved-on`: another commit stands where this one would have gone.
 * - `ahead`: the expected version is higher than the stream's.
 * - `inside-commit`: the expected version lies within a commit; only the end of a commit can be appended to.
 */
export type ConflictReason = 'moved-on' | 'ahead' | 'inside-commit';

/**
 * The stream is not at the version that the caller decided on. Nothing was written. Raised only for a true conflict:
 * never for the caller's own earlier attempt, throttling or a failing network. Load again and decide again.
 */
export class ConcurrencyError extends EventStoreError {
  static readonly code = 'CONCURRENCY';
  readonly stream: StreamId;
  readonly expected: number;
  readonly actual: number;
  readonly winner: readonly RecordedEvent[];
  readonly reason: ConflictReason;

  constructor(details: ConcurrencyErrorDetails) {
    const reason = details.reason ?? 'moved-on';
    super(conflictMessage(details, reason), {
      name: 'ConcurrencyError',
      code: ConcurrencyError.code,
      retryable: false,
      cause: details.cause,
    });
    this.stream = details.stream;
    this.expected = details.expected;
    this.actual = details.actual;
    this.winner = details.winner ?? [];
    this.reason = reason;
  }
}

function conflictMessage({ stream, expected, actual }: ConcurrencyErrorDetails, reason: ConflictReason): string {
  const found = {
    'moved-on': `it is at version ${actual} or later`,
    ahead: actual === 0 ? 'it does not exist' : `it is at version ${actual}`,
    'inside-commit': `version ${expected} lies inside a commit that ends at version ${actual}`,
  }[reason];
  const expectation = expected === 0 ? 'not to exist' : `at version ${expected}`;
  return `Stream ${describeStream(stream)} was expected ${expectation}, but ${found}. Load it again and decide again.`;
}
