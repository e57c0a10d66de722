import { comparePositions, SHARD_END, TRIM_HORIZON, type ShardPosition } from './shard-position.js';

/** How far one consumer has come in a shard. */
export interface Checkpoint {
  /** Everything up to here has taken effect. */
  readonly position: ShardPosition;
  /** What has not been delivered was stored about then or later; ms since the epoch. */
  readonly asOf: number;
  /** Whether there was nothing more to read at `asOf`. */
  readonly caughtUp: boolean;
}

/** What the instances of a service share about one shard. A change of its revision is also the owner's sign of life. */
export interface ShardRecord {
  readonly parent?: string | undefined;
  /** Instance that reads the shard; absent when nobody does. */
  readonly owner?: string | undefined;
  /** When the record was made; ms since the epoch. */
  readonly since: number;
  /** When the shard was last read; ms since the epoch. */
  readonly readAt?: number | undefined;
  /** By consumer. One that is missing stands before all records. */
  readonly checkpoints: Readonly<Record<string, Checkpoint>>;
  /** Commits received for a consumer that have not taken effect; absent for none. */
  readonly pending?: Readonly<Record<string, number>> | undefined;
}

/** Partition of the control table with the shards of a stream; the id of a record is that of the shard. */
export function shardsPartition(stream: string): string {
  return `shards#${stream}`;
}

export function checkpointOf(record: ShardRecord, key: string): Checkpoint {
  return record.checkpoints[key] ?? { position: TRIM_HORIZON, asOf: record.since, caughtUp: false };
}

export function isFinished(record: ShardRecord, key: string): boolean {
  return checkpointOf(record, key).position === SHARD_END;
}

/** Where a new consumer begins: with the hindmost one, since earlier is always right. `undefined`: nobody has read here. */
export function lowestCheckpoint(record: ShardRecord): Checkpoint | undefined {
  return Object.values(record.checkpoints).sort((a, b) => comparePositions(a.position, b.position))[0];
}

/**
 * The checkpoints of an owner that found its record changed by others, who add, remove or move entries when consumers come
 * and go: theirs where they differ from what the owner stored last, otherwise its own.
 */
export function mergeCheckpoints(
  stored: ShardRecord['checkpoints'],
  own: ShardRecord['checkpoints'],
  found: ShardRecord['checkpoints'],
): Record<string, Checkpoint> {
  const merged: Record<string, Checkpoint> = {};
  for (const key of new Set([...Object.keys(own), ...Object.keys(found)])) {
    const isTheirs = stored[key]?.position !== found[key]?.position;
    const checkpoint = isTheirs ? found[key] : own[key];
    if (checkpoint !== undefined) merged[key] = checkpoint;
  }
  return merged;
}
