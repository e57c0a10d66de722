import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AggregateRepository, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { Order } from '../src/orders/domain/order.js';
import { orderLine } from '../src/orders/domain/order-line.js';
import { OrderSummaryStore } from '../src/orders/read-model/order-summary.store.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { newId, placeOrder, TOFU } from './support/samples.js';

let service: OrderServiceFixture;
let store: DynamoEventStore;
/** Stores events that no event bus hears of: what a process does that dies between storing and publishing. */
let silent: AggregateRepository;
let summaries: OrderSummaryStore;

beforeAll(async () => {
  service = await startOrderService();
  const { eventsTable, readModelTable, dynamoDb } = service.config;
  store = new DynamoEventStore({ tableName: eventsTable, clientConfig: dynamoDb });
  silent = new AggregateRepository(store);
  summaries = new OrderSummaryStore(store.client, readModelTable);
});

afterAll(async () => {
  store.close();
  await service.close();
});

describe('the read model', () => {
  it('is brought up to date by a look at the order, and stays so', async () => {
    const orderId = await placeOrder(service.api);
    await silent.update(Order, orderId, (order) => {
      order.addLine(orderLine(TOFU));
      order.pay({ at: '2026-01-31T12:00:00.000Z' });
    });
    expect(await summaries.find(orderId)).toMatchObject({ version: 1 });
    expect((await service.api.get(`/orders/${orderId}`)).body).toMatchObject({
      version: 3,
      status: 'paid',
      total: '152.60',
    });
    expect(await summaries.find(orderId)).toMatchObject({ version: 3, status: 'paid', total: '152.60' });
  });

  it('shows an order of which it never heard', async () => {
    const orderId = newId();
    await silent.save(Order.place(orderId, 'HANAR', [orderLine(TOFU)], '2026-01-31T12:00:00.000Z'));
    expect(await summaries.find(orderId)).toBeUndefined();
    expect((await service.api.get(`/orders/${orderId}`)).body).toMatchObject({ customerId: 'HANAR', total: '9.80' });
  });

  it('makes up for lost events with the next one', async () => {
    const orderId = await placeOrder(service.api);
    await silent.update(Order, orderId, (order) => {
      order.addLine(orderLine(TOFU));
    });
    await silent.update(Order, orderId, (order) => {
      order.pay({ at: '2026-01-31T12:00:00.000Z' });
    });
    await service.api.post(`/orders/${orderId}/ship`);
    expect(await summaries.find(orderId)).toMatchObject({ version: 4, status: 'shipped', paid: '152.60' });
  });

  it('applies nothing twice, whoever writes', async () => {
    const orderId = await placeOrder(service.api);
    const before = await summaries.find(orderId);
    expect(await summaries.replace({ ...before!, total: '0.00' }, 7)).toBe(false);
    expect(await summaries.replace({ ...before!, total: '0.00' }, undefined)).toBe(false);
    expect(await summaries.find(orderId)).toEqual(before);
    await Promise.all(Array.from({ length: 10 }, () => service.api.get(`/orders/${orderId}`)));
    expect(await summaries.find(orderId)).toEqual(before);
  });

  it('survives many looks at an order that it does not know yet', async () => {
    const orderId = newId();
    const lines = Array.from({ length: 20 }, (_, index) => orderLine({ ...TOFU, productId: `p-${index}` }));
    await silent.save(Order.place(orderId, 'HANAR', lines.slice(0, 1), '2026-01-31T12:00:00.000Z'));
    for (const line of lines.slice(1))
      await silent.update(Order, orderId, (order) => {
        order.addLine(line);
      });
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.api.get(`/orders/${orderId}`)));
    for (const { status, body } of answers)
      expect({ status, version: body.version, total: body.total }).toEqual({
        status: 200,
        version: 20,
        total: '196.00',
      });
  });
});
