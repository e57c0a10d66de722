import { describe, expect, it } from '@jest/globals';
import { scenario } from 'nestjs-dynamo-event-store/testing';
import { orderLine, type OrderLine } from './order-line.js';
import {
  InvalidOrderLineError,
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
} from './order.events.js';
import { MAX_LINES, Order } from './order.js';

const AT = '2026-01-31T12:00:00.000Z';
const now = { at: AT };
const chai = orderLine({ productId: 'chai', quantity: 12, unitPrice: '14', discount: 0.15 });
const tofu = orderLine({ productId: 'tofu', quantity: 1, unitPrice: '9.80' });

const placed = new OrderPlaced('VINET', [chai], AT);
const paid = new OrderPaid('142.80', AT);
const shipped = new OrderShipped(AT);
const cancelled = new OrderCancelled(AT);
const refunded = new OrderRefunded('142.80', AT);

const LIVES = {
  placed: [placed],
  paid: [placed, paid],
  shipped: [placed, paid, shipped],
  'cancelled unpaid': [placed, cancelled],
  'cancelled after payment': [placed, paid, cancelled],
  refunded: [placed, paid, refunded],
} as const;
type Life = keyof typeof LIVES;

describe('a line', () => {
  it('has one normal form', () => {
    expect(chai).toEqual({ productId: 'chai', quantity: 12, unitPrice: '14.00', discount: '0.15' });
    expect(tofu.discount).toBe('0');
  });

  it.each([
    { quantity: 0, unitPrice: '1.00' },
    { quantity: 1.5, unitPrice: '1.00' },
    { quantity: -1, unitPrice: '1.00' },
    { quantity: 1, unitPrice: '-1.00' },
    { quantity: 1, unitPrice: '1.005' },
    { quantity: 1, unitPrice: '1.00', discount: 1.5 },
    { quantity: 1, unitPrice: '1.00', discount: '-0.1' },
  ])('is refused as $quantity at $unitPrice less $discount', (input) => {
    expect(() => orderLine({ productId: 'chai', ...input })).toThrow(InvalidOrderLineError);
  });
});

describe('placing an order', () => {
  const place = (lines: OrderLine[]) => scenario(Order).whenCreated(() => Order.place('o-1', 'VINET', lines, AT));

  it('records it with its lines', () => place([chai, tofu]).thenEvents(new OrderPlaced('VINET', [chai, tofu], AT)));
  it('needs a line', () => place([]).thenThrows(OrderEmptyError));
  it('takes each product once', () => place([chai, chai]).thenThrows(ProductAlreadyOnOrderError));
  it('takes a bounded number of lines', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...tofu, productId: `p-${index}` }));
    await place(lines(MAX_LINES)).thenState((order) => {
      expect(order.version).toBe(1);
    });
    await place(lines(MAX_LINES + 1)).thenThrows(TooManyLinesError);
  });
});

describe('the reference of an order', () => {
  const reference = { scope: 'order-reference', value: '["VINET","PO-1"]' };
  const referenced = new OrderPlaced('VINET', [chai], AT, 'PO-1');
  const order = scenario(Order).given(referenced);

  it('is recorded and reserved for the customer when it is placed, in one form of its letters', async () => {
    const created = scenario(Order).whenCreated(() => Order.place('o-1', 'VINET', [chai], AT, 'PO-1'));
    await created.thenEvents(referenced);
    await created.thenReserves(reference);
    const composed = scenario(Order).whenCreated(() => Order.place('o-1', 'VINET', [chai], AT, 'e\u0301'));
    await composed.thenReserves({ ...reference, value: '["VINET","\u00e9"]' });
    await scenario(Order)
      .whenCreated(() => Order.place('o-1', 'VINET', [chai], AT))
      .thenReserves();
  });
  it.each<[string, (it: Order) => void]>([
    [
      'cancelled',
      (it) => {
        it.cancel({ at: AT });
      },
    ],
    [
      'cancelled unpaid',
      (it) => {
        it.cancelUnpaid({ at: AT });
      },
    ],
  ])('is released when the order is %s', async (_, decide) => {
    await order.when(decide).thenReleases(reference);
    await scenario(Order).given(placed).when(decide).thenReleases();
  });
  it('is kept when the order is paid, or cannot be cancelled', async () => {
    await order
      .when((it) => {
        it.pay({ at: AT });
      })
      .thenReleases();
    await order
      .given(new OrderPaid('142.80', AT))
      .when((it) => {
        it.cancelUnpaid({ at: AT });
      })
      .thenThrows(OrderNotCancellableError);
  });
});

