import { updateRecord, type ControlStore } from '../control-store.js';
import { SHARD_END, TRIM_HORIZON } from './shard-position.js';
import { lowestCheckpoint, shardsPartition, type ShardRecord } from './shard-record.js';

/** The consumers of a feed, each with the stream that it reads. */
interface FeedRecord {
  readonly subscribers: Readonly<Record<string, string>>;
}

const FEED_ID = 'subscribers';

/** Which consumers a feed has, on record for all instances. */
export class Subscriptions {
  private readonly partition: string;

  /** @param feed Name of the event table. */
  constructor(
    private readonly control: ControlStore,
    feed: string,
  ) {
    this.partition = `feeds#${feed}`;
  }

  /** Stream by consumer. */
  async list(): Promise<ReadonlyMap<string, string>> {
    const record = await this.control.get<FeedRecord>(this.partition, FEED_ID);
    return new Map(Object.entries(record?.value.subscribers ?? {}));
  }

  /**
   * From here on the consumer gets every record of the stream. Where others have read already it begins with the hindmost of
   * them. One that is subscribed already keeps its places: a place it has not yet is one that it has still to read from.
   */
  async add(key: string, stream: string): Promise<void> {
    if ((await this.list()).get(key) === stream) return;
    await this.moveTo(key, stream);
    await this.eachShard(stream, (record) => {
      const lowest = lowestCheckpoint(record);
      if (lowest === undefined || record.checkpoints[key] !== undefined) return undefined;
      return { ...record, checkpoints: { ...record.checkpoints, [key]: lowest } };
    });
  }

  async remove(key: string): Promise<void> {
    const stream = (await this.list()).get(key);
    await this.update((subscribers) => without(subscribers, key));
    if (stream === undefined) return;
    await this.eachShard(stream, (record) => {
      const checkpoints = without(record.checkpoints, key);
      return checkpoints && { ...record, checkpoints };
    });
  }

  /** Puts a consumer on another stream of the table. The shards of a stream that nobody reads any more are forgotten. */
  async moveTo(key: string, stream: string): Promise<void> {
    const before = (await this.list()).get(key);
    const subscribers = await this.update((current) =>
      current[key] === stream ? undefined : { ...current, [key]: stream },
    );
    if (before === undefined || Object.values(subscribers).includes(before)) return;
    const partition = shardsPartition(before);
    for (const { id, revision } of await this.control.list(partition))
      await this.control.delete(partition, id, revision);
  }

  /** Puts a consumer to the end of shards that are gone, and to the beginning of what is left of the others. */
  async restart(key: string, stream: string, left: ReadonlySet<string>, now: number): Promise<void> {
    await this.eachShard(stream, (record, id) => {
      if (record.checkpoints[key]?.position === SHARD_END) return undefined;
      const position = left.has(id) ? TRIM_HORIZON : SHARD_END;
      return { ...record, checkpoints: { ...record.checkpoints, [key]: { position, asOf: now, caughtUp: false } } };
    });
  }

  private async update(
    change: (subscribers: FeedRecord['subscribers']) => FeedRecord['subscribers'] | undefined,
  ): Promise<FeedRecord['subscribers']> {
    const record = await updateRecord<FeedRecord>(this.control, this.partition, FEED_ID, (current) => {
      const subscribers = change(current?.subscribers ?? {});
      return subscribers && { subscribers };
    });
    return record?.subscribers ?? {};
  }

  private async eachShard(
    stream: string,
    change: (record: ShardRecord, shard: string) => ShardRecord | undefined,
  ): Promise<void> {
    const partition = shardsPartition(stream);
    for (const { id } of await this.control.list<ShardRecord>(partition))
      await updateRecord<ShardRecord>(this.control, partition, id, (current) => current && change(current, id));
  }
}

/** `undefined` when it is not among them. */
function without<T>(values: Readonly<Record<string, T>>, key: string): Record<string, T> | undefined {
  if (values[key] === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).filter(([each]) => each !== key));
}
