export {
  ConcurrencyError,
  type ConcurrencyErrorDetails,
  type ConflictReason,
  type ProvedEnd,
  type StreamConflict,
} from './concurrency-error.js';
export { EventStoreError, isEventStoreError, type EventStoreErrorFields } from './event-store-error.js';
export { InvalidArgumentError, InvalidVersionError } from './argument-errors.js';
export { InvalidDefinitionError } from './invalid-definition-error.js';
export { EventSerializationError, EventValidationError, UnknownEventError, UpcastError } from './event-errors.js';
export {
  KeyProviderError,
  KeyProviderUnavailableError,
  SubjectKeysMissingError,
  type KeyOperation,
} from './personal-data-errors.js';
export { FeedSourceError } from './feed-errors.js';
export {
  MessageTooLargeError,
  PublishError,
  PublishFailedError,
  PublishRefusedError,
  type FailedPublication,
} from './publish-errors.js';
export {
  StoreAccessDeniedError,
  StoreOperationUnsupportedError,
  StoreRequestError,
  StoreThrottledError,
  StoreUnavailableError,
  TableMismatchError,
  TableNotFoundError,
  TableNotReadyError,
  type FailedRequest,
} from './request-errors.js';
export { ValueNotHeldError, ValueTakenError, type HeldValue } from './reservation-errors.js';
export {
  ReadModelContendedError,
  ReadModelTransactionTooLargeError,
  ViewSerializationError,
  ViewTooLargeError,
} from './read-model-errors.js';
export {
  AggregateNotFoundError,
  CommitIdReusedError,
  CommitTooLargeError,
  EventTooLargeError,
  SnapshotTooLargeError,
  StreamClosedError,
  StreamCorruptedError,
  TransactionTooLargeError,
} from './store-errors.js';
export { TenantMismatchError, TenantRequiredError, type TenantSource } from './tenant-errors.js';
export { ExportDamagedError, ImportConflictError, ImportInterruptedError } from './transfer-errors.js';
export {
  ProjectionBehindError,
  StreamParkedError,
  SubscriptionNotFoundError,
  SubscriptionStateError,
} from './projection-errors.js';
