import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import type { OrdersApi } from './support/http.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { newId, placeOrder, TOFU } from './support/samples.js';
import { buildService, startProcess, type BuiltService, type ServiceProcess } from './support/service-process.js';

const COMMANDS = 64;

let tables: OrderServiceFixture;
let built: BuiltService;
let processes: ServiceProcess[] = [];

beforeAll(async () => {
  tables = await startOrderService();
  built = await buildService();
  processes = await Promise.all([startProcess(built, tables.config), startProcess(built, tables.config)]);
}, 60_000);

afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await built.remove();
  await tables.close();
});

/** The process that the n-th command goes to: one after the other. */
function apiOf(index: number): OrdersApi {
  return processes[index % processes.length]!.api;
}

function fromTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe(`${COMMANDS} concurrent commands on one order through two processes`, () => {
  it('are all done, one version each, and every answer is true', async () => {
    const orderId = await placeOrder(apiOf(0), { lines: [TOFU] });
    const answers = await Promise.all(
      fromTo(1, COMMANDS).map(async (number) => {
        const productId = `p-${number}`;
        const line = { productId, quantity: number, unitPrice: '0.01' };
        return { productId, ...(await apiOf(number).post(`/orders/${orderId}/lines`, line)) };
      }),
    );
    expect(answers.map(({ status, text }) => ({ status, text })).filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.map(({ body }) => body.version!).sort((a, b) => a - b)).toEqual(fromTo(2, COMMANDS + 1));

    const events = await apiOf(1).events(orderId);
    expect(events.map(({ version }) => version)).toEqual(fromTo(1, COMMANDS + 1));
    for (const { productId, body, headers } of answers) {
      expect(events[body.version! - 1]!.event).toMatchObject({ line: { productId } });
      expect(headers.get('ETag')).toBe(`"${body.version!}"`);
    }
    for (const { api } of processes) {
      const { body } = await api.get(`/orders/${orderId}?minVersion=${COMMANDS + 1}`);
      expect(body).toMatchObject({ version: COMMANDS + 1, total: '30.60' });
      expect(body.lines).toHaveLength(COMMANDS + 1);
    }
  }, 60_000);

  it('that exclude each other are done once and refused otherwise', async () => {
    const orderId = await placeOrder(apiOf(0));
    const answers = await Promise.all(
      fromTo(1, COMMANDS).map((number) => apiOf(number).post(`/orders/${orderId}/pay`)),
    );
    const done = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status, body }) => status === 409 && body.code === 'order-not-payable');
    expect([done.length, refused.length]).toEqual([1, COMMANDS - 1]);
    expect(done[0]!.body.version).toBe(2);
    expect(await apiOf(0).events(orderId)).toHaveLength(2);
  }, 60_000);

  it('with one key are done once and answered alike', async () => {
    const orderId = await placeOrder(apiOf(0));
    const key = { 'Idempotency-Key': newId() };
    const answers = await Promise.all(
      fromTo(1, COMMANDS).map((number) => apiOf(number).post(`/orders/${orderId}/lines`, TOFU, key)),
    );
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 200, body: { orderId, version: 2 } });
    expect(await apiOf(0).events(orderId)).toHaveLength(2);
  }, 60_000);

  it('leave the read model exact, so that lists of both processes agree with the events', async () => {
    const customerId = newId();
    const orderId = await placeOrder(apiOf(0), { customerId, lines: [TOFU] });
    await Promise.all(
      fromTo(1, 20).map((number) =>
        apiOf(number).post(`/orders/${orderId}/lines`, { ...TOFU, productId: `p-${number}` }),
      ),
    );
    await apiOf(0).post(`/orders/${orderId}/pay`);
    for (const { api } of processes) {
      const { body } = await api.get(`/orders?customerId=${customerId}&after=${orderId}@22`);
      expect(body.items).toMatchObject([{ orderId, version: 22, total: '205.80', status: 'paid' }]);
    }
  }, 60_000);
});

describe('a version token', () => {
  it('from one process makes the other show what the first has stored', async () => {
    for (const [writer, reader] of [processes, processes.toReversed()].map((each) => each.map(({ api }) => api))) {
      const customerId = newId();
      const orderId = await placeOrder(writer!, { customerId });
      for (let version = 2; version <= 6; version++) {
        const changed = await writer!.post(`/orders/${orderId}/lines`, { ...TOFU, productId: `p-${version}` });
        const etag = changed.headers.get('ETag')!;
        const shown = await reader!.get(`/orders/${orderId}`, { 'X-Min-Version': etag.replaceAll('"', '') });
        expect({ status: shown.status, version: shown.body.version }).toEqual({ status: 200, version });
      }
      const paid = await writer!.post(`/orders/${orderId}/pay`);
      const list = await reader!.get(
        `/orders?customerId=${customerId}&status=paid&after=${orderId}@${paid.body.version!}`,
      );
      expect(list.body.items).toMatchObject([{ orderId, version: 7, status: 'paid' }]);
    }
  }, 60_000);

  it('is not needed by the process that has stored it', async () => {
    for (const { api } of processes) {
      const customerId = newId();
      const orderId = await placeOrder(api, { customerId });
      expect((await api.get(`/orders/${orderId}`)).body).toMatchObject({ version: 1 });
      await api.post(`/orders/${orderId}/pay`);
      expect((await api.get(`/orders?customerId=${customerId}&status=paid`)).body.items).toHaveLength(1);
    }
  }, 60_000);
});

describe('the log of a process', () => {
  it('has one line per request with what happened to whom', async () => {
    const [process] = processes;
    const orderId = await placeOrder(process!.api);
    const trace = newId();
    const refused = await process!.api.post(`/orders/${orderId}/ship?x=1`, {}, { 'X-Correlation-Id': trace });
    expect(refused.status).toBe(409);
    const linesOf = (what: object) => process!.log.filter(({ message }) => isSubset(message, what));
    await eventually('the requests are logged', () => linesOf({ correlationId: trace }).length > 0);
    expect(linesOf({ method: 'POST', path: '/orders', status: 201, orderId })).toHaveLength(1);
    expect(linesOf({ correlationId: trace }).map(({ message }) => message)).toEqual([
      {
        method: 'POST',
        path: `/orders/${orderId}/ship`,
        status: 409,
        ms: expect.any(Number),
        orderId,
        correlationId: trace,
      },
    ]);
  });
});

function isSubset(message: unknown, what: object): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return Object.entries(what).every(([member, value]) => (message as Record<string, unknown>)[member] === value);
}
