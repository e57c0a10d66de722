import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { CHAI, newId, outcomeOf, placeOrder, TOFU } from './support/samples.js';

let service: OrderServiceFixture;
/** Another process of the service, as far as the tables can tell. */
let other: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService();
  const { eventsTable, readModelTable, controlTable } = service.config;
  other = await startOrderService({ eventsTable, readModelTable, controlTable });
});

afterAll(async () => {
  await other.close();
  await service.close();
});

const place = (orderId?: string) => ({
  ...(orderId === undefined ? {} : { orderId }),
  customerId: 'VINET',
  lines: [CHAI],
});

describe('If-Match', () => {
  it('lets a command through at the version it names', async () => {
    const orderId = await placeOrder(service.api);
    const added = await service.api.post(`/orders/${orderId}/lines`, TOFU, { 'If-Match': '"1"' });
    expect(outcomeOf(added)).toMatchObject({ status: 200, etag: '"2"' });
    const paid = await service.api.post(`/orders/${orderId}/pay`, {}, { 'If-Match': added.headers.get('ETag')! });
    expect(outcomeOf(paid)).toMatchObject({ status: 200, etag: '"3"' });
  });

  it.each([['"1"'], ['"3"'], ['"0"']])('of %s is 412 at version 2, and changes nothing', async (version) => {
    const orderId = await placeOrder(service.api);
    await service.api.post(`/orders/${orderId}/lines`, TOFU);
    const answer = await service.api.post(`/orders/${orderId}/pay`, {}, { 'If-Match': version });
    expect(answer).toMatchObject({
      status: 412,
      body: { code: 'version-mismatch', orderId, expectedVersion: Number(JSON.parse(version)), currentVersion: 2 },
    });
    expect(await service.api.events(orderId)).toHaveLength(2);
  });

  it('is checked before the rules of the domain', async () => {
    const orderId = await placeOrder(service.api);
    expect((await service.api.post(`/orders/${orderId}/ship`, {}, { 'If-Match': '"9"' })).status).toBe(412);
    expect((await service.api.post(`/orders/${orderId}/ship`, {}, { 'If-Match': '"1"' })).status).toBe(409);
  });

  it('of * asks for an order that exists', async () => {
    const orderId = await placeOrder(service.api);
    expect((await service.api.post(`/orders/${orderId}/pay`, {}, { 'If-Match': '*' })).status).toBe(200);
    expect((await service.api.post('/orders/unknown/pay', {}, { 'If-Match': '*' })).status).toBe(404);
    expect((await service.api.post('/orders', place(), { 'If-Match': '*' })).status).toBe(412);
  });

  it('of 0 asks for an order that does not exist', async () => {
    const orderId = newId();
    expect((await service.api.post('/orders', place(orderId), { 'If-Match': '"0"' })).status).toBe(201);
    expect((await service.api.post('/orders', place(orderId), { 'If-Match': '"0"' })).status).toBe(412);
    expect((await service.api.post('/orders', place(orderId), { 'If-Match': '"1"' })).status).toBe(412);
    expect((await service.api.post('/orders', place(), { 'If-Match': '"1"' })).status).toBe(412);
  });

  it.each([['1'], ['W/"1"'], ['"1", "2"'], ['"x"'], ['"-1"']])('of %s is 400', async (header) => {
    const orderId = await placeOrder(service.api);
    const answer = await service.api.post(`/orders/${orderId}/pay`, {}, { 'If-Match': header });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'If-Match' }] } });
  });

  it('lets exactly one of many through', async () => {
    const orderId = await placeOrder(service.api);
    const lines = Array.from({ length: 8 }, (_, index) => ({ ...TOFU, productId: `p-${index}` }));
    const answers = await Promise.all(
      lines.map((line, index) =>
        (index % 2 === 0 ? service : other).api.post(`/orders/${orderId}/lines`, line, { 'If-Match': '"1"' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)]);
    expect(await service.api.events(orderId)).toHaveLength(2);
  });
});

