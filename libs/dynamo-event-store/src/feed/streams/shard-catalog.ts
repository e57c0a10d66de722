import type { ControlRecord, ControlStore } from '../control-store.js';
import type { ChangeStream, ShardInfo, StreamDescription } from './change-stream.js';
import { isFinished, shardsPartition, type ShardRecord } from './shard-record.js';

/** Keeps the control table's records of shards in step with the shards that there are. */
export class ShardCatalog {
  constructor(
    private readonly changes: ChangeStream,
    private readonly control: ControlStore,
  ) {}

  list(stream: string): Promise<ControlRecord<ShardRecord>[]> {
    return this.control.list<ShardRecord>(shardsPartition(stream));
  }

  describe(): Promise<StreamDescription> {
    return this.changes.describe();
  }

  /** Records the shards that are new, and forgets those that are gone and that all consumers have read. */
  async update(description: StreamDescription, consumers: readonly string[], now: number): Promise<void> {
    const { id: stream, shards } = description;
    const known = await this.record(description, now);
    await Promise.all(
      goneAndRead(known, shards, consumers).map(({ id, revision }) =>
        this.control.delete(shardsPartition(stream), id, revision),
      ),
    );
  }

  /** Records the shards that are new, parents first. @returns Those that were known before. */
  async record({ id: stream, shards }: StreamDescription, now: number): Promise<ControlRecord<ShardRecord>[]> {
    const partition = shardsPartition(stream);
    const known = await this.list(stream);
    const ids = new Set(known.map(({ id }) => id));
    for (const generation of byGeneration(shards.filter(({ id }) => !ids.has(id))))
      await Promise.all(
        generation.map(({ id, parent }) => {
          const record: ShardRecord = { parent, since: now, checkpoints: {} };
          // When another instance was first, its record is as good.
          return this.control.put(partition, id, record, 0);
        }),
      );
    return known;
  }
}

/** Those without a parent among them, then their children, and so on. */
export function byGeneration(shards: readonly ShardInfo[]): ShardInfo[][] {
  const ids = new Set(shards.map(({ id }) => id));
  const isFirst = ({ parent }: ShardInfo): boolean => parent === undefined || !ids.has(parent);
  const first = shards.filter(isFirst);
  if (first.length === 0) return [];
  return [first, ...byGeneration(shards.filter((shard) => !isFirst(shard)))];
}

export function goneAndRead(
  records: readonly ControlRecord<ShardRecord>[],
  shards: readonly ShardInfo[],
  consumers: readonly string[],
): ControlRecord<ShardRecord>[] {
  const ids = new Set(shards.map(({ id }) => id));
  return records.filter(({ id, value }) => !ids.has(id) && consumers.every((key) => isFinished(value, key)));
}
