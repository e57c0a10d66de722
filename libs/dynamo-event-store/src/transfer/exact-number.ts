import { randomUUID } from 'node:crypto';

/**
 * A number of a foreign table that no `number` or `bigint` can hold exactly, such as a decimal of 20 digits. It cannot be stored
 * as it is: let `map` make it text, `String(value)`, or the nearest number, `Number(value)`.
 */
export class ExactNumber {
  constructor(
    /** As it stands in the table. */
    readonly text: string,
  ) {}

  toString(): string {
    return this.text;
  }

  valueOf(): number {
    return Number(this.text);
  }
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** Digits of the largest whole numbers that such tables hold: 128 bits in Rust, 38 digits in DynamoDB. */
const MAX_DIGITS = 40;

/**
 * The value of decimal text, exactly: a `number` where it reads back the same, a `bigint` for other whole numbers, else an
 * `ExactNumber`.
 */
export function exactNumber(text: string): number | bigint | ExactNumber {
  const number = Number(text);
  const isPlain = /^-?\d+$/.test(text);
  if (isPlain ? Number.isSafeInteger(number) : Number.isFinite(number) && isSame(text, String(number))) return number;
  const { sign, digits, exponent } = decimalOf(text);
  if (exponent < 0 || digits.length + exponent > MAX_DIGITS) return new ExactNumber(text);
  return BigInt(`${sign}${digits}${'0'.repeat(exponent)}`);
}

function isSame(a: string, b: string): boolean {
  const [x, y] = [decimalOf(a), decimalOf(b)];
  return x.digits === y.digits && (x.digits === '' || (x.sign === y.sign && x.exponent === y.exponent));
}

/** A number as digits without zeros around them, times a power of ten. */
function decimalOf(text: string): { readonly sign: string; readonly digits: string; readonly exponent: number } {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  const exponent = Number(power) - fraction.length + all.length - digits.length;
  return { sign: sign === '-' ? '-' : '', digits, exponent };
}

/** `JSON.parse` that keeps numbers exactly; see `exactNumber`. Throws `SyntaxError` for what is no JSON. */
export function parseExactJson(text: string): unknown {
  const inexact: (bigint | ExactNumber)[] = [];
  // Unlike any key in there, however it is escaped.
  const mark = randomUUID();
  const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs, (token) => {
    if (token.startsWith('"') || !NUMBER.test(token)) return token;
    const value = exactNumber(token);
    if (typeof value === 'number') return token;
    inexact.push(value);
    return `{"${mark}":${inexact.length - 1}}`;
  });
  if (inexact.length === 0) return JSON.parse(text) as unknown;
  return JSON.parse(marked, (_, value: unknown) => {
    const isMark = typeof value === 'object' && value !== null && Object.hasOwn(value, mark);
    return isMark ? inexact[(value as Record<string, number>)[mark] ?? 0] : value;
  });
}

/** Where in a value an `ExactNumber` stands, if there is one. */
export function findExactNumber(
  value: unknown,
  path = '',
): { readonly path: string; readonly text: string } | undefined {
  if (value instanceof ExactNumber) return { path, text: value.text };
  if (typeof value !== 'object' || value === null) return undefined;
  const children = value instanceof Map || value instanceof Set ? [...value].entries() : Object.entries(value);
  for (const [key, child] of children) {
    const found = findExactNumber(child, path === '' ? String(key) : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
