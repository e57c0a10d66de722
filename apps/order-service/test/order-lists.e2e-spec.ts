import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { CHAI, placeOrder } from './support/samples.js';

let service: OrderServiceFixture;
const ids: Record<string, string[]> = { A: [], B: [] };

beforeAll(async () => {
  service = await startOrderService();
  // Three orders at the same moment, so that only the id can tell them apart.
  for (let index = 0; index < 9; index++) {
    const placedAt = `2026-01-0${1 + Math.floor(index / 3)}T00:00:00Z`;
    ids['A']!.push(await placeOrder(service.api, { customerId: 'A', placedAt, lines: [CHAI] }));
  }
  ids['B']!.push(await placeOrder(service.api, { customerId: 'B' }));
  for (const orderId of [ids['A']![0]!, ids['A']![4]!, ids['B']![0]!]) await service.api.post(`/orders/${orderId}/pay`);
});

afterAll(async () => {
  await service.close();
});

async function page(query: string): Promise<{ orders: string[]; cursor: string | undefined }> {
  const { status, text, body } = await service.api.get(`/orders?${query}`);
  if (status !== 200 || body.items === undefined) throw new Error(`answered with ${status}: ${text}`);
  return { orders: body.items.map(({ orderId }) => orderId), cursor: body.cursor };
}

async function allPages(query: string): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const next = await page(`${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    pages.push(next.orders);
    cursor = next.cursor;
  } while (cursor !== undefined && pages.length < 50);
  return pages;
}

describe('a list of orders', () => {
  it('shows whole summaries', async () => {
    const { body } = await service.api.get('/orders?customerId=B');
    expect(body.items).toEqual([(await service.api.get(`/orders/${ids['B']![0]!}`)).body]);
    expect(body).not.toHaveProperty('cursor');
  });

  it('of one customer is newest first and reaches every order once, at any page size', async () => {
    for (const limit of [1, 2, 4, 9, 100]) {
      const pages = await allPages(`customerId=A&limit=${limit}`);
      const orders = pages.flat();
      expect(pages.map(({ length }) => length).every((length) => length <= limit && length > 0)).toBe(true);
      expect([...orders].sort()).toEqual([...ids['A']!].sort());
      const days = orders.map((orderId) => Math.floor(ids['A']!.indexOf(orderId) / 3));
      expect(days).toEqual([2, 2, 2, 1, 1, 1, 0, 0, 0]);
    }
  });

  it('is the same whatever the page size', async () => {
    expect((await allPages('customerId=A&limit=2')).flat()).toEqual((await allPages('customerId=A')).flat());
  });

  it('of one status, of both, and of neither holds what belongs there', async () => {
    const [a, b] = [ids['A']!, ids['B']!];
    expect((await allPages('status=paid&limit=1')).flat().sort()).toEqual([a[0]!, a[4]!, b[0]!].sort());
    expect((await allPages('customerId=A&status=paid&limit=1')).flat()).toEqual([a[4]!, a[0]!]);
    expect((await allPages('customerId=A&status=placed&limit=3')).flat()).toHaveLength(7);
    expect((await allPages('limit=3')).flat().sort()).toEqual([...a, ...b].sort());
    expect((await allPages('customerId=B&status=shipped')).flat()).toEqual([]);
    expect((await allPages('customerId=nobody')).flat()).toEqual([]);
  });

  it('shows a change right after its command', async () => {
    const orderId = await placeOrder(service.api, { customerId: 'C' });
    expect((await page('customerId=C&status=placed')).orders).toEqual([orderId]);
    await service.api.post(`/orders/${orderId}/cancel`);
    expect((await page('customerId=C&status=cancelled')).orders).toEqual([orderId]);
    expect((await page('customerId=C&status=placed')).orders).toEqual([]);
  });

  it('goes on after an order that has left it', async () => {
    const orders = [
      await placeOrder(service.api, { customerId: 'D', placedAt: '2026-02-01' }),
      await placeOrder(service.api, { customerId: 'D', placedAt: '2026-01-01' }),
    ];
    const first = await page('customerId=D&status=placed&limit=1');
    expect(first.orders).toEqual([orders[0]]);
    await service.api.post(`/orders/${orders[0]!}/cancel`);
    expect((await page(`customerId=D&status=placed&limit=1&cursor=${first.cursor!}`)).orders).toEqual([orders[1]]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=x', 'limit'],
    ['status=lost', 'status'],
    ['customerId=', 'customerId'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=', 'cursor'],
    ['after=o-1', 'after'],
    ['after=o-1@0', 'after'],
    ['after=@1', 'after'],
    ['colour=red', 'colour'],
  ])('with %s is 400', async (query, field) => {
    const { status, body } = await service.api.get(`/orders?${query}`);
    expect({ status, fields: body.errors?.map((error) => error.field) }).toEqual({ status: 400, fields: [field] });
  });

  it('refuses a cursor of another list', async () => {
    const { cursor } = await page('customerId=A&limit=1');
    for (const query of ['customerId=B', 'status=placed', '']) {
      expect((await service.api.get(`/orders?${query}&cursor=${cursor!}`)).status).toBe(400);
    }
  });
});
