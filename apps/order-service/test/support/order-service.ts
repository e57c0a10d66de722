import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { testClientConfig, uniqueTableName } from '../../../../test/support/dynamodb.js';
import { createOrderService } from '../../src/bootstrap.js';
import type { OrderServiceConfig } from '../../src/config.js';
import { OrdersApi } from './http.js';

/** The service in this process, as production makes it, on tables of its own. */
export interface OrderServiceFixture {
  readonly app: INestApplication;
  readonly config: OrderServiceConfig;
  readonly api: OrdersApi;
  close(): Promise<void>;
}

export function testConfig(overrides: Partial<OrderServiceConfig> = {}): OrderServiceConfig {
  const { endpoint, region } = testClientConfig();
  return {
    port: 0,
    host: '127.0.0.1',
    eventsTable: uniqueTableName('order-events'),
    readModelTable: uniqueTableName('order-views'),
    controlTable: uniqueTableName('order-control'),
    createTables: true,
    engine: 'dynamodb',
    leaseMs: 2_000,
    readWaitMs: 5_000,
    paymentTimeoutMs: 3_600_000,
    logLevel: 'fatal',
    dynamoDb: { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    ...overrides,
  };
}

export async function startOrderService(overrides: Partial<OrderServiceConfig> = {}): Promise<OrderServiceFixture> {
  const config = testConfig(overrides);
  const app = await createOrderService(config);
  await app.listen(config.port, config.host);
  const server: Server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  return { app, config, api: new OrdersApi(`http://${config.host}:${port}`), close: () => app.close() };
}
