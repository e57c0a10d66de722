import { Logger, type InjectionToken, type Provider } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, ModuleRef } from '@nestjs/core';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { AggregateRepository } from '../repository/aggregate-repository.js';
import type { EventStore } from '../store/event-store.js';
import { EventBusPublication } from './event-bus-publication.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';
import { StoreLifecycle } from './store-lifecycle.js';
import { getAggregateRepositoryToken, getDynamoClientToken, getEventStoreToken, MODULE_OPTIONS } from './tokens.js';

export const STORE_IMPORTS = [DiscoveryModule];

/**
 * Everything of one store. `DynamoEventStore` is what is built; `EventStore` refers to it and is what the rest depends
 * on, so that overriding either in a test replaces the store everywhere.
 */
export function storeProviders(name: string | undefined): Provider[] {
  const dynamoStore = dynamoStoreToken(name);
  const store = getEventStoreToken(name);
  return [
    {
      provide: dynamoStore,
      useFactory: (options: DynamoEventStoreModuleOptions) => new DynamoEventStore(options),
      inject: [MODULE_OPTIONS],
    },
    { provide: store, useExisting: dynamoStore },
    {
      provide: getDynamoClientToken(name),
      useFactory: ({ client }: DynamoEventStore) => client,
      inject: [dynamoStore],
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
        { metadata, cache, clock, backoff }: DynamoEventStoreModuleOptions,
      ) => {
        const logger = new Logger('DynamoEventStoreModule');
        return new AggregateRepository(eventStore, {
          publication,
          onWarning: (warning) => {
            logger.warn(warning.message, warning.cause instanceof Error ? warning.cause.stack : undefined);
          },
          ...(metadata === undefined ? {} : { metadata }),
          ...(cache === undefined ? {} : { cache }),
          ...(clock === undefined ? {} : { clock }),
          ...(backoff === undefined ? {} : { backoff }),
        });
      },
      inject: [store, EventBusPublication, MODULE_OPTIONS],
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
  ];
}

function dynamoStoreToken(name: string | undefined): InjectionToken<DynamoEventStore> {
  return name === undefined ? DynamoEventStore : `DynamoEventStore:${name}:dynamo`;
}
