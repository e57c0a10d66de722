import { defineView, type RecordedEvent } from 'nestjs-dynamo-event-store';
import { addMoney, amountOf, totalOf, type Money } from '../domain/money.js';
import type { OrderLine } from '../domain/order-line.js';
import type { OrderStatus } from '../domain/order-status.js';
import {
  OrderCancelled,
  OrderLineAdded,
  OrderLineRemoved,
  OrderPaid,
  OrderPlaced,
  OrderRefunded,
  OrderShipped,
} from '../domain/order.events.js';

export interface OrderSummaryLine extends OrderLine {
  /** What the line costs after discount. */
  readonly amount: Money;
}

/** An order as it is shown, apart from its version, which is kept beside it. Times are ISO strings. */
export interface OrderSummary {
  readonly orderId: string;
  readonly customerId: string;
  /** The customer's own number of the order. */
  readonly reference?: string;
  readonly status: OrderStatus;
  readonly lines: readonly OrderSummaryLine[];
  /** Sum of the lines' amounts. */
  readonly total: Money;
  /** What was paid and not given back. */
  readonly paid: Money;
  readonly placedAt: string;
  readonly paidAt?: string;
  readonly shippedAt?: string;
  readonly cancelledAt?: string;
  readonly refundedAt?: string;
  /** When the last event was stored. */
  readonly updatedAt: string;
}

/** Name of the projection, under which its progress is kept. */
export const ORDER_SUMMARY = 'order-summary';

/** Orders placed at the same moment keep an order among themselves. */
const byPlacing = ({ placedAt, orderId }: OrderSummary) => `${placedAt}#${orderId}`;

/** Names of the indexes of `orderSummaries`. */
export type OrderIndex = 'all' | 'customer' | 'status' | 'customerAndStatus';

/** One item per order, listed in order of placing. */
export const orderSummaries = defineView<OrderSummary, OrderIndex>({
  name: ORDER_SUMMARY,
  keyedBy: 'stream',
  indexes: {
    all: { partition: () => 'all', sort: byPlacing },
    customer: { partition: ({ customerId }) => customerId, sort: byPlacing },
    status: { partition: ({ status }) => status, sort: byPlacing },
    customerAndStatus: { partition: customerAndStatus, sort: byPlacing },
  },
});

/** The status first, since it cannot hold the separator. */
export function customerAndStatus({ customerId, status }: Pick<OrderSummary, 'customerId' | 'status'>): string {
  return `${status}#${customerId}`;
}

/** The summary after one more event of the order. Pure; events must come in order of version. */
export function applyToSummary(summary: OrderSummary | undefined, recorded: RecordedEvent): OrderSummary {
  return { ...changedBy(summary, recorded), updatedAt: recorded.recordedAt.toISOString() };
}

function changedBy(summary: OrderSummary | undefined, { event, stream, type }: RecordedEvent): OrderSummary {
  if (event instanceof OrderPlaced) return placed(stream.id, event);
  if (summary === undefined) throw new Error(`Order ${stream.id} begins with ${type}, not with order-placed.`);
  if (event instanceof OrderLineAdded) return withLines(summary, [...summary.lines, shown(event.line)]);
  if (event instanceof OrderLineRemoved) {
    return withLines(
      summary,
      summary.lines.filter(({ productId }) => productId !== event.productId),
    );
  }
  if (event instanceof OrderPaid) return { ...summary, status: 'paid', paid: event.amount, paidAt: event.at };
  if (event instanceof OrderShipped) return { ...summary, status: 'shipped', shippedAt: event.at };
  if (event instanceof OrderCancelled) return { ...summary, status: 'cancelled', cancelledAt: event.at };
  if (event instanceof OrderRefunded) return { ...summary, status: 'refunded', paid: '0.00', refundedAt: event.at };
  return summary;
}

function placed(orderId: string, { customerId, lines, placedAt, reference }: OrderPlaced): OrderSummary {
  return {
    orderId,
    customerId,
    ...(reference === undefined ? {} : { reference }),
    status: 'placed',
    lines: lines.map(shown),
    total: totalOf(lines),
    paid: '0.00',
    placedAt,
    updatedAt: placedAt,
  };
}

function withLines(summary: OrderSummary, lines: readonly OrderSummaryLine[]): OrderSummary {
  return { ...summary, lines, total: addMoney(lines.map(({ amount }) => amount)) };
}

function shown({ productId, quantity, unitPrice, discount }: OrderLine): OrderSummaryLine {
  const line = { productId, quantity, unitPrice, discount };
  return { ...line, amount: amountOf(line) };
}
