import type { DynamoEventStoreOptions } from '../dynamo/dynamo-event-store.js';
import type { CreateTableOptions } from '../dynamo/create-table.js';
import type { FeedFactory } from '../dynamo/feed-factory.js';
import type { ReadSideSettings } from '../dynamo/read-side.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { CacheOptions } from '../repository/aggregate-cache.js';
import type { TenancyOptions } from '../store/tenancy-options.js';
import type { RecordedEvent } from '../event/recorded-event.js';

/** Options of `DynamoEventStoreModule.forRoot`. */
export interface DynamoEventStoreModuleOptions extends Omit<DynamoEventStoreOptions, 'tenancy'> {
  /** Create the tables at boot unless they exist; for development. Default false. */
  readonly createTable?: boolean | CreateTableOptions;
  /**
   * Whether stored events are published on the application's `EventBus`. `after-append` does it when there is a bus, at
   * most once and only in this process: a crash in between loses them. Default `after-append`.
   */
  readonly publish?: 'after-append' | 'none';
  /** Called on each save for metadata that every commit carries, such as the acting user. */
  readonly metadata?: () => EventMetadata;
  /**
   * Whether every stream has a tenant, and where calls get theirs from: the option `tenant` of the call, `tenancy.tenant`,
   * and the `tenantId` of its metadata, which the `metadata` hook is asked for on each call. A call for which none of them
   * tells is a `TenantRequiredError`; if two tell different ones, it is a `TenantMismatchError`. Repositories, read models, timers
   * and data subjects ask alike; `tenancy.run` is entered around reactors and timers. Default false: a tenant is part of the key
   * where a call names one.
   */
  readonly tenancy?: boolean | TenancyOptions;
  /** Keeps the states of recently used aggregates in memory, so that a command on one is one request. Default: none. */
  readonly cache?: boolean | CacheOptions;
  /**
   * Runs the application's projections and reactors in this process: `streamsFeed()` of `./streams` reads the table's
   * stream, and all instances of the service share the work; `scanFeed()` is for engines without streams. Default: they
   * do not run here, as where a Lambda function runs them; their views can be read all the same.
   */
  readonly feed?: FeedFactory;
  /** How projections and reactors are run. */
  readonly readSide?: Omit<ReadSideSettings, 'feed'>;
  /**
   * Told when publishing stored events failed; the save has succeeded all the same. Default: it is logged as an error.
   */
  readonly onPublishError?: (error: unknown, events: readonly RecordedEvent[]) => void;
}

/** What a class given as `useClass` or `useExisting` implements. */
export interface DynamoEventStoreOptionsFactory {
  createDynamoEventStoreOptions(): Promise<DynamoEventStoreModuleOptions> | DynamoEventStoreModuleOptions;
}
