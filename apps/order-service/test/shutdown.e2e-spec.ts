import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { eventually } from '../../../test/support/eventually.js';
import type { OrderServiceConfig } from '../src/config.js';
import { DrainingExpressAdapter } from '../src/http/draining-express-adapter.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { CHAI, newId } from './support/samples.js';
import { buildService, runProgram, startProcess, type BuiltService } from './support/service-process.js';

/** A POST of which the second half of the body has not been sent yet. */
async function halfSent(url: string, body: object): Promise<{ finish(): Promise<string>; socket: Socket }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const text = JSON.stringify(body);
  const head = `POST /orders HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`;
  socket.write(head + text.slice(0, 10));
  return {
    socket,
    async finish() {
      let answer = '';
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.write(text.slice(10));
      await once(socket, 'close');
      return answer;
    },
  };
}

async function refusesConnections(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/health`);
    return false;
  } catch {
    return true;
  }
}

/** What another process shows of it. */
async function shownElsewhere({ eventsTable, readModelTable, controlTable }: OrderServiceConfig, orderId: string) {
  const other = await startOrderService({ eventsTable, readModelTable, controlTable });
  try {
    return (await other.api.get(`/orders/${orderId}?minVersion=1`)).body;
  } finally {
    await other.close();
  }
}

describe('a service that is closed', () => {
  it('accepts no more, but finishes the request in hand; another process goes on with its projection', async () => {
    const service = await startOrderService();
    const { url } = service.api;
    await service.api.get('/health');
    const orderId = newId();
    const request = await halfSent(url, { orderId, customerId: 'VINET', lines: [CHAI] });
    const closed = service.close();
    await eventually('new connections are refused', () => refusesConnections(url));
    const answer = await request.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(answer).toMatch(/^Connection: close\r$/im);
    await closed;
    expect(await shownElsewhere(service.config, orderId)).toMatchObject({ orderId, version: 1, total: '142.80' });
  });

  it('does not wait for ever for a request that never ends', async () => {
    @Module({})
    class EmptyModule {}
    const app = await NestFactory.create(EmptyModule, new DrainingExpressAdapter(200));
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as Server;
    const { port } = server.address() as AddressInfo;
    const { socket } = await halfSent(`http://127.0.0.1:${port}`, { customerId: 'VINET' });
    const broken = once(socket, 'close');
    socket.on('error', () => undefined);
    await app.close();
    await broken;
    expect(server.listening).toBe(false);
  });
});

describe('a process of the service', () => {
  let built: BuiltService;
  let tables: OrderServiceFixture;

  beforeAll(async () => {
    tables = await startOrderService();
    built = await buildService();
  }, 60_000);

  afterAll(async () => {
    await built.remove();
    await tables.close();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what is in hand on %s and ends with exit code 0',
    async (signal) => {
      const service = await startProcess(built, tables.config);
      const orderId = newId();
      const request = await halfSent(service.api.url, { orderId, customerId: 'VINET', lines: [CHAI] });
      const stopped = service.stop(signal);
      await eventually('new connections are refused', () => refusesConnections(service.api.url));
      expect(await request.finish()).toMatch(/^HTTP\/1\.1 201 /);
      expect(await stopped).toBe(0);
      expect(service.log.at(-1)).toMatchObject({ message: 'Stopped' });
      expect((await tables.api.get(`/orders/${orderId}?minVersion=1`)).body).toMatchObject({ version: 1 });
    },
  );

  it('does not start with a wrong configuration, and says in one line why', async () => {
    const { code, stderr, stdout } = await runProgram(built.program('main.js'), [], {
      PORT: 'http',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'AWS_REGION']) expect(stderr).toContain(name);
    expect(stdout).toBe('');
  });

  it('does not start on a port that is taken, and says so', async () => {
    const { eventsTable, readModelTable, controlTable, dynamoDb } = tables.config;
    const port = new URL(tables.api.url).port;
    const { code, stderr } = await runProgram(built.program('main.js'), [], {
      PORT: port,
      EVENTS_TABLE: eventsTable,
      READ_MODEL_TABLE: readModelTable,
      CONTROL_TABLE: controlTable,
      DYNAMODB_ENDPOINT: dynamoDb.endpoint,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^order-service: .*EADDRINUSE.*${port}\n$`, 'm'));
  });
});
