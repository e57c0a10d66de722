import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Answer } from './support/http.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { CHAI, newId, placeOrder, TOFU } from './support/samples.js';

let service: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService();
});

afterAll(async () => {
  await service.close();
});

describe('an order over HTTP', () => {
  it('is placed, changed, paid, shipped, refunded and read back', async () => {
    const { api } = service;
    const orderId = newId();
    const placed = await api.post('/orders', { orderId, customerId: 'VINET', lines: [CHAI], placedAt: '1996-07-04' });
    expect(placed.status).toBe(201);
    expect(placed.headers.get('Location')).toBe(`/orders/${orderId}`);
    expect(placed.headers.get('ETag')).toBe('"1"');
    expect(placed.body).toEqual({ orderId, version: 1 });

    const step = async (answer: Promise<Answer>, version: number) => {
      const { status, body, headers } = await answer;
      expect({ status, body, etag: headers.get('ETag') }).toEqual({
        status: 200,
        body: { orderId, version },
        etag: `"${version}"`,
      });
    };
    await step(api.post(`/orders/${orderId}/lines`, TOFU), 2);
    await step(api.delete(`/orders/${orderId}/lines/chai`), 3);
    await step(api.post(`/orders/${orderId}/pay`, { at: '1996-07-05T10:00:00+02:00' }), 4);
    await step(api.post(`/orders/${orderId}/ship`, {}), 5);
    await step(api.post(`/orders/${orderId}/refund`, { reason: 'returned' }), 6);

    const shown = await api.get(`/orders/${orderId}`);
    expect(shown.status).toBe(200);
    expect(shown.headers.get('ETag')).toBe('"6"');
    expect(shown.body).toMatchObject({
      orderId,
      customerId: 'VINET',
      status: 'refunded',
      lines: [{ productId: 'tofu', quantity: 1, unitPrice: '9.80', discount: '0', amount: '9.80' }],
      total: '9.80',
      paid: '0.00',
      version: 6,
      placedAt: '1996-07-04T00:00:00.000Z',
      paidAt: '1996-07-05T08:00:00.000Z',
    });
  });

  it('gets an id when it comes without one', async () => {
    const { status, body, headers } = await service.api.post('/orders', { customerId: 'VINET', lines: [CHAI] });
    expect(status).toBe(201);
    expect(headers.get('Location')).toBe(`/orders/${String(body.orderId)}`);
    expect((await service.api.get(`/orders/${String(body.orderId)}`)).body).toMatchObject({
      total: '142.80',
      version: 1,
    });
  });

  it('rounds each line half up to the cent and sums the rounded amounts', async () => {
    const line = (productId: string) => ({ productId, quantity: 3, unitPrice: '1.15', discount: '0.1' });
    const orderId = await placeOrder(service.api, { lines: [line('a'), line('b')] });
    const { body } = await service.api.get(`/orders/${orderId}`);
    expect(body).toMatchObject({ total: '6.22', lines: [{ amount: '3.11' }, { amount: '3.11' }] });
  });

  it('takes a command without a body', async () => {
    const orderId = await placeOrder(service.api);
    expect((await service.api.post(`/orders/${orderId}/cancel`)).status).toBe(200);
  });

  it('is not changed by a refused command', async () => {
    const orderId = await placeOrder(service.api);
    expect((await service.api.post(`/orders/${orderId}/ship`)).status).toBe(409);
    expect((await service.api.get(`/orders/${orderId}`)).body).toMatchObject({ status: 'placed', version: 1 });
  });
});

