import type { FeedLag } from '../feed-source.js';
import { SHARD_END } from './shard-position.js';
import { checkpointOf, type ShardRecord } from './shard-record.js';

/**
 * How far behind a consumer is in these shards, as their owners reported last. What nobody has read for `freshMs` counts as
 * not read: its lag grows.
 */
export function lagOf(key: string, records: readonly ShardRecord[], now: number, freshMs: number): FeedLag {
  const behind = records.map((record) => {
    const { position, asOf, caughtUp } = checkpointOf(record, key);
    // Of a consumer that is paused, the last look grows old while others are read to.
    const isFresh = now - asOf <= freshMs;
    return position === SHARD_END || (caughtUp && isFresh) ? 0 : Math.max(0, now - asOf);
  });
  const pending = records.map((record) => record.pending?.[key] ?? 0);
  return { behindMs: Math.max(0, ...behind), pendingCommits: pending.reduce((sum, commits) => sum + commits, 0) };
}
