const BRAND = Symbol.for('nestjs-dynamo-event-store.error');

/** What every error of this library carries, whichever built-in class it extends. */
export interface EventStoreErrorFields {
  /** Stable identifier of the kind of error; safe to switch on, also across versions of the library. */
  readonly code: string;
  /** Whether the same call, sent again unchanged, can succeed. A conflict is not retryable: reload and decide again. */
  readonly retryable: boolean;
}

export interface EventStoreErrorInit extends EventStoreErrorFields {
  /** Class name as a literal, so that it survives minifying. */
  readonly name: string;
  readonly cause?: unknown;
}

/**
 * Base of the library's errors. `instanceof` looks at a brand and the `code` besides the prototype, so it also holds for
 * errors raised by a second copy of the package in the same process, and for those that extend a built-in class such as
 * `RangeError`.
 */
export abstract class EventStoreError extends Error implements EventStoreErrorFields {
  readonly code: string;
  readonly retryable: boolean;

  protected constructor(message: string, init: EventStoreErrorInit) {
    super(message, causeOption(init));
    this.code = init.code;
    this.retryable = init.retryable;
    brand(this, init.name);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstanceOf(this, value) || (this === EventStoreError && isEventStoreError(value));
  }
}

/** @internal `instanceof` for a class of errors that has a `code` of its own, also across copies of this library. */
export function isInstanceOf(errorClass: object, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(errorClass, value)) return true;
  if (!isEventStoreError(value) || !Object.hasOwn(errorClass, 'code')) return false;
  return value.code === (errorClass as { code?: unknown }).code;
}

/** True for every error raised by this library, also by another copy of it. */
export function isEventStoreError(value: unknown): value is Error & EventStoreErrorFields {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** @internal Marks an error, also one that must extend a built-in class, as one of ours. */
export function brand(error: Error, name: string): void {
  Object.defineProperty(error, BRAND, { value: true });
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
}

/** @internal */
export function causeOption(init: { readonly cause?: unknown }): ErrorOptions | undefined {
  return init.cause === undefined ? undefined : { cause: init.cause };
}
