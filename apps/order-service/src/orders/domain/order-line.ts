import { InvalidOrderLineError } from './order.errors.js';
import { amountOf, isDiscount, isMoney, toDiscount, toMoney, type Priced } from './money.js';

/** One product on an order. An order holds each product at most once. */
export interface OrderLine extends Priced {
  readonly productId: string;
}

export interface OrderLineInput {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: string;
  /** From 0 to 1, as a number or decimal text. Default 0. */
  readonly discount?: number | string | undefined;
}

export const MAX_QUANTITY = 1_000_000;

/** What one line may amount to, so that the read models add up any number of them exactly. */
export const MAX_AMOUNT = '999999999999.99';

/** Whether a line amounts to no more than it may; a line of which a field is not valid is not judged. */
export function isLineAmountBounded({ quantity, unitPrice, discount = 0 }: Partial<OrderLineInput>): boolean {
  if (typeof quantity !== 'number' || !Number.isInteger(quantity)) return true;
  if (!isMoney(unitPrice) || unitPrice === undefined || !isDiscount(discount)) return true;
  return isMoney(amountOf({ quantity, unitPrice, discount: toDiscount(discount) }));
}

/**
 * A line in its one normal form.
 * @throws InvalidOrderLineError The quantity is not a whole number from 1, the price not an amount, the discount not from 0
 * to 1, or all of it more than a line may amount to.
 */
export function orderLine({ productId, quantity, unitPrice, discount = 0 }: OrderLineInput): OrderLine {
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY) {
    throw new InvalidOrderLineError(
      productId,
      `quantity is ${quantity}, but must be a whole number from 1 to ${MAX_QUANTITY}`,
    );
  }
  if (!isMoney(unitPrice)) {
    throw new InvalidOrderLineError(productId, `unitPrice is "${unitPrice}", but must be an amount such as 14.00`);
  }
  if (!isDiscount(discount)) {
    throw new InvalidOrderLineError(productId, `discount is ${discount}, but must be a decimal from 0 to 1`);
  }
  if (!isLineAmountBounded({ quantity, unitPrice, discount }))
    throw new InvalidOrderLineError(productId, `it amounts to more than ${MAX_AMOUNT}`);
  return { productId, quantity, unitPrice: toMoney(unitPrice), discount: toDiscount(discount) };
}
