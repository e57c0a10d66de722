import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** A value cannot be stored in a view and read back as it is. Nothing was written. `cause` says what is wrong with it. */
export class ViewSerializationError extends EventStoreError {
  static readonly code = 'VIEW_SERIALIZATION';
  constructor(
    readonly view: string,
    readonly key: string,
    /** Path inside the item, such as `lines[0].price`; empty for the item itself. */
    readonly path: string,
    cause: unknown,
  ) {
    super(
      `View ${view}, item ${key}${path === '' ? '' : `, at ${path}`}: the value cannot be stored and read back as it is; ` +
        'see the cause. Views hold plain objects, lists, dates, bigints, maps and sets.',
      { name: 'ViewSerializationError', code: ViewSerializationError.code, retryable: false, cause },
    );
  }
}

/** An item of a view is larger than an item of DynamoDB may be. Nothing was sent. */
export class ViewTooLargeError extends EventStoreError {
  static readonly code = 'VIEW_TOO_LARGE';
  constructor(
    readonly view: string,
    readonly key: string,
    /** Size of the whole item, in bytes. */
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `View ${view}, item ${key} takes ${bytes} bytes; the limit is ${limit}. ` +
        'Keep less in it, or spread it over several items.',
      { name: 'ViewTooLargeError', code: ViewTooLargeError.code, retryable: false },
    );
  }
}

/**
 * One step of a projection changes more items than a transaction of DynamoDB holds: 100 items, 4 MB together. Nothing was
 * sent; a step is never split, since it would not be applied exactly once then.
 */
export class ReadModelTransactionTooLargeError extends EventStoreError {
  static readonly code = 'READ_MODEL_TRANSACTION_TOO_LARGE';
  constructor(
    readonly projection: string,
    readonly stream: StreamId,
    /** Items changed or checked, the progress included. */
    readonly actions: number,
    /** Size of all items together, in bytes. */
    readonly bytes: number,
    readonly limit: { readonly actions: number; readonly bytes: number },
  ) {
    super(
      `One step of projection ${projection} on ${describeStream(stream)} takes ${actions} items and ${bytes} bytes; a ` +
        `transaction holds ${limit.actions} items and ${limit.bytes} bytes. Apply fewer events at once (batch), or change ` +
        'fewer items per event.',
      {
        name: 'ReadModelTransactionTooLargeError',
        code: ReadModelTransactionTooLargeError.code,
        retryable: false,
      },
    );
  }
}

/** Other streams have changed the items of a step each time before it could be stored. Nothing was written. */
export class ReadModelContendedError extends EventStoreError {
  static readonly code = 'READ_MODEL_CONTENDED';
  constructor(
    readonly projection: string,
    readonly stream: StreamId,
    readonly attempts: number,
  ) {
    super(
      `Projection ${projection} could not store a step of ${describeStream(stream)} in ${attempts} attempts, since other ` +
        'streams change the same items. Use increment where only numbers are added, or let fewer streams share an item.',
      { name: 'ReadModelContendedError', code: ReadModelContendedError.code, retryable: true },
    );
  }
}
