const BASE_MS = 5;

/**
 * Time to wait before attempt `attempt + 1`, in ms: a random share of a span that doubles each time, so that competing
 * writers spread out ("full jitter", AWS Architecture Blog, "Exponential backoff and jitter").
 */
export function backoffMs(attempt: number, ceilingMs: number): number {
  return Math.random() * Math.min(ceilingMs, BASE_MS * 2 ** attempt);
}
