import { isTombstone, type PreparedCommit } from './commit.js';

/** End of the year 9999, in seconds since the epoch: for what never expires, but follows on what does. */
export const NEVER = 253_402_300_799;

/**
 * When a commit may be deleted, so that it never goes before the one that it follows on: a stream loses its beginning, and
 * nothing else. Otherwise its end would be missing, a state be wrong without a sign, and a version be given out again.
 *
 * @param previous That of the commit before it; `undefined`: never.
 */
export function expiryAfter(
  previous: number | undefined,
  { ttl, count }: Pick<PreparedCommit, 'ttl' | 'count'>,
): number | undefined {
  if (previous === undefined) return undefined;
  // The mark tells a beginning that has expired from one that is missing. A closed stream does not need it.
  if (ttl === undefined) return isTombstone({ count }) ? undefined : NEVER;
  return Math.max(previous, ttl);
}

export function hasExpired({ ttl }: { readonly ttl: number | undefined }, now: number): boolean {
  return ttl !== undefined && ttl * 1000 <= now;
}
