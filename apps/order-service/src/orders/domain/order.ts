import { Aggregate, AggregateRoot, EventHandler } from 'nestjs-dynamo-event-store';
import { totalOf, type Money } from './money.js';
import type { OrderLine } from './order-line.js';
import { ORDER_REFERENCE, referenceOfCustomer } from './order-reference.js';
import type { OrderStatus } from './order-status.js';
import {
  LinesFixedError,
  OrderEmptyError,
  OrderNotCancellableError,
  OrderNotPayableError,
  OrderNotRefundableError,
  OrderNotShippableError,
  ProductAlreadyOnOrderError,
  ProductNotOnOrderError,
  TooManyLinesError,
} from './order.errors.js';
import {
  OrderCancelled,
  OrderLineAdded,
  OrderLineRemoved,
  OrderPaid,
  OrderPlaced,
  OrderRefunded,
  OrderShipped,
  type OrderEvent,
} from './order.events.js';

/** So many that a read model with an item per line can be changed in one transaction of DynamoDB, which takes 100. */
export const MAX_LINES = 90;

/** When something was done, as an ISO string, and why. */
export interface Occasion {
  readonly at: string;
  readonly reason?: string | undefined;
}

/** An order from being placed to being shipped, cancelled or refunded. `order-status.ts` shows its life. */
@Aggregate({ name: 'order', snapshot: { every: 50, version: 2 } })
export class Order extends AggregateRoot<OrderEvent> {
  private status: OrderStatus = 'placed';
  private readonly lines = new Map<string, OrderLine>();
  private paid: Money | undefined;
  /** What no other order of the customer may have, until this one is cancelled. */
  private reference: string | undefined;

  /**
   * @param reference The customer's own number of the order; another order of the customer that has it is found when this one
   * is saved.
   * @throws OrderEmptyError, TooManyLinesError, ProductAlreadyOnOrderError
   */
  static place(
    id: string,
    customerId: string,
    lines: readonly OrderLine[],
    placedAt: string,
    reference?: string,
  ): Order {
    if (lines.length === 0) throw new OrderEmptyError(id);
    if (lines.length > MAX_LINES) throw new TooManyLinesError(id, MAX_LINES);
    const products = new Set<string>();
    for (const { productId } of lines) {
      if (products.has(productId)) throw new ProductAlreadyOnOrderError(id, productId);
      products.add(productId);
    }
    const order = new Order(id);
    order.apply(new OrderPlaced(customerId, lines, placedAt, reference));
    if (order.reference !== undefined) order.reserveValue(ORDER_REFERENCE, order.reference);
    return order;
  }

  /** @throws LinesFixedError, ProductAlreadyOnOrderError, TooManyLinesError */
  addLine(line: OrderLine): void {
    if (this.status !== 'placed') throw new LinesFixedError(this.id, this.status);
    if (this.lines.has(line.productId)) throw new ProductAlreadyOnOrderError(this.id, line.productId);
    if (this.lines.size === MAX_LINES) throw new TooManyLinesError(this.id, MAX_LINES);
    this.apply(new OrderLineAdded(line));
  }

  /** The last line may go too; the order then waits for another one before it can be paid. */
  removeLine(productId: string): void {
    if (this.status !== 'placed') throw new LinesFixedError(this.id, this.status);
    if (!this.lines.has(productId)) throw new ProductNotOnOrderError(this.id, productId);
    this.apply(new OrderLineRemoved(productId));
  }

  /** @throws OrderNotPayableError, OrderEmptyError */
  pay({ at, reason }: Occasion): void {
    if (this.status !== 'placed') throw new OrderNotPayableError(this.id, this.status);
    if (this.lines.size === 0) throw new OrderEmptyError(this.id);
    this.apply(new OrderPaid(totalOf(this.lines.values()), at, reason));
  }

  /** @throws OrderNotShippableError */
  ship({ at, reason }: Occasion): void {
    if (this.status !== 'paid') throw new OrderNotShippableError(this.id, this.status);
    this.apply(new OrderShipped(at, reason));
  }

  /** @throws OrderNotCancellableError */
  cancel({ at, reason }: Occasion): void {
    if (this.status !== 'placed' && this.status !== 'paid') throw new OrderNotCancellableError(this.id, this.status);
    this.endAsCancelled(new OrderCancelled(at, reason));
  }

  /** Cancels the order because nobody has paid for it: a payment that comes first wins. @throws OrderNotCancellableError */
  cancelUnpaid({ at, reason }: Occasion): void {
    if (this.status !== 'placed') throw new OrderNotCancellableError(this.id, this.status);
    this.endAsCancelled(new OrderCancelled(at, reason));
  }

  /** Gives back all that was paid and ends the order. @throws OrderNotRefundableError */
  refund({ at, reason }: Occasion): void {
    if (this.paid === undefined || this.status === 'refunded') throw new OrderNotRefundableError(this.id, this.status);
    this.apply(new OrderRefunded(this.paid, at, reason));
  }

  /** The customer may use the reference for another order then. */
  private endAsCancelled(event: OrderCancelled): void {
    if (this.reference !== undefined) this.releaseValue(ORDER_REFERENCE, this.reference);
    this.apply(event);
  }

  @EventHandler(OrderPlaced)
  protected onPlaced({ customerId, lines, reference }: OrderPlaced): void {
    this.status = 'placed';
    if (reference !== undefined) this.reference = referenceOfCustomer(customerId, reference);
    for (const line of lines) this.lines.set(line.productId, line);
  }

  @EventHandler(OrderLineAdded)
  protected onLineAdded({ line }: OrderLineAdded): void {
    this.lines.set(line.productId, line);
  }

  @EventHandler(OrderLineRemoved)
  protected onLineRemoved({ productId }: OrderLineRemoved): void {
    this.lines.delete(productId);
  }

  @EventHandler(OrderPaid)
  protected onPaid({ amount }: OrderPaid): void {
    this.status = 'paid';
    this.paid = amount;
  }

  @EventHandler(OrderShipped)
  protected onShipped(): void {
    this.status = 'shipped';
  }

  @EventHandler(OrderCancelled)
  protected onCancelled(): void {
    this.status = 'cancelled';
  }

  @EventHandler(OrderRefunded)
  protected onRefunded(): void {
    this.status = 'refunded';
  }
}
