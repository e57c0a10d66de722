import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import type { OrdersApi } from './support/http.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { allRevenue, revenueOfEvents } from './support/revenue.js';
import { newId, placeOrder } from './support/samples.js';

let service: OrderServiceFixture;
let api: OrdersApi;

beforeAll(async () => {
  service = await startOrderService({ readWaitMs: 20_000 });
  api = service.api;
});

afterAll(async () => {
  await service.close();
});

const line = (productId: string, quantity = 1, unitPrice = '0.10') => ({ productId, quantity, unitPrice });

/** Orders of three days and five products, some changed, cancelled or refunded; which ones depends on the number alone. */
async function placeVarious(number: number): Promise<string> {
  const placedAt = `2026-03-0${1 + (number % 3)}T23:59:59Z`;
  const products = [0, 1].map((step) => `v-${(number + step) % 5}`);
  const orderId = await placeOrder(api, { placedAt, lines: products.map((id) => line(id, number + 1, '1.15')) });
  if (number % 2 === 0) await api.post(`/orders/${orderId}/lines`, line('extra', 2));
  if (number % 3 === 0) await api.delete(`/orders/${orderId}/lines/${products[0]!}`);
  if (number % 5 === 0) await api.post(`/orders/${orderId}/cancel`);
  if (number % 5 === 1) await api.post(`/orders/${orderId}/pay`);
  if (number % 10 === 1) await api.post(`/orders/${orderId}/refund`);
  return orderId;
}

describe('revenue', () => {
  it('counts the lines of an order on its day, and takes back what is removed, cancelled or refunded', async () => {
    const day = '2026-01-31';
    const [a, b, c] = [newId(), newId(), newId()];
    const orderId = await placeOrder(api, { placedAt: `${day}T10:00:00+02:00`, lines: [line(a, 3, '1.15')] });
    const other = await placeOrder(api, { placedAt: `${day}T12:00:00Z`, lines: [line(a, 1, '2.00'), line(b)] });
    expect(await allRevenue(api, `day=${day}`)).toEqual({
      [`${day} ${a}`]: { quantity: 4, revenue: '5.45' },
      [`${day} ${b}`]: { quantity: 1, revenue: '0.10' },
    });
    await api.post(`/orders/${orderId}/lines`, line(c, 2, '10.00'));
    await api.delete(`/orders/${other}/lines/${b}`);
    expect(await allRevenue(api, `day=${day}`)).toEqual({
      [`${day} ${a}`]: { quantity: 4, revenue: '5.45' },
      [`${day} ${c}`]: { quantity: 2, revenue: '20.00' },
    });
    await api.post(`/orders/${other}/cancel`);
    await api.post(`/orders/${orderId}/pay`);
    expect(await allRevenue(api, `day=${day}`)).toEqual({
      [`${day} ${a}`]: { quantity: 3, revenue: '3.45' },
      [`${day} ${c}`]: { quantity: 2, revenue: '20.00' },
    });
    await api.post(`/orders/${orderId}/refund`);
    expect(await allRevenue(api, `day=${day}`)).toEqual({});
  });

  it('is found by day, by product and by both, on pages of any size', async () => {
    const [a, b] = [`a-${newId()}`, `b-${newId()}`];
    for (const day of ['2026-02-02', '2026-02-01'])
      await placeOrder(api, { placedAt: day, lines: [line(b), line(a, 1, '5.00')] });
    const body = async (query: string) =>
      (JSON.parse((await api.get(`/revenue?${query}`)).text) as { items: unknown[] }).items;
    const entry = (day: string, productId: string, revenue: string) => ({ day, productId, quantity: 1, revenue });
    expect(await body('day=2026-02-01')).toEqual([entry('2026-02-01', a, '5.00'), entry('2026-02-01', b, '0.10')]);
    expect(await body(`productId=${a}`)).toEqual([entry('2026-02-01', a, '5.00'), entry('2026-02-02', a, '5.00')]);
    expect(await body(`productId=${b}&day=2026-02-02`)).toEqual([entry('2026-02-02', b, '0.10')]);
    expect(await body('productId=nothing')).toEqual([]);
    for (const limit of [1, 2, 3]) {
      const all = await allRevenue(api, `limit=${limit}`);
      expect(Object.keys(all).filter((key) => key.startsWith('2026-02'))).toEqual([
        `2026-02-01 ${a}`,
        `2026-02-01 ${b}`,
        `2026-02-02 ${a}`,
        `2026-02-02 ${b}`,
      ]);
    }
  });

  it('of an order of the most lines there can be is counted and taken back', async () => {
    const day = '2026-05-01';
    const lines = Array.from({ length: 90 }, (_, index) => line(`many-${index}`));
    const orderId = await placeOrder(api, { placedAt: day, lines });
    expect(Object.keys(await allRevenue(api, `day=${day}&limit=100`))).toHaveLength(90);
    await api.post(`/orders/${orderId}/cancel`);
    expect(await allRevenue(api, `day=${day}`)).toEqual({});
  });

  it.each([
    ['day=yesterday', 'day'],
    ['day=2026-02-30', 'day'],
    ['day=2026-01-31T00:00:00Z', 'day'],
    ['productId=', 'productId'],
    ['limit=0', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['after=x', 'after'],
    ['customerId=VINET', 'customerId'],
  ])('with %s is 400', async (query, field) => {
    const { status, body } = await api.get(`/revenue?${query}`);
    expect({ status, fields: body.errors?.map((error) => error.field) }).toEqual({ status: 400, fields: [field] });
  });

  it('equals the fold of all events, also while and after it is built anew under load', async () => {
    const own = await startOrderService({ readWaitMs: 20_000 });
    const before = api;
    api = own.api;
    try {
      const orderIds: string[] = [];
      for (let number = 0; number < 20; number++) orderIds.push(await placeVarious(number));
      expect(await allRevenue(api)).toEqual(await revenueOfEvents(api, orderIds));

      const ordered = await api.post('/admin/projections/revenue/rebuild');
      expect(ordered.status).toBe(202);
      expect(ordered.body).toMatchObject({ name: 'revenue', next: { generation: 2 } });
      let served = 1;
      for (let number = 20; served === 1 || number < 40; number++) {
        orderIds.push(await placeVarious(number));
        served = await servedBuild('revenue');
      }
      const [last] = orderIds.slice(-1);
      const version = (await api.events(last!)).length;
      expect(await allRevenue(api, `after=${last!}@${version}`)).toEqual(await revenueOfEvents(api, orderIds));

      await api.post('/admin/projections/order-summary/rebuild');
      await eventually('the summaries are built', async () => (await servedBuild('order-summary')) === 2, 30_000);
      for (const orderId of orderIds)
        expect((await api.get(`/orders/${orderId}`)).body.version).toBe((await api.events(orderId)).length);
    } finally {
      api = before;
      await own.close();
    }
  });
});

async function servedBuild(name: string): Promise<number> {
  const { text } = await api.get('/admin/projections');
  const statuses = JSON.parse(text) as { name: string; active: { generation: number } }[];
  return statuses.find((status) => status.name === name)!.active.generation;
}
