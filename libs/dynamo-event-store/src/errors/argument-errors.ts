import { brand, EventStoreError, isInstanceOf, type EventStoreErrorFields } from './event-store-error.js';

/** A version or limit outside its range: versions are whole numbers from 1. A `RangeError` that is also an `EventStoreError`. */
export class InvalidVersionError extends RangeError implements EventStoreErrorFields {
  static readonly code = 'INVALID_VERSION';
  readonly code = InvalidVersionError.code;
  readonly retryable = false;

  constructor(
    /** What the number was given as, such as `expected` or `from`. */
    readonly argument: string,
    readonly value: unknown,
    rule: string,
  ) {
    super(`${argument} is ${describeValue(value)}, but must be ${rule}.`);
    brand(this, 'InvalidVersionError');
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstanceOf(this, value);
  }
}

/** An argument that cannot be meant: an empty stream id, an append without events, a cursor from elsewhere. Nothing was sent. */
export class InvalidArgumentError extends EventStoreError {
  static readonly code = 'INVALID_ARGUMENT';
  constructor(
    readonly argument: string,
    message: string,
    cause?: unknown,
  ) {
    super(`${argument}: ${message}`, {
      name: 'InvalidArgumentError',
      code: InvalidArgumentError.code,
      retryable: false,
      cause,
    });
  }
}

/** A value as a message shows it. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
