import { describe, expect, it } from '@jest/globals';
import { bytesOf, pagesOf, unitsOfPages } from './pages.js';
import { readUnits, unitsOfBatch } from './read-units.js';
import { unitsOfChange, unitsOfIndex, unitsOfRefusal, unitsOfTransaction, writeUnits } from './write-units.js';

const KB = 1_024;

describe('writes, as the Developer Guide counts them', () => {
  it.each([
    [0, 1],
    [1, 1],
    [500, 1],
    [1_023, 1],
    [1_024, 1],
    [1_025, 2],
    [1.5 * KB, 2],
    [2 * KB, 2],
    [3.5 * KB, 4],
    [400 * KB, 400],
  ])('an item of %d bytes costs %d', (bytes, units) => {
    expect(writeUnits(bytes)).toBe(units);
  });

  it('a change costs the larger of the item before and after; a deletion the one before, of nothing 1', () => {
    expect(unitsOfChange(20 * KB, 100)).toBe(20);
    expect(unitsOfChange(100, 20 * KB)).toBe(20);
    expect(unitsOfChange(2 * KB + 1, 0)).toBe(3);
    expect(unitsOfChange(0, 0)).toBe(1);
  });

  it('a refused write costs the larger of 300 KB that are there and 310 KB that were brought', () => {
    expect(unitsOfRefusal(300 * KB, 310 * KB)).toBe(310);
    expect(unitsOfRefusal(310 * KB, 300 * KB)).toBe(310);
    expect(unitsOfRefusal(0, 0)).toBe(1);
  });

  it('three items of 500 bytes in one transaction cost 6; one of 2 KB costs 4', () => {
    expect(unitsOfTransaction([500, 500, 500].map(writeUnits))).toBe(6);
    expect(unitsOfTransaction([writeUnits(2 * KB)])).toBe(4);
    expect(unitsOfTransaction([1, 2], 3)).toBe(2 * 3 + 3);
  });

  it('an index entry costs one write when it is new, changed or deleted, two when it moves, and none when it is not there', () => {
    expect(unitsOfIndex({ after: 1_500 })).toBe(2);
    expect(unitsOfIndex({ before: 1_500 })).toBe(2);
    expect(unitsOfIndex({ before: 3_000, after: 100 })).toBe(3);
    expect(unitsOfIndex({ before: 100, after: 100, moved: true })).toBe(2);
    expect(unitsOfIndex({ before: 3_000, after: 100, moved: true })).toBe(3 + 1);
    expect(unitsOfIndex({})).toBe(0);
  });
});

describe('reads, as the Developer Guide counts them', () => {
  it.each([
    [0, 1],
    [3.5 * KB, 1],
    [4_096, 1],
    [4_097, 2],
    [8 * KB, 2],
    [10 * KB, 3],
  ])('%d bytes cost %d, half of it eventually consistent, twice in a transaction', (bytes, units) => {
    expect(readUnits(bytes)).toBe(units);
    expect(readUnits(bytes, 'eventual')).toBe(units / 2);
    expect(readUnits(bytes, 'transactional')).toBe(units * 2);
  });

  it('a batch of 1.5 KB and 6.5 KB costs 12 KB, not 8 KB; three items in a transaction cost 6', () => {
    expect(unitsOfBatch([1.5 * KB, 6.5 * KB])).toBe(12 / 4);
    expect(unitsOfBatch([500, 500, 500], 'transactional')).toBe(6);
    expect(unitsOfBatch([500, 0], 'eventual')).toBe(1);
  });

  it('a query over 10 items of 40.8 KB together costs 44 KB', () => {
    const pages = pagesOf({ count: 10, bytes: 4.08 * KB });
    expect(unitsOfPages(pages)).toBe(44 / 4);
    expect(unitsOfPages(pages, 'eventual')).toBe(44 / 8);
  });

  it('a page ends with the item that makes it 1 MB; nothing is a page too', () => {
    expect(pagesOf([])).toEqual([{ items: 0, bytes: 0 }]);
    expect(pagesOf({ count: 0, bytes: 5 })).toEqual([{ items: 0, bytes: 0 }]);
    expect(pagesOf([400 * KB, 400 * KB, 224 * KB - 1, 5])).toEqual([{ items: 4, bytes: KB * KB + 4 }]);
    expect(pagesOf([400 * KB, 400 * KB, 224 * KB, 1])).toEqual([
      { items: 3, bytes: KB * KB },
      { items: 1, bytes: 1 },
    ]);
    for (const count of [0, 1, 3, 4, 7, 9, 100]) {
      const each = Array<number>(count).fill(300 * KB);
      expect(pagesOf({ count, bytes: 300 * KB })).toEqual(pagesOf(each));
      expect(bytesOf({ count, bytes: 300 * KB })).toBe(bytesOf(each));
    }
  });
});

it.each([-1, Number.NaN, Infinity])('%d bytes are refused', (bytes) => {
  for (const rule of [
    writeUnits,
    readUnits,
    (each: number) => unitsOfChange(each, 1),
    (each: number) => pagesOf([each]),
  ])
    expect(() => rule(bytes)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
