import { describe, expect, it } from '@jest/globals';
import { halfInterquartileRange, median, quantile } from './statistics.js';

describe('statistics', () => {
  it('takes the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('takes the spread of the middle half, which a single outlier does not move', () => {
    expect(halfInterquartileRange([1, 2, 3, 4, 5])).toBe(1);
    expect(halfInterquartileRange([1, 2, 3, 4, 500])).toBe(1);
  });

  it('goes between two numbers in proportion', () => {
    expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
  });
});
