import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import type { DiscoveryService, ModuleRef } from '@nestjs/core';
import type { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import type { ReadSide, Subscription } from '../dynamo/read-side.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { subscriptionOf } from '../metadata/metadata-storage.js';
import type { ProgressFence } from '../projection/progress-fence.js';
import type { EventStore } from '../store/event-store.js';
import { endsWithin } from '../store/time-limit.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';

/** How long the boot waits for the control table. */
const CHECK_MS = 5_000;

type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds the projections and reactors of the application, and starts and stops them with it. */
export class ReadSideLifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('DynamoEventStoreModule');

  constructor(
    private readonly name: string | undefined,
    private readonly store: EventStore,
    private readonly dynamoStore: DynamoEventStore,
    private readonly readSide: ReadSide,
    private readonly options: DynamoEventStoreModuleOptions,
    private readonly discovery: DiscoveryService,
    private readonly moduleRef: ModuleRef,
  ) {}

  onModuleInit(): void {
    this.checkStores();
    const found = this.discovery.getProviders().filter((wrapper) => this.isOurs(wrapper));
    this.readSide.add(found.map((wrapper) => this.subscriptionOf(wrapper)));
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.readSide.isEmpty) return;
    if (this.store !== this.dynamoStore) {
      this.logger.warn('EventStore was replaced, so projections and reactors do not run.');
      return;
    }
    if (this.options.createTable !== undefined && this.options.createTable !== false)
      await this.readSide.createTables();
    await this.checkBuilds();
    this.readSide.start();
  }

  /** An outage of the tables does not keep the application from starting. */
  private async checkBuilds(): Promise<void> {
    const unknown =
      'The builds of the read models could not be compared with the code; they are when they are worked on.';
    try {
      if (!(await endsWithin(CHECK_MS, this.readSide.check()))) this.logger.warn(unknown);
    } catch (cause) {
      if (cause instanceof InvalidDefinitionError) throw cause;
      this.logger.warn(unknown, cause instanceof Error ? cause.stack : String(cause));
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.readSide.stop();
  }

  /** One that names no store there is would be run by none, without a word. */
  private checkStores(): void {
    const providers = this.discovery.getProviders();
    const stores = providers.flatMap(({ instance }) => (instance instanceof ReadSideLifecycle ? [instance.name] : []));
    for (const wrapper of providers) {
      const options = optionsOf(wrapper);
      if (options === undefined || stores.includes(options.store)) continue;
      const named = options.store === undefined ? 'without a name' : `named "${options.store}"`;
      throw new InvalidDefinitionError(String(wrapper.name), [`It belongs to a store ${named}, but there is none.`]);
    }
  }

  private isOurs(wrapper: ProviderWrapper): boolean {
    const options = optionsOf(wrapper);
    return options !== undefined && options.store === this.name;
  }

  private subscriptionOf(wrapper: ProviderWrapper): Subscription {
    if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient)
      throw new InvalidDefinitionError(String(wrapper.name), [
        'It is request-scoped or transient, or something that it injects is. Events are applied outside of any request: use providers of the default scope.',
      ]);
    const options = optionsOf(wrapper);
    const token = options !== undefined && 'fence' in options ? options.fence : undefined;
    const fence =
      token === undefined ? undefined : this.moduleRef.get<unknown, ProgressFence>(token, { strict: false });
    return { instance: wrapper.instance as object, fence };
  }
}

function optionsOf({ metatype }: ProviderWrapper) {
  return typeof metatype === 'function' ? subscriptionOf(metatype)?.options : undefined;
}
