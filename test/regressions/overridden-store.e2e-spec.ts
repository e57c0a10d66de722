import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DynamoEventStore,
  DynamoEventStoreModule,
  EventStore,
  getDynamoClientToken,
  getEventStoreToken,
  getProjectionsToken,
  getReadModelStoreToken,
  getTimersToken,
  InvalidDefinitionError,
  scanFeed,
  type Projections,
  type ReadModelStore,
  type Timers,
} from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import { InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { carts, CartsProjection, ItemAdded, SHOP_EVENTS } from '../support/shop.js';

const stream = { aggregate: 'cart', id: 'c-1' };
const added = new ItemAdded('tea', 2);

/** The configured database. It counts who asks. */
let configured: Server;
let requests: number;
let app: INestApplicationContext | undefined;

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  requests = 0;
  configured = createServer((_, answer) => {
    requests += 1;
    answer.writeHead(400).end();
  });
  await once(configured.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  configured.closeAllConnections();
  configured.close();
  jest.restoreAllMocks();
});

function moduleOf(options: { name?: string; feed?: ReturnType<typeof scanFeed> } = {}) {
  const { port } = configured.address() as AddressInfo;
  const clientConfig = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'real', secretAccessKey: 'real' },
  };
  return Test.createTestingModule({
    imports: [
      DynamoEventStoreModule.forRoot({
        clientConfig,
        tableName: 'events',
        createTable: true,
        events: SHOP_EVENTS,
        feed: streamsFeed(),
        ...options,
      }),
    ],
    providers: options.name === undefined ? [CartsProjection] : [],
  });
}

describe('a test that overrides the store by one in memory', () => {
  it.each([
    ['EventStore', undefined, EventStore],
    ['DynamoEventStore', undefined, DynamoEventStore],
    ['a named store', 'audit', getEventStoreToken('audit')],
  ])('reaches no table when it overrides %s', async (_, name, token) => {
    const compiled = await moduleOf(name === undefined ? {} : { name })
      .overrideProvider(token)
      .useValue(new InMemoryEventStore({ events: SHOP_EVENTS }))
      .compile();
    app = await compiled.init();
    const store = app.get<EventStore>(getEventStoreToken(name), { strict: false });
    await store.append(stream, [added], { expected: 'none' });
    const of = <T>(each: Parameters<typeof compiled.get>[0]) => compiled.get<T>(each, { strict: false });
    const client = of<DynamoDBClient>(getDynamoClientToken(name));
    const attempts = [
      of<ReadModelStore>(getReadModelStoreToken(name)).view(carts).get('c-1'),
      of<Timers>(getTimersToken(name)).schedule({ name: 'reminder', id: 'c-1' }, new Date()),
      of<Timers>(getTimersToken(name)).cancel({ name: 'reminder', id: 'c-1' }),
      ...(name === undefined ? [of<Projections>(getProjectionsToken(name)).status('carts')] : []),
      client.send(new DescribeTableCommand({ TableName: 'events' })),
    ];
    for (const attempt of attempts) {
      const error: unknown = await attempt.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidDefinitionError);
      expect((error as Error).message).toContain('simulateEventStore()');
    }
    expect(() => client.config).toThrow('simulateEventStore()');
    expect(requests).toBe(0);
  });

  it('has its own client where it overrides that as well', async () => {
    const own = new SimulatedDynamoDb();
    const compiled = await moduleOf()
      .overrideProvider(EventStore)
      .useValue(new InMemoryEventStore())
      .overrideProvider(DynamoDBClient)
      .useValue(own.client)
      .compile();
    app = await compiled.init();
    expect(app.get(DynamoDBClient, { strict: false })).toBe(own.client);
    expect(requests).toBe(0);
  });
});

describe('a test that overrides DynamoDBClient', () => {
  it.each([
    ['DynamoDBClient', DynamoDBClient],
    ['EventStore by a store on another client', EventStore],
    ['DynamoEventStore by a store on another client', DynamoEventStore],
  ])('puts the store, its read models and its timers on another database by %s', async (_, token) => {
    const { client } = new SimulatedDynamoDb();
    const replacement =
      token === DynamoDBClient ? client : new DynamoEventStore({ client, tableName: 'events', events: SHOP_EVENTS });
    const compiled = await moduleOf({ feed: scanFeed({ everyMs: 5 }) })
      .overrideProvider(token)
      .useValue(replacement)
      .compile();
    app = await compiled.init();
    expect(app.get(DynamoDBClient, { strict: false })).toBe(client);
    const head = await app.get(EventStore, { strict: false }).append(stream, [added], { expected: 'none' });
    const of = <T>(each: Parameters<typeof compiled.get>[0]) => compiled.get<T>(each, { strict: false });
    await of<Projections>(getProjectionsToken()).waitFor('carts', head);
    expect(await of<ReadModelStore>(getReadModelStoreToken()).view(carts).get('c-1')).toMatchObject({ items: 2 });
    await of<Timers>(getTimersToken()).schedule({ name: 'reminder', id: 'c-1' }, new Date());
    expect(requests).toBe(0);
  });

  it('still rejects options that contradict each other', async () => {
    const { client } = new SimulatedDynamoDb();
    const contradicting = Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot({ client, clientConfig: {}, tableName: 'events' })],
    }).compile();
    await expect(contradicting).rejects.toThrow('client and clientConfig exclude each other');
  });
});

it('an application destroys the client that the module made, and no other', async () => {
  const destroy = jest.spyOn(DynamoDBClient.prototype, 'destroy');
  const context = await Test.createTestingModule({
    imports: [DynamoEventStoreModule.forRoot({ clientConfig: { region: 'local' }, tableName: 'events' })],
  }).compile();
  await context.init();
  const own = context.get(DynamoDBClient, { strict: false });
  await context.close();
  expect(destroy.mock.contexts).toEqual([own]);

  const given = new DynamoDBClient({ region: 'local' });
  const other = await Test.createTestingModule({
    imports: [DynamoEventStoreModule.forRoot({ client: given, tableName: 'events' })],
  }).compile();
  await other.init();
  await other.close();
  expect(destroy.mock.contexts).not.toContain(given);
});
