export { ConcurrencyError, type ConcurrencyErrorDetails, type ConflictReason } from './concurrency-error.js';
export { EventStoreError, isEventStoreError, type EventStoreErrorFields } from './event-store-error.js';
export { InvalidArgumentError, InvalidVersionError } from './argument-errors.js';
export { InvalidDefinitionError } from './invalid-definition-error.js';
export { EventSerializationError, UnknownEventError, UpcastError } from './event-errors.js';
export {
  StoreAccessDeniedError,
  StoreRequestError,
  StoreThrottledError,
  StoreUnavailableError,
  TableMismatchError,
  TableNotFoundError,
  TableNotReadyError,
  type FailedRequest,
} from './request-errors.js';
export {
  AggregateNotFoundError,
  CommitIdReusedError,
  CommitTooLargeError,
  EventTooLargeError,
  StreamCorruptedError,
} from './store-errors.js';
