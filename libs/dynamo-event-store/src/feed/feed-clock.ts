import { setTimeout as delay } from 'node:timers/promises';

/** Time as feeds and projections see it; simulations bring their own. */
export interface FeedClock {
  /** ms since the epoch: for what is recorded, and compared with what others have recorded. May be set back. */
  now(): number;
  /**
   * ms since some moment; never set back or forward: for waiting times, leases and the age of what is kept in memory.
   * Default: by `now`, and where that is set back, by the system.
   */
  elapsed?(): number;
  /** Resolves after so many ms, or as soon as the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: FeedClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

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
