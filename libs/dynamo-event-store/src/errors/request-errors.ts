import { EventStoreError } from './event-store-error.js';

/** What was attempted, and where, when a request to the database failed. */
export interface FailedRequest {
  /** Operation of the store, such as `append` or `read`. */
  readonly operation: string;
  readonly table: string;
  /** Stream concerned, as `describeStream` shows it. */
  readonly stream?: string | undefined;
  /** Id of the commit under way: sending the append again with it is safe. */
  readonly commitId?: string | undefined;
}

abstract class RequestError extends EventStoreError implements FailedRequest {
  readonly operation: string;
  readonly table: string;
  readonly stream: string | undefined;
  readonly commitId: string | undefined;

  protected constructor(
    what: string,
    request: FailedRequest,
    init: { name: string; code: string; retryable: boolean; cause: unknown },
  ) {
    const target = request.stream === undefined ? '' : ` for ${request.stream}`;
    super(`${request.operation}${target} on table ${request.table}: ${what}`, init);
    this.operation = request.operation;
    this.table = request.table;
    this.stream = request.stream;
    this.commitId = request.commitId;
  }
}

/**
 * The database refused for load, after the client's own retries. The request was not carried out: a write that an earlier
 * attempt may have carried out, because its answer was lost, is a `StoreUnavailableError` unless it was seen to be stored. What
 * takes several requests, such as a purge, may have got through a part of them.
 */
export class StoreThrottledError extends RequestError {
  static readonly code = 'STORE_THROTTLED';
  constructor(request: FailedRequest, cause: unknown) {
    super('throttled; slow down or raise the capacity, then send it again.', request, {
      name: 'StoreThrottledError',
      code: StoreThrottledError.code,
      retryable: true,
      cause,
    });
  }
}

/**
 * The database could not be reached, or failed itself, after the client's own retries; or it refused the last attempt of a
 * write while an earlier one may have been carried out. For an append the outcome is unknown: send it again with the same
 * `commitId`, and it is stored once either way.
 */
export class StoreUnavailableError extends RequestError {
  static readonly code = 'STORE_UNAVAILABLE';
  constructor(request: FailedRequest, cause: unknown, what = 'the database cannot be reached or failed') {
    const retry =
      request.commitId === undefined ? 'send it again.' : `send it again with commit id ${request.commitId}.`;
    super(`${what} (${reasonOf(cause)}); ${retry}`, request, {
      name: 'StoreUnavailableError',
      code: StoreUnavailableError.code,
      retryable: true,
      cause,
    });
  }
}

/** The table, or its index, does not exist in this account, region and endpoint. */
export class TableNotFoundError extends RequestError {
  static readonly code = 'TABLE_NOT_FOUND';
  constructor(request: FailedRequest, cause: unknown) {
    super('there is no such table or index; create it, or check region, endpoint and name.', request, {
      name: 'TableNotFoundError',
      code: TableNotFoundError.code,
      retryable: false,
      cause,
    });
  }
}

/** Credentials are missing, expired, or do not allow the action. The request was not carried out. */
export class StoreAccessDeniedError extends RequestError {
  static readonly code = 'STORE_ACCESS_DENIED';
  constructor(request: FailedRequest, cause: unknown) {
    super(`access denied (${reasonOf(cause)}); check the credentials and the policy.`, request, {
      name: 'StoreAccessDeniedError',
      code: StoreAccessDeniedError.code,
      retryable: false,
      cause,
    });
  }
}

/** The database has no such operation: a local engine without transactions, for one. DynamoDB itself has them all. */
export class StoreOperationUnsupportedError extends RequestError {
  static readonly code = 'STORE_OPERATION_UNSUPPORTED';
  constructor(request: FailedRequest, cause: unknown) {
    const needs =
      'idempotency keys, writes to several streams, commits above 400 KB and purging need transactions, which dynalite lacks; use DynamoDB Local (Java 17).';
    super(`this engine does not know the request (${reasonOf(cause)}): ${needs}`, request, {
      name: 'StoreOperationUnsupportedError',
      code: StoreOperationUnsupportedError.code,
      retryable: false,
      cause,
    });
  }
}

/** Any other refusal of a request, which was not carried out; `cause` is the database's own error. */
export class StoreRequestError extends RequestError {
  static readonly code = 'STORE_REQUEST';
  constructor(request: FailedRequest, cause: unknown) {
    super(`the request failed (${reasonOf(cause)}).`, request, {
      name: 'StoreRequestError',
      code: StoreRequestError.code,
      retryable: false,
      cause,
    });
  }
}

/** A table of this name exists with other keys or indexes. It was left as it is. */
export class TableMismatchError extends EventStoreError {
  static readonly code = 'TABLE_MISMATCH';
  constructor(
    readonly table: string,
    readonly differences: readonly string[],
  ) {
    super(
      `Table ${table} exists, but is not the table that is needed:\n${differences.map((line) => `  - ${line}`).join('\n')}`,
      {
        name: 'TableMismatchError',
        code: TableMismatchError.code,
        retryable: false,
      },
    );
  }
}

/**
 * The table, or its index, could not be used before the time to wait was over; it may be soon. Waiting goes on with
 * another call.
 */
export class TableNotReadyError extends EventStoreError {
  static readonly code = 'TABLE_NOT_READY';
  constructor(
    readonly table: string,
    /** Status as DynamoDB gives it, such as `CREATING`, and the index when it is that one's. */
    readonly status: string,
    readonly waitedSeconds: number,
  ) {
    super(`Table ${table} is still ${status} after ${waitedSeconds} s. Call again, or wait longer (waitSeconds).`, {
      name: 'TableNotReadyError',
      code: TableNotReadyError.code,
      retryable: true,
    });
  }
}

function reasonOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return String(cause);
  const { name, message, $metadata } = cause as Partial<Error> & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  return `${name ?? 'unknown'}: ${message ?? ''}${status === undefined ? '' : `, HTTP ${status}`}`;
}
