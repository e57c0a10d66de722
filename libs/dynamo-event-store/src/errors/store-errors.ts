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

/**
 * An atomic write to several streams is above a limit of DynamoDB's transactions: 100 items, 4 MB together. Nothing was
 * sent; a write is never split.
 */
export class TransactionTooLargeError extends EventStoreError {
  static readonly code = 'TRANSACTION_TOO_LARGE';
  constructor(
    readonly streams: readonly StreamId[],
    /** Items to write or check: one per stream, and one per idempotency key, reservation and further 400 KB of a commit. */
    readonly items: number,
    /** Size of all items together, in bytes. */
    readonly bytes: number,
    readonly limits: { readonly items: number; readonly bytes: number },
  ) {
    super(
      `The write to ${streams.length} streams (${describeStreams(streams)}) takes ${items} items and ${bytes} bytes; ` +
        `a transaction holds ${limits.items} items and ${limits.bytes} bytes. Write fewer streams or smaller events at once.`,
      { name: 'TransactionTooLargeError', code: TransactionTooLargeError.code, retryable: false },
    );
  }
}

/** The state of an aggregate is larger than a snapshot may be, so none was written. Given to `onWarning`, never thrown by a save. */
export class SnapshotTooLargeError extends EventStoreError {
  static readonly code = 'SNAPSHOT_TOO_LARGE';
  constructor(
    readonly stream: StreamId,
    /** Version that the snapshot would have covered. */
    readonly version: number,
    /** Size of the whole item after compression, in bytes. */
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `The snapshot of ${describeStream(stream)} at version ${version} takes ${bytes} bytes; the limit is ${limit}, so none is kept ` +
        'and loads read all events. Keep less in the state, or choose what is stored with @SnapshotState.',
      { name: 'SnapshotTooLargeError', code: SnapshotTooLargeError.code, retryable: false },
    );
  }
}

/** The stream was closed: it can be read, but takes no more events. Nothing was written. */
export class StreamClosedError extends EventStoreError {
  static readonly code = 'STREAM_CLOSED';
  constructor(
    readonly stream: StreamId,
    /** Version of its last event. */
    readonly version: number,
    /** When it was closed. */
    readonly closedAt: Date,
  ) {
    super(
      `Stream ${describeStream(stream)} was closed at version ${version} on ${closedAt.toISOString()}; it takes no more events.`,
      { name: 'StreamClosedError', code: StreamClosedError.code, retryable: false },
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
        : `Idempotency key "${idempotencyKey}" was used on ${describeStream(stream)} at version ${version}, for another command. ` +
            'If this is the same command again, its events must be equal: take times and ids from the command, or identify ' +
            'the command by a fingerprint.',
      { name: 'CommitIdReusedError', code: CommitIdReusedError.code, retryable: false },
    );
  }
}

function describeStreams(streams: readonly StreamId[]): string {
  const shown = streams.slice(0, 3).map(describeStream).join(', ');
  return streams.length > 3 ? `${shown}, …` : shown;
}
