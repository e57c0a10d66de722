import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { DynamoEventStoreModuleOptions } from './module-options.js';
import { environmentProviders } from './store-environment.js';
import { STORE_IMPORTS, storeExports, storeProviders } from './store.providers.js';
import { GIVEN_OPTIONS } from './tokens.js';

/** Known before any factory runs, so also given beside `useFactory`, `useClass` or `useExisting`. */
export interface DynamoEventStoreModuleExtras {
  /** Name of the store, for applications with several. Default: the one without a name, injected by type. */
  readonly name?: string;
  /** Whether every module may inject from it without importing it. Default true. */
  readonly global?: boolean;
}

// The transform runs for `forRoot` and `forRootAsync` alike; adding providers in an overridden `forRoot` would lose them
// in the other. The token is our own because the builder's would make the type of this constant refer to itself.
export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DynamoEventStoreModuleOptions>({
    optionsInjectionToken: GIVEN_OPTIONS,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createDynamoEventStoreOptions')
    .setExtras<DynamoEventStoreModuleExtras>({}, (definition, { name, global = true }) => ({
      ...definition,
      global,
      imports: [...(definition.imports ?? []), ...STORE_IMPORTS],
      providers: [...(definition.providers ?? []), ...environmentProviders(name), ...storeProviders(name)],
      exports: [...(definition.exports ?? []), ...storeExports(name)],
    }))
    .build();
