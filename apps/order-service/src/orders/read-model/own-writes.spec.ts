import { describe, expect, it } from '@jest/globals';
import { OwnWrites } from './own-writes.js';

describe('own writes', () => {
  it('are remembered at their highest version, for each read model', () => {
    const own = new OwnWrites();
    own.remember({ orderId: 'a', version: 3 });
    own.remember({ orderId: 'a', version: 2 });
    expect(own.versionOf('order-summary', 'a')).toBe(3);
    expect(own.allOf('revenue')).toEqual([{ orderId: 'a', version: 3 }]);
    expect(own.versionOf('order-summary', 'b')).toBeUndefined();
  });

  it('are forgotten when that version is shown, not an earlier one, and not by another read model', () => {
    const own = new OwnWrites();
    own.remember({ orderId: 'a', version: 3 });
    own.forget('order-summary', { orderId: 'a', version: 2 });
    expect(own.versionOf('order-summary', 'a')).toBe(3);
    own.forget('order-summary', { orderId: 'a', version: 3 });
    expect(own.versionOf('order-summary', 'a')).toBeUndefined();
    expect(own.versionOf('revenue', 'a')).toBe(3);
  });
});
