import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** No projection or reactor of this name runs in this application. */
export class SubscriptionNotFoundError extends EventStoreError {
  static readonly code = 'SUBSCRIPTION_NOT_FOUND';
  constructor(
    readonly subscription: string,
    readonly known: readonly string[],
  ) {
    super(
      `There is no projection or reactor "${subscription}" here. Add its class to the providers of a module; known: ${known.join(', ') || 'none'}.`,
      { name: 'SubscriptionNotFoundError', code: SubscriptionNotFoundError.code, retryable: false },
    );
  }
}

/** A projection did not reach a version in time. It may have by now: the events are stored, and nothing is lost. */
export class ProjectionBehindError extends EventStoreError {
  static readonly code = 'PROJECTION_BEHIND';
  constructor(
    readonly projection: string,
    readonly stream: StreamId,
    /** Version that was waited for. */
    readonly version: number,
    /** Version up to which the stream is applied. */
    readonly applied: number,
    readonly waitedMs: number,
  ) {
    super(
      `Projection ${projection} has applied ${describeStream(stream)} up to version ${applied}, not yet ${version}, after ${waitedMs} ms. Ask again, or wait longer (timeoutMs).`,
      { name: 'ProjectionBehindError', code: ProjectionBehindError.code, retryable: true },
    );
  }
}

/** A projection has parked a stream, since it could not apply an event of it. */
export class StreamParkedError extends EventStoreError {
  static readonly code = 'STREAM_PARKED';
  constructor(
    readonly projection: string,
    readonly stream: StreamId,
    /** Version that could not be applied. */
    readonly version: number,
    readonly reason: string,
  ) {
    super(
      `Projection ${projection} has parked ${describeStream(stream)} at version ${version} (${reason}). Mend the cause, then resume or skip it (Projections.resumeStream, skipEvent).`,
      { name: 'StreamParkedError', code: StreamParkedError.code, retryable: false },
    );
  }
}

/** What was asked of a projection does not fit the state it is in. */
export class SubscriptionStateError extends EventStoreError {
  static readonly code = 'SUBSCRIPTION_STATE';
  constructor(
    readonly subscription: string,
    /** What is in the way, and what to do. */
    readonly reason: string,
  ) {
    super(`${subscription}: ${reason}`, {
      name: 'SubscriptionStateError',
      code: SubscriptionStateError.code,
      retryable: false,
    });
  }
}
