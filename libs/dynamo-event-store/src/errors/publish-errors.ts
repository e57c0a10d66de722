import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** Which event could not be sent, and where to. */
export interface FailedPublication {
  /** Topic, queue or event bus, as the options name it. */
  readonly target: string;
  readonly stream: StreamId;
  readonly version: number;
  /** Id of the event: receivers recognise a duplicate by it. */
  readonly eventId: string;
  /** Type of the event. */
  readonly type: string;
}

/** An event did not reach the target of a publisher. It is stored all the same, and stays to be sent. */
export abstract class PublishError extends EventStoreError implements FailedPublication {
  readonly target: string;
  readonly stream: StreamId;
  readonly version: number;
  readonly eventId: string;
  readonly type: string;

  protected constructor(
    what: string,
    { target, stream, version, eventId, type }: FailedPublication,
    init: { name: string; code: string; retryable: boolean; cause?: unknown },
  ) {
    super(`Event ${type} of ${describeStream(stream)}, version ${version}, was not sent to ${target}: ${what}`, init);
    this.target = target;
    this.stream = stream;
    this.version = version;
    this.eventId = eventId;
    this.type = type;
  }
}

/**
 * The target throttled, failed, or could not be reached, after the retries. The event may have arrived if the answer was
 * lost: send it again, receivers recognise it by its id.
 */
export class PublishFailedError extends PublishError {
  static readonly code = 'PUBLISH_FAILED';
  constructor(publication: FailedPublication, what: string, cause?: unknown) {
    super(`${what} Try again later.`, publication, {
      name: 'PublishFailedError',
      code: PublishFailedError.code,
      retryable: true,
      cause,
    });
  }
}

/** The target refused the message: no such topic, queue or bus, no permission, or content that it does not take. */
export class PublishRefusedError extends PublishError {
  static readonly code = 'PUBLISH_REFUSED';
  constructor(publication: FailedPublication, what: string, cause?: unknown) {
    super(`${what} Correct the target, the permissions or the message.`, publication, {
      name: 'PublishRefusedError',
      code: PublishRefusedError.code,
      retryable: false,
      cause,
    });
  }
}

/** The message is larger than the target takes. Nothing was sent. */
export class MessageTooLargeError extends PublishError {
  static readonly code = 'MESSAGE_TOO_LARGE';
  constructor(
    publication: FailedPublication,
    /** Size of the message as the service counts it, with its attributes, in bytes. */
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `the message takes ${bytes} bytes; the limit is ${limit}. Give the publisher a claimCheck, leave parts out with ` +
        'message, or raise maxMessageBytes if the target takes more.',
      publication,
      { name: 'MessageTooLargeError', code: MessageTooLargeError.code, retryable: false },
    );
  }
}