describe('the lines of an order', () => {
  const order = scenario(Order).given(placed);

  it('can be added to', () =>
    order
      .when((it) => {
        it.addLine(tofu);
      })
      .thenEvents(new OrderLineAdded(tofu)));
  it('hold each product once', () =>
    order
      .when((it) => {
        it.addLine(chai);
      })
      .thenThrows(ProductAlreadyOnOrderError));
  it('can be removed, the last one too', () =>
    order
      .when((it) => {
        it.removeLine('chai');
      })
      .thenEvents(new OrderLineRemoved('chai')));
  it('that are not there cannot be removed', () =>
    order
      .when((it) => {
        it.removeLine('tofu');
      })
      .thenThrows(ProductNotOnOrderError));
  it('can hold a product again after it was removed', () =>
    order
      .given(new OrderLineRemoved('chai'))
      .when((it) => {
        it.addLine(chai);
      })
      .thenEvents(new OrderLineAdded(chai)));
  it('decide what is paid', () =>
    order
      .given(new OrderLineAdded(tofu))
      .when((it) => {
        it.pay(now);
      })
      .thenEvents(new OrderPaid('152.60', AT)));
  it('must be there when it is paid', () =>
    order
      .given(new OrderLineRemoved('chai'))
      .when((it) => {
        it.pay(now);
      })
      .thenThrows(OrderEmptyError));
});

describe('the life of an order', () => {
  const steps = {
    'add a line': {
      decide: (order: Order) => {
        order.addLine(tofu);
      },
      allowed: ['placed'],
      refusal: LinesFixedError,
    },
    'remove a line': {
      decide: (order: Order) => {
        order.removeLine('chai');
      },
      allowed: ['placed'],
      refusal: LinesFixedError,
    },
    pay: {
      decide: (order: Order) => {
        order.pay(now);
      },
      allowed: ['placed'],
      refusal: OrderNotPayableError,
    },
    ship: {
      decide: (order: Order) => {
        order.ship(now);
      },
      allowed: ['paid'],
      refusal: OrderNotShippableError,
    },
    cancel: {
      decide: (order: Order) => {
        order.cancel(now);
      },
      allowed: ['placed', 'paid'],
      refusal: OrderNotCancellableError,
    },
    'cancel unless paid': {
      decide: (order: Order) => {
        order.cancelUnpaid(now);
      },
      allowed: ['placed'],
      refusal: OrderNotCancellableError,
    },
    refund: {
      decide: (order: Order) => {
        order.refund(now);
      },
      allowed: ['paid', 'shipped', 'cancelled after payment'],
      refusal: OrderNotRefundableError,
    },
  } as const;

  for (const [step, { decide, allowed, refusal }] of Object.entries(steps)) {
    for (const life of Object.keys(LIVES) as Life[]) {
      const when = scenario(Order)
        .given(...LIVES[life])
        .when(decide);
      if ((allowed as readonly string[]).includes(life)) {
        it(`${step}: can be done when ${life}`, () =>
          when.thenState((order) => {
            expect(order.version).toBe(LIVES[life].length + 1);
          }));
      } else {
        it(`${step}: is refused when ${life}`, () => when.thenThrows(refusal));
      }
    }
  }

  it('gives back exactly what was paid, with the reason', () =>
    scenario(Order)
      .given(placed, paid, cancelled)
      .when((order) => {
        order.refund({ at: AT, reason: 'changed my mind' });
      })
      .thenEvents(new OrderRefunded('142.80', AT, 'changed my mind')));
});
