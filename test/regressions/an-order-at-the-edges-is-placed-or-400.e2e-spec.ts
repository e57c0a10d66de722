import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOrderService, type OrderServiceFixture } from '../../apps/order-service/test/support/order-service.js';
import { CHAI, newId, outcomeOf, placeOrder, TOFU } from '../../apps/order-service/test/support/samples.js';

let service: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService();
});

afterAll(async () => {
  await service.close();
});

const order = { customerId: 'VINET', lines: [CHAI] };

describe('POST /orders', () => {
  it.each([[[[CHAI]]], [[CHAI, [TOFU]]], [[[]]], [[[[CHAI]]]]])('is 400 with the lines %j', async (lines) => {
    const { status, body } = await service.api.post('/orders', { ...order, lines });
    expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field: 'lines' });
  });

  it.each([
    ['9999-12-31T23:59:59-23:59', 400],
    ['9999-12-31T23:59:59.999-00:01', 400],
    ['0000-01-01T00:00:00+00:01', 400],
    ['9999-12-31T23:59:59.999Z', 201],
    ['0101-01-01', 201],
  ])('with placedAt %s is %d', async (placedAt, expected) => {
    expect((await service.api.post('/orders', { ...order, placedAt })).status).toBe(expected);
  });

  it.each(['pay', 'cancel'])('is followed by %s only at a time that UTC has four digits for', async (command) => {
    const orderId = await placeOrder(service.api);
    const answer = await service.api.post(`/orders/${orderId}/${command}`, { at: '9999-12-31T23:00:00-02:00' });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'at' }] } });
  });

  it('with If-Match: * is 409 for an order that exists and 412 for one that does not', async () => {
    const orderId = await placeOrder(service.api);
    const headers = { 'If-Match': '*' };
    const exists = await service.api.post('/orders', { ...order, orderId }, headers);
    expect(exists).toMatchObject({ status: 409, body: { code: 'order-exists' } });
    const absent = await service.api.post('/orders', { ...order, orderId: newId() }, headers);
    expect(absent).toMatchObject({ status: 412, body: { code: 'version-mismatch' } });
    expect(absent.body.detail).toContain('was expected to exist, but there is none');
  });

  it('with If-Match: * repeats the answer of its key', async () => {
    const [orderId, key] = [newId(), newId()];
    const first = await service.api.post('/orders', { ...order, orderId }, { 'Idempotency-Key': key });
    const again = await service.api.post('/orders', { ...order, orderId }, { 'Idempotency-Key': key, 'If-Match': '*' });
    expect(outcomeOf(again)).toEqual({ ...outcomeOf(first), replayed: 'true' });
  });

  it('with If-Match of a version says that an order to be placed has none', async () => {
    const orderId = await placeOrder(service.api);
    const { status, body } = await service.api.post('/orders', { ...order, orderId }, { 'If-Match': '"1"' });
    expect(status).toBe(412);
    expect(body.detail).toContain('is to be placed, so it cannot be expected at version 1');
  });

  it('without an id gives two customers with one Idempotency-Key an order each', async () => {
    const key = { 'Idempotency-Key': newId() };
    const [a, b] = [newId(), newId()];
    const first = await service.api.post('/orders', { ...order, customerId: a }, key);
    const other = await service.api.post('/orders', { ...order, customerId: b }, key);
    expect([first.status, other.status]).toEqual([201, 201]);
    expect(other.body.orderId).not.toBe(first.body.orderId);
    const again = await service.api.post('/orders', { ...order, customerId: a }, key);
    expect(outcomeOf(again)).toEqual({ ...outcomeOf(first), replayed: 'true' });
    const reused = await service.api.post('/orders', { customerId: a, lines: [TOFU] }, key);
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency-key-reused']);
  });
});
