import { createHash, randomUUID } from 'node:crypto';
import { Injectable, type PipeTransform } from '@nestjs/common';
import { OrderNotFoundError } from '../queries/order-not-found.error.js';
import { ORDER_ID } from './order-requests.js';

/** Refuses ids that no order can have before they reach the database. */
@Injectable()
export class OrderIdPipe implements PipeTransform<string, string> {
  transform(orderId: string): string {
    if (!ORDER_ID.test(orderId)) throw new OrderNotFoundError(orderId);
    return orderId;
  }
}

/**
 * Id for an order that the client did not name: the same one again when the request is repeated with its key. Two customers
 * that use one key get two orders.
 */
export function newOrderId(idempotencyKey: string | undefined, customerId: string): string {
  if (idempotencyKey === undefined) return randomUUID();
  return `key-${createHash('sha256')
    .update(JSON.stringify([idempotencyKey, customerId]))
    .digest('hex')
    .slice(0, 32)}`;
}
