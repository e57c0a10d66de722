import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AggregateRepository, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { eventually } from '../../../test/support/eventually.js';
import { orderLine } from '../src/orders/domain/order-line.js';
import { Order } from '../src/orders/domain/order.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { newId, placeOrder, TOFU } from './support/samples.js';

const AT = '2026-01-31T12:00:00.000Z';

let service: OrderServiceFixture;
let store: DynamoEventStore;
/** Stores events of which the service is not told: what another process does. */
let elsewhere: AggregateRepository;

beforeAll(async () => {
  service = await startOrderService({ readWaitMs: 5_000 });
  const { eventsTable, dynamoDb } = service.config;
  store = new DynamoEventStore({ tableName: eventsTable, clientConfig: dynamoDb });
  elsewhere = new AggregateRepository(store);
});

afterAll(async () => {
  store.close();
  await service.close();
});

describe('the read model', () => {
  it('shows what another process has stored, without being asked', async () => {
    const orderId = newId();
    await elsewhere.save(Order.place(orderId, 'HANAR', [orderLine(TOFU)], AT));
    await eventually('it is shown', async () => (await service.api.get(`/orders/${orderId}`)).status === 200);
    await elsewhere.update(Order, orderId, (order) => {
      order.addLine(orderLine({ ...TOFU, productId: 'p-2' }));
      order.pay({ at: AT });
    });
    const { body } = await service.api.get(`/orders/${orderId}?minVersion=3`);
    expect(body).toMatchObject({ customerId: 'HANAR', version: 3, status: 'paid', total: '19.60', paid: '19.60' });
  });

  it('shows what was stored before the service first ran', async () => {
    const orderId = newId();
    await elsewhere.save(Order.place(orderId, 'HANAR', [orderLine(TOFU)], AT));
    const { eventsTable } = service.config;
    const first = await startOrderService({ eventsTable, readWaitMs: 20_000 });
    expect((await first.api.get(`/orders/${orderId}?minVersion=1`)).body).toMatchObject({ version: 1, total: '9.80' });
    await first.close();
  });
});

describe('a query', () => {
  it('shows what was stored by the process that answers it, order by order and in lists', async () => {
    const { api } = service;
    for (let round = 0; round < 20; round++) {
      const customerId = newId();
      const orderId = await placeOrder(api, { customerId });
      const list = await api.get(`/orders?customerId=${customerId}`);
      expect(list.body.items).toMatchObject([{ orderId, version: 1 }]);
      await api.post(`/orders/${orderId}/pay`);
      expect((await api.get(`/orders/${orderId}`)).body).toMatchObject({ version: 2, status: 'paid' });
    }
  });

  it('with a token of a version that does not exist is 503 and says what is shown', async () => {
    const orderId = await placeOrder(service.api);
    for (const [path, headers] of [
      [`/orders/${orderId}?minVersion=2`, {}],
      [`/orders/${orderId}`, { 'X-Min-Version': '2' }],
    ] as const) {
      const { status, body, headers: answered } = await service.api.get(path, headers);
      expect(status).toBe(503);
      expect(body).toMatchObject({ code: 'read-model-behind', orderId, wantedVersion: 2, shownVersion: 1 });
      expect(Number(answered.get('Retry-After'))).toBeGreaterThan(0);
    }
    const { status, body } = await service.api.get('/orders/unknown?minVersion=2');
    expect([status, body.code]).toEqual([503, 'read-model-behind']);
  });

  it.each(['0', '-1', '1.5', 'x', '', '%221%22'])('with minVersion=%s is 400', async (token) => {
    const { status, body } = await service.api.get(`/orders/o-1?minVersion=${token}`);
    expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field: 'minVersion' });
  });

  it('with a wrong X-Min-Version is 400', async () => {
    const { status, body } = await service.api.get('/orders/o-1', { 'X-Min-Version': '0' });
    expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field: 'X-Min-Version' });
  });
});

describe('while the projection is paused', () => {
  it('a query waits as long as it may: then a token is 503, and without one there is what there is', async () => {
    // On tables of its own: another instance would notice the pause a little later.
    const slow = await startOrderService({ readWaitMs: 300 });
    const orderId = await placeOrder(slow.api);
    await eventually('it is shown', async () => (await slow.api.get(`/orders/${orderId}`)).status === 200, 30_000);
    expect((await slow.api.post('/admin/projections/order-summary/pause')).status).toBe(200);
    await slow.api.post(`/orders/${orderId}/pay`);

    const behind = await slow.api.get(`/orders/${orderId}?minVersion=2`);
    expect(behind.status).toBe(503);
    expect(behind.body).toMatchObject({ code: 'read-model-behind', wantedVersion: 2, shownVersion: 1 });
    const list = await slow.api.get(`/orders?after=${orderId}@2`);
    expect([list.status, list.body.code]).toEqual([503, 'read-model-behind']);
    expect((await slow.api.get(`/orders/${orderId}`)).body).toMatchObject({ version: 1, status: 'placed' });

    // Of an order that was stored here, but is not shown at all, it cannot say that there is none.
    const unseen = await placeOrder(slow.api);
    const answer = await slow.api.get(`/orders/${unseen}`);
    expect([answer.status, answer.body.code]).toEqual([503, 'read-model-behind']);

    expect((await slow.api.post('/admin/projections/order-summary/resume')).status).toBe(200);
    await eventually('it is shown', async () => (await slow.api.get(`/orders/${unseen}`)).status === 200);
    await eventually(
      'the payment is shown',
      async () => (await slow.api.get(`/orders/${orderId}`)).body.status === 'paid',
    );
    await slow.close();
  });
});
