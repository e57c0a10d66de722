import { describe, expect, it } from '@jest/globals';
import {
  addMoney,
  amountOf,
  centsOf,
  isDiscount,
  isMoney,
  moneyOfCents,
  toDiscount,
  toMoney,
  totalOf,
} from './money.js';

describe('an amount of money', () => {
  it('is digits with at most two more after a point', () => {
    for (const text of ['0', '14', '14.0', '14.00', '999999999999.99']) expect(isMoney(text)).toBe(true);
    for (const text of [
      '',
      '.5',
      '1.',
      '1.005',
      '-1',
      '+1',
      '1e3',
      ' 1',
      '1,00',
      '1234567890123',
      14,
      null,
      undefined,
    ]) {
      expect(isMoney(text)).toBe(false);
    }
  });

  it('has one spelling', () => {
    expect(['14', '14.0', '14.00', '014.00'].map(toMoney)).toEqual(['14.00', '14.00', '14.00', '14.00']);
  });
});

describe('cents', () => {
  it.each([
    ['0.00', 0],
    ['0.29', 29],
    ['1.15', 115],
    ['90000000000000.01', 9_000_000_000_000_001],
  ])('of %s are %d, and back', (amount, cents) => {
    expect(centsOf(amount)).toBe(cents);
    expect(moneyOfCents(cents)).toBe(amount);
  });
});

describe('a discount', () => {
  it('is a number or decimal text from 0 to 1 with at most six digits after the point', () => {
    for (const value of [0, 1, 0.15, 0.123456, '0', '1', '1.0', '0.15', '0.150']) expect(isDiscount(value)).toBe(true);
    for (const value of [
      -0.1,
      1.1,
      NaN,
      Infinity,
      0.1 + 0.2,
      1e-7,
      '',
      '.5',
      '1.1',
      '1.01',
      '-0',
      '1e-1',
      null,
      undefined,
      true,
    ]) {
      expect(isDiscount(value)).toBe(false);
    }
  });

  it('is taken by the digits it is written with', () => {
    expect([0, 1, 0.15, 0.1, 0.000001, '0.150', '1.0'].map(toDiscount)).toEqual([
      '0',
      '1',
      '0.15',
      '0.1',
      '0.000001',
      '0.15',
      '1',
    ]);
  });
});

describe('the amount of a line', () => {
  const amount = (quantity: number, unitPrice: string, discount: string) => amountOf({ quantity, unitPrice, discount });

  it('is quantity × unit price × (1 − discount)', () => {
    expect(amount(12, '14.00', '0')).toBe('168.00');
    expect(amount(10, '9.80', '0.25')).toBe('73.50');
    expect(amount(3, '9.99', '1')).toBe('0.00');
  });

  it('is rounded half up to the cent', () => {
    expect(amount(1, '0.01', '0.5')).toBe('0.01');
    expect(amount(1, '0.09', '0.05')).toBe('0.09');
    expect(amount(1, '0.99', '0.5')).toBe('0.50');
    expect(amount(1, '0.10', '0.951')).toBe('0.00');
  });

  it('is exact where floats are not', () => {
    // 3 × 1.15 × 0.9 is 3.105; in floats it is 3.1049999999999995, which rounds down.
    expect(amount(3, '1.15', '0.1')).toBe('3.11');
    expect((3 * 1.15 * (1 - 0.1)).toFixed(2)).toBe('3.10');
    expect(amount(1_000_000, '999999999999.99', '0')).toBe('999999999999990000.00');
  });
});

describe('a total', () => {
  it('is the sum of the rounded amounts, not the rounded sum', () => {
    const line = { quantity: 1, unitPrice: '0.01', discount: '0.5' };
    expect(totalOf([line, line])).toBe('0.02');
  });

  it('of nothing is zero', () => {
    expect(totalOf([])).toBe('0.00');
    expect(addMoney(['0.10', '0.20'])).toBe('0.30');
  });
});
