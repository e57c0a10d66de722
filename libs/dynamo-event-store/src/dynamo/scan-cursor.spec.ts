import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeScanCursor, encodeScanCursor } from './scan-cursor.js';

const place = { segment: 1, segments: 4 };

describe('the cursor of a scan', () => {
  it('reads back as the key that it was made of, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (pk, sk) => {
        const key = { pk: { S: pk }, sk: { S: sk } };
        expect(decodeScanCursor(encodeScanCursor(key, place), place)).toEqual(key);
      }),
    );
  });

  it.each([
    ['another segment', { segment: 2, segments: 4 }],
    ['another number of segments', { segment: 1, segments: 3 }],
  ])('is refused for %s', (_, other) => {
    const cursor = encodeScanCursor({ pk: { S: 'a' }, sk: { S: 'b' } }, place);
    expect(() => decodeScanCursor(cursor, other)).toThrow(/belongs to segment 1 of 4/);
  });

  it.each(['', 'x', Buffer.from('null').toString('base64url'), Buffer.from('[1,4,"a"]').toString('base64url')])(
    'is told from other text, such as "%s"',
    (text) => {
      expect(() => decodeScanCursor(text, place)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'cursor' }),
      );
    },
  );
});
