import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Logger, type InjectionToken, type Provider } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, ModuleRef } from '@nestjs/core';
import { withheld } from '../errors/event-errors.js';
import { DynamoEventStore, type DynamoEventStoreOptions } from '../dynamo/dynamo-event-store.js';
import { ReadSide } from '../dynamo/read-side.js';
import { describeStream } from '../event/stream-id.js';
import { DataSubjects } from '../personal/data-subjects.js';
import { NoDataSubjects } from '../personal/no-data-subjects.js';
import { AggregateRepository } from '../repository/aggregate-repository.js';
import type { EventStore } from '../store/event-store.js';
import { storeTenancyOf } from './store-tenancy.js';
import { EventBusPublication } from './event-bus-publication.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';
import { ReadSideLifecycle } from './read-side-lifecycle.js';
import { replacedStore } from './replaced-store.js';
import { StoreClient } from './store-client.js';
import { StoreLifecycle } from './store-lifecycle.js';
import {
  getAggregateRepositoryToken,
  getDataSubjectsToken,
  getDynamoClientToken,
  getEventStoreToken,
  getProjectionsToken,
  getReadModelStoreToken,
  getTimersToken,
  MODULE_OPTIONS,
} from './tokens.js';

export const STORE_IMPORTS = [DiscoveryModule];

/** The store that projections follow; private to its module instance. */
const READ_SIDE_STORE = Symbol('ReadSideStore');

/**
 * Everything of one store. `DynamoEventStore` is what is built; `EventStore` refers to it and is what the rest depends
 * on, so that overriding either in a test replaces the store everywhere.
 */
export function storeProviders(name: string | undefined): Provider[] {
  const dynamoStore = dynamoStoreToken(name);
  const store = getEventStoreToken(name);
  return [
    {
      provide: StoreClient,
      useFactory: (options: DynamoEventStoreModuleOptions, discovery: DiscoveryService) => {
        const own = [
          { token: dynamoStore, factory: makeStore },
          { token: store, factory: sameStore },
        ];
        return new StoreClient(storeOptionsOf(options), replacedStore(discovery, own));
      },
      inject: [MODULE_OPTIONS, DiscoveryService],
    },
    {
      provide: getDynamoClientToken(name),
      useFactory: ({ client }: StoreClient) => client,
      inject: [StoreClient],
    },
    { provide: dynamoStore, useFactory: makeStore, inject: [MODULE_OPTIONS, getDynamoClientToken(name)] },
    { provide: store, useFactory: sameStore, inject: [dynamoStore] },
    {
      provide: READ_SIDE_STORE,
      useFactory: readSideStore,
      inject: [store, dynamoStore, MODULE_OPTIONS, getDynamoClientToken(name)],
    },
    {
      provide: EventBusPublication,
      useFactory: (moduleRef: ModuleRef, options: DynamoEventStoreModuleOptions) =>
        new EventBusPublication(moduleRef, options),
      inject: [ModuleRef, MODULE_OPTIONS],
    },
    {
      provide: getAggregateRepositoryToken(name),
      useFactory: (
        eventStore: EventStore,
        publication: EventBusPublication,
        readSide: ReadSide,
        { metadata, tenancy, cache, clock, backoff }: DynamoEventStoreModuleOptions,
      ) => {
        const logger = new Logger('DynamoEventStoreModule');
        const repository: AggregateRepository = new AggregateRepository(eventStore, {
          publication: {
            publish: (...saved) => {
              publication.publish(...saved);
              readSide.nudge();
            },
          },
          onWarning: (warning) => {
            // Nest logs every further argument, also one that is undefined.
            logger.warn(warning.message, ...(warning.cause instanceof Error ? [warning.cause.stack] : []));
          },
          ...(metadata === undefined ? {} : { metadata }),
          ...(tenancy === undefined ? {} : { tenancy }),
          ...(cache === undefined ? {} : { cache }),
          ...(clock === undefined ? {} : { clock }),
          ...(backoff === undefined ? {} : { backoff }),
        });
        readSide.followAggregatesOf(repository);
        return repository;
      },
      inject: [store, EventBusPublication, ReadSide, MODULE_OPTIONS],
    },
    {
      provide: ReadSide,
      useFactory: (eventStore: DynamoEventStore, { feed, clock, readSide = {} }: DynamoEventStoreModuleOptions) => {
        const logger = new Logger('DynamoEventStoreModule');
        return new ReadSide({
          ...readSide,
          clock: readSide.clock ?? clock,
          store: eventStore,
          feed,
          onFailure: ({ subscription, stream, version, attempt, parked, cause: given, confidential }) => {
            const what = `${subscription} failed at version ${version} of ${describeStream(stream)} (try ${attempt})`;
            const cause = confidential === true ? withheld(given) : given;
            const stack = cause instanceof Error ? cause.stack : String(cause);
            if (parked) logger.error(`${what}; the stream is parked.`, stack);
            else logger.warn(what, stack);
          },
          onProblem: ({ what, cause }) => {
            logger.warn(what, cause instanceof Error ? cause.stack : String(cause));
          },
        });
      },
      inject: [READ_SIDE_STORE, MODULE_OPTIONS],
    },
    {
      provide: getProjectionsToken(name),
      useFactory: ({ projections }: ReadSide) => projections,
      inject: [ReadSide],
    },
    {
      provide: getReadModelStoreToken(name),
      useFactory: ({ readModels }: ReadSide) => readModels,
      inject: [ReadSide],
    },
    {
      provide: getDataSubjectsToken(name),
      useFactory: (eventStore: EventStore & { readonly dataSubjects?: DataSubjects }) =>
        eventStore.dataSubjects ?? new NoDataSubjects(),
      inject: [store],
    },
    { provide: getTimersToken(name), useFactory: ({ timers }: ReadSide) => timers, inject: [ReadSide] },
    {
      provide: ReadSideLifecycle,
      useFactory: (
        eventStore: EventStore,
        dynamo: DynamoEventStore,
        readSide: ReadSide,
        options: DynamoEventStoreModuleOptions,
        discovery: DiscoveryService,
        moduleRef: ModuleRef,
      ) => new ReadSideLifecycle(name, eventStore, dynamo, readSide, options, discovery, moduleRef),
      inject: [store, READ_SIDE_STORE, ReadSide, MODULE_OPTIONS, DiscoveryService, ModuleRef],
    },
    {
      provide: StoreLifecycle,
      useFactory: (
        eventStore: EventStore,
        options: DynamoEventStoreModuleOptions,
        repository: AggregateRepository,
        publication: EventBusPublication,
        discovery: DiscoveryService,
      ) => new StoreLifecycle(name, eventStore, repository, options, publication, discovery),
      inject: [store, MODULE_OPTIONS, getAggregateRepositoryToken(name), EventBusPublication, DiscoveryService],
    },
  ];
}

