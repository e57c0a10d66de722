import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '../../http/problem.js';
import { parseAsOf } from './as-of.js';
import { parseIdempotencyKey, parseIfMatch } from './command-headers.js';
import { newOrderId } from './order-id.js';
import { ORDER_ID } from './order-requests.js';

describe('If-Match', () => {
  it('is one version in double quotes, or any', () => {
    expect([parseIfMatch('"3"'), parseIfMatch(' "0" '), parseIfMatch('*')]).toEqual([3, 0, 'any']);
  });

  it.each(['', '3', '"03"', '"-1"', '"1.5"', '"x"', 'W/"3"', '"1", "2"', '"1234567890123456"', '""'])(
    'is refused as %s',
    (header) => {
      expect(() => parseIfMatch(header)).toThrow(ProblemError);
    },
  );
});

describe('Idempotency-Key', () => {
  it('is any short printable text', () => {
    expect(parseIdempotencyKey(' 8e03978e-40d5-43dd-bc93-6894a57f9324 ')).toBe('8e03978e-40d5-43dd-bc93-6894a57f9324');
  });

  it.each(['', '   ', 'ä', 'a\tb', 'x'.repeat(256)])('is refused as "%s"', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(ProblemError);
  });

  it('gives a new order the same id each time, and another for another key or customer', () => {
    expect(newOrderId('k', 'c')).toBe(newOrderId('k', 'c'));
    expect(newOrderId('k', 'c')).not.toBe(newOrderId('l', 'c'));
    expect(newOrderId('k', 'c')).not.toBe(newOrderId('k', 'd'));
    expect(newOrderId('k', 'c')).toMatch(ORDER_ID);
    expect(newOrderId(undefined, 'c')).not.toBe(newOrderId(undefined, 'c'));
  });
});

describe('asOf', () => {
  it('is a version or a time', () => {
    expect(parseAsOf(undefined)).toBeUndefined();
    expect(parseAsOf('2')).toBe(2);
    expect(parseAsOf('2026-01-31T12:00:00+01:00')).toEqual(new Date('2026-01-31T11:00:00Z'));
    expect(parseAsOf('2026-01-31')).toEqual(new Date('2026-01-31T00:00:00Z'));
  });

  it.each(['', '0', '-1', '1.5', 'yesterday', '2026-01-31T12:00:00', '2026-02-30', '31.01.2026'])(
    'is refused as "%s"',
    (text) => {
      expect(() => parseAsOf(text)).toThrow(ProblemError);
    },
  );
});
