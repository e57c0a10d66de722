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

describe('JSON nested thousands of levels deep', () => {
  const lists = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
  const objects = `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`;

  it.each([
    ['lines', '/orders', `{"customerId":"c","lines":${lists}}`],
    ['an unknown field', '/orders', `{"customerId":"c","lines":[],"x":${objects}}`],
    ['the body itself', '/orders', lists],
    ['a reason', '/orders/o-1/cancel', `{"reason":${objects}}`],
    ['a line', '/orders/o-1/lines', `{"productId":${lists}}`],
    ['the body of a request without one', '/admin/projections/revenue/pause', objects],
  ])('is 400 in %s', async (_place, path, body) => {
    const answer = await service.api.post(path, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-request']);
  });

  it('is 400 from the first level that is too many', async () => {
    const nested = (levels: number) => `{"reason":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const messageOf = async (levels: number) =>
      (await service.api.post('/orders/o-1/cancel', nested(levels))).body.errors?.[0]?.message;
    expect(await messageOf(31)).toContain('reason must be');
    expect(await messageOf(32)).toContain('nested deeper than 32');
  });
});

describe('an edited cursor', () => {
  type Cursor = readonly [stamp: string, sort: string, key: string];

  it.each([['/orders?'], ['/orders?customerId=EDITED&'], ['/revenue?'], ['/revenue?day=2026-06-01&']])(
    'is 400 or a page of GET %s',
    async (list) => {
      const line = { quantity: 1, unitPrice: '1.00' };
      const lines = ['a', 'b', 'c'].map((productId) => ({ ...line, productId }));
      for (let order = 0; order < 3; order++)
        await placeOrder(service.api, { customerId: 'EDITED', placedAt: '2026-06-01', lines });
      const { cursor } = (await service.api.get(`${list}limit=1`)).body;
      const [stamp, sort, key] = JSON.parse(Buffer.from(cursor!, 'base64url').toString()) as Cursor;
      const statusOf = async (parts: readonly unknown[]) => {
        const edited = Buffer.from(JSON.stringify(parts)).toString('base64url');
        return (await service.api.get(`${list}limit=1&cursor=${edited}`)).status;
      };
      for (const parts of [
        [stamp, '', key],
        [stamp, sort, ''],
        [stamp, sort, 'y'.repeat(2_100)],
        [stamp, 'y'.repeat(1_025), key],
        [stamp, '\u{1F600}'.repeat(257), key],
        [stamp, sort, '\ud800'],
        [stamp, '\udfff', key],
        ['', sort, key],
        [stamp, sort],
        [stamp, sort, 1],
        [],
      ])
        expect({ parts, status: await statusOf(parts) }).toEqual({ parts, status: 400 });
      for (const parts of [
        [stamp, sort, 'nothing has this key'],
        [stamp, '\u0000', '%23#'],
        [stamp, '\u{10FFFF}', key],
      ])
        expect([200, 400]).toContain(await statusOf(parts));
      expect(await statusOf([stamp, sort, key])).toBe(200);
    },
  );

  it('outside the bounds of its list is 400', async () => {
    const day = '2026-06-02';
    const line = { productId: 'bounded', quantity: 1, unitPrice: '1.00' };
    await placeOrder(service.api, { placedAt: day, lines: [line] });
    await placeOrder(service.api, { placedAt: day, lines: [{ ...line, productId: 'other' }] });
    const { createHash } = await import('node:crypto');
    const scope = ['revenue', 'day', day, null, 'bounded', 'bounded', 'forward'];
    const stamp = createHash('sha256').update(JSON.stringify(scope)).digest('base64url').slice(0, 12);
    const pageAt = (sort: string) => {
      const cursor = Buffer.from(JSON.stringify([stamp, sort, `${day}#bounded`])).toString('base64url');
      return service.api.get(`/revenue?day=${day}&productId=bounded&cursor=${cursor}`);
    };
    expect((await pageAt('bounded')).status).toBe(200);
    expect((await pageAt('bounded!')).status).toBe(400);
    expect((await pageAt('a')).status).toBe(400);
  });
});
