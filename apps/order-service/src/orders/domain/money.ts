import { Big } from 'big.js';

/** An amount as a decimal string with exactly two digits after the point, such as `14.00`. Never a float. */
export type Money = string;

/** What one line of an order costs is decided by these three. */
export interface Priced {
  /** Whole number from 1. */
  readonly quantity: number;
  readonly unitPrice: Money;
  /** Share taken off, as a decimal string from `0` to `1`. */
  readonly discount: string;
}

/** Whether a text is an amount that can be meant: digits, and at most two more after a point. */
export function isMoney(text: unknown): boolean {
  return typeof text === 'string' && /^\d{1,12}(\.\d{1,2})?$/.test(text);
}

/** `14`, `14.0` and `14.00` are the same amount and become the same text. */
export function toMoney(text: string): Money {
  return new Big(text).toFixed(2);
}

/** Whether a number or decimal text is a share from 0 to 1, with at most six digits after the point. */
export function isDiscount(value: unknown): boolean {
  if (typeof value === 'string') return /^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(value);
  return typeof value === 'number' && value >= 0 && value <= 1 && decimalText(value).length <= '0.123456'.length;
}

/** Decimal text of a share: of a number the digits it is written with, so `0.15` stays 0.15 and not its nearest binary. */
export function toDiscount(value: number | string): string {
  return decimalText(value);
}

/** quantity × unit price × (1 − discount), rounded half up to the cent. */
export function amountOf({ quantity, unitPrice, discount }: Priced): Money {
  return new Big(quantity).times(unitPrice).times(new Big(1).minus(discount)).round(2, Big.roundHalfUp).toFixed(2);
}

/** Sum of the rounded amounts, so that a total always equals what its lines show. */
export function totalOf(lines: Iterable<Priced>): Money {
  return addMoney(Array.from(lines, amountOf));
}

export function addMoney(amounts: Iterable<Money>): Money {
  let total = new Big(0);
  for (const amount of amounts) total = total.plus(amount);
  return total.toFixed(2);
}

/** Whole cents; exact up to 90 trillion. */
export function centsOf(amount: Money): number {
  return new Big(amount).times(100).toNumber();
}

/** @param millions Counted beside the cents. */
export function moneyOfCents(cents: number, millions = 0): Money {
  return new Big(millions).times(1_000_000).plus(new Big(cents).div(100)).toFixed(2);
}

function decimalText(value: number | string): string {
  return new Big(value).toFixed();
}
