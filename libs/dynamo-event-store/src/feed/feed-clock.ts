import { setTimeout as delay } from 'node:timers/promises';

/** Time as feeds and projections see it; simulations bring their own. */
export interface FeedClock {
  /** ms since the epoch. */
  now(): number;
  /** Resolves after so many ms, or as soon as the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: FeedClock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
