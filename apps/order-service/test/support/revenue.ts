import type { ShownRevenue } from '../../src/orders/queries/list-revenue.js';
import type { OrdersApi } from './http.js';

/** Revenue per day and product, as text, so that two lists compare. */
export type RevenueTable = Record<string, { quantity: number; revenue: string }>;

/** Every page of `GET /revenue`. */
export async function allRevenue(api: OrdersApi, query = ''): Promise<RevenueTable> {
  const table: RevenueTable = {};
  let cursor: string | undefined;
  do {
    const { status, text } = await api.get(`/revenue?${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    if (status !== 200) throw new Error(`/revenue answers ${status}: ${text}`);
    const page = JSON.parse(text) as { items: ShownRevenue[]; cursor?: string };
    for (const { day, productId, quantity, revenue } of page.items) {
      const key = `${day} ${productId}`;
      if (table[key] !== undefined) throw new Error(`${key} is there twice`);
      table[key] = { quantity, revenue };
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return table;
}

/** The same from the stored events, folded without any code of the service: in whole cents and without discounts. */
export async function revenueOfEvents(api: OrdersApi, orderIds: readonly string[]): Promise<RevenueTable> {
  const sums = new Map<string, { quantity: number; cents: number }>();
  for (const orderId of orderIds) {
    let day = '';
    const lines = new Map<string, Line>();
    for (const { type, event } of await api.events(orderId)) {
      if (type === 'order-placed') {
        day = String(event['placedAt']).slice(0, 10);
        for (const line of event['lines'] as Line[]) lines.set(line.productId, line);
      }
      if (type === 'order-line-added') lines.set((event['line'] as Line).productId, event['line'] as Line);
      if (type === 'order-line-removed') lines.delete(String(event['productId']));
      if (type === 'order-cancelled' || type === 'order-refunded') lines.clear();
    }
    for (const { productId, quantity, unitPrice } of lines.values()) {
      const key = `${day} ${productId}`;
      const sum = sums.get(key) ?? { quantity: 0, cents: 0 };
      sums.set(key, {
        quantity: sum.quantity + quantity,
        cents: sum.cents + quantity * Number(unitPrice.replace('.', '')),
      });
    }
  }
  return Object.fromEntries(
    Array.from(sums, ([key, { quantity, cents }]) => {
      const digits = String(cents).padStart(3, '0');
      return [key, { quantity, revenue: `${digits.slice(0, -2)}.${digits.slice(-2)}` }];
    }),
  );
}

interface Line {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: string;
}
