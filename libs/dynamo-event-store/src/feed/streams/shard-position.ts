/** A place in a shard: after the record of this sequence number, or one of the ends. */
export type ShardPosition = string;

/** Before the oldest record that is kept. */
export const TRIM_HORIZON = 'TRIM_HORIZON';

/** After the last record of a closed shard. */
export const SHARD_END = 'SHARD_END';

/** Negative when `a` comes first. Sequence numbers have no fixed length, so they are compared as numbers. */
export function comparePositions(a: ShardPosition, b: ShardPosition): number {
  if (a === b) return 0;
  if (a === TRIM_HORIZON || b === SHARD_END) return -1;
  if (b === TRIM_HORIZON || a === SHARD_END) return 1;
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
