import { Module } from '@nestjs/common';
import { CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  DynamoEventStoreModule,
  EventHandler,
} from 'nestjs-dynamo-event-store';

// What happened: plain classes with a stable name.
@DomainEvent({ name: 'order-placed' })
export class OrderPlaced {
  constructor(readonly customerId: string) {}
}

@DomainEvent({ name: 'order-shipped' })
export class OrderShipped {
  constructor(readonly at: Date) {}
}

// Methods decide and apply events; @EventHandler methods bring events into the state.
@Aggregate({ name: 'order' })
export class Order extends AggregateRoot {
  private status: 'new' | 'placed' | 'shipped' = 'new';

  static place(id: string, customerId: string): Order {
    const order = new Order(id);
    order.apply(new OrderPlaced(customerId));
    return order;
  }

  ship(at: Date): void {
    if (this.status !== 'placed') throw new Error(`Order ${this.id} is ${this.status}, so it cannot be shipped.`);
    this.apply(new OrderShipped(at));
  }

  @EventHandler(OrderPlaced) protected onPlaced(): void {
    this.status = 'placed';
  }

  @EventHandler(OrderShipped) protected onShipped(): void {
    this.status = 'shipped';
  }
}

// Commands use the repository: `save` for a new aggregate, `update` to load, decide and save.
export class PlaceOrder {
  constructor(
    readonly orderId: string,
    readonly customerId: string,
  ) {}
}

@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ orderId, customerId }: PlaceOrder): Promise<void> {
    await this.repository.save(Order.place(orderId, customerId));
  }
}

export class ShipOrder {
  constructor(readonly orderId: string) {}
}

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ orderId }: ShipOrder): Promise<void> {
    await this.repository.update(Order, orderId, (order) => {
      order.ship(new Date());
    });
  }
}

@Module({
  imports: [
    CqrsModule.forRoot(),
    // Region and credentials come from the environment, as for every AWS client; `createTable` is for development.
    DynamoEventStoreModule.forRoot({ tableName: 'events', createTable: true }),
    DynamoEventStoreModule.forFeature([Order]),
  ],
  providers: [PlaceOrderHandler, ShipOrderHandler],
})
export class OrdersModule {}
