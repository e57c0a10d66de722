export { Aggregate } from './aggregate/aggregate.decorator.js';
export { AggregateRoot, type AggregateClass } from './aggregate/aggregate-root.js';
export { EventHandler, type Reducer } from './aggregate/event-handler.decorator.js';
export { SnapshotState } from './aggregate/snapshot-state.decorator.js';
export {
  allOf,
  anyOf,
  everyBytes,
  everyEvents,
  type SnapshotOptions,
  type SnapshotPolicy,
  type SnapshotProgress,
} from './metadata/snapshot-options.js';
export type { AggregateOptions, DomainEventOptions, UpcasterOptions } from './metadata/metadata-storage.js';

export { ClassTransformerSerializer } from './event/class-transformer-serializer.js';
export { DomainEvent } from './event/domain-event.decorator.js';
export type { EventMetadata, RecordedMetadata } from './event/event-metadata.js';
export type { EventClass, EventSerializer, SerializedEventType } from './event/event-serializer.js';
export type { JsonEvent } from './event/json-event.js';
export type { JsonValue } from './event/json-value.js';
export type { RecordedEvent } from './event/recorded-event.js';
export { describeStream, type StreamId } from './event/stream-id.js';
export { defineUpcaster, Upcaster, type EventUpcaster, type UpcasterDefinition } from './event/upcaster.js';

export type { CacheOptions } from './repository/aggregate-cache.js';
export type { WarningListener } from './repository/aggregate-loader.js';
export { AggregateRepository, type AggregateRepositoryOptions } from './repository/aggregate-repository.js';
export type { EventPublication } from './repository/event-publication.js';
export { recordedEventOf } from './repository/recorded-events.js';
export type {
  CloseAggregateOptions,
  LoadOptions,
  RebuildOptions,
  RebuildResult,
  SaveAllOptions,
  SaveOptions,
  UpdateOptions,
} from './repository/repository-options.js';
export { Repository } from './repository/repository.js';
export type { Decision } from './repository/update-command.js';

export type { CommitLogStoreOptions } from './store/commit-log-event-store.js';
export {
  EventStore,
  type AppendOptions,
  type CloseOptions,
  type CommandIdentity,
  type ExpectedVersion,
  type ListQuery,
  type Page,
  type ReadRange,
  type StoredCommand,
  type StreamAppend,
  type StreamCheck,
  type StreamInfo,
} from './store/event-store.js';
export type { EventSequence } from './store/event-sequence.js';
export { mergeEvents, type MergedView } from './store/merge-events.js';
export { reduceEvents, type Reduced } from './store/reduce-events.js';
export type { Backoff } from './store/backoff.js';
export type { StateType } from './store/snapshot.js';
export type { StateQuery, StateReading, StateSnapshot, UselessSnapshot } from './store/state-reading.js';
export type { StreamHead } from './store/stream-head.js';

export type { CreateTableOptions } from './dynamo/create-table.js';
export { DynamoEventStore, type DynamoEventStoreOptions } from './dynamo/dynamo-event-store.js';
export {
  eventStoreIamPolicy,
  type EventStoreFeature,
  type EventStoreIamPolicyOptions,
  type IamPolicyDocument,
  type IamStatement,
} from './dynamo/iam-policy.js';
export { eventTableCdkProps, type EventTableCdkProps } from './dynamo/table-cdk.js';
export {
  eventTableCloudFormation,
  type CloudFormationTableProperties,
  type TableCloudFormationOptions,
  type TableInfrastructureOptions,
} from './dynamo/table-cloudformation.js';
export { eventTableTerraform, type TableTerraformOptions } from './dynamo/table-terraform.js';
export {
  eventTableDefinition,
  TTL_ATTRIBUTE,
  type TableDefinition,
  type TableDefinitionOptions,
} from './dynamo/table-definition.js';

export * from './errors/index.js';

export {
  DynamoEventStoreModule,
  type DynamoEventStoreRootAsyncOptions,
  type DynamoEventStoreRootOptions,
  type FeatureStore,
} from './module/dynamo-event-store.module.js';
export type { DynamoEventStoreModuleOptions, DynamoEventStoreOptionsFactory } from './module/module-options.js';
export {
  getAggregateRepositoryToken,
  getDynamoClientToken,
  getEventStoreToken,
  getRepositoryToken,
  InjectAggregateRepository,
  InjectDynamoClient,
  InjectEventStore,
  InjectRepository,
} from './module/tokens.js';
