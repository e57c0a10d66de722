import { describe, expect, it } from '@jest/globals';
import { comparePositions, SHARD_END, TRIM_HORIZON } from './shard-position.js';

describe('positions in a shard', () => {
  it('are compared as numbers of any length, between the two ends', () => {
    const ordered = [TRIM_HORIZON, '000000000000000000007', '99', '100', '123456789012345678901234567890', SHARD_END];
    const shuffled = [5, 2, 0, 4, 1, 3].map((index) => ordered[index]!);
    expect(shuffled.sort(comparePositions)).toEqual(ordered);
    for (const each of ordered) expect(comparePositions(each, each)).toBe(0);
    expect(comparePositions('007', '7')).toBe(0);
  });
});
