import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOrderService, type OrderServiceFixture } from '../../apps/order-service/test/support/order-service.js';
import { placeOrder } from '../../apps/order-service/test/support/samples.js';

let service: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService();
});

afterAll(async () => {
  await service.close();
});

const OCCASION = JSON.stringify({ reason: 'why', at: '2026-01-01' });

describe('POST /orders/:orderId/pay', () => {
  it.each([
    ['text/plain', OCCASION],
    ['text/plain;charset=UTF-8', ''],
    ['application/x-www-form-urlencoded', 'reason=why'],
    ['application/x-www-form-urlencoded', ''],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/jsonp', OCCASION],
    ['application/json, text/plain', OCCASION],
    ['text/plain; a=application/json', OCCASION],
    ['application/json; charset=utf-16', OCCASION],
    ['', OCCASION],
  ])('is 415 as %j and pays nothing', async (type, body) => {
    const orderId = await placeOrder(service.api);
    const answer = await service.api.post(`/orders/${orderId}/pay`, body, { 'Content-Type': type });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported-media-type']);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await service.api.events(orderId)).toHaveLength(1);
  });

  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'keeps at and reason as %s',
    async (type) => {
      const orderId = await placeOrder(service.api);
      const { status } = await service.api.post(`/orders/${orderId}/pay`, OCCASION, { 'Content-Type': type });
      expect(status).toBe(200);
      const [, paid] = await service.api.events(orderId);
      expect(paid?.event).toMatchObject({ reason: 'why', at: '2026-01-01T00:00:00.000Z' });
    },
  );

  it('needs no body and no content type', async () => {
    const orderId = await placeOrder(service.api);
    expect((await service.api.post(`/orders/${orderId}/pay`)).status).toBe(200);
  });

  it.each([
    [{ 'Sec-Fetch-Site': 'cross-site' }],
    [{ 'Sec-Fetch-Site': 'same-site' }],
    [{ Origin: 'https://evil.example' }],
    [{ Origin: 'null' }],
  ])('is 403 from a page of another site, told by %j', async (headers) => {
    const orderId = await placeOrder(service.api);
    const { status, body } = await service.api.post(`/orders/${orderId}/pay`, undefined, headers);
    expect([status, body.code]).toEqual([403, 'cross-site-request']);
    expect(await service.api.events(orderId)).toHaveLength(1);
  });

  it('pays from a page of its own', async () => {
    const orderId = await placeOrder(service.api);
    const headers = { Origin: service.api.url };
    expect((await service.api.post(`/orders/${orderId}/pay`, undefined, headers)).status).toBe(200);
  });
});

describe('a known path with another method', () => {
  it.each([
    ['PUT', '/orders', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/orders/o-1', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/orders/o-1/', 'GET, HEAD, OPTIONS'],
    ['GET', '/orders/o-1/pay?x=1', 'OPTIONS, POST'],
    ['HEAD', '/orders/o-1/pay', 'OPTIONS, POST'],
    ['POST', '/orders/o-1/lines/chai', 'DELETE, OPTIONS'],
    ['POST', '/revenue', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/health', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/admin/projections/revenue/rebuild', 'OPTIONS, POST'],
    ['POST', '/docs', 'GET, HEAD, OPTIONS'],
  ])('is 405 with Allow for %s %s', async (method, path, allow) => {
    const response = await fetch(service.api.url + path, { method });
    expect([response.status, response.headers.get('Allow')]).toEqual([405, allow]);
  });

  it('is 405 whatever the body', async () => {
    const headers = { 'Content-Type': 'text/plain' };
    expect((await fetch(`${service.api.url}/orders`, { method: 'PUT', headers, body: 'x' })).status).toBe(405);
  });

  it('is told by OPTIONS', async () => {
    const response = await fetch(`${service.api.url}/orders`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('Allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    expect((await fetch(`${service.api.url}/nowhere`, { method: 'OPTIONS' })).status).toBe(404);
  });
});
