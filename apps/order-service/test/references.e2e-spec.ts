import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { CHAI, newId, outcomeOf } from './support/samples.js';

let service: OrderServiceFixture;
let count = 0;
const newReference = () => `PO-${count++}`;
const place = (body: object, headers: Record<string, string> = {}) =>
  service.api.post('/orders', { orderId: newId(), customerId: 'VINET', lines: [CHAI], ...body }, headers);

beforeAll(async () => {
  service = await startOrderService();
});

afterAll(async () => {
  await service.close();
});

describe('the reference of an order', () => {
  it('belongs to one order of a customer: a second one is 409, and is not stored; another customer may use it', async () => {
    const { api } = service;
    const [first, second, reference] = [newId(), newId(), newReference()];
    expect((await place({ orderId: first, reference })).status).toBe(201);
    expect((await api.get(`/orders/${first}`)).body).toMatchObject({ orderId: first, reference });

    const refused = await place({ orderId: second, reference });
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json');
    expect(refused.body).toMatchObject({ status: 409, code: 'reference-taken', orderId: second, takenBy: first });
    expect(refused.status).toBe(409);
    expect((await api.get(`/orders/${second}/events`)).status).toBe(404);

    expect((await place({ customerId: 'HANAR', reference })).status).toBe(201);
    expect((await place({ orderId: second, reference: newReference() })).status).toBe(201);
    expect((await place({})).status).toBe(201);
  });

  it('is free for another order once the first is cancelled, and not once it is paid', async () => {
    const { api } = service;
    const [first, reference] = [newId(), newReference()];
    await place({ orderId: first, reference });
    expect((await api.post(`/orders/${first}/pay`, {})).status).toBe(200);
    expect((await place({ reference })).body.code).toBe('reference-taken');
    expect((await api.post(`/orders/${first}/cancel`, {})).status).toBe(200);
    expect((await place({ reference })).status).toBe(201);
    expect((await place({ reference })).body.code).toBe('reference-taken');
  });

  it('is no obstacle to the repetition of the command that took it, also after it was given up and taken again', async () => {
    const { api } = service;
    const [orderId, reference] = [newId(), newReference()];
    const key = { 'Idempotency-Key': newId() };
    const first = outcomeOf(await place({ orderId, reference }, key));
    expect(first).toMatchObject({ status: 201, body: { orderId, version: 1 }, replayed: null });
    const replayed = { ...first, replayed: 'true' };
    expect(outcomeOf(await place({ orderId, reference }, key))).toEqual(replayed);
    await api.post(`/orders/${orderId}/cancel`, {});
    expect((await place({ reference })).status).toBe(201);
    expect(outcomeOf(await place({ orderId, reference }, key))).toEqual(replayed);
    expect(outcomeOf(await place({ orderId, reference: newReference() }, key))).toMatchObject({ status: 422 });
  });

  it('goes to exactly one of many orders that want it at once', async () => {
    const reference = newReference();
    const answers = await Promise.all(Array.from({ length: 20 }, () => place({ reference })));
    const codes = answers.map(({ status, body }) => body.code ?? status).sort();
    expect(codes).toEqual([201, ...Array.from({ length: 19 }, () => 'reference-taken')]);
  });

  it('of an order that exists already is not looked at', async () => {
    const [orderId, reference] = [newId(), newReference()];
    await place({ orderId, reference });
    expect((await place({ orderId, reference })).body).toMatchObject({ status: 409, code: 'order-exists' });
  });

  it.each([[''], [' PO-1'], ['PO-1 '], ['a\nb'], [7], [null], ['x'.repeat(129)]])(
    'is not valid as %j',
    async (reference) => {
      const { status, body } = await place({ reference });
      expect([status, body.errors?.map(({ field }) => field)]).toEqual([400, expect.arrayContaining(['reference'])]);
    },
  );

  it('is described in the OpenAPI document', async () => {
    const { components } = JSON.parse((await service.api.get('/docs-json')).text) as OpenAPIObject;
    for (const name of ['PlaceOrder', 'OrderSummary'])
      expect(components!.schemas![name]).toHaveProperty('properties.reference.example', 'PO-4711');
  });
});
