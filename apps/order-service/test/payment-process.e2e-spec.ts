import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import type { HistoryEntry, OrdersApi } from './support/http.js';
import { startOrderService, testConfig, type OrderServiceFixture } from './support/order-service.js';
import { placeOrder, TOFU } from './support/samples.js';
import { buildService, startProcess, type BuiltService } from './support/service-process.js';

const typesOf = (events: readonly HistoryEntry[]) => events.map(({ type }) => type);

async function typesOfOrder(api: OrdersApi, orderId: string): Promise<string[]> {
  return typesOf(await api.events(orderId));
}

/** Until the process has seen everything that is stored. */
async function processCaughtUp(api: OrdersApi): Promise<void> {
  // An order of its own that is cancelled after payment is refunded only after what came before in its shard.
  const orderId = await placeOrder(api);
  await api.post(`/orders/${orderId}/pay`);
  await api.post(`/orders/${orderId}/cancel`);
  await eventually('the probe is refunded', async () => (await api.events(orderId)).length === 4, 30_000);
}

describe('the payment process', () => {
  let service: OrderServiceFixture;
  let api: OrdersApi;

  beforeAll(async () => {
    service = await startOrderService();
    api = service.api;
  });

  afterAll(async () => {
    await service.close();
  });

  it('gives back what was paid for a cancelled order, once, as part of the same story', async () => {
    const orderId = await placeOrder(api);
    await api.post(`/orders/${orderId}/pay`);
    const cancelled = await api.post(`/orders/${orderId}/cancel`, {}, { 'X-Correlation-Id': 'trace-9' });
    expect(cancelled.status).toBe(200);
    await eventually('it is refunded', async () => (await api.events(orderId)).length === 4, 30_000);
    const events = await api.events(orderId);
    expect(typesOf(events)).toEqual(['order-placed', 'order-paid', 'order-cancelled', 'order-refunded']);
    expect(events[3]).toMatchObject({
      event: { amount: '142.80', reason: 'order cancelled' },
      metadata: { correlationId: 'trace-9', causationId: events[2]!.eventId },
    });
    expect((await api.get(`/orders/${orderId}?minVersion=4`)).body).toMatchObject({ status: 'refunded', paid: '0.00' });
  });

  it('has nothing to give back for an order that was never paid, nor for one refunded by hand', async () => {
    const unpaid = await placeOrder(api);
    await api.post(`/orders/${unpaid}/cancel`);
    const byHand = await placeOrder(api);
    await api.post(`/orders/${byHand}/pay`);
    await Promise.all([api.post(`/orders/${byHand}/cancel`), api.post(`/orders/${byHand}/refund`)]);
    await processCaughtUp(api);
    expect(await typesOfOrder(api, unpaid)).toEqual(['order-placed', 'order-cancelled']);
    const refunds = (await typesOfOrder(api, byHand)).filter((type) => type === 'order-refunded');
    expect(refunds).toHaveLength(1);
    expect(JSON.parse((await api.get('/admin/projections/payment-process/parked')).text)).toEqual([]);
  });
});

describe('an order that nobody pays', () => {
  let built: BuiltService;
  let tables: OrderServiceFixture;

  beforeAll(async () => {
    built = await buildService();
    tables = await startOrderService({ engine: 'dynamodb' });
    await tables.close();
  }, 60_000);

  afterAll(async () => {
    await built.remove();
  });

  it('is cancelled in time by whichever process is there, though the one that set the timer was killed', async () => {
    const config = { ...tables.config, paymentTimeoutMs: 6_000 };
    const first = await startProcess(built, config);
    // Placed long ago: only when it was stored counts.
    const orderId = await placeOrder(first.api, { placedAt: '1996-07-04' });
    const changed = await placeOrder(first.api);
    const paid = await placeOrder(first.api);
    await first.api.post(`/orders/${changed}/lines`, TOFU);
    await first.api.post(`/orders/${paid}/pay`);
    await processCaughtUp(first.api);
    expect(await typesOfOrder(first.api, orderId)).toEqual(['order-placed']);
    await first.stop('SIGKILL');

    const second = await startProcess(built, config);
    const { api } = second;
    for (const id of [orderId, changed])
      await eventually(
        'it is cancelled',
        async () => (await typesOfOrder(api, id)).includes('order-cancelled'),
        60_000,
      );
    const [placed, cancelled] = await api.events(orderId);
    expect(cancelled).toMatchObject({ version: 2, event: { reason: 'not paid in time' } });
    const waited = Date.parse(cancelled!.recordedAt) - Date.parse(placed!.recordedAt);
    expect(waited).toBeGreaterThanOrEqual(6_000);
    await processCaughtUp(api);
    expect(await typesOfOrder(api, orderId)).toEqual(['order-placed', 'order-cancelled']);
    expect(await typesOfOrder(api, paid)).toEqual(['order-placed', 'order-paid']);
    expect(await second.stop()).toBe(0);
  }, 120_000);
});

describe('two services that both react to every event', () => {
  let first: OrderServiceFixture;
  let second: OrderServiceFixture;

  beforeAll(async () => {
    first = await startOrderService();
    const { controlTable, readModelTable } = testConfig();
    // Progress of their own: each sees every event, as after a takeover from a process that is not as dead as it seems.
    second = await startOrderService({ eventsTable: first.config.eventsTable, controlTable, readModelTable });
  });

  afterAll(async () => {
    await second.close();
    await first.close();
  });

  it('refund each cancelled order once', async () => {
    const orderIds: string[] = [];
    for (let number = 0; number < 10; number++) {
      const orderId = await placeOrder(first.api);
      orderIds.push(orderId);
      await first.api.post(`/orders/${orderId}/pay`);
      await second.api.post(`/orders/${orderId}/cancel`);
    }
    for (const { api } of [first, second]) await processCaughtUp(api);
    for (const orderId of orderIds) {
      await eventually('it is refunded', async () => (await first.api.events(orderId)).length >= 4, 30_000);
      const types = await typesOfOrder(first.api, orderId);
      expect(types).toEqual(['order-placed', 'order-paid', 'order-cancelled', 'order-refunded']);
    }
    for (const { api } of [first, second]) {
      expect(JSON.parse((await api.get('/admin/projections/payment-process/parked')).text)).toEqual([]);
    }
  });
});
