import { validationError } from '../errors.js';

/** `digits` × 10^`exponent`; no zeros at either end of `digits`, which is empty for zero. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const MAX_DIGITS = 38;
/** A number has its first digit between 10^-130 and 10^125. */
const LOWEST_POWER = -130;
const HIGHEST_POWER = 125;

/** Short whole numbers, which are in canonical form already. */
const PLAIN = /^(?:0|-?[1-9]\d{0,14})$/;
/** Decimals of so few characters are told apart, and ordered, by their nearest doubles. */
const EXACT_LENGTH = 15;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/**
 * The number as DynamoDB returns it: without an exponent, without zeros at either end.
 * @throws ValidationException It is no number, has more than 38 digits, or is too large or too small.
 */
export function canonicalNumber(text: string): string {
  if (PLAIN.test(text)) return text;
  const decimal = parse(text);
  if (decimal === undefined)
    throw validationError('The parameter cannot be converted to a numeric value: ' + text.slice(0, 100));
  return format(checked(decimal));
}

/** Order of two canonical numbers. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length <= EXACT_LENGTH && b.length <= EXACT_LENGTH) return Number(a) - Number(b);
  const [left, right] = [decimalOf(a), decimalOf(b)];
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = scaled(left, exponent) - scaled(right, exponent);
  return difference < 0n ? -1 : 1;
}

/**
 * Sum of two canonical numbers, or the difference.
 * @throws ValidationException The result has more than 38 digits, or is too large or too small.
 */
export function addNumbers(a: string, b: string, operator: '+' | '-'): string {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  const exponent = Math.min(left.exponent, right.exponent);
  const [x, y] = [scaled(left, exponent), scaled(right, exponent)];
  const sum = operator === '+' ? x + y : x - y;
  return format(checked(trimmed(sum < 0n, (sum < 0n ? -sum : sum).toString(), exponent)));
}

function parse(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  const [, sign, whole = '', fraction = '', power = '0'] = match ?? [];
  if (whole === '' && fraction === '') return undefined;
  return trimmed(sign === '-', whole + fraction, Number(power) - fraction.length);
}

function decimalOf(canonical: string): Decimal {
  return parse(canonical) ?? { negative: false, digits: '', exponent: 0 };
}

function trimmed(negative: boolean, allDigits: string, exponent: number): Decimal {
  const leading = allDigits.replace(/^0+/, '');
  const digits = leading.replace(/0+$/, '');
  if (digits === '') return { negative: false, digits, exponent: 0 };
  return { negative, digits, exponent: exponent + leading.length - digits.length };
}

function checked(decimal: Decimal): Decimal {
  const { digits, exponent } = decimal;
  if (digits === '') return decimal;
  const power = exponent + digits.length - 1;
  if (digits.length > MAX_DIGITS)
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  if (power > HIGHEST_POWER)
    throw validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
  if (power < LOWEST_POWER)
    throw validationError('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  return decimal;
}

function format({ negative, digits, exponent }: Decimal): string {
  const sign = negative ? '-' : '';
  if (digits === '') return '0';
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function scaled({ negative, digits, exponent }: Decimal, toExponent: number): bigint {
  const size = BigInt((digits === '' ? '0' : digits) + '0'.repeat(exponent - toExponent));
  return negative ? -size : size;
}
