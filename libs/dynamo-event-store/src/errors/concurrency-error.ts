import type { RecordedEvent } from '../event/recorded-event.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** One stream that is not where the caller expected it. */
export interface StreamConflict {
  readonly stream: StreamId;
  /** Version the caller decided on; 0 stands for a new stream. */
  readonly expected: number;
  /** Version that the stream was seen to have: the end of the commit that won, so the stream may be further by now. */
  readonly actual: number;
  /**
   * Events of the commit that took the place, when the store returned it with the refusal; else empty. The property `event`
   * of those that hold personal data is not enumerable, so that logs of the error leave it out.
   */
  readonly winner: readonly RecordedEvent[];
  readonly reason: ConflictReason;
  /** Proof of the end of the commit that won, to append after it without a read; absent when it was not seen. */
  readonly head?: ProvedEnd | undefined;
}

/** A `StreamHead` of the store. */
export interface ProvedEnd {
  readonly stream: StreamId;
  readonly version: number;
}

export interface ConcurrencyErrorDetails extends Pick<StreamConflict, 'stream' | 'expected' | 'actual'> {
  readonly winner?: readonly RecordedEvent[];
  readonly reason?: ConflictReason;
  readonly cause?: unknown;
  readonly head?: ProvedEnd | undefined;
  /** Further streams of the same atomic write that lost as well. */
  readonly others?: readonly StreamConflict[];
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
 *
 * Of an atomic write to several streams, `conflicts` names each that lost; the other fields are those of the first.
 */
export class ConcurrencyError extends EventStoreError {
  static readonly code = 'CONCURRENCY';
  readonly stream: StreamId;
  readonly expected: number;
  readonly actual: number;
  readonly winner: readonly RecordedEvent[];
  readonly reason: ConflictReason;
  readonly conflicts: readonly StreamConflict[];

  constructor(details: ConcurrencyErrorDetails) {
    const reason = details.reason ?? 'moved-on';
    const { stream, expected, actual, winner = [], head, others = [] } = details;
    const conflicts = [{ stream, expected, actual, winner, reason, head }, ...others];
    super(`${conflicts.map(conflictMessage).join(' ')} Load again and decide again.`, {
      name: 'ConcurrencyError',
      code: ConcurrencyError.code,
      retryable: false,
      cause: details.cause,
    });
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
    this.winner = winner;
    this.reason = reason;
    this.conflicts = conflicts;
  }
}

function conflictMessage({ stream, expected, actual, reason }: StreamConflict): string {
  const found = {
    'moved-on': `it is at version ${actual} or later`,
    ahead: actual === 0 ? 'it does not exist' : `it is at version ${actual}`,
    'inside-commit': `version ${expected} lies inside a commit that ends at version ${actual}`,
  }[reason];
  const expectation = expected === 0 ? 'not to exist' : `at version ${expected}`;
  return `Stream ${describeStream(stream)} was expected ${expectation}, but ${found}.`;
}
