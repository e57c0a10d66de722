import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { recordedEventOf } from 'nestjs-dynamo-event-store';
import {
  OrderCancelled,
  OrderLineAdded,
  OrderLineRemoved,
  OrderPaid,
  OrderPlaced,
  OrderRefunded,
  OrderShipped,
  type OrderEvent,
} from '../domain/order.events.js';
import { OrderSummaryProjection } from './order-summary.projection.js';

/** Hands the events of this process to the projection. All that a durable feed would replace. */
@EventsHandler(OrderPlaced, OrderLineAdded, OrderLineRemoved, OrderPaid, OrderShipped, OrderCancelled, OrderRefunded)
export class OrderSummarySubscriber implements IEventHandler<OrderEvent> {
  constructor(private readonly projection: OrderSummaryProjection) {}

  async handle(event: OrderEvent): Promise<void> {
    const recorded = recordedEventOf(event);
    if (recorded !== undefined) await this.projection.project(recorded);
  }
}
