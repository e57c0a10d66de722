import { InvalidArgumentError } from '../errors/argument-errors.js';

/** @throws InvalidArgumentError It is negative, infinite or not a number. */
export function checkedAmount(argument: string, amount: number): number {
  if (amount >= 0 && amount < Infinity) return amount;
  throw new InvalidArgumentError(argument, `is ${amount}, but must be a number from 0.`);
}
