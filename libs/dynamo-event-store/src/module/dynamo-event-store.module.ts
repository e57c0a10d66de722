import { Module, type DynamicModule } from '@nestjs/common';
import type { AggregateClass } from '../aggregate/aggregate-root.js';
import type { AggregateRepository } from '../repository/aggregate-repository.js';
import { Repository } from '../repository/repository.js';
import { ConfigurableModuleClass, type ASYNC_OPTIONS_TYPE, type OPTIONS_TYPE } from './module-definition.js';
import { getAggregateRepositoryToken, getRepositoryToken } from './tokens.js';

/** Options of `DynamoEventStoreModule.forRoot`, with `name` and `global`. */
export type DynamoEventStoreRootOptions = typeof OPTIONS_TYPE;
/** Options of `DynamoEventStoreModule.forRootAsync`: `useFactory`, `useClass` or `useExisting`, with `name` and `global`. */
export type DynamoEventStoreRootAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** Which store a feature uses. */
export interface FeatureStore {
  readonly name?: string;
  /** The very module object that `forRoot` or `forRootAsync` gave; needed only where that is not global. */
  readonly imports?: readonly DynamicModule[];
}

/**
 * Event sourcing on DynamoDB for a Nest application. `forRoot` or `forRootAsync` once per store, in the root module;
 * `forFeature` wherever aggregates are used. Makes no request at boot unless `createTable` is set,
 * or there are projections with views: their layout is compared with that of the builds on record.
 */
@Module({})
export class DynamoEventStoreModule extends ConfigurableModuleClass {
  /** Provides `EventStore`, `AggregateRepository` and the DynamoDB client to every module. */
  static override forRoot(options: DynamoEventStoreRootOptions): DynamicModule {
    return super.forRoot(options);
  }

  /** Like `forRoot`, with options that are made at boot. */
  static override forRootAsync(options: DynamoEventStoreRootAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }

  /**
   * Checks aggregate classes and their events at boot, and provides a `Repository` for each: `@InjectRepository(Order)`.
   * Boot fails with an `InvalidDefinitionError` that lists every fault of a class.
   * @param store Name of the store, or with `global: false` also the module that `forRoot` gave. Default: the one
   * without a name.
   */
  static forFeature(aggregates: readonly AggregateClass[], store: string | FeatureStore = {}): DynamicModule {
    const { name, imports = [] } = typeof store === 'string' ? { name: store } : store;
    const providers = aggregates.map((aggregateClass) => ({
      provide: getRepositoryToken(aggregateClass, name),
      useFactory: (repository: AggregateRepository) => {
        repository.register(aggregateClass);
        return new Repository(repository, aggregateClass);
      },
      inject: [getAggregateRepositoryToken(name)],
    }));
    return {
      module: DynamoEventStoreModule,
      imports: [...imports],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
