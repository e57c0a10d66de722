import { describe, expect, it } from '@jest/globals';
import { buildProgress, NO_PROGRESS, type ScanStart } from './build-progress.js';

const estimate = { items: 1_000, bytes: 4_096_000, readUnits: 1_000 };
const start: ScanStart = { scanId: 1, segments: 2, estimate, startedAt: 10_000 };
const half = { done: false, items: 250, events: 300, readUnits: 125.5 };

describe('the progress of a build', () => {
  it('is nothing before it has begun', () => {
    expect(buildProgress({ reason: 'rebuild' }, undefined, [], 5)).toEqual({
      reason: 'rebuild',
      state: 'waiting',
      percent: 0,
      items: 0,
      events: 0,
      eventsPerSecond: 0,
      timeLeftMs: undefined,
      readUnits: 0,
      estimate: undefined,
      startedAt: undefined,
    });
  });

  it('adds up the segments, and expects the rest to take as long', () => {
    expect(buildProgress({ reason: 'rebuild' }, start, [half, half], 20_000)).toEqual({
      reason: 'rebuild',
      state: 'running',
      percent: 50,
      items: 500,
      events: 600,
      eventsPerSecond: 60,
      timeLeftMs: 10_000,
      readUnits: 251,
      estimate,
      startedAt: new Date(10_000),
    });
  });

  it('is at most 99 percent until all segments are done, whatever the estimate says', () => {
    const done = { ...half, done: true, items: 2_000 };
    expect(buildProgress({ reason: 'r' }, start, [done, half], 20_000)).toMatchObject({ percent: 99, timeLeftMs: 0 });
    expect(buildProgress({ reason: 'r' }, start, [done], 20_000).percent).toBe(99);
    expect(
      buildProgress(
        { reason: 'r' },
        start,
        [
          { ...half, done: true },
          { ...half, done: true },
        ],
        20_000,
      ),
    ).toMatchObject({
      percent: 100,
      timeLeftMs: 0,
    });
  });

  it('has no figures of an empty table', () => {
    const empty = { ...start, estimate: { items: 0, bytes: 0, readUnits: 0 } };
    expect(buildProgress({ reason: 'r' }, empty, [NO_PROGRESS], 20_000)).toMatchObject({
      percent: 0,
      timeLeftMs: undefined,
    });
  });

  it('can be paused', () => {
    expect(buildProgress({ reason: 'r', paused: true }, start, [half], 20_000).state).toBe('paused');
  });
});