export function storeExports(name: string | undefined): InjectionToken[] {
  return [
    dynamoStoreToken(name),
    getEventStoreToken(name),
    getDynamoClientToken(name),
    getAggregateRepositoryToken(name),
    getProjectionsToken(name),
    getReadModelStoreToken(name),
    getTimersToken(name),
    getDataSubjectsToken(name),
  ];
}

const makeStore = (
  { clientConfig: _, ...options }: DynamoEventStoreModuleOptions,
  client: DynamoDBClient,
): DynamoEventStore => new DynamoEventStore(storeOptionsOf({ ...options, client }));

// A factory, not `useExisting`: an override is told by its factory.
const sameStore = (store: DynamoEventStore): DynamoEventStore => store;

/** The store in use, if it is one on DynamoDB; otherwise one on a client that refuses requests. */
function readSideStore(
  store: EventStore,
  dynamoStore: EventStore,
  options: DynamoEventStoreModuleOptions,
  client: DynamoDBClient,
): DynamoEventStore {
  if (store instanceof DynamoEventStore) return store;
  return dynamoStore instanceof DynamoEventStore ? dynamoStore : makeStore(options, client);
}

/** What the store does not know of Nest: its logger, and that projections may have named the control table. */
function storeOptionsOf(options: DynamoEventStoreModuleOptions): DynamoEventStoreOptions {
  const logger = new Logger('DynamoEventStoreModule');
  const { personalData, readSide } = options;
  return {
    onWarning: ({ message }) => {
      logger.warn(message);
    },
    ...options,
    tenancy: storeTenancyOf(options),
    ...(personalData === undefined ? {} : { personalData: { controlTable: readSide?.controlTable, ...personalData } }),
  };
}

function dynamoStoreToken(name: string | undefined): InjectionToken<DynamoEventStore> {
  return name === undefined ? DynamoEventStore : `DynamoEventStore:${name}:dynamo`;
}
