import { Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { DynamoEventStoreModule, scanFeed } from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import { ProjectionsController } from './admin/projections.controller.js';
import type { OrderServiceConfig } from './config.js';
import { HealthController } from './health/health.controller.js';
import { ProblemFilter } from './http/problem.filter.js';
import { eventMetadata } from './http/request-context.js';
import { validationPipe } from './http/validation.js';
import { OrdersModule } from './orders/orders.module.js';

/** Limits of one request to DynamoDB, tight enough that a caller over HTTP still waits for the answer. */
const REQUEST_LIMITS = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

@Module({})
export class AppModule {
  /** @param afterShutdown Called last when the application closes. */
  static register(config: OrderServiceConfig, afterShutdown?: () => Promise<void>): DynamicModule {
    const { eventsTable, readModelTable, controlTable, createTables, dynamoDb, engine, leaseMs } = config;
    return {
      module: AppModule,
      imports: [
        CqrsModule.forRoot(),
        DynamoEventStoreModule.forRoot({
          tableName: eventsTable,
          clientConfig: { ...REQUEST_LIMITS, ...dynamoDb },
          createTable: createTables,
          cache: true,
          publish: 'none',
          metadata: eventMetadata,
          feed: engine === 'dynamodb' ? streamsFeed({ leaseMs }) : scanFeed({ leaseMs }),
          readSide: { readModelTable, controlTable, leaseMs },
        }),
        OrdersModule.register(config),
      ],
      controllers: [HealthController, ProjectionsController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: validationPipe },
        { provide: AfterShutdown, useFactory: () => new AfterShutdown(afterShutdown) },
      ],
    };
  }
}

class AfterShutdown implements OnApplicationShutdown {
  constructor(private readonly run: (() => Promise<void>) | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    await this.run?.();
    new Logger('OrderService').log('Stopped');
  }
}
