import type { ControlRecord, ControlStore } from '../control-store.js';
import { checkpointOf, isFinished, mergeCheckpoints, type Checkpoint, type ShardRecord } from './shard-record.js';

/**
 * A shard that this instance reads, with the checkpoints of all consumers. They change in memory, and each renewal stores
 * them; since it is conditional on the record's revision, an instance that has lost the lease stores nothing any more.
 */
export class ShardLease {
  /** When the shard was last read. */
  readAt: number | undefined;
  /** Commits that a consumer has received, and that have not taken effect. */
  readonly pending = new Map<string, number>();
  private checkpoints: Record<string, Checkpoint>;
  private writes: Promise<unknown> = Promise.resolve();
  private lost = false;

  private constructor(
    private readonly control: ControlStore,
    private readonly partition: string,
    private readonly instance: string,
    /** As it was stored last. */
    private record: ControlRecord<ShardRecord>,
  ) {
    this.checkpoints = { ...record.value.checkpoints };
    this.readAt = record.value.readAt;
  }

  /** @returns `undefined` when the record has changed since it was read: somebody else was first, or the owner lives. */
  static async take(
    control: ControlStore,
    partition: string,
    instance: string,
    { id, value, revision }: ControlRecord<ShardRecord>,
  ): Promise<ShardLease | undefined> {
    const taken: ShardRecord = { ...value, owner: instance };
    if (!(await control.put(partition, id, taken, revision))) return undefined;
    return new ShardLease(control, partition, instance, { id, value: taken, revision: revision + 1 });
  }

  get shard(): string {
    return this.record.id;
  }

  get parent(): string | undefined {
    return this.record.value.parent;
  }

  /** Whether another instance has it now, so that nothing can be stored. */
  get isLost(): boolean {
    return this.lost;
  }

  /** As others see it. */
  get stored(): ControlRecord<ShardRecord> {
    return this.record;
  }

  checkpoint(key: string): Checkpoint {
    return (this.checkpoints[key] ??= checkpointOf(this.record.value, key));
  }

  /** Does nothing when the checkpoint is not `from` any more: the consumer was removed, or put elsewhere. */
  advance(key: string, from: Checkpoint, to: Checkpoint): void {
    if (this.checkpoints[key] === from) this.checkpoints[key] = to;
  }

  /** Whether it is on record that the consumer has read the shard to its end. */
  isFinished(key: string): boolean {
    return isFinished(this.record.value, key);
  }

  /** Stores the checkpoints and lives on; see `isLost` then. */
  renew(): Promise<void> {
    return this.enqueue(this.instance);
  }

  /** Stores the checkpoints and gives the lease up, so that another instance takes it at once. */
  release(): Promise<void> {
    return this.enqueue(undefined);
  }

  private enqueue(owner: string | undefined): Promise<void> {
    const write = this.writes.then(() => this.store(owner));
    this.writes = write.catch(() => undefined);
    return write;
  }

  private async store(owner: string | undefined): Promise<void> {
    while (!this.lost) {
      const { id, revision } = this.record;
      const value: ShardRecord = {
        ...this.record.value,
        owner,
        readAt: this.readAt,
        checkpoints: { ...this.checkpoints },
        pending: Object.fromEntries([...this.pending].filter(([, commits]) => commits > 0)),
      };
      if (await this.control.put(this.partition, id, value, revision)) {
        this.record = { id, value, revision: revision + 1 };
        return;
      }
      this.adopt(await this.control.get<ShardRecord>(this.partition, id));
    }
  }

  /** Somebody else has changed the record: consumers may come and go, but a lease with another owner is lost. */
  private adopt(found: ControlRecord<ShardRecord> | undefined): void {
    if (found?.value.owner !== this.instance) {
      this.lost = true;
      return;
    }
    this.checkpoints = mergeCheckpoints(this.record.value.checkpoints, this.checkpoints, found.value.checkpoints);
    this.record = found;
  }
}
