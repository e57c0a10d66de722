import { describe, expect, it } from '@jest/globals';
import { reading, times, totalOf, writing } from './cost.js';
import { priceOf } from './prices.js';

describe('costs', () => {
  it('add up, by operation in the order of the first request', () => {
    expect(totalOf()).toEqual({ requests: [], writeUnits: 0, readUnits: 0 });
    expect(totalOf(reading('Query', 0.5), writing('PutItem', 3), reading('Query', 2, 2))).toEqual({
      requests: [
        { operation: 'Query', count: 3 },
        { operation: 'PutItem', count: 1 },
      ],
      writeUnits: 3,
      readUnits: 2.5,
    });
  });

  it('are repeated', () => {
    const cost = totalOf(reading('Query', 1), writing('PutItem', 2));
    expect(times(3, cost)).toEqual(totalOf(cost, cost, cost));
    expect(times(0, cost)).toEqual(totalOf());
  });

  it.each([-1, 1.5, Number.NaN])('are not carried out %d times', (count) => {
    expect(() => times(count, writing('PutItem', 1))).toThrow(expect.objectContaining({ argument: 'count' }));
  });
});

describe('prices', () => {
  it('are those of us-east-1 on demand, since November 2024', () => {
    expect(priceOf({ writeUnits: 1_000_000 })).toBe(0.625);
    expect(priceOf({ readUnits: 1_000_000 })).toBe(0.125);
    expect(priceOf({ storedBytes: 1024 ** 3 })).toBe(0.25);
    expect(priceOf({ streamReads: 100_000 })).toBe(0.02);
    expect(priceOf({})).toBe(0);
  });

  it('add up, and follow those that are given', () => {
    const all = { writeUnits: 2e6, readUnits: 4e6, storedBytes: 2 ** 31, streamReads: 1e6 };
    expect(priceOf(all)).toBeCloseTo(1.25 + 0.5 + 0.5 + 0.2, 10);
    expect(priceOf(all, { perMillionWriteUnits: 1, perGigabyteMonth: 0 })).toBeCloseTo(2 + 0.5 + 0.2, 10);
  });

  it('and amounts are numbers from 0', () => {
    expect(() => priceOf({ writeUnits: -1 })).toThrow(expect.objectContaining({ argument: 'writeUnits' }));
    expect(() => priceOf({}, { perMillionReadUnits: Number.NaN })).toThrow(
      expect.objectContaining({ argument: 'perMillionReadUnits' }),
    );
  });
});
