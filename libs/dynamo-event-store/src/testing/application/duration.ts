import { InvalidArgumentError } from '../../errors/argument-errors.js';

/** A span of time: the sum of its parts, or a number of ms. */
export type Duration =
  | number
  | {
      readonly days?: number | undefined;
      readonly hours?: number | undefined;
      readonly minutes?: number | undefined;
      readonly seconds?: number | undefined;
      readonly ms?: number | undefined;
    };

const UNITS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000, ms: 1 };

/** @throws InvalidArgumentError It is negative, endless, or has a part that is none. */
export function millisecondsOf(duration: Duration): number {
  const parts = Object.entries(typeof duration === 'number' ? { ms: duration } : duration);
  const total = parts.reduce((sum, [unit, value]) => {
    if (!Object.hasOwn(UNITS, unit))
      throw new InvalidArgumentError('duration', `has "${unit}", but takes ${Object.keys(UNITS).join(', ')}.`);
    return sum + (value ?? 0) * UNITS[unit as keyof typeof UNITS];
  }, 0);
  if (!(total >= 0 && total < Infinity))
    throw new InvalidArgumentError('duration', `is ${total} ms, but must be a number from 0.`);
  return total;
}
