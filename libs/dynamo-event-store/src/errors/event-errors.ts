import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError, isEventStoreError } from './event-store-error.js';

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

const WITHHELD = 'the reason is withheld, since the event holds personal data';

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

/** Of values that are nested very deep, the ends of the path tell enough. */
function shortened(path: string): string {
  return path.length <= 160 ? path : `${path.slice(0, 80)} … ${path.slice(-40)}`;
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
    super(`Event ${eventType}${path === '' ? '' : `, at ${shortened(path)}`}: ${fault}`, {
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

/** An event breaks the rules of its schema or of a validator. On a write nothing was written. Names every place that is wrong. */
export class EventValidationError extends EventError {
  static readonly code = 'EVENT_INVALID';
  constructor(
    readonly eventType: string,
    /** Path and message of each fault. */
    readonly issues: readonly { readonly path: string; readonly message: string }[],
  ) {
    const faults = issues.map(({ path, message }) => `${path === '' ? '' : `${path}: `}${message.replace(/\.$/, '')}`);
    super(`Event ${eventType} is not valid. ${faults.join('; ')}.`, {
      name: 'EventValidationError',
      code: EventValidationError.code,
      retryable: false,
    });
  }
}

/**
 * @internal What may be stored, logged or warned of when something fails that has to do with personal data: an error in
 * words of the library as it is, of any other only its kind.
 */
export function withheld(error: unknown): unknown {
  if (isEventStoreError(error) && !isEventError(error)) return error;
  const text = `${error instanceof Error ? error.name : typeof error}: ${WITHHELD}`;
  return Object.defineProperty(new Error(text), 'stack', { value: text });
}

/**
 * @internal The same error without texts of other code, which may quote an event that holds personal data.
 * @param pathOf What of a path may be shown.
 */
export function withoutQuotes(error: EventError, pathOf: (path: string) => string): EventError {
  if (error instanceof EventValidationError)
    return new EventValidationError(
      error.eventType,
      error.issues.map(({ path }) => ({ path: pathOf(path), message: `is not valid; ${WITHHELD}` })),
    );
  if (error instanceof EventSerializationError) {
    const path = pathOf(error.path);
    if (error.cause === undefined && path === error.path) return error;
    return new EventSerializationError(error.eventType, path, `${WITHHELD}.`);
  }
  if (error.cause === undefined) return error;
  return error instanceof UpcastError ? new UpcastError(error.eventType, error.from, `${WITHHELD}.`) : error;
}
