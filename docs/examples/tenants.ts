import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, Module, Scope, UnauthorizedException } from '@nestjs/common';
import type { MiddlewareConsumer, NestMiddleware, NestModule } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { AsyncContext, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import {
  AggregateRepository,
  defineView,
  DynamoEventStoreModule,
  eventStoreIamPolicy,
  On,
  OnTimer,
  Projection,
  Reactor,
  ReadModelStore,
  Timers,
  type DueTimer,
  type PurgeTenantResult,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { Order, OrderPlaced, PlaceOrderHandler, ShipOrder, ShipOrderHandler } from './order.js';

// #region request
export const requestTenant = new AsyncLocalStorage<string>();

@Injectable()
export class TenantMiddleware implements NestMiddleware {
  use(request: { headers: Record<string, unknown> }, _: unknown, next: () => void): void {
    // In earnest from what the caller has proved, such as a claim of its token: a bare header proves nothing.
    const tenant = request.headers['x-tenant'];
    if (typeof tenant !== 'string' || tenant === '') throw new UnauthorizedException();
    requestTenant.run(tenant, next);
  }
}

@Module({
  imports: [
    CqrsModule.forRoot(),
    DynamoEventStoreModule.forRoot({
      tableName: 'events',
      tenancy: {
        tenant: () => requestTenant.getStore(),
        // Around reactors and timers.
        run: (tenant, work) => requestTenant.run(tenant, work),
      },
    }),
    DynamoEventStoreModule.forFeature([Order]),
  ],
  // The handlers know nothing of tenants.
  providers: [PlaceOrderHandler, ShipOrderHandler],
})
export class OrdersModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(TenantMiddleware).forRoutes('*path');
  }
}
// #endregion

// #region context
export class TenantContext extends AsyncContext {
  constructor(readonly tenant: string) {
    super();
  }
}

// commandBus.execute(new ShipOrder('o-1'), new TenantContext('acme'))
@CommandHandler(ShipOrder, { scope: Scope.REQUEST })
export class ScopedShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(
    private readonly repository: AggregateRepository,
    @Inject(REQUEST) private readonly asyncContext: TenantContext,
  ) {}

  async execute({ orderId }: ShipOrder): Promise<void> {
    const { asyncContext } = this;
    await this.repository.update(
      Order,
      orderId,
      (order) => {
        order.ship(new Date());
      },
      { asyncContext },
    );
  }
}

export const storeWithContext = DynamoEventStoreModule.forRoot({
  tableName: 'events',
  tenancy: {
    tenant: ({ asyncContext }) => (asyncContext instanceof TenantContext ? asyncContext.tenant : undefined),
  },
});
// #endregion

// #region reactor
@Reactor({ name: 'shipping' })
export class Shipping {
  constructor(
    private readonly repository: AggregateRepository,
    private readonly timers: Timers,
  ) {}

  @On(OrderPlaced)
  async placed(_: OrderPlaced, { stream: { id }, recordedAt }: RecordedEvent): Promise<void> {
    await this.timers.schedule({ name: 'ship', id }, recordedAt);
  }

  @OnTimer('ship')
  async due({ id }: DueTimer): Promise<void> {
    await this.repository.update(Order, id, (order) => {
      order.ship(new Date());
    });
  }
}
// #endregion

// #region views
export interface Customer {
  readonly orders: number;
}

// Many orders add to one item, under a key of our own: the customer's id, which two tenants may both use.
export const customers = defineView<Customer>({ name: 'customers', keyedBy: 'key' });

@Projection({ name: 'customers', version: 1, views: [customers] })
export class CustomersProjection {
  @On(OrderPlaced)
  placed({ customerId }: OrderPlaced, _: RecordedEvent, views: ViewWriter): void {
    views.of(customers).increment(customerId, { orders: 1 }, { orders: 0 });
  }
}

@Injectable()
export class CustomerQueries {
  constructor(private readonly readModels: ReadModelStore) {}

  async customer(customerId: string): Promise<Customer | undefined> {
    return this.readModels.view(customers).get(customerId);
  }
}
// #endregion

// #region purge
export async function offboard(repository: AggregateRepository, tenant: string): Promise<PurgeTenantResult> {
  return repository.purgeTenant(tenant, {
    concurrency: 8,
    onProgress: ({ streams, items }) => {
      if (streams % 1_000 === 0) console.log(`${tenant}: ${streams} streams, ${items} items`);
    },
  });
}
// #endregion

// #region policy
export function tenantPolicy(tableArn: string) {
  return eventStoreIamPolicy({
    tableArn,
    features: ['append', 'read', 'list'],
    tenant: { principalTag: 'tenant' },
  });
}
// #endregion
