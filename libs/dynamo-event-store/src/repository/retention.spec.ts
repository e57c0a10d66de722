import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expiryOf, isSnapshotOverdue } from './retention.js';

describe('what is stored of an aggregate', () => {
  it('expires so many seconds after now, half as many later with snapshots, or never', () => {
    const now = new Date(1_000);
    expect(expiryOf({ ttlSeconds: 60 }, now)).toEqual(new Date(61_000));
    expect(expiryOf({ ttlSeconds: 60, snapshot: { every: 10 } }, now)).toEqual(new Date(91_000));
    expect([expiryOf({}, now), expiryOf({ snapshot: { every: 10 } }, now)]).toEqual([undefined, undefined]);
    expect(now).toEqual(new Date(1_000));
  });

  it('is due for a snapshot once its oldest part is older than half a time to live', () => {
    const since = new Date(10_000);
    expect([40_000, 40_001].map((now) => isSnapshotOverdue(60, since, new Date(now)))).toEqual([false, true]);
    expect([
      isSnapshotOverdue(undefined, since, new Date(9e9)),
      isSnapshotOverdue(60, undefined, new Date(9e9)),
    ]).toEqual([false, false]);
  });

  it('outlives the last append by the whole time to live, whenever appends and snapshots are made', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), steps, (ttlSeconds, waits) => {
        const options = { ttlSeconds, snapshot: { every: 1_000 } };
        let now = 0;
        let since: number | undefined;
        for (const wait of waits) {
          // Whoever waits for longer finds nothing any more, and begins anew.
          now += Math.min(wait, ttlSeconds * 1000);
          since ??= now;
          if (isSnapshotOverdue(ttlSeconds, new Date(since), new Date(now))) since = now;
          expect(expiryOf(options, new Date(since))!.getTime()).toBeGreaterThanOrEqual(now + ttlSeconds * 1000);
        }
      }),
    );
  });
});
