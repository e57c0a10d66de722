import type { OrderStatus } from './order-status.js';

/** A rule of the domain refuses. Nothing was recorded. `code` is stable and safe to switch on. */
export abstract class OrderRefusedError extends Error {
  abstract readonly code: string;
}

/** A line that no order can have. */
export class InvalidOrderLineError extends OrderRefusedError {
  override readonly name = 'InvalidOrderLineError';
  readonly code = 'invalid-order-line';
  constructor(
    readonly productId: string,
    fault: string,
  ) {
    super(`The line of product ${productId} is not valid: ${fault}.`);
  }
}

/** An order is placed with at least one line, and is paid with at least one. */
export class OrderEmptyError extends OrderRefusedError {
  override readonly name = 'OrderEmptyError';
  readonly code = 'order-empty';
  constructor(readonly orderId: string) {
    super(`Order ${orderId} has no lines.`);
  }
}

/** An order holds a bounded number of lines, so that it can be loaded and shown as a whole. */
export class TooManyLinesError extends OrderRefusedError {
  override readonly name = 'TooManyLinesError';
  readonly code = 'too-many-lines';
  constructor(
    readonly orderId: string,
    readonly limit: number,
  ) {
    super(`Order ${orderId} cannot have more than ${limit} lines.`);
  }
}

/** An order holds each product once. Two lines of one product could differ in price and could not be removed one by one. */
export class ProductAlreadyOnOrderError extends OrderRefusedError {
  override readonly name = 'ProductAlreadyOnOrderError';
  readonly code = 'product-already-on-order';
  constructor(
    readonly orderId: string,
    readonly productId: string,
  ) {
    super(`Order ${orderId} has a line of product ${productId} already. Remove it first to change it.`);
  }
}

/** There is no such line to remove. */
export class ProductNotOnOrderError extends OrderRefusedError {
  override readonly name = 'ProductNotOnOrderError';
  readonly code = 'product-not-on-order';
  constructor(
    readonly orderId: string,
    readonly productId: string,
  ) {
    super(`Order ${orderId} has no line of product ${productId}.`);
  }
}

/** The order is not at a point of its life where this can be done. */
export abstract class WrongStatusError extends OrderRefusedError {
  constructor(
    readonly orderId: string,
    readonly orderStatus: OrderStatus,
    rule: string,
  ) {
    super(`Order ${orderId} is ${orderStatus}. ${rule}`);
  }
}

/** Lines can change only before payment: what was paid is what is delivered. */
export class LinesFixedError extends WrongStatusError {
  override readonly name = 'LinesFixedError';
  readonly code = 'lines-fixed';
  constructor(orderId: string, status: OrderStatus) {
    super(orderId, status, 'Lines can be added and removed only while an order is placed and not yet paid.');
  }
}

export class OrderNotPayableError extends WrongStatusError {
  override readonly name = 'OrderNotPayableError';
  readonly code = 'order-not-payable';
  constructor(orderId: string, status: OrderStatus) {
    super(orderId, status, 'Only an order that is placed can be paid, and only once.');
  }
}

export class OrderNotShippableError extends WrongStatusError {
  override readonly name = 'OrderNotShippableError';
  readonly code = 'order-not-shippable';
  constructor(orderId: string, status: OrderStatus) {
    super(orderId, status, 'Only a paid order can be shipped, and only once.');
  }
}

/** What has left the house cannot be cancelled; it can be returned and refunded. */
export class OrderNotCancellableError extends WrongStatusError {
  override readonly name = 'OrderNotCancellableError';
  readonly code = 'order-not-cancellable';
  constructor(orderId: string, status: OrderStatus) {
    super(orderId, status, 'Only an order that is placed or paid can be cancelled.');
  }
}

/** Money goes back once, and only if it came in: after payment, after a cancellation that followed it, or on a return. */
export class OrderNotRefundableError extends WrongStatusError {
  override readonly name = 'OrderNotRefundableError';
  readonly code = 'order-not-refundable';
  constructor(orderId: string, status: OrderStatus) {
    super(orderId, status, 'Only an order that was paid for can be refunded, and only once.');
  }
}
