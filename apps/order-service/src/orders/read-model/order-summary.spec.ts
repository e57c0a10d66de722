import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from 'nestjs-dynamo-event-store';
import { orderLine } from '../domain/order-line.js';
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
import { applyToSummary, type OrderSummary } from './order-summary.js';

const chai = orderLine({ productId: 'chai', quantity: 12, unitPrice: '14', discount: 0.15 });
const tofu = orderLine({ productId: 'tofu', quantity: 1, unitPrice: '9.80' });
const placed = new OrderPlaced('VINET', [chai], '2026-01-01T00:00:00.000Z');

function recorded(event: OrderEvent, version: number): RecordedEvent {
  return {
    stream: { aggregate: 'order', id: 'o-1' },
    version,
    eventId: `c-${version}.0`,
    commitId: `c-${version}`,
    type: event.constructor.name,
    schemaVersion: 1,
    recordedAt: new Date(Date.UTC(2026, 5, version)),
    metadata: { correlationId: 'x', causationId: 'x' },
    event,
  };
}

function summaryOf(...events: OrderEvent[]): OrderSummary {
  const [first, ...rest] = events.map((event, index) => recorded(event, index + 1));
  return rest.reduce(applyToSummary, applyToSummary(undefined, first!));
}

describe('an order summary', () => {
  it('shows the reference of the customer, if there is one', () => {
    expect(summaryOf(placed)).not.toHaveProperty('reference');
    const referenced = new OrderPlaced('VINET', [chai], '2026-01-01T00:00:00.000Z', 'PO-1');
    expect(summaryOf(referenced, new OrderPaid('142.80', '2026-01-02T00:00:00.000Z')).reference).toBe('PO-1');
  });

  it('shows a placed order with the amounts of its lines', () => {
    expect(summaryOf(placed)).toEqual({
      orderId: 'o-1',
      customerId: 'VINET',
      status: 'placed',
      lines: [{ ...chai, amount: '142.80' }],
      total: '142.80',
      paid: '0.00',
      placedAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-06-01T00:00:00.000Z',
    });
  });

  it('follows lines as they come and go', () => {
    expect(summaryOf(placed, new OrderLineAdded(tofu))).toMatchObject({ total: '152.60' });
    const left = summaryOf(placed, new OrderLineAdded(tofu), new OrderLineRemoved('chai'));
    expect(left).toMatchObject({ total: '9.80', lines: [{ productId: 'tofu', amount: '9.80' }] });
  });

  it('follows payment and shipping', () => {
    const summary = summaryOf(placed, new OrderPaid('142.80', 'T1'), new OrderShipped('T2'));
    expect(summary).toMatchObject({ status: 'shipped', paid: '142.80', paidAt: 'T1', shippedAt: 'T2' });
  });

  it('follows cancellation and refund', () => {
    const summary = summaryOf(
      placed,
      new OrderPaid('142.80', 'T1'),
      new OrderCancelled('T2'),
      new OrderRefunded('142.80', 'T3'),
    );
    expect(summary).toMatchObject({
      status: 'refunded',
      paid: '0.00',
      cancelledAt: 'T2',
      refundedAt: 'T3',
      total: '142.80',
    });
  });

  it('begins with the placing', () => {
    expect(() => applyToSummary(undefined, recorded(new OrderShipped('T1'), 1))).toThrow('not with order-placed');
  });
});
