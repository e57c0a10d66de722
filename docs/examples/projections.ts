import { Injectable, Module } from '@nestjs/common';
import {
  defineView,
  DomainEvent,
  DynamoEventStoreModule,
  On,
  OnTimer,
  Projection,
  Projections,
  Reactor,
  ReadModelStore,
  Timers,
  type DueTimer,
  type RecordedEvent,
  type StreamHead,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';

@DomainEvent({ name: 'order-placed' })
export class OrderPlaced {
  constructor(
    readonly customerId: string,
    readonly productId: string,
    readonly cents: number,
  ) {}
}

@DomainEvent({ name: 'order-paid' })
export class OrderPaid {}

// #region projection
export interface OrderSummary {
  readonly customerId: string;
  readonly placedAt: string;
  readonly status: 'placed' | 'paid';
}

// One item per order, found by its id, or by customer in the order of time.
export const orderSummaries = defineView<OrderSummary, 'byCustomer'>({
  name: 'order-summary',
  keyedBy: 'stream',
  indexes: { byCustomer: { partition: ({ customerId }) => customerId, sort: ({ placedAt }) => placedAt } },
});

@Projection({ name: 'order-summary', version: 1, views: [orderSummaries] })
export class OrderSummaryProjection {
  @On(OrderPlaced)
  placed(event: OrderPlaced, { stream, recordedAt }: RecordedEvent, views: ViewWriter): void {
    const { customerId } = event;
    views.of(orderSummaries).put(stream.id, { customerId, placedAt: recordedAt.toISOString(), status: 'placed' });
  }

  @On(OrderPaid)
  async paid(_: OrderPaid, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await views.of(orderSummaries).update(stream.id, (order) => order && { ...order, status: 'paid' });
  }
}
// #endregion

// #region shared-view
export interface Sales {
  readonly cents: number;
  readonly orders: number;
}

// Items that many orders add to, under a key of our own.
export const salesOfProducts = defineView<Sales>({ name: 'product-sales', keyedBy: 'key' });

@Projection({ name: 'product-sales', version: 1, views: [salesOfProducts] })
export class ProductSalesProjection {
  @On(OrderPlaced)
  placed({ productId, cents }: OrderPlaced, _: RecordedEvent, views: ViewWriter): void {
    views.of(salesOfProducts).increment(productId, { cents, orders: 1 }, { cents: 0, orders: 0 });
  }
}
// #endregion

// #region queries
@Injectable()
export class OrderQueries {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly projections: Projections,
  ) {}

  /** @param after The head that a save returned: the answer shows at least that. */
  async summary(orderId: string, after?: StreamHead): Promise<OrderSummary | undefined> {
    if (after !== undefined) await this.projections.waitFor(OrderSummaryProjection, after, { timeoutMs: 2_000 });
    return this.readModels.view(orderSummaries).get(orderId);
  }

  async ofCustomer(customerId: string, cursor?: string) {
    const query = { index: 'byCustomer', partition: customerId, order: 'backward', limit: 20, cursor } as const;
    return this.readModels.view(orderSummaries).query(query);
  }
}
// #endregion

export abstract class Mail {
  /** Sends a mail unless one was sent under this key. */
  abstract send(key: string, orderId: string): Promise<void>;
}

// #region reactor
const THREE_DAYS = 3 * 24 * 60 * 60 * 1_000;

@Reactor({ name: 'payment-reminder' })
export class PaymentReminder {
  constructor(
    private readonly timers: Timers,
    private readonly mail: Mail,
  ) {}

  @On(OrderPlaced)
  async placed(_: OrderPlaced, { stream, recordedAt }: RecordedEvent): Promise<void> {
    await this.timers.schedule({ name: 'payment-due', id: stream.id }, new Date(recordedAt.getTime() + THREE_DAYS));
  }

  @On(OrderPaid)
  async paid(_: OrderPaid, { stream }: RecordedEvent): Promise<void> {
    await this.timers.cancel({ name: 'payment-due', id: stream.id });
  }

  @OnTimer('payment-due')
  async due({ name, id }: DueTimer): Promise<void> {
    // At least once, so the mail goes out under a key.
    await this.mail.send(`${name}/${id}`, id);
  }
}
// #endregion

// #region module
@Module({
  imports: [DynamoEventStoreModule.forRoot({ tableName: 'events', feed: streamsFeed() })],
  providers: [OrderSummaryProjection, ProductSalesProjection, OrderQueries],
})
export class OrdersModule {}
// #endregion
