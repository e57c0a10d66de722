import {
  StoreAccessDeniedError,
  StoreOperationUnsupportedError,
  StoreRequestError,
  StoreThrottledError,
  StoreUnavailableError,
  TableMismatchError,
  TableNotFoundError,
  type FailedRequest,
} from '../errors/request-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';

/** Refused for load, or for another request that holds the same item or table for a moment. */
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'KMSThrottlingException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottledException',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionConflictException',
  'TransactionInProgressException',
  'ReplicatedWriteConflictException',
]);

const NOT_FOUND = new Set(['ResourceNotFoundException', 'TableNotFoundException', 'IndexNotFoundException']);

const ACCESS_DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'KMSAccessDeniedException',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

const UNAVAILABLE = new Set([
  'AbortError',
  'InternalFailure',
  'InternalServerError',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'TimeoutError',
]);

/** Texts of a `ValidationException`, which has no name of its own for these: the table is not an event table. */
const MISSING_INDEX = /does not have the specified index/i;
const OTHER_KEYS =
  /missing the key|required keys was not given|key condition not supported|missed key schema element|key element does not match/i;

/** Reasons for which DynamoDB gives up a transaction that may go through the next time. */
const TRANSIENT_REASONS = new Set([
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'RequestLimitExceeded',
  'TransactionConflict',
]);

/** Of a proxy that gave up waiting. */
const REQUEST_TIMEOUT = 408;

/** Codes of Node's sockets, resolver, HTTP parser and TLS. */
const NETWORK =
  /^(?:E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|AI_AGAIN|PROTO)|ENOTFOUND|HPE_.*|ERR_(?:SSL|TLS|HTTP2|STREAM)_.*|UND_ERR_.*|.*CERT.*|UNABLE_TO_.*)$/;

/**
 * The library's error for whatever the SDK threw. An error of ours passes through. What does not come from a refusal by
 * the database counts as unavailable, since the request may have been carried out.
 */
export function toEventStoreError(cause: unknown, request: FailedRequest): Error {
  if (isEventStoreError(cause)) return cause;
  const { name, code, status, isSystemError, isWrapped, reasons } = describe(cause);
  if (THROTTLED.has(name) || isTransient(reasons)) return new StoreThrottledError(request, cause);
  const message = cause instanceof Error ? cause.message : '';
  if (NOT_FOUND.has(name) || MISSING_INDEX.test(message)) return new TableNotFoundError(request, cause);
  if (name === 'ValidationException' && OTHER_KEYS.test(message))
    return new TableMismatchError(request.table, [message]);
  if (name === 'UnknownOperationException') return new StoreOperationUnsupportedError(request, cause);
  if (ACCESS_DENIED.has(name)) return new StoreAccessDeniedError(request, cause);
  if (UNAVAILABLE.has(name) || NETWORK.test(code) || isSystemError || isWrapped)
    return new StoreUnavailableError(request, cause);
  return byStatus(status, cause, request);
}

/** Whether an attempt that ended like this may have been carried out, or may be yet. */
export function isUnanswered(cause: unknown): boolean {
  const { name, code, status, isSystemError, isWrapped } = describe(cause);
  // Of a transaction in progress an earlier attempt is under way.
  if (UNAVAILABLE.has(name) || name === 'TransactionInProgressException') return true;
  return NETWORK.test(code) || isSystemError || isWrapped || saysNothing(status);
}

/**
 * Whether the transaction may go through the next time, or be refused for good: as long as one of its items was held for a
 * moment, not all conditions were looked at.
 */
function isTransient(reasons: readonly string[]): boolean {
  const known = (reason: string) =>
    reason === 'None' || reason === 'ConditionalCheckFailed' || TRANSIENT_REASONS.has(reason);
  const isDecided = reasons.includes('ConditionalCheckFailed') && !reasons.some((each) => TRANSIENT_REASONS.has(each));
  return reasons.length > 0 && reasons.every(known) && !isDecided;
}

/** For answers without a known name: from a proxy, without a body, or cut off. */
function byStatus(status: number, cause: unknown, request: FailedRequest): Error {
  if (status === 429) return new StoreThrottledError(request, cause);
  if (status === 401 || status === 403 || status === 407) return new StoreAccessDeniedError(request, cause);
  // An answer that says success but cannot be read: the request was carried out.
  if (status >= 500 || status === REQUEST_TIMEOUT || (status >= 200 && status < 300))
    return new StoreUnavailableError(request, cause);
  return new StoreRequestError(request, cause);
}

/** An answer that says success but cannot be read counts too: the request was carried out. */
function saysNothing(status: number): boolean {
  return status >= 500 || status === REQUEST_TIMEOUT || (status >= 200 && status < 300);
}

interface Description {
  readonly name: string;
  readonly code: string;
  readonly status: number;
  readonly isSystemError: boolean;
  /**
   * Whether the SDK did not take it for an error: one of Node's own, seen from another realm. Under Jest, every failure of
   * the network arrives like that, without its code.
   */
  readonly isWrapped: boolean;
  /** Why a transaction was cancelled, item by item. */
  readonly reasons: readonly string[];
}

function describe(cause: unknown): Description {
  if (typeof cause !== 'object' || cause === null)
    return { name: '', code: '', status: 0, isSystemError: false, isWrapped: false, reasons: [] };
  const error = cause as {
    name?: string;
    message?: string;
    code?: string | number;
    syscall?: string;
    $metadata?: { httpStatusCode?: number };
    errors?: readonly unknown[];
    CancellationReasons?: readonly { readonly Code?: string }[];
  };
  // Happy eyeballs: a refused connection to several addresses arrives as one AggregateError without a code of its own.
  const [first] = error.errors ?? [];
  return {
    name: error.name ?? '',
    code: String(error.code ?? (first === undefined ? '' : describe(first).code)),
    status: error.$metadata?.httpStatusCode ?? 0,
    isSystemError: error.syscall !== undefined,
    isWrapped: String(error.message).startsWith('AWS SDK error wrapper for '),
    reasons: (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code),
  };
}
