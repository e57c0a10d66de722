import {
  StoreAccessDeniedError,
  StoreRequestError,
  StoreThrottledError,
  StoreUnavailableError,
  TableNotFoundError,
  type FailedRequest,
} from '../errors/request-errors.js';
import { isEventStoreError, type EventStoreError } from '../errors/event-store-error.js';

/** Refused for load, or for another request that holds the same item or table for a moment. */
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
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
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
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

/** Codes of Node's sockets and resolver. */
const NETWORK =
  /^(?:E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|AI_AGAIN|PROTO)|ENOTFOUND|ERR_(?:SSL|TLS|HTTP2)_.*|UND_ERR_.*|CERT_.*)$/;

/** The library's error for whatever the SDK threw. An error of ours passes through. */
export function toEventStoreError(cause: unknown, request: FailedRequest): Error | EventStoreError {
  if (isEventStoreError(cause)) return cause;
  const { name, code, status } = describe(cause);
  if (THROTTLED.has(name)) return new StoreThrottledError(request, cause);
  if (NOT_FOUND.has(name)) return new TableNotFoundError(request, cause);
  if (ACCESS_DENIED.has(name)) return new StoreAccessDeniedError(request, cause);
  if (UNAVAILABLE.has(name) || NETWORK.test(code) || status >= 500) return new StoreUnavailableError(request, cause);
  return new StoreRequestError(request, cause);
}

function describe(cause: unknown): { name: string; code: string; status: number } {
  if (typeof cause !== 'object' || cause === null) return { name: '', code: '', status: 0 };
  const error = cause as {
    name?: string;
    message?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
    errors?: readonly unknown[];
  };
  // Happy eyeballs: a refused connection to several addresses arrives as one AggregateError without a code of its own.
  const [first] = error.errors ?? [];
  const code = error.code ?? (first === undefined ? wrappedCode(error.message ?? '') : describe(first).code);
  return { name: error.name ?? '', code, status: error.$metadata?.httpStatusCode ?? 0 };
}

/**
 * The SDK wraps what is not an instance of its own `Error`, which happens to every system error where code runs in
 * another realm than Node's core, as under Jest; all that is left of the code then is its name in the text.
 */
function wrappedCode(message: string): string {
  return /^AWS SDK error wrapper for .*?\b(E[A-Z_]{4,})\b/s.exec(message)?.[1] ?? '';
}
