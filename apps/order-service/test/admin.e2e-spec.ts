import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainEvent, DynamoEventStore, type RecordedEvent } from 'nestjs-dynamo-event-store';
import { eventually } from '../../../test/support/eventually.js';
import { OrderSummaryProjection } from '../src/orders/read-model/order-summary.projection.js';
import type { OrdersApi } from './support/http.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { newId, placeOrder, TOFU } from './support/samples.js';

let service: OrderServiceFixture;
let api: OrdersApi;

beforeAll(async () => {
  service = await startOrderService();
  api = service.api;
});

afterAll(async () => {
  await service.close();
});

async function parked(name: string): Promise<Record<string, unknown>[]> {
  return JSON.parse((await api.get(`/admin/projections/${name}/parked`)).text) as Record<string, unknown>[];
}

/** Until it is undone, the summaries cannot take events of this order. */
function breakSummaryOf(orderId: string): () => void {
  const projection = service.app.get(OrderSummaryProjection);
  const apply = projection.apply.bind(projection);
  projection.apply = (event: object, recorded: RecordedEvent, views) => {
    if (recorded.stream.id === orderId) throw new Error('no room in the warehouse');
    return apply(event, recorded, views);
  };
  return () => {
    projection.apply = apply;
  };
}

describe('the projections of the service', () => {
  it('are listed with their state', async () => {
    const { status, text } = await api.get('/admin/projections');
    expect(status).toBe(200);
    const fresh = { paused: false, active: { generation: 1, parked: 0 } };
    expect((JSON.parse(text) as { name: string }[]).sort((a, b) => a.name.localeCompare(b.name))).toMatchObject([
      { name: 'order-summary', kind: 'projection', ...fresh },
      { name: 'payment-process', kind: 'reactor', ...fresh },
      { name: 'revenue', kind: 'projection', ...fresh },
    ]);
  });

  it('that are not there are 404, and a reactor is not rebuilt', async () => {
    for (const path of ['rebuild', 'pause', 'resume']) {
      const { status, body } = await api.post(`/admin/projections/nothing/${path}`);
      expect([status, body.code]).toEqual([404, 'projection-not-found']);
    }
    expect((await api.get('/admin/projections/nothing/parked')).status).toBe(404);
    const { status, body } = await api.post('/admin/projections/payment-process/rebuild');
    expect([status, body.code]).toEqual([409, 'projection-state']);
  });
});

describe('an order whose event cannot be applied', () => {
  it('is parked alone, shown, and goes on when it is resumed after the cause is mended', async () => {
    const [orderId, other] = [await placeOrder(api), await placeOrder(api)];
    expect((await api.get(`/orders/${orderId}`)).status).toBe(200);
    const mend = breakSummaryOf(orderId);
    await api.post(`/orders/${orderId}/pay`);
    await eventually('it is parked', async () => (await parked('order-summary')).length > 0, 30_000);
    expect(await parked('order-summary')).toEqual([
      {
        orderId,
        version: 2,
        type: 'order-paid',
        reason: 'no room in the warehouse',
        attempts: 5,
        parkedAt: expect.any(String),
      },
    ]);
    await api.post(`/orders/${other}/pay`);
    expect((await api.get(`/orders/${other}`)).body).toMatchObject({ version: 2 });
    const refused = await api.get(`/orders/${orderId}?minVersion=2`);
    expect(refused.body).toMatchObject({ status: 503, code: 'order-parked', parkedVersion: 2 });
    expect((await api.get(`/orders/${orderId}`)).body).toMatchObject({ version: 1, status: 'placed' });
    await api.post(`/orders/${orderId}/ship`);

    mend();
    const resumed = await api.post(`/admin/projections/order-summary/parked/${orderId}/resume`);
    expect(resumed).toMatchObject({ status: 200, body: { orderId, parked: false } });
    expect((await api.get(`/orders/${orderId}`)).body).toMatchObject({ version: 3, status: 'shipped' });
    expect(await parked('order-summary')).toEqual([]);
    const again = await api.post(`/admin/projections/order-summary/parked/${orderId}/resume`);
    expect([again.status, again.body.code]).toEqual([404, 'order-not-parked']);
  });

  it('goes on without the event when that is skipped', async () => {
    @DomainEvent({ name: 'from-the-future' })
    class FromTheFuture {}
    const orderId = newId();
    await placeOrder(api, { orderId, lines: [TOFU] });
    const { eventsTable, dynamoDb } = service.config;
    const store = new DynamoEventStore({ tableName: eventsTable, clientConfig: dynamoDb, events: [FromTheFuture] });
    await store.append({ aggregate: 'order', id: orderId }, [new FromTheFuture()], { expected: 'any' });
    store.close();
    await eventually('it is parked', async () => (await parked('order-summary')).length > 0, 30_000);
    expect(await parked('order-summary')).toMatchObject([{ orderId, version: 2 }]);
    const skipped = await api.post(`/admin/projections/order-summary/parked/${orderId}/skip`);
    expect(skipped).toMatchObject({ status: 200, body: { orderId, parked: false } });
    expect((await api.get(`/orders/${orderId}?minVersion=2`)).body).toMatchObject({ version: 2, status: 'placed' });
  });
});
