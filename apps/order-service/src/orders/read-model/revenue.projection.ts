import { On, Projection, type RecordedEvent, type ViewWriter } from 'nestjs-dynamo-event-store';
import {
  OrderCancelled,
  OrderLineAdded,
  OrderLineRemoved,
  OrderPlaced,
  OrderRefunded,
} from '../domain/order.events.js';
import { countedLine, countedOrders, REVENUE, revenue, revenueKey, type CountedLine } from './revenue.js';

/**
 * Counts the lines of every order on the day on which it was placed, paid or not, and takes them back when a line is
 * removed or the order is cancelled or refunded. One event per step: it may change an item per line of the order, and a
 * transaction holds no more than 100 items.
 */
@Projection({ name: REVENUE, version: 2, views: [revenue, countedOrders], batch: 1 })
export class RevenueProjection {
  @On(OrderPlaced)
  placed({ lines, placedAt }: OrderPlaced, { stream }: RecordedEvent, views: ViewWriter): void {
    const day = placedAt.slice(0, 10);
    const counted = lines.map(countedLine);
    views.of(countedOrders).put(stream.id, { day, lines: counted });
    for (const line of counted) count(views, day, line, 1);
  }

  @On(OrderLineAdded)
  async lineAdded({ line }: OrderLineAdded, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await views.of(countedOrders).update(stream.id, (order) => {
      if (order === undefined) throw new Error(`Order ${stream.id} has a line, but was not placed.`);
      const added = countedLine(line);
      count(views, order.day, added, 1);
      return { ...order, lines: [...order.lines, added] };
    });
  }

  @On(OrderLineRemoved)
  async lineRemoved({ productId }: OrderLineRemoved, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await this.takeBack(stream.id, views, (line) => line.productId === productId);
  }

  @On(OrderCancelled)
  async cancelled(_: OrderCancelled, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await this.takeBack(stream.id, views, () => true);
  }

  /** After a cancellation nothing is left to take back. */
  @On(OrderRefunded)
  async refunded(_: OrderRefunded, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await this.takeBack(stream.id, views, () => true);
  }

  private async takeBack(orderId: string, views: ViewWriter, isGone: (line: CountedLine) => boolean): Promise<void> {
    await views.of(countedOrders).update(orderId, (order) => {
      if (order === undefined) throw new Error(`Order ${orderId} was not placed.`);
      for (const line of order.lines.filter(isGone)) count(views, order.day, line, -1);
      return { ...order, lines: order.lines.filter((line) => !isGone(line)) };
    });
  }
}

function count(
  views: ViewWriter,
  day: string,
  { productId, quantity, millions, cents }: CountedLine,
  sign: 1 | -1,
): void {
  const amounts = { quantity: sign * quantity, millions: sign * millions, cents: sign * cents };
  views.of(revenue).increment(revenueKey({ day, productId }), amounts, {
    day,
    productId,
    quantity: 0,
    millions: 0,
    cents: 0,
  });
}