describe('Idempotency-Key', () => {
  it('places an order once, also from another process and after later changes', async () => {
    const orderId = newId();
    const key = { 'Idempotency-Key': newId() };
    const first = await service.api.post('/orders', place(orderId), key);
    await service.api.post(`/orders/${orderId}/lines`, TOFU);
    await service.api.post(`/orders/${orderId}/pay`);
    for (const { api } of [service, other]) {
      const again = await api.post('/orders', place(orderId), key);
      expect(outcomeOf(again)).toEqual({ ...outcomeOf(first), replayed: 'true' });
      expect(again.headers.get('Location')).toBe(`/orders/${orderId}`);
    }
    expect(outcomeOf(first)).toMatchObject({ status: 201, etag: '"1"', replayed: null });
    expect(await service.api.events(orderId)).toHaveLength(3);
  });

  it('gives an order without an id the same one each time', async () => {
    const key = { 'Idempotency-Key': newId() };
    const first = await service.api.post('/orders', place(), key);
    const again = await other.api.post('/orders', place(), key);
    expect(first.status).toBe(201);
    expect(outcomeOf(again)).toEqual({ ...outcomeOf(first), replayed: 'true' });
  });

  it('with another body is 422, however the body is written', async () => {
    const key = { 'Idempotency-Key': newId() };
    const first = await service.api.post('/orders', place(), key);
    const same =
      '{"lines":[{"unitPrice":"14","discount":"0.150","quantity":12,"productId":"chai"}],"customerId":"VINET"}';
    expect(outcomeOf(await service.api.post('/orders', same, key))).toEqual({ ...outcomeOf(first), replayed: 'true' });
    const changed = await service.api.post('/orders', { ...place(), lines: [TOFU] }, key);
    expect(changed).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused', orderId: first.body.orderId },
    });
    expect(await service.api.events(first.body.orderId!)).toHaveLength(1);
  });

  it('does every kind of command once, also after later changes', async () => {
    const { api } = service;
    const orderId = await placeOrder(api);
    const steps = [
      () => api.post(`/orders/${orderId}/lines`, TOFU, { 'Idempotency-Key': 'add' }),
      () => api.delete(`/orders/${orderId}/lines/chai`, { 'Idempotency-Key': 'remove' }),
      () => api.post(`/orders/${orderId}/pay`, {}, { 'Idempotency-Key': 'pay' }),
      () => api.post(`/orders/${orderId}/ship`, { reason: 'express' }, { 'Idempotency-Key': 'ship' }),
      () => api.post(`/orders/${orderId}/refund`, {}, { 'Idempotency-Key': 'refund' }),
    ];
    const first: object[] = [];
    for (const step of steps) first.push(outcomeOf(await step()));
    expect(first).toMatchObject([2, 3, 4, 5, 6].map((version) => ({ status: 200, body: { orderId, version } })));
    for (const [index, step] of steps.entries()) {
      expect(outcomeOf(await step())).toEqual({ ...first[index], replayed: 'true' });
    }
    expect(await api.events(orderId)).toHaveLength(6);
  });

  it('for another command on the same order is 422', async () => {
    const orderId = await placeOrder(service.api);
    const key = { 'Idempotency-Key': 'the-key' };
    await service.api.post(`/orders/${orderId}/pay`, { reason: 'card' }, key);
    expect((await service.api.post(`/orders/${orderId}/pay`, { reason: 'cash' }, key)).status).toBe(422);
    expect((await service.api.post(`/orders/${orderId}/ship`, {}, key)).status).toBe(422);
    expect(await service.api.events(orderId)).toHaveLength(2);
  });

  it('may be the same on different orders', async () => {
    const [a, b] = [await placeOrder(service.api), await placeOrder(service.api)];
    for (const orderId of [a, b]) {
      const { status, headers } = await service.api.post(`/orders/${orderId}/pay`, {}, { 'Idempotency-Key': 'pay' });
      expect([status, headers.get('Idempotency-Replayed')]).toEqual([200, null]);
    }
  });

  it('repeats the answer though If-Match no longer holds', async () => {
    const orderId = await placeOrder(service.api);
    const headers = { 'Idempotency-Key': 'pay', 'If-Match': '"1"' };
    const first = await service.api.post(`/orders/${orderId}/pay`, {}, headers);
    const again = await other.api.post(`/orders/${orderId}/pay`, {}, headers);
    expect(outcomeOf(again)).toEqual({ ...outcomeOf(first), replayed: 'true' });
  });

  it('does not remember a refusal', async () => {
    const orderId = await placeOrder(service.api);
    const ship = () => service.api.post(`/orders/${orderId}/ship`, {}, { 'Idempotency-Key': 'ship' });
    expect((await ship()).status).toBe(409);
    await service.api.post(`/orders/${orderId}/pay`);
    expect((await ship()).status).toBe(200);
  });

  it('does a command once when it comes many times at the same moment', async () => {
    const orderId = newId();
    const both = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? service.api : other.api));
    const key = { 'Idempotency-Key': newId() };
    const placed = await Promise.all(both.map((api) => api.post('/orders', place(orderId), key)));
    expect(placed.map(({ status, body }) => ({ status, body }))).toEqual(
      both.map(() => ({ status: 201, body: { orderId, version: 1 } })),
    );
    // Without a time of its own each repetition would record another one.
    const paid = await Promise.all(
      both.map((api) => api.post(`/orders/${orderId}/pay`, {}, { ...key, 'Idempotency-Key': 'pay' })),
    );
    expect(paid.map(({ status, body }) => ({ status, body }))).toEqual(
      both.map(() => ({ status: 200, body: { orderId, version: 2 } })),
    );
    expect(await service.api.events(orderId)).toHaveLength(2);
  });

  it('that is not printable ASCII is 400', async () => {
    const answer = await service.api.post('/orders', place(), { 'Idempotency-Key': 'x'.repeat(256) });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
  });
});
