import type { BeforeApplicationShutdown, OnApplicationBootstrap, Provider } from '@nestjs/common';
import { ReadSide } from '../dynamo/read-side.js';
import type { AggregateRepository } from '../repository/aggregate-repository.js';
import { EventBusPublication } from './event-bus-publication.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';
import { getAggregateRepositoryToken, GIVEN_OPTIONS, MODULE_OPTIONS } from './tokens.js';

/** @internal A store of an application, for its environment. */
export class StoreInUse implements OnApplicationBootstrap, BeforeApplicationShutdown {
  isRunning = false;

  constructor(
    readonly options: DynamoEventStoreModuleOptions,
    readonly readSide: ReadSide,
    private readonly repository: AggregateRepository,
    private readonly publication: EventBusPublication,
  ) {}

  onApplicationBootstrap(): void {
    this.isRunning = true;
  }

  beforeApplicationShutdown(): void {
    this.isRunning = false;
  }

  /** Resolves when publications and snapshots under way have ended. */
  async drain(): Promise<void> {
    await this.publication.drain();
    await this.repository.drain();
  }
}

/** @internal Where the stores of an application run: in the world, or in a simulation. */
export interface StoreEnvironment {
  /** The options of a store in this environment. */
  optionsOf(given: DynamoEventStoreModuleOptions): DynamoEventStoreModuleOptions;
  /** Told of each store before anything uses it. */
  attach(store: StoreInUse): void;
}

/** @internal Overridden by simulations, for all stores of an application at once. */
export const STORE_ENVIRONMENT = Symbol('DynamoEventStoreEnvironment');

const WORLD: StoreEnvironment = { optionsOf: (given) => given, attach: () => undefined };

/** The options of one store as they are used, and the store's registration with its environment. */
export function environmentProviders(name: string | undefined): Provider[] {
  return [
    { provide: STORE_ENVIRONMENT, useValue: WORLD },
    {
      provide: MODULE_OPTIONS,
      useFactory: (given: DynamoEventStoreModuleOptions, environment: StoreEnvironment) => environment.optionsOf(given),
      inject: [GIVEN_OPTIONS, STORE_ENVIRONMENT],
    },
    {
      provide: StoreInUse,
      useFactory: (
        environment: StoreEnvironment,
        options: DynamoEventStoreModuleOptions,
        readSide: ReadSide,
        repository: AggregateRepository,
        publication: EventBusPublication,
      ): StoreInUse => {
        const store = new StoreInUse(options, readSide, repository, publication);
        environment.attach(store);
        return store;
      },
      inject: [STORE_ENVIRONMENT, MODULE_OPTIONS, ReadSide, getAggregateRepositoryToken(name), EventBusPublication],
    },
  ];
}
