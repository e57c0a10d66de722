import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainEvent, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { testClient } from '../../../test/support/dynamodb.js';
import { eventually } from '../../../test/support/eventually.js';
import { startBreakableProxy } from './support/breakable-proxy.js';
import type { Answer } from './support/http.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { CHAI, newId, placeOrder, TOFU } from './support/samples.js';
import { buildService, startProcess } from './support/service-process.js';

let service: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService();
});

afterAll(async () => {
  await service.close();
});

/** Checks the form that every problem has. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  expect(answer.headers.get('ETag')).toBeNull();
  expect(answer.headers.get('X-Correlation-Id')).not.toBeNull();
  expect(answer.body).toMatchObject({ status, code, type: `urn:order-service:problem:${code}` });
  expect(answer.status).toBe(status);
  expect(answer.body.title).toEqual(expect.any(String));
  expect(answer.body.detail).toEqual(expect.any(String));
}

function fieldsOf({ body }: Answer): string[] | undefined {
  return body.errors?.map(({ field }) => field);
}

describe('a body that is not valid', () => {
  const order = { customerId: 'VINET', lines: [CHAI] };

  it.each([
    ['nothing', undefined, ['customerId', 'lines']],
    ['an empty object', {}, ['customerId', 'lines']],
    ['no lines', { ...order, lines: [] }, ['lines']],
    ['lines that are not a list', { ...order, lines: 'chai' }, ['lines']],
    ['a line that is not an object', { ...order, lines: [1] }, ['lines[0]']],
    ['a product twice', { ...order, lines: [CHAI, CHAI] }, ['lines']],
    ['a quantity of 0', { ...order, lines: [{ ...CHAI, quantity: 0 }] }, ['lines[0].quantity']],
    ['half a piece', { ...order, lines: [TOFU, { ...CHAI, quantity: 1.5 }] }, ['lines[1].quantity']],
    ['a quantity as text', { ...order, lines: [{ ...CHAI, quantity: '1' }] }, ['lines[0].quantity']],
    ['a price as a number', { ...order, lines: [{ ...CHAI, unitPrice: 14 }] }, ['lines[0].unitPrice']],
    ['a price below zero', { ...order, lines: [{ ...CHAI, unitPrice: '-1.00' }] }, ['lines[0].unitPrice']],
    ['a price of half a cent', { ...order, lines: [{ ...CHAI, unitPrice: '0.005' }] }, ['lines[0].unitPrice']],
    ['a discount above 1', { ...order, lines: [{ ...CHAI, discount: 1.01 }] }, ['lines[0].discount']],
    ['a discount of null', { ...order, lines: [{ ...CHAI, discount: null }] }, ['lines[0].discount']],
    [
      'a field that is not known',
      { ...order, vip: true, lines: [{ ...CHAI, colour: 'red' }] },
      ['vip', 'lines[0].colour'],
    ],
    ['an id that needs escaping', { ...order, orderId: 'a/b' }, ['orderId']],
    ['a time without its offset', { ...order, placedAt: '1996-07-04T00:00:00' }, ['placedAt']],
    ['a day that no month has', { ...order, placedAt: '1996-02-30' }, ['placedAt']],
    [
      'several faults',
      { customerId: 7, lines: [{ productId: '' }] },
      ['customerId', 'lines[0].productId', 'lines[0].quantity', 'lines[0].unitPrice'],
    ],
  ])('with %s is 400 and names the fields', async (_what, body, fields) => {
    const answer = await service.api.post('/orders', body);
    expectProblem(answer, 400, 'invalid-request');
    expect(fieldsOf(answer)?.sort()).toEqual([...fields].sort());
  });

  it.each([['[]'], ['[{"customerId":"VINET"}]']])('that is the list %s is 400', async (body) => {
    expectProblem(await service.api.post('/orders', body), 400, 'invalid-request');
    const orderId = await placeOrder(service.api);
    expectProblem(await service.api.post(`/orders/${orderId}/pay`, body), 400, 'invalid-request');
  });

  it('with a wrong time or a field that is not known is 400 for the other commands too', async () => {
    const orderId = await placeOrder(service.api);
    const paid = await service.api.post(`/orders/${orderId}/pay`, { at: 'now', amount: '1.00' });
    expectProblem(paid, 400, 'invalid-request');
    expect(fieldsOf(paid)?.sort()).toEqual(['amount', 'at']);
    const added = await service.api.post(`/orders/${orderId}/lines`, { productId: 'x' });
    expect(fieldsOf(added)?.sort()).toEqual(['quantity', 'unitPrice']);
  });

  it('that is not JSON is 400, and one that is too large 413', async () => {
    expectProblem(await service.api.post('/orders', '{"customerId":'), 400, 'malformed-json');
    expectProblem(
      await service.api.post('/orders', { customerId: 'x'.repeat(200_000), lines: [] }),
      413,
      'body-too-large',
    );
  });
});

describe('a request for what is not there', () => {
  it('is 404 for an order', async () => {
    const { api } = service;
    expectProblem(await api.get('/orders/unknown'), 404, 'order-not-found');
    for (const step of ['pay', 'ship', 'cancel', 'refund']) {
      expectProblem(await api.post(`/orders/unknown/${step}`), 404, 'order-not-found');
    }
    expectProblem(await api.post('/orders/unknown/lines', TOFU), 404, 'order-not-found');
    expectProblem(await api.delete('/orders/unknown/lines/chai'), 404, 'order-not-found');
    expectProblem(await api.get(`/orders/${'x'.repeat(3_000)}`), 404, 'order-not-found');
    expectProblem(await api.get('/orders/%C3%A4%20b'), 404, 'order-not-found');
  });

  it('is 404 for a line', async () => {
    const orderId = await placeOrder(service.api);
    expectProblem(await service.api.delete(`/orders/${orderId}/lines/tofu`), 404, 'product-not-on-order');
  });

  it('is 404 for a route, and 405 for another method of one', async () => {
    expectProblem(await service.api.get('/nowhere'), 404, 'not-found');
    expectProblem(await service.api.delete('/orders'), 405, 'method-not-allowed');
  });

  it('is 400 for a path that cannot be decoded', async () => {
    expectProblem(await service.api.get('/orders/%FF'), 400, 'malformed-request');
  });
});

describe('a command against the rules of the domain', () => {
  it('is 409 with the rule as code and the facts', async () => {
    const { api } = service;
    const orderId = await placeOrder(api);
    const shipped = await api.post(`/orders/${orderId}/ship`);
    expectProblem(shipped, 409, 'order-not-shippable');
    expect(shipped.body).toMatchObject({ orderId, orderStatus: 'placed' });
    expectProblem(await api.post(`/orders/${orderId}/lines`, CHAI), 409, 'product-already-on-order');
    expectProblem(await api.post(`/orders/${orderId}/refund`), 409, 'order-not-refundable');
    await api.delete(`/orders/${orderId}/lines/chai`);
    expectProblem(await api.post(`/orders/${orderId}/pay`), 409, 'order-empty');
    await api.post(`/orders/${orderId}/cancel`);
    expectProblem(await api.post(`/orders/${orderId}/pay`), 409, 'order-not-payable');
    expectProblem(await api.post(`/orders/${orderId}/lines`, TOFU), 409, 'lines-fixed');
    expectProblem(await api.post(`/orders/${orderId}/cancel`), 409, 'order-not-cancellable');
  });

  it('is 409 for an order that exists', async () => {
    const orderId = await placeOrder(service.api);
    const again = await service.api.post('/orders', { orderId, customerId: 'VINET', lines: [CHAI] });
    expectProblem(again, 409, 'order-exists');
  });
});

describe('an outage', () => {
  function expectUnavailable(answer: Answer): void {
    expectProblem(answer, 503, 'store-unavailable');
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
  }

  it('of the database is 503 with Retry-After for everything, and is over when the database is back', async () => {
    // A process of its own, since under Jest the SDK does not recognise the errors of sockets.
    const built = await buildService();
    const { dynamoDb, ...config } = service.config;
    const proxy = await startBreakableProxy(dynamoDb.endpoint!);
    const out = await startProcess(built, { ...config, dynamoDb: { ...dynamoDb, endpoint: proxy.url } });
    try {
      const orderId = await placeOrder(out.api);
      await proxy.break();
      expectUnavailable(await out.api.post('/orders', { customerId: 'VINET', lines: [CHAI] }));
      expectUnavailable(await out.api.post(`/orders/${orderId}/pay`));
      expectUnavailable(await out.api.get(`/orders/${orderId}`));
      expectUnavailable(await out.api.get('/orders'));
      expectUnavailable(await out.api.get('/revenue'));
      expectUnavailable(await out.api.get(`/orders/${orderId}/events`));
      expectUnavailable(await out.api.get('/admin/projections'));
      expectUnavailable(await out.api.get('/health'));
      await proxy.mend();
      expect((await out.api.post(`/orders/${orderId}/pay`)).status).toBe(200);
      await eventually('it is shown', async () => (await out.api.get(`/orders/${orderId}`)).body.version === 2);
    } finally {
      await out.stop();
      await proxy.close();
      await built.remove();
    }
  });

  it('of the read model does not make a stored command look like a failed one', async () => {
    const out = await startOrderService({ eventsTable: service.config.eventsTable });
    const client = testClient();
    try {
      await client.send(new DeleteTableCommand({ TableName: out.config.readModelTable }));
      const orderId = newId();
      expect((await out.api.post('/orders', { orderId, customerId: 'VINET', lines: [CHAI] })).status).toBe(201);
      expectUnavailable(await out.api.get(`/orders/${orderId}`));
      const shown = await service.api.get(`/orders/${orderId}?minVersion=1`);
      expect(shown.body).toMatchObject({ version: 1, total: '142.80' });
    } finally {
      client.destroy();
      await out.close();
    }
  });
});

describe('an unexpected failure', () => {
  @DomainEvent({ name: 'from-the-future' })
  class FromTheFuture {}

  /** Adds an event that this version of the service does not know. */
  async function appendUnknown(orderId: string, expected: 'none' | 'any'): Promise<void> {
    const { eventsTable, dynamoDb } = service.config;
    const store = new DynamoEventStore({ tableName: eventsTable, clientConfig: dynamoDb, events: [FromTheFuture] });
    await store.append({ aggregate: 'order', id: orderId }, [new FromTheFuture()], { expected });
    store.close();
  }

  it('is 500 and tells nothing of the inside', async () => {
    const orderId = newId();
    await appendUnknown(orderId, 'none');
    const answer = await service.api.post(`/orders/${orderId}/pay`);
    expectProblem(answer, 500, 'internal-error');
    expect(answer.text).not.toMatch(/future|UnknownEvent|\.[jt]s/);
  });

  it('half way through a history breaks off the connection, so that a part is not taken for the whole', async () => {
    const orderId = await placeOrder(service.api);
    await appendUnknown(orderId, 'any');
    expect(await service.api.events(orderId, '1')).toHaveLength(1);
    await expect(service.api.get(`/orders/${orderId}/events`)).rejects.toThrow(/terminated|fetch failed/);
  });
});
