import { DomainEvent } from 'nestjs-dynamo-event-store';
import type { Money } from './money.js';
import type { OrderLine } from './order-line.js';

// Times are ISO strings of when it happened in the business; when it was stored is in the envelope.

@DomainEvent({ name: 'order-placed' })
export class OrderPlaced {
  constructor(
    readonly customerId: string,
    readonly lines: readonly OrderLine[],
    readonly placedAt: string,
    /** The customer's own number of the order. */
    readonly reference?: string,
  ) {}
}

@DomainEvent({ name: 'order-line-added' })
export class OrderLineAdded {
  constructor(readonly line: OrderLine) {}
}

@DomainEvent({ name: 'order-line-removed' })
export class OrderLineRemoved {
  constructor(readonly productId: string) {}
}

@DomainEvent({ name: 'order-paid' })
export class OrderPaid {
  constructor(
    readonly amount: Money,
    readonly at: string,
    readonly reason?: string,
  ) {}
}

@DomainEvent({ name: 'order-shipped' })
export class OrderShipped {
  constructor(
    readonly at: string,
    readonly reason?: string,
  ) {}
}

@DomainEvent({ name: 'order-cancelled' })
export class OrderCancelled {
  constructor(
    readonly at: string,
    readonly reason?: string,
  ) {}
}

@DomainEvent({ name: 'order-refunded' })
export class OrderRefunded {
  constructor(
    readonly amount: Money,
    readonly at: string,
    readonly reason?: string,
  ) {}
}

export type OrderEvent =
  OrderPlaced | OrderLineAdded | OrderLineRemoved | OrderPaid | OrderShipped | OrderCancelled | OrderRefunded;
