import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Param, Post, type INestApplication } from '@nestjs/common';
import { CommandBus, CqrsModule, EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import {
  AggregateRepository,
  DynamoEventStore,
  DynamoEventStoreModule,
  EventStore,
  recordedEventOf,
  Projections,
  scanFeed,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { Order, OrderPlaced, PlaceOrder, PlaceOrderHandler, ShipOrder } from '../../docs/examples/order.js';
import {
  CustomerQueries,
  CustomersProjection,
  offboard,
  OrdersModule,
  requestTenant,
  ScopedShipOrderHandler,
  Shipping,
  storeWithContext,
  TenantContext,
  tenantPolicy,
} from '../../docs/examples/tenants.js';
import { eventually } from '../support/eventually.js';

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const published: RecordedEvent[] = [];

@EventsHandler(OrderPlaced)
class PlacedHandler implements IEventHandler<OrderPlaced> {
  handle(event: OrderPlaced): void {
    published.push(recordedEventOf(event)!);
  }
}

@Controller('orders')
class OrdersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly repository: AggregateRepository,
  ) {}

  @Post(':id') async place(@Param('id') id: string, @Body() { customer }: { customer: string }): Promise<void> {
    await this.commands.execute(new PlaceOrder(id, customer));
  }

  @Post(':id/ship') async ship(@Param('id') id: string): Promise<void> {
    await this.commands.execute(new ShipOrder(id));
  }

  @Get(':id') async version(@Param('id') id: string) {
    return { version: (await this.repository.find(Order, id))?.version ?? 0 };
  }
}

@Module({ imports: [OrdersModule], controllers: [OrdersController], providers: [PlacedHandler] })
class HttpModule {}

async function listen(): Promise<{ http: ReturnType<typeof request>; store: InMemoryEventStore }> {
  const store = new InMemoryEventStore({ tenancy: true });
  const compiled = await Test.createTestingModule({ imports: [HttpModule] })
    .overrideProvider(EventStore)
    .useValue(store)
    .compile();
  app = await compiled.createNestApplication().init();
  return { http: request(app.getHttpServer() as never), store };
}

async function versionOf(store: EventStore, tenant: string): Promise<number> {
  return (await store.head({ aggregate: 'order', id: 'o-1', tenant })).version;
}

describe('the tenant of an HTTP request', () => {
  it('reaches the repository in handlers that know nothing of it, also of many requests at once', async () => {
    const { http, store } = await listen();
    published.length = 0;
    const tenants = Array.from({ length: 20 }, (_, index) => `t-${index}`);
    const placed = tenants.map((tenant) =>
      http
        .post('/orders/o-1')
        .set('x-tenant', tenant)
        .send({ customer: `of ${tenant}` })
        .expect(201),
    );
    await Promise.all(placed);
    await http.post('/orders/o-1/ship').set('x-tenant', 't-3').expect(201);
    for (const tenant of tenants) {
      expect(await versionOf(store, tenant)).toBe(tenant === 't-3' ? 2 : 1);
      for await (const { event, metadata } of store.read({ aggregate: 'order', id: 'o-1', tenant }, { to: 1 }))
        expect([metadata.tenantId, event]).toEqual([tenant, new OrderPlaced(`of ${tenant}`)]);
    }
    await http.get('/orders/o-1').set('x-tenant', 't-3').expect({ version: 2 });
    await http.get('/orders/o-1').set('x-tenant', 'another').expect({ version: 0 });
    expect(published.map(({ stream }) => stream.tenant).sort()).toEqual([...tenants].sort());
    for (const { stream, metadata } of published) expect(metadata.tenantId).toBe(stream.tenant);
  });

  it('is required: without it nothing is read or written', async () => {
    const { http, store } = await listen();
    await http.post('/orders/o-1').send({ customer: 'c' }).expect(401);
    const repository = app!.get(AggregateRepository);
    await expect(repository.find(Order, 'o-1')).rejects.toMatchObject({ code: 'TENANT_REQUIRED' });
    await expect(store.head({ aggregate: 'order', id: 'o-1' })).rejects.toMatchObject({ code: 'TENANT_REQUIRED' });
  });

  it('cannot be left by an option', async () => {
    await listen();
    const repository = app!.get(AggregateRepository);
    const reading = requestTenant.run('acme', () => repository.find(Order, 'o-1', { tenant: 'globex' }));
    await expect(reading).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
  });
});

