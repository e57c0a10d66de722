import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainEvent, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { startOrderService, type OrderServiceFixture } from '../../apps/order-service/test/support/order-service.js';
import { newId, placeOrder } from '../../apps/order-service/test/support/samples.js';
import { eventually } from '../support/eventually.js';

const LARGEST = '999999999999.99';

let service: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService({ readWaitMs: 20_000 });
});

afterAll(async () => {
  await service.close();
});

interface Status {
  readonly name: string;
  readonly active: { readonly generation: number };
  readonly next?: { readonly build?: object; readonly parked: number };
}

async function statusOf(name: string): Promise<Status> {
  const statuses = JSON.parse((await service.api.get('/admin/projections')).text) as Status[];
  return statuses.find((status) => status.name === name)!;
}

/** An order as the text of its JSON, so that it can hold what no program would send. */
function orderText(parts: { customerId?: string; reference?: string; productId?: string; extra?: string }): string {
  const { customerId = 'c', reference = 'r', productId = 'p', extra = '' } = parts;
  const line = `{"productId":"${productId}","quantity":1,"unitPrice":"1.00"}`;
  return `{"orderId":"${newId()}","customerId":"${customerId}","reference":"${reference}","lines":[${line}]${extra}}`;
}

describe('POST /orders', () => {
  it.each([
    ['customerId', { customerId: '\\ud800' }],
    ['customerId', { customerId: 'a\\udfffb' }],
    ['reference', { reference: '\\udc00\\ud800' }],
    ['lines[0].productId', { productId: 'p\\uDBFF' }],
    ['x', { extra: ',"x":"\\ud800"' }],
    ['x.\ud800', { extra: ',"x":{"\\ud800":1}' }],
  ])('rejects half of a surrogate pair in %s', async (field, parts) => {
    const { status, body } = await service.api.post('/orders', orderText(parts));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid-request' });
    expect(body.errors).toMatchObject([{ field, message: 'must be well-formed Unicode' }]);
  });

  it('takes whole surrogate pairs, and the read models show them', async () => {
    const orderId = await placeOrder(service.api, {
      customerId: '\u{1F600}',
      lines: [{ productId: '\u{10FFFF}', quantity: 1, unitPrice: '1.00' }],
    });
    expect((await service.api.get(`/orders/${orderId}`)).body).toMatchObject({ customerId: '\u{1F600}' });
  });

  it('rejects bytes that are not UTF-8', async () => {
    const [before, after] = orderText({ customerId: '|' }).split('|') as [string, string];
    const body = Buffer.concat([Buffer.from(before), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(after)]);
    const headers = { 'Content-Type': 'application/json' };
    const { status } = await fetch(`${service.api.url}/orders`, { method: 'POST', headers, body });
    expect(status).toBe(400);
  });

  it.each([
    [91, LARGEST, '0'],
    [2, LARGEST, '0'],
    [1_000_000, LARGEST, '0'],
    [1_000_000, '1000000.00', '0'],
    [1_000_000, '2000000.00', '0.499999'],
  ])('rejects a line of %d at %s less %s', async (quantity, unitPrice, discount) => {
    const line = { productId: 'p', quantity, unitPrice, discount };
    const placed = await service.api.post('/orders', { customerId: 'c', lines: [line] });
    expect(placed).toMatchObject({ status: 400, body: { errors: [{ field: 'lines[0].unitPrice' }] } });
    const orderId = await placeOrder(service.api);
    const added = await service.api.post(`/orders/${orderId}/lines`, line);
    expect(added).toMatchObject({ status: 400, body: { errors: [{ field: 'unitPrice' }] } });
  });
});

describe('GET /revenue', () => {
  it('adds up more of the largest amounts than fit into one exact number', async () => {
    const day = '2026-04-01';
    const orders = Array.from({ length: 100 }, () => ({ productId: 'gold', quantity: 1, unitPrice: LARGEST }));
    for (const line of orders) await placeOrder(service.api, { placedAt: day, lines: [line] });
    const all = { items: [{ day, productId: 'gold', quantity: 100, revenue: '99999999999999.00' }] };
    await eventually('all are counted', async () => {
      const { text } = await service.api.get(`/revenue?day=${day}`);
      return text === JSON.stringify(all);
    });
  });
});

describe('POST /admin/projections/:name/switch-over', () => {
  it('is 409 without a new build', async () => {
    const { status, body } = await service.api.post('/admin/projections/order-summary/switch-over');
    expect([status, body.code]).toEqual([409, 'projection-state']);
    expect((await service.api.post('/admin/projections/nothing/switch-over')).status).toBe(404);
  });

  it('serves a new build of which an order is parked', async () => {
    @DomainEvent({ name: 'from-the-future' })
    class FromTheFuture {}
    const orderId = await placeOrder(service.api);
    const { eventsTable, dynamoDb } = service.config;
    const store = new DynamoEventStore({ tableName: eventsTable, clientConfig: dynamoDb, events: [FromTheFuture] });
    await store.append({ aggregate: 'order', id: orderId }, [new FromTheFuture()], { expected: 'any' });
    store.close();
    expect((await service.api.post('/admin/projections/order-summary/rebuild')).status).toBe(202);
    await eventually(
      'the new build waits with a parked order',
      async () => {
        const { next } = await statusOf('order-summary');
        return next !== undefined && next.build === undefined && next.parked === 1;
      },
      30_000,
    );
    const { status, body } = await service.api.post('/admin/projections/order-summary/switch-over');
    expect({ status, body }).toMatchObject({ status: 200, body: { active: { generation: 2, parked: 1 } } });
    expect((await service.api.get(`/orders/${orderId}`)).body).toMatchObject({ version: 1 });
  }, 60_000);
});
