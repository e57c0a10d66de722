import { describe, expect, it } from '@jest/globals';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { itemBytes, storedBytes } from './item-bytes.js';
import { MAX_ITEM_BYTES } from './limits.js';
import { writeUnits } from './write-units.js';

// The engine's own figures for the same values are in test/integration/item-size.int-spec.ts.
describe('the size of an item by the published rules', () => {
  it.each<[string, AttributeValue, number]>([
    ['text: its bytes in UTF-8', { S: 'aé€😀' }, 1 + 2 + 3 + 4],
    ['an empty text', { S: '' }, 0],
    ['bytes: their number, not that of their base64', { B: new Uint8Array(9) }, 9],
    ['true, false and null: 1', { BOOL: false }, 1],
    ['a number: a byte for two digits and one more', { N: '1234' }, 3],
    ['an odd number of digits: a byte for the half pair', { N: '123' }, 3],
    ['zeros at the end in pairs: nothing', { N: '1200' }, 2],
    ['a single zero at the end: part of its pair', { N: '120' }, 3],
    ['zero', { N: '0' }, 1],
    ['a negative number: one more for the sign', { N: '-12' }, 3],
    ['a time in milliseconds', { N: '1712345678901' }, 8],
    ['an empty list: 3', { L: [] }, 3],
    ['a list: 3, and 1 for each element', { L: [{ S: 'ab' }, { S: '' }] }, 3 + 3 + 1],
    [
      'a map: 3, the names, and 1 for each element',
      { M: { ab: { S: 'xyz' }, c: { N: '1' } } },
      3 + (2 + 3 + 1) + (1 + 2 + 1),
    ],
  ])('%s', (_, value, bytes) => {
    expect(itemBytes({ é: value })).toBe(2 + bytes);
  });

  it('is the sum over all attributes', () => {
    expect(itemBytes({})).toBe(0);
    expect(itemBytes({ pk: { S: 'abc' }, n: { N: '1' } })).toBe(5 + 3);
  });
});

it('a write costs a unit for each KB begun, and at least one', () => {
  expect([0, 1, 1024, 1025, 2048, 2049, MAX_ITEM_BYTES].map(writeUnits)).toEqual([1, 1, 1, 2, 2, 3, 400]);
});

it('takes 100 bytes more of storage', () => {
  expect(storedBytes(500)).toBe(600);
});
