import type { FeedClock } from '../store/clock.js';

export { SYSTEM_CLOCK, type FeedClock } from '../store/clock.js';

interface Reading {
  readonly now: number;
  readonly system: number;
  /** What `elapsedOn` answered. */
  readonly total: number;
}

const readings = new WeakMap<FeedClock, Reading>();

/** ms for measuring: only differences mean something, and only within one process. */
export function elapsedOn(clock: FeedClock): number {
  if (clock.elapsed !== undefined) return clock.elapsed();
  const now = clock.now();
  const system = performance.now();
  const last = readings.get(clock) ?? { now, system, total: now };
  // Set back, the clock does not tell how much time has gone by.
  const total = last.total + (now < last.now ? system - last.system : now - last.now);
  readings.set(clock, { now, system, total });
  return total;
}
