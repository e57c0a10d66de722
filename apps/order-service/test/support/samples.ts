import { randomUUID } from 'node:crypto';
import type { Answer, OrdersApi } from './http.js';

export const CHAI = { productId: 'chai', quantity: 12, unitPrice: '14.00', discount: 0.15 };
export const TOFU = { productId: 'tofu', quantity: 1, unitPrice: '9.80' };

export function newId(): string {
  return `o-${randomUUID()}`;
}

/** Places an order with one line of chai for 142.80 and returns its id. */
export async function placeOrder(api: OrdersApi, body: object = {}): Promise<string> {
  const orderId = newId();
  const { status, body: answer } = await api.post('/orders', { orderId, customerId: 'VINET', lines: [CHAI], ...body });
  if (status !== 201) throw new Error(`the order was not placed: ${JSON.stringify(answer)}`);
  return orderId;
}

/** The parts of an answer that tell what became of a command. */
export function outcomeOf({ status, headers, body }: Answer): object {
  return { status, body, etag: headers.get('ETag'), replayed: headers.get('Idempotency-Replayed') };
}
