import {
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { upcasterDefinitionOf, type UpcasterDefinition } from '../event/upcaster.js';
import type { AggregateRepository } from '../repository/aggregate-repository.js';
import { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { EventStore } from '../store/event-store.js';
import type { EventBusPublication } from './event-bus-publication.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';

/** Start and stop of one store: checks at boot, the table in development, draining and closing at shutdown. */
export class StoreLifecycle implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('DynamoEventStoreModule');

  constructor(
    private readonly name: string | undefined,
    private readonly store: EventStore,
    private readonly repository: AggregateRepository,
    private readonly options: DynamoEventStoreModuleOptions,
    private readonly publication: EventBusPublication,
    private readonly discovery: DiscoveryService,
  ) {}

  async onModuleInit(): Promise<void> {
    this.checkNames();
    this.store.register(this.options.events ?? [], [...(this.options.upcasters ?? []), ...this.discoverUpcasters()]);
    this.checkUpcasters();
    this.publication.connect();
    const { createTable } = this.options;
    if (createTable === undefined || createTable === false || !(this.store instanceof DynamoEventStore)) return;
    await this.store.createTable(createTable === true ? {} : createTable);
    this.logger.log(`Table ${this.store.tableName} is ready.`);
  }

  async onModuleDestroy(): Promise<void> {
    await this.drain();
  }

  // Once more: between the two, requests may still have been in hand.
  async beforeApplicationShutdown(): Promise<void> {
    await this.drain();
  }

  onApplicationShutdown(): void {
    if (this.store instanceof DynamoEventStore) this.store.close();
  }

  private async drain(): Promise<void> {
    await this.publication.drain();
    await this.repository.drain();
  }

  private discoverUpcasters(): UpcasterDefinition[] {
    return this.discovery.getProviders().flatMap(({ instance }) => {
      const definition =
        typeof instance === 'object' && instance !== null ? upcasterDefinitionOf(instance as object) : undefined;
      return definition === undefined || definition.store !== this.name ? [] : [definition];
    });
  }

  private checkNames(): void {
    const others = this.discovery
      .getProviders()
      .filter(({ instance }) => instance instanceof StoreLifecycle && instance.name === this.name);
    if (others.length < 2) return;
    const which = this.name === undefined ? 'without a name' : `named "${this.name}"`;
    throw new InvalidDefinitionError('DynamoEventStoreModule', [
      `There are ${others.length} stores ${which}. Call forRoot once for each store, give further ones a name, and share the module it returns.`,
    ]);
  }

  private checkUpcasters(): void {
    if (!(this.store instanceof CommitLogEventStore)) return;
    const faults = this.store.definitions.chainFaults();
    if (faults.length > 0) throw new InvalidDefinitionError('The set of upcasters', faults);
    const lost = this.store.definitions.upcastersWithoutEvent();
    if (lost.length > 0)
      this.logger.warn(`There are upcasters for, or into, ${lost.join(', ')}, but no registered event of that name.`);
    const uncovered = this.store.definitions.uncoveredVersions();
    if (uncovered.length > 0) {
      this.logger.warn(
        `No upcaster covers ${uncovered.join(', ')}; stored events of that version cannot be read. (An @Upcaster of a named store says so: @Upcaster({ event, from, store }).)`,
      );
    }
  }
}