describe('the history of an order', () => {
  it('shows the events with their envelopes, oldest first', async () => {
    const { api } = service;
    const orderId = await placeOrder(api);
    await api.post(`/orders/${orderId}/pay`, { at: '2026-01-31T12:00:00Z' }, { 'X-Correlation-Id': 'trace-7' });
    const history = await api.events(orderId);
    expect(history).toMatchObject([
      { stream: { aggregate: 'order', id: orderId }, version: 1, type: 'order-placed', schemaVersion: 1 },
      {
        version: 2,
        type: 'order-paid',
        metadata: { correlationId: 'trace-7' },
        event: { amount: '142.80', at: '2026-01-31T12:00:00.000Z' },
      },
    ]);
    for (const { eventId, commitId, recordedAt } of history) {
      expect(eventId).toContain(commitId);
      expect(Date.parse(recordedAt)).not.toBeNaN();
    }
  });

  it('ends at a version, or at a time', async () => {
    const { api } = service;
    const orderId = await placeOrder(api);
    await api.post(`/orders/${orderId}/lines`, TOFU);
    await api.post(`/orders/${orderId}/pay`);
    const versions = async (asOf: string) => (await api.events(orderId, asOf)).map(({ version }) => version);
    const all = await api.events(orderId);
    expect(await versions('2')).toEqual([1, 2]);
    expect(await versions('99')).toEqual([1, 2, 3]);
    expect(await versions('2000-01-01')).toEqual([]);
    expect(await versions(all[2]!.recordedAt)).toEqual([1, 2, 3]);
    const before = all.filter(({ recordedAt }) => recordedAt <= all[0]!.recordedAt).length;
    expect(await versions(all[0]!.recordedAt)).toHaveLength(before);
  });

  it('of an unknown order is 404, and a wrong asOf 400', async () => {
    expect((await service.api.get('/orders/unknown/events')).status).toBe(404);
    expect((await service.api.get('/orders/unknown/events?asOf=2000-01-01')).status).toBe(404);
    const orderId = await placeOrder(service.api);
    for (const asOf of ['0', '-1', '1.5', 'yesterday', '']) {
      const { status, body } = await service.api.get(`/orders/${orderId}/events?asOf=${asOf}`);
      expect({ asOf, status, field: body.errors?.[0]?.field }).toEqual({ asOf, status: 400, field: 'asOf' });
    }
  });

  it('of many events arrives whole', async () => {
    const { api } = service;
    const orderId = await placeOrder(api);
    const count = 60;
    for (let index = 0; index < count; index++)
      await api.post(`/orders/${orderId}/lines`, { ...TOFU, productId: `p-${index}` });
    const versions = (await api.events(orderId)).map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: count + 1 }, (_, index) => index + 1));
  });
});

const PROBLEM_ANSWER = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

describe('the service itself', () => {
  it('is healthy while the events table answers', async () => {
    const { status, body } = await service.api.get('/health');
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('describes every request, its headers, answers and problems', async () => {
    expect((await service.api.get('/docs')).text).toContain('swagger-ui');
    const document = JSON.parse((await service.api.get('/docs-json')).text) as OpenAPIObject;
    expect(Object.keys(document.paths).sort()).toEqual([
      '/admin/projections',
      '/admin/projections/{name}/parked',
      '/admin/projections/{name}/parked/{orderId}/resume',
      '/admin/projections/{name}/parked/{orderId}/skip',
      '/admin/projections/{name}/pause',
      '/admin/projections/{name}/rebuild',
      '/admin/projections/{name}/resume',
      '/admin/projections/{name}/switch-over',
      '/health',
      '/orders',
      '/orders/{orderId}',
      '/orders/{orderId}/cancel',
      '/orders/{orderId}/events',
      '/orders/{orderId}/lines',
      '/orders/{orderId}/lines/{productId}',
      '/orders/{orderId}/pay',
      '/orders/{orderId}/refund',
      '/orders/{orderId}/ship',
      '/revenue',
    ]);
    const queries = ['/orders', '/orders/{orderId}', '/revenue'].map((path) => document.paths[path]?.get);
    for (const query of queries) expect(query).toMatchObject({ responses: { 503: PROBLEM_ANSWER } });
    expect(queries.map((query) => query?.parameters?.map((each) => 'name' in each && each.name).sort())).toEqual([
      ['after', 'cursor', 'customerId', 'limit', 'status'],
      ['X-Min-Version', 'minVersion', 'orderId'],
      ['after', 'cursor', 'day', 'limit', 'productId'],
    ]);
    expect(document.paths['/orders']?.post).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/PlaceOrder' } } } },
      parameters: expect.arrayContaining([
        expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }),
        expect.objectContaining({ name: 'If-Match', in: 'header' }),
      ]),
      responses: {
        201: { headers: { ETag: {}, Location: {}, 'Idempotency-Replayed': {} } },
        ...Object.fromEntries([400, 403, 409, 412, 413, 415, 422, 503].map((status) => [status, PROBLEM_ANSWER])),
      },
    });
    expect(document.components?.schemas).toMatchObject({
      Problem: { required: ['type', 'title', 'status', 'detail', 'code'] },
      PlaceOrder: { required: ['customerId', 'lines'] },
    });
  });

  it('returns the correlation id it was given, or makes one', async () => {
    const { api } = service;
    const given = await api.post('/orders', { customerId: 'VINET', lines: [CHAI] }, { 'X-Correlation-Id': 'trace-8' });
    expect(given.headers.get('X-Correlation-Id')).toBe('trace-8');
    const [event] = await api.events(given.body.orderId!);
    expect(event!.metadata['correlationId']).toBe('trace-8');
    const made = await api.get('/health');
    expect(made.headers.get('X-Correlation-Id')).toMatch(/^[0-9a-f-]{36}$/);
    const unusable = await api.post('/orders', {}, { 'X-Correlation-Id': 'x'.repeat(200) });
    expect(unusable.headers.get('X-Correlation-Id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
