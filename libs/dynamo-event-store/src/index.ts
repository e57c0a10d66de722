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
export type {
  AggregateOptions,
  DomainEventOptions,
  PersonalDataOptions,
  UpcasterOptions,
  UpcastTarget,
} from './metadata/metadata-storage.js';
export type { StandardIssue, StandardResult, StandardSchema } from './metadata/standard-schema.js';

export { DataSubjects, type RewrapOptions, type RewrapResult, type SubjectScope } from './personal/data-subjects.js';
export { LocalKeyProvider, type LocalKeyProviderOptions } from './personal/local-key-provider.js';
export type { KeyProvider, PersonalDataSettings, WrappedKey } from './store/key-provider.js';

export { ClassTransformerSerializer } from './event/class-transformer-serializer.js';
export { DomainEvent } from './event/domain-event.decorator.js';
export { StoredValue, type StoredValueFunctions } from './event/stored-value.decorator.js';
export { DataSubject, PersonalData } from './event/personal-data.decorators.js';
export {
  schemasByName,
  type EventValidator,
  type ValidationIssue,
  type ValidationOptions,
} from './event/event-validation.js';
export { UnknownEvent, type UnknownEventPolicy } from './event/unknown-event.js';
export type { EventMetadata, RecordedMetadata } from './event/event-metadata.js';
export type { EventClass, EventSerializer, SerializedEventType } from './event/event-serializer.js';
export type { JsonEvent } from './event/json-event.js';
export type { JsonValue } from './event/json-value.js';
export type { RecordedEvent } from './event/recorded-event.js';
export { describeStream, type StreamId } from './event/stream-id.js';
export type { UniqueValue } from './event/unique-value.js';
export {
  defineUpcaster,
  Upcaster,
  type EventUpcaster,
  type UpcasterDefinition,
  type UpcastEvent,
} from './event/upcaster.js';

export type { CacheOptions } from './repository/aggregate-cache.js';
export { AggregateRepository } from './repository/aggregate-repository.js';
export type { EventPublication } from './repository/event-publication.js';
export { recordedEventOf } from './repository/recorded-events.js';
export type {
  AggregateQuery,
  CloseAggregateOptions,
  HistoryOptions,
  LoadOptions,
  RebuildOptions,
  RebuildResult,
  SaveAllOptions,
  SaveOptions,
  StoredCommandOptions,
  TenantOptions,
  UpdateOptions,
} from './repository/repository-options.js';
export type { TenancyOptions, TenantCall } from './store/tenancy-options.js';
export type { AggregateRepositoryOptions } from './repository/repository-parts.js';
export { Repository } from './repository/repository.js';
export type { PurgeTenantOptions, PurgeTenantResult } from './repository/tenant-purge.js';
export type { Decision } from './repository/update-command.js';

export type { CommitLogStoreOptions } from './store/store-options.js';
export {
  EventStore,
  type AppendOptions,
  type CloseOptions,
  type CommandIdentity,
  type CommitFacts,
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
export type { ReservationOptions } from './store/reservation.js';
export type { StateType } from './store/snapshot.js';
export type { StateQuery, StateReading, StateSnapshot, UselessSnapshot } from './store/state-reading.js';
export type { StreamHead } from './store/stream-head.js';
export type { WarningListener } from './store/warnings.js';

export type { CreateTableOptions } from './dynamo/create-table.js';
export { createDynamoClient } from './dynamo/dynamo-client.js';
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

export {
  ReadSide,
  type AggregateRegistry,
  type ReadSideOptions,
  type ReadSideSettings,
  type Subscription,
} from './dynamo/read-side.js';
export type { FeedFactory, FeedParts } from './dynamo/feed-factory.js';
export { scanFeed } from './dynamo/scan-feed-factory.js';
export { controlTableDefinition, controlTableName } from './dynamo/control-schema.js';
export {
  controlTableCdkProps,
  controlTableCloudFormation,
  controlTableTerraform,
  readModelTableCdkProps,
  readModelTableCloudFormation,
  readModelTableTerraform,
  type ReadSideTableCdkProps,
} from './dynamo/read-side-tables.js';
export {
  DynamoReadModelStore,
  type DynamoReadModelStoreParts,
  type ServedBuild,
} from './dynamo/read-model/dynamo-read-model-store.js';
export { readModelTableDefinition, readModelTableName } from './dynamo/read-model/view-schema.js';

export type { CommitNotice } from './feed/commit-notice.js';
export type { ControlRange, ControlRecord, ControlStore } from './feed/control-store.js';
export type { Clock, FeedClock } from './store/clock.js';
export type {
  FeedConsumer,
  FeedContext,
  FeedLag,
  FeedProblem,
  FeedSource,
  UnreadableCommit,
} from './feed/feed-source.js';
export { ScanFeed, type ScanFeedOptions } from './feed/scan-feed.js';
export { priceOfScan } from './feed/scan-price.js';
export type { ScanEstimate, ScanPage, TableScan } from './feed/table-scan.js';

export { On, OnAny, OnTimer, Projection, Reactor, type EventMethod } from './projection/subscription.decorators.js';
export type { ProjectionOptions, ReactorOptions, SubscriptionOptions } from './metadata/subscription-options.js';
export type { BuildProgress } from './projection/build-progress.js';
export type { ParkedStream } from './projection/parked-streams.js';
export { ProgressFence, type ProgressKey, type ProgressStep } from './projection/progress-fence.js';
export type { StreamVersion, WaitOptions } from './projection/progress-wait.js';
export { Projections, type RebuildEstimate, type SubscriptionRef } from './projection/projections.js';
export type { Cause } from './store/cause.js';
export type { Reaction } from './projection/reaction.js';
export { EventBusPublisher } from './projection/publisher/event-bus-publisher.js';
export type { SubscriptionFailure } from './projection/event-application.js';
export type { GenerationStatus, SubscriptionStatus } from './projection/subscription-status.js';
export { Timers, type DueTimer, type TimerKey } from './projection/timers.js';
export {
  defineView,
  MAX_VIEW_INDEXES,
  ReadModelStore,
  type Increments,
  type PersonalView,
  type ViewDefinition,
  type ViewIndex,
  type ViewItem,
  type ViewOptions,
  type ViewQuery,
  type ViewReader,
  type ViewReadOptions,
  type ViewWriter,
  type WritableView,
} from './projection/view.js';

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
  getDataSubjectsToken,
  getDynamoClientToken,
  getEventStoreToken,
  getProjectionsToken,
  getReadModelStoreToken,
  getRepositoryToken,
  getTimersToken,
  InjectAggregateRepository,
  InjectDataSubjects,
  InjectDynamoClient,
  InjectEventStore,
  InjectProjections,
  InjectReadModelStore,
  InjectRepository,
  InjectTimers,
} from './module/tokens.js';
