import { describe, expect, it } from '@jest/globals';
import { priceOfScan } from './scan-price.js';

describe('priceOfScan', () => {
  it('of 100 GB, strongly consistent and on demand in us-east-1, is 3.28 dollars', () => {
    expect(priceOfScan({ readUnits: (100 * 1024 ** 3) / 4096 })).toBeCloseTo(3.2768, 4);
  });

  it('follows the price of the region', () => {
    expect(priceOfScan({ readUnits: 2_000_000 }, 0.1415)).toBeCloseTo(0.283, 6);
    expect(priceOfScan({ readUnits: 2_000_000 }, 0)).toBe(0);
  });

  it.each([-1, Number.NaN, Infinity])('refuses %d as a price', (price) => {
    expect(() => priceOfScan({ readUnits: 1 }, price)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'pricePerMillionReadUnits' }),
    );
  });
});
