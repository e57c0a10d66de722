import { expect, it } from '@jest/globals';
import { resolveStreamsSettings } from './streams-settings.js';

it('settings have the documented defaults', () => {
  expect(resolveStreamsSettings({})).toEqual({ leaseMs: 10_000, pollMs: 200, idlePollMs: 1_000, discoverMs: 30_000 });
  expect(resolveStreamsSettings({ pollMs: 5_000 }).idlePollMs).toBe(5_000);
});

it.each([
  [{ leaseMs: 999 }, /leaseMs is 999, but must be a whole number of ms from 1000 to 300000/],
  [{ pollMs: 9 }, /pollMs is 9/],
  [{ idlePollMs: 60_001 }, /idlePollMs is 60001/],
  [{ discoverMs: 1_000.5 }, /discoverMs is 1000.5/],
  [{ pollMs: 500, idlePollMs: 400 }, /idlePollMs is 400, but must not be less than pollMs, 500/],
  [{ leaseMs: 0, pollMs: Number.NaN }, /leaseMs is 0[^]*pollMs is NaN/],
])('%j is refused', (settings, message) => {
  expect(() => resolveStreamsSettings(settings)).toThrow(message);
});
