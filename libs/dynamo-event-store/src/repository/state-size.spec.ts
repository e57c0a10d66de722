import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { sizeOfState } from './state-size.js';

class Note {
  constructor(readonly text: string) {}
}

describe('the size of a state', () => {
  it('is a whole number from 1 for any value, and of a value in a list it is more', () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        const size = sizeOfState(value);
        expect(Number.isSafeInteger(size) && size >= 1).toBe(true);
        expect(sizeOfState([value])).toBeGreaterThan(size);
      }),
    );
  });

  it.each<[string, (size: number) => unknown]>([
    ['text', (size) => 'x'.repeat(size)],
    ['bytes', (size) => new Uint8Array(size)],
    ['a list', (size) => Array.from({ length: size }, () => 1)],
    ['a record', (size) => Object.fromEntries(Array.from({ length: size }, (_, index) => [index, 1]))],
    ['a map', (size) => new Map(Array.from({ length: size }, (_, index) => [index, 1]))],
    ['a set', (size) => new Set(Array.from({ length: size }, (_, index) => index))],
    ['text deep inside', (size) => ({ a: [new Map([['k', { text: 'x'.repeat(size) }]])] })],
    ['a key of a map', (size) => new Map([['x'.repeat(size), 1]])],
    ['the fields of an instance', (size) => new Note('x'.repeat(size))],
  ])('grows with %s', (_, make) => {
    const [small, large] = [sizeOfState(make(1000)), sizeOfState(make(2000))];
    expect(small).toBeGreaterThanOrEqual(1000);
    expect(large - small).toBeGreaterThanOrEqual(900);
  });

  it('counts one object once, and comes to an end where it refers back', () => {
    const text = { text: 'x'.repeat(10_000) };
    expect(sizeOfState([text, text, text])).toBeLessThan(sizeOfState(text) + 500);
    const loop: Record<string, unknown> = { text: 'x' };
    loop['self'] = loop;
    expect(sizeOfState(loop)).toBeLessThan(500);
  });

  it('counts bytes by their number, without looking at each', () => {
    expect(sizeOfState(Buffer.alloc(50_000_000))).toBeGreaterThanOrEqual(50_000_000);
  });
});
