import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabaseDoor, type DatabaseDoor } from '../../apps/order-service/test/support/database-door.js';
import {
  startOrderService,
  testConfig,
  type OrderServiceFixture,
} from '../../apps/order-service/test/support/order-service.js';
import { newId, placeOrder } from '../../apps/order-service/test/support/samples.js';
import { eventually } from '../support/eventually.js';

let door: DatabaseDoor;
let service: OrderServiceFixture;

beforeAll(async () => {
  const { dynamoDb } = testConfig();
  door = await openDatabaseDoor(dynamoDb.endpoint!);
  service = await startOrderService({ readWaitMs: 2_000, dynamoDb: { ...dynamoDb, endpoint: door.url } });
});

afterAll(async () => {
  await service.close();
  await door.close();
});

/** Requests to the database that name the order; feeds and leases name none. */
function requestsFor(orderId: string): number {
  return door.requests.filter(({ body }) => body.includes(orderId)).length;
}

describe('a query for a version that is not stored', () => {
  it.each([
    ['/orders/:id?minVersion=1', 6],
    ['/orders?after=:id@1', 5],
    ['/revenue?after=:id@1', 5],
  ])('GET %s is 503 within %d requests to the database', async (path, limit) => {
    const orderId = newId();
    const { status, body, headers } = await service.api.get(path.replace(':id', orderId));
    expect([status, body.code]).toEqual([503, 'read-model-behind']);
    expect(body).toMatchObject({ orderId, wantedVersion: 1, shownVersion: 0 });
    expect(headers.get('Retry-After')).toBe('1');
    expect(requestsFor(orderId)).toBeLessThanOrEqual(limit);
  });

  it('costs a request of its own and a share of one look, however many ask at once', async () => {
    const orderId = newId();
    const ask = () => service.api.get(`/orders/${orderId}?minVersion=1`);
    const answers = await Promise.all(Array.from({ length: 100 }, ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(requestsFor(orderId)).toBeLessThan(200);
  });

  it('says how far an order is shown that exists', async () => {
    const orderId = await placeOrder(service.api);
    await service.api.get(`/orders/${orderId}?minVersion=1`);
    const { body } = await service.api.get(`/orders/${orderId}?minVersion=2`);
    expect(body).toMatchObject({ code: 'read-model-behind', wantedVersion: 2, shownVersion: 1 });
  });
});

describe('a query for a version that is stored', () => {
  it('waits for the read model, and shares the wait with others', async () => {
    const orderId = await placeOrder(service.api);
    await eventually('it is shown', async () => (await service.api.get(`/orders/${orderId}`)).status === 200);
    expect((await service.api.post('/admin/projections/order-summary/pause')).status).toBe(200);
    await service.api.post(`/orders/${orderId}/pay`);
    const before = requestsFor(orderId);
    const answers = Promise.all(Array.from({ length: 50 }, () => service.api.get(`/orders/${orderId}?minVersion=2`)));
    await eventually('all wait', () => requestsFor(orderId) - before > 52);
    expect((await service.api.post('/admin/projections/order-summary/resume')).status).toBe(200);
    const statuses = new Set((await answers).map(({ status, body }) => `${status} ${body.version}`));
    expect(statuses).toEqual(new Set(['200 2']));
    // Two reads of the summary each, and some looks of all together.
    expect(requestsFor(orderId) - before).toBeLessThan(180);
  });
});
