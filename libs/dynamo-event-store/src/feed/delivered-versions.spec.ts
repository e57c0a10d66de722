import { describe, expect, it } from '@jest/globals';
import type { CommitNotice } from './commit-notice.js';
import { DeliveredVersions } from './delivered-versions.js';

function notice(id: string, last: number, tenant?: string): CommitNotice {
  const stream = { aggregate: 'order', id, ...(tenant === undefined ? {} : { tenant }) };
  return { stream, first: last, last, types: [], recordedAt: 0, commit: undefined };
}

describe('DeliveredVersions', () => {
  it('leaves out what lies up to the highest version of its stream, in whatever order it came', () => {
    const delivered = new DeliveredVersions();
    delivered.add([notice('a', 5), notice('a', 3)], []);
    const offered = [notice('a', 4), notice('a', 5), notice('a', 6), notice('b', 1), notice('a', 1, 'acme')];
    expect(delivered.newOf(offered)).toEqual(offered.slice(2));
  });

  it('forgets the streams that it met least recently, so that they are delivered again', () => {
    const delivered = new DeliveredVersions(2);
    delivered.add([notice('a', 1), notice('b', 1), notice('c', 1)], []);
    expect(delivered.newOf([notice('a', 1), notice('b', 1), notice('c', 1)])).toEqual([notice('a', 1)]);
  });

  it('hands out an unreadable commit once', () => {
    const delivered = new DeliveredVersions();
    const item = { key: 'k', stream: undefined, version: 1, cause: 1 };
    expect(delivered.newUnreadable([item])).toEqual([item]);
    delivered.add([], [item]);
    expect(delivered.newUnreadable([item, { ...item, key: 'other' }])).toEqual([{ ...item, key: 'other' }]);
  });
});
