import { isISO8601, Matches, ValidateBy, ValidateIf } from 'class-validator';
import { isDiscount } from '../domain/money.js';
import { isLineAmountBounded, MAX_AMOUNT } from '../domain/order-line.js';

/** Text of a version of an order. */
export const VERSION = /^[1-9]\d{0,14}$/;

/** The field may be left out; unlike with `IsOptional`, `null` is not the same as leaving it out. */
export function IsAbsentOr(): PropertyDecorator {
  return ValidateIf((_body, value) => value !== undefined);
}

export function IsPrice(): PropertyDecorator {
  return Matches(/^\d{1,12}(\.\d{1,2})?$/, {
    message: '$property must be a decimal string with at most two digits after the point, such as "14.00"',
  });
}

/** On the price of a line: together with the other fields it makes an amount that the read models can add up. */
export function IsBoundedAmount(): PropertyDecorator {
  return ValidateBy({
    name: 'isBoundedAmount',
    validator: {
      validate: (_price, args) => args === undefined || isLineAmountBounded(args.object),
      defaultMessage: () => `quantity × unitPrice, less the discount, must be at most ${MAX_AMOUNT}`,
    },
  });
}

/** Elements of the list are no lists themselves; validation would go through to their elements. */
export function HoldsNoLists(): PropertyDecorator {
  return ValidateBy({
    name: 'holdsNoLists',
    validator: {
      validate: (value: unknown) => !Array.isArray(value) || !value.some((each) => Array.isArray(each)),
      defaultMessage: () => '$property must hold objects, not lists',
    },
  });
}

export function IsDiscount(): PropertyDecorator {
  return ValidateBy({
    name: 'isDiscount',
    validator: {
      validate: isDiscount,
      defaultMessage: () =>
        '$property must be a number or decimal string from 0 to 1 with at most 6 digits after the point',
    },
  });
}

export function IsIsoTime(): PropertyDecorator {
  return ValidateBy({
    name: 'isIsoTime',
    validator: {
      validate: isIsoTime,
      defaultMessage: () =>
        '$property must be an ISO 8601 time with its offset, such as 2026-01-31T12:00:00Z, or a date',
    },
  });
}

export function IsDay(): PropertyDecorator {
  return ValidateBy({
    name: 'isDay',
    validator: {
      validate: (value: unknown) => isIsoTime(value) && value.length === '2026-01-31'.length,
      defaultMessage: () => '$property must be a day such as 2026-01-31',
    },
  });
}

export function IsVersion(): PropertyDecorator {
  return Matches(VERSION, { message: '$property must be a version: a whole number from 1' });
}

/**
 * A date, or a time that says its offset: any other would mean something else on every server. In UTC its year has four
 * digits, so that times compare as text.
 */
export function isIsoTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(value) &&
    isISO8601(value, { strict: true }) &&
    isFourDigitYear(new Date(value))
  );
}

function isFourDigitYear(time: Date): boolean {
  return !Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString());
}