it('the tenant of an AsyncContext reaches the repository through a request-scoped handler', async () => {
  const store = new InMemoryEventStore({ tenancy: true });
  const compiled = await Test.createTestingModule({
    imports: [CqrsModule.forRoot(), storeWithContext, DynamoEventStoreModule.forFeature([Order])],
    providers: [ScopedShipOrderHandler, PlaceOrderHandler],
  })
    .overrideProvider(EventStore)
    .useValue(store)
    .compile();
  app = await compiled.createNestApplication().init();
  const repository = app.get(AggregateRepository);
  for (const tenant of ['acme', 'globex']) await repository.save(Order.place('o-1', 'c'), { tenant });
  await app.get(CommandBus).execute(new ShipOrder('o-1'), new TenantContext('acme'));
  expect([await versionOf(store, 'acme'), await versionOf(store, 'globex')]).toEqual([2, 1]);
  // Handlers of the default scope are not given the context.
  const placing = app.get(CommandBus).execute(new PlaceOrder('o-2', 'c'), new TenantContext('acme'));
  await expect(placing).rejects.toMatchObject({ code: 'TENANT_REQUIRED' });
});

function customerOf(tenant: string, queries: CustomerQueries) {
  return requestTenant.run(tenant, () => queries.customer('ALFKI'));
}

describe('an application with two tenants', () => {
  it('reacts and shows views for each by itself, and lets one of them go', async () => {
    const database = new SimulatedDynamoDb();
    const compiled = await Test.createTestingModule({
      imports: [
        DynamoEventStoreModule.forRoot({
          client: database.client,
          tableName: 'events',
          createTable: true,
          tenancy: {
            tenant: () => requestTenant.getStore(),
            run: (tenant, work) => requestTenant.run(tenant, work),
          },
          feed: scanFeed({ everyMs: 5 }),
          readSide: { refreshMs: 5, timerPollMs: 5, settleMs: 5 },
        }),
        DynamoEventStoreModule.forFeature([Order]),
      ],
      providers: [Shipping, CustomersProjection, CustomerQueries],
    }).compile();
    app = await compiled.createNestApplication().init();
    const [store, repository, queries] = [app.get(EventStore), app.get(AggregateRepository), app.get(CustomerQueries)];
    expect(app.get(DynamoEventStore).requiresTenant).toBe(true);
    // What a save wakes, such as the feed, must not go on as that request.
    for (const tenant of ['acme', 'globex']) {
      const head = await requestTenant.run(tenant, () => repository.save(Order.place('o-1', 'ALFKI')));
      await app.get(Projections).waitFor('customers', head);
      await eventually(`${tenant} has shipped`, async () => (await versionOf(store, tenant)) === 2);
    }
    await repository.forTenant('acme').save(Order.place('o-2', 'ALFKI'));
    await eventually('acme has two orders', async () => (await customerOf('acme', queries))?.orders === 2);
    expect(await customerOf('globex', queries)).toEqual({ orders: 1 });
    await expect(queries.customer('ALFKI')).rejects.toMatchObject({ code: 'TENANT_REQUIRED' });
    expect((await offboard(repository, 'acme')).streams).toBe(2);
    expect([await versionOf(store, 'acme'), await versionOf(store, 'globex')]).toEqual([0, 2]);
  });
});

it('the policy of the documentation is the one that is made', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/tenants.md'), 'utf8');
  const [, policy] = /<!-- policy -->\s+```json\n([^]*?)```/.exec(document)!;
  expect(JSON.parse(policy!)).toEqual(tenantPolicy('arn:aws:dynamodb:eu-west-1:123456789012:table/events'));
});
