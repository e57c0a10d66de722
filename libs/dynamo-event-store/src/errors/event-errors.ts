import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** An error about one event. On a read it says which: `stream` and `version` are set then. */
abstract class EventError extends EventStoreError {
  stream: StreamId | undefined;
  version: number | undefined;

  /** @internal Adds where the event is stored. */
  at(stream: StreamId, version: number): this {
    this.stream = stream;
    this.version = version;
    this.message = `${describeStream(stream)} at version ${version}: ${this.message}`;
    return this;
  }
}

/** @internal */
export function isEventError(error: unknown): error is EventError {
  return error instanceof EventError;
}

/** A stored or given event has a type, or a schema version, that no registered class covers. */
export class UnknownEventError extends EventError {
  static readonly code = 'UNKNOWN_EVENT';
  constructor(
    readonly eventType: string,
    readonly schemaVersion: number | undefined,
    hint: string,
  ) {
    super(
      `Event ${eventType}${schemaVersion === undefined ? '' : ` version ${schemaVersion}`} is not known here. ${hint}`,
      {
        name: 'UnknownEventError',
        code: UnknownEventError.code,
        retryable: false,
      },
    );
  }
}

/** A value in an event cannot be stored and read back as it is. Nothing was written. Names the path of the value. */
export class EventSerializationError extends EventError {
  static readonly code = 'EVENT_SERIALIZATION';
  constructor(
    readonly eventType: string,
    /** Path inside the event, such as `lines[0].price`; empty for the event itself. */
    readonly path: string,
    fault: string,
    cause?: unknown,
  ) {
    super(`Event ${eventType}${path === '' ? '' : `, at ${path}`}: ${fault}`, {
      name: 'EventSerializationError',
      code: EventSerializationError.code,
      retryable: false,
      cause,
    });
  }
}

/** An upcaster threw, or gave back something that cannot be an event. */
export class UpcastError extends EventError {
  static readonly code = 'UPCAST';
  constructor(
    readonly eventType: string,
    /** Schema version that the upcaster was given. */
    readonly from: number,
    fault: string,
    cause?: unknown,
  ) {
    super(`The upcaster of ${eventType} from version ${from} failed: ${fault}`, {
      name: 'UpcastError',
      code: UpcastError.code,
      retryable: false,
      cause,
    });
  }
}
