import { defineView } from 'nestjs-dynamo-event-store';
import { amountOf, centsOf } from '../domain/money.js';
import type { OrderLine } from '../domain/order-line.js';

/** What was sold of one product in the orders placed on one day (UTC), less what was cancelled or given back. */
export interface Revenue {
  /** Such as `2026-01-31`. */
  readonly day: string;
  readonly productId: string;
  readonly quantity: number;
  /** Revenue is `millions` × 1,000,000.00 and `cents`: two counters that no number of orders brings beyond exact numbers. */
  readonly millions: number;
  readonly cents: number;
}

/** The lines of one order that are counted at present. */
export interface CountedOrder {
  readonly day: string;
  readonly lines: readonly CountedLine[];
}

export interface CountedLine {
  readonly productId: string;
  readonly quantity: number;
  readonly millions: number;
  readonly cents: number;
}

/** Name of the projection, under which its progress is kept. */
export const REVENUE = 'revenue';

/** What has come down to nothing is in no list. */
const unlessNothing = ({ quantity }: Revenue, partition: string) => (quantity === 0 ? undefined : partition);

/** Names of the indexes of `revenue`. */
export type RevenueIndex = 'all' | 'day' | 'product';

export const revenue = defineView<Revenue, RevenueIndex>({
  name: REVENUE,
  keyedBy: 'key',
  indexes: {
    all: { partition: (each) => unlessNothing(each, 'all'), sort: revenueKey },
    day: { partition: (each) => unlessNothing(each, each.day), sort: ({ productId }) => productId },
    product: { partition: (each) => unlessNothing(each, each.productId), sort: ({ day }) => day },
  },
});

/** What the projection itself must know to take back what it has counted; nobody else reads it. */
export const countedOrders = defineView<CountedOrder>({
  name: 'revenue-orders',
  projection: REVENUE,
  keyedBy: 'stream',
});

const CENTS_OF_A_MILLION = 100_000_000;

export function revenueKey({ day, productId }: Pick<Revenue, 'day' | 'productId'>): string {
  return `${day}#${productId}`;
}

export function countedLine(line: OrderLine): CountedLine {
  const cents = centsOf(amountOf(line));
  const millions = Math.floor(cents / CENTS_OF_A_MILLION);
  return { productId: line.productId, quantity: line.quantity, millions, cents: cents % CENTS_OF_A_MILLION };
}
