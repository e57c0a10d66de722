import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { simulateEventStore, type EventStoreSimulation } from 'nestjs-dynamo-event-store/testing';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { AppModule } from '../src/app.module.js';
import { loadConfig } from '../src/config.js';

const ORDER = { orderId: 'o-1', customerId: 'VINET', lines: [{ productId: 'tofu', quantity: 2, unitPrice: '9.80' }] };

// #region whole-application
describe('the order service, without Java and without AWS', () => {
  let sim: EventStoreSimulation<TestingModuleBuilder>;
  let app: INestApplication<App>;

  beforeEach(async () => {
    // As in production: a region, no endpoint, tables that nobody has created.
    const config = loadConfig({ AWS_REGION: 'eu-central-1', PAYMENT_TIMEOUT: 'P14D' });
    sim = simulateEventStore(Test.createTestingModule({ imports: [AppModule.register(config)] }));
    app = (await sim.compile()).createNestApplication();
    await app.init();
  });

  afterEach(() => app.close());

  it('shows an order in its lists once everything has settled', async () => {
    await request(app.getHttpServer()).post('/orders').send(ORDER).expect(201);
    await sim.settled();
    const { body } = await request(app.getHttpServer()).get('/orders?customerId=VINET').expect(200);
    expect(body).toMatchObject({ items: [{ orderId: 'o-1', status: 'placed' }] });
  });

  it('cancels an order that is not paid within 14 days', async () => {
    const statusOf = async (orderId: string): Promise<unknown> =>
      (await request(app.getHttpServer()).get(`/orders/${orderId}`)).body.status;
    await request(app.getHttpServer()).post('/orders').send(ORDER).expect(201);
    await sim.advance({ days: 13, hours: 23 });
    expect(await statusOf('o-1')).toBe('placed');
    await sim.advance({ hours: 1 });
    expect(await statusOf('o-1')).toBe('cancelled');
  });
});
// #endregion
