import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** No stream with this id: it was never created, or it was purged. */
export class AggregateNotFoundError extends EventStoreError {
  static readonly code = 'AGGREGATE_NOT_FOUND';
  constructor(readonly stream: StreamId) {
    super(`There is no ${describeStream(stream)}.`, {
      name: 'AggregateNotFoundError',
      code: AggregateNotFoundError.code,
      retryable: false,
    });
  }
}

/** One event alone is larger than a commit may be. Nothing was written. */
export class EventTooLargeError extends EventStoreError {
  static readonly code = 'EVENT_TOO_LARGE';
  constructor(
    readonly stream: StreamId,
    /** Type of the event and its place in the append, from 0. */
    readonly eventType: string,
    readonly index: number,
    /** Stored size of the event alone, in bytes. */
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `Event ${index} (${eventType}) for ${describeStream(stream)} takes ${bytes} bytes; a commit holds at most ${limit}. ` +
        'Store the large part elsewhere and keep a reference in the event.',
      { name: 'EventTooLargeError', code: EventTooLargeError.code, retryable: false },
    );
  }
}

/** The events of one append, with their metadata, are larger than a commit may be. Nothing was written; an append is never split. */
export class CommitTooLargeError extends EventStoreError {
  static readonly code = 'COMMIT_TOO_LARGE';
  constructor(
    readonly stream: StreamId,
    readonly events: number,
    /** Size of the whole item after compression, in bytes. */
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `The commit of ${events} events for ${describeStream(stream)} takes ${bytes} bytes; the limit is ${limit}. ` +
        'Record fewer events in one decision, or keep large data outside the events and the metadata.',
      { name: 'CommitTooLargeError', code: CommitTooLargeError.code, retryable: false },
    );
  }
}

/** What is stored is not a gapless sequence of readable commits. Raised instead of returning a silently wrong state. */
export class StreamCorruptedError extends EventStoreError {
  static readonly code = 'STREAM_CORRUPTED';
  constructor(
    readonly stream: StreamId,
    /** Version at which the fault was found. */
    readonly version: number,
    readonly fault: string,
    cause?: unknown,
  ) {
    super(`Stream ${describeStream(stream)} is damaged at version ${version}: ${fault}.`, {
      name: 'StreamCorruptedError',
      code: StreamCorruptedError.code,
      retryable: false,
      cause,
    });
  }
}

/** A commit with this id is stored already, with other events. The same id may only be sent again with the same events. */
export class CommitIdReusedError extends EventStoreError {
  static readonly code = 'COMMIT_ID_REUSED';
  constructor(
    readonly stream: StreamId,
    readonly commitId: string,
    /** Version at which the stored commit begins. */
    readonly version: number,
    /** The key that the commit id stands for, if it was one. */
    readonly idempotencyKey?: string,
  ) {
    super(
      idempotencyKey === undefined
        ? `Commit ${commitId} of ${describeStream(stream)} is stored already at version ${version}, with other events. ` +
            'Use a new commit id for a new decision.'
        : `Idempotency key "${idempotencyKey}" was used on ${describeStream(stream)} at version ${version}, for other events. ` +
            'If this is the same command again, its events must be equal: take times from the command, not from the clock.',
      { name: 'CommitIdReusedError', code: CommitIdReusedError.code, retryable: false },
    );
  }
}
