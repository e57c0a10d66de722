import type { AggregateOptions } from '../metadata/metadata-storage.js';

/**
 * When what is appended to an aggregate now may be deleted; `undefined`: never.
 *
 * With snapshots everything is kept half as long again. A snapshot is taken at the latest when the last one is half a time
 * to live old, so whatever the state needs outlives the last append by the whole time to live.
 */
export function expiryOf(
  { ttlSeconds, snapshot }: Pick<AggregateOptions, 'ttlSeconds' | 'snapshot'>,
  now: Date,
): Date | undefined {
  if (ttlSeconds === undefined) return undefined;
  return new Date(now.getTime() + ttlSeconds * (snapshot === undefined ? 1000 : 1500));
}

/** When a commit was stored, and when it may be deleted, in seconds since the epoch; `undefined`: never. */
interface Kept {
  readonly recordedAt?: Date | undefined;
  readonly ttl?: number | undefined;
}

/** Whether a commit is kept for longer than the one before it was, as when a time to live was lengthened or taken away. */
export function isKeptLonger(before: Kept, after: Kept): boolean {
  return before.ttl !== undefined && secondsOf(after) > secondsOf(before) + 1;
}

function secondsOf({ recordedAt, ttl = Infinity }: Kept): number {
  return ttl - (recordedAt?.getTime() ?? 0) / 1000;
}

/** Whether a snapshot is due because what the state needs gets old. @param since Time of the oldest part that it needs. */
export function isSnapshotOverdue(ttlSeconds: number | undefined, since: Date | undefined, now: Date): boolean {
  return ttlSeconds !== undefined && since !== undefined && now.getTime() - since.getTime() > ttlSeconds * 500;
}
