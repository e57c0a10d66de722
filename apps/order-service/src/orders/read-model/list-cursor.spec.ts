import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, InvalidCursorError } from './list-cursor.js';

const position = { orderId: 'o-1', placedAt: '2026-01-01T00:00:00.000Z' };

describe('a list cursor', () => {
  it('comes back as the place in the list it was made for', () => {
    for (const filter of [
      {},
      { customerId: 'VINET' },
      { status: 'paid' as const },
      { customerId: 'Ünal', status: 'paid' as const },
    ]) {
      expect(decodeCursor(encodeCursor(filter, position), filter)).toEqual(position);
    }
  });

  it('is refused in another list', () => {
    const cursor = encodeCursor({ customerId: 'VINET' }, position);
    for (const filter of [{}, { customerId: 'HANAR' }, { customerId: 'VINET', status: 'paid' as const }]) {
      expect(() => decodeCursor(cursor, filter)).toThrow(InvalidCursorError);
    }
  });

  it('is refused when it was made up', () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const made = [
      'x',
      '!!',
      encode(1),
      encode(null),
      encode({}),
      encode([null, null]),
      encode([null, null, 1, 2]),
      encode([null, null, '', '']),
    ];
    for (const cursor of made) expect(() => decodeCursor(cursor, {})).toThrow(InvalidCursorError);
  });
});
