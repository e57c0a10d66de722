import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabaseDoor, type DatabaseDoor } from '../../apps/order-service/test/support/database-door.js';
import {
  startOrderService,
  testConfig,
  type OrderServiceFixture,
} from '../../apps/order-service/test/support/order-service.js';
import { CHAI, newId, placeOrder } from '../../apps/order-service/test/support/samples.js';
import { eventually } from '../support/eventually.js';

const CLIENTS = 600;

let door: DatabaseDoor;
let service: OrderServiceFixture;

beforeAll(async () => {
  const { dynamoDb } = testConfig();
  door = await openDatabaseDoor(dynamoDb.endpoint!);
  service = await startOrderService({ readWaitMs: 2_000, dynamoDb: { ...dynamoDb, endpoint: door.url } });
});

afterAll(async () => {
  door.release();
  await service.close();
  await door.close();
});

interface Client {
  readonly socket: Socket;
  answer: string;
}

async function client(method: string, path: string, body = ''): Promise<Client> {
  const { hostname, port } = new URL(service.api.url);
  const socket = connect(Number(port), hostname);
  const sender: Client = { socket, answer: '' };
  socket.setEncoding('utf8').on('data', (part: string) => (sender.answer += part));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const length = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${hostname}\r\n${length}\r\n${body}`);
  return sender;
}

function shedOf(clients: readonly Client[]): Client[] {
  return clients.filter(({ answer }) => answer.includes('"code":"overloaded"'));
}

describe(`${CLIENTS} clients who send commands and hang up`, () => {
  it.each([['to orders of their own'], ['to one order']])(
    'get 503 early or leave the queue, while queries are answered, %s',
    async (target) => {
      const shown = await placeOrder(service.api);
      await eventually('it is shown', async () => (await service.api.get(`/orders/${shown}`)).status === 200);
      const run = newId();
      // Bytes of a commit are compressed; ids are not.
      const isWrite = ({ operation, body }: { operation: string; body: string }) =>
        /^(PutItem|TransactWriteItems)$/.test(operation) && (body.includes(run) || body.includes(shown));
      const writes = () => door.requests.filter(isWrite).length;
      const before = writes();
      door.hold(isWrite);
      const line = (number: number) => ({ ...CHAI, productId: `p-${number}` });
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, (_, number) =>
          target === 'to one order'
            ? client('POST', `/orders/${shown}/lines`, JSON.stringify(line(number)))
            : client(
                'POST',
                '/orders',
                JSON.stringify({ orderId: `${run}-${number}`, customerId: 'c', lines: [CHAI] }),
              ),
        ),
      );
      await eventually('most are shed', () => shedOf(clients).length >= CLIENTS - 100);
      for (const { answer } of shedOf(clients)) expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: \d/);
      expect((await service.api.get(`/orders/${shown}`)).status).toBe(200);
      expect((await service.api.get('/orders?customerId=nobody')).status).toBe(200);
      expect((await service.api.get('/health')).status).toBe(200);

      for (const { socket } of clients) socket.destroy();
      door.release();
      // A command of somebody who stays comes after all that are still under way.
      const late = { orderId: `${run}-late`, customerId: 'c', lines: [CHAI] };
      await eventually('it is taken', async () => (await service.api.post('/orders', late)).status === 201);
      expect(writes() - before).toBeLessThan(20);
    },
    60_000,
  );
});

describe(`${CLIENTS} clients who wait for a version and hang up`, () => {
  it('are shed or share a wait, while queries are answered', async () => {
    const shown = await placeOrder(service.api);
    await eventually('it is shown', async () => (await service.api.get(`/orders/${shown}`)).status === 200);
    const awaited = await placeOrder(service.api);
    expect((await service.api.post('/admin/projections/order-summary/pause')).status).toBe(200);
    await service.api.post(`/orders/${awaited}/pay`);
    const before = door.requests.filter(({ body }) => body.includes(awaited)).length;
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => client('GET', `/orders/${awaited}?minVersion=2`)),
    );
    await eventually('most are shed', () => shedOf(clients).length >= CLIENTS - 150);
    expect((await service.api.get(`/orders/${shown}`)).status).toBe(200);
    for (const { socket } of clients) socket.destroy();
    expect((await service.api.post('/admin/projections/order-summary/resume')).status).toBe(200);
    expect(door.requests.filter(({ body }) => body.includes(awaited)).length - before).toBeLessThan(400);
  }, 60_000);
});
