import { setTimeout as delay } from 'node:timers/promises';

/** Time that passes: what it is, and how to wait. `VirtualTime` of `./testing` is one. */
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

/** Time for an option `clock`: a function that tells it, with pauses in real time; or an object that also waits. */
export type Clock = (() => Date) | FeedClock;

export const SYSTEM_CLOCK: FeedClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

/** @internal */
export function toFeedClock(clock: Clock = SYSTEM_CLOCK): FeedClock {
  return typeof clock === 'function' ? { ...SYSTEM_CLOCK, now: () => clock().getTime() } : clock;
}

/** @internal The time as dates. */
export function toDateClock(clock: Clock = SYSTEM_CLOCK): () => Date {
  return typeof clock === 'function' ? clock : () => new Date(clock.now());
}
