import { setTimeout as delay } from 'node:timers/promises';

/** Waits before attempt `attempt + 1`. */
export type Backoff = (attempt: number) => Promise<void>;

const BASE_MS = 5;
const CEILING_MS = 500;

/**
 * A random share of a span that doubles each time, up to 500 ms, so that competing writers spread out ("full jitter",
 * AWS Architecture Blog, "Exponential backoff and jitter").
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(CEILING_MS, BASE_MS * 2 ** attempt);
}

export const jitteredBackoff: Backoff = (attempt) => delay(backoffMs(attempt));
