import { aggregateDefinitionOf, type SnapshotDefinition } from '../aggregate/aggregate-definition.js';
import { withheld } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { EventStore } from '../store/event-store.js';
import type { WarningListener } from '../store/warnings.js';
import { stateTypeOf } from './aggregate-loader.js';
import type { Replica } from './replica.js';
import { isSnapshotOverdue } from './retention.js';

/** Takes snapshots after saves when the aggregate's policy says so. A snapshot that fails is a warning, never an error. */
export class SnapshotWriter {
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly store: EventStore,
    private readonly warn: WarningListener,
    private readonly clock: () => Date,
  ) {}

  /**
   * Takes a snapshot if one is due. Resolves at once, unless the aggregate asks to wait for it.
   * @param outlives Whether the last commit is kept for longer than those before, which the state must not be lost with.
   */
  async afterSave(stream: StreamId, replica: Replica, outlives = false): Promise<void> {
    const { snapshot, options } = aggregateDefinitionOf(replica.aggregateClass);
    if (snapshot === undefined) return;
    replica.missesSnapshot ||= outlives;
    if (!this.isDue(stream, replica, snapshot, options.ttlSeconds)) return;
    // Off the critical path, encoding included: the caller's answer goes first.
    const writing = snapshot.write === 'await' ? this.write(replica) : nextTurn().then(() => this.write(replica));
    const tracked = writing.then(
      () => undefined,
      (error: unknown) => {
        // What failed for the moment only is tried again after the next save.
        if (isEventStoreError(error) && error.retryable) replica.missesSnapshot = true;
        this.warn(snapshotWarning(stream, replica, error));
      },
    );
    replica.markCovered();
    this.underWay.add(tracked);
    void tracked.finally(() => this.underWay.delete(tracked));
    if (snapshot.write === 'await') await tracked;
  }

  /** Writes a snapshot now. `false`: a newer one is there. */
  async write(replica: Replica, replaces = replica.useless): Promise<boolean> {
    const definition = aggregateDefinitionOf(replica.aggregateClass);
    const type = stateTypeOf(definition, replica.aggregateClass);
    if (type === undefined || replica.head?.version !== replica.version || replica.head.closed) return false;
    const { head, keys, snapshotState } = replica;
    return this.store.saveSnapshot({ head, type, ...snapshotState, keys, replaces });
  }

  /** Resolves when every snapshot under way has been written. Never rejects. */
  async drain(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private isDue(
    stream: StreamId,
    replica: Replica,
    { policy }: SnapshotDefinition,
    ttlSeconds: number | undefined,
  ): boolean {
    const { progress } = replica;
    if (progress.events === 0 || replica.head?.version !== replica.version) return false;
    if (replica.useless !== undefined || replica.missesSnapshot) return true;
    if (isSnapshotOverdue(ttlSeconds, progress.since, this.clock())) return true;
    try {
      return policy(progress);
    } catch (error) {
      this.warn(snapshotWarning(stream, replica, error));
      return false;
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function snapshotWarning(stream: StreamId, { keys }: Replica, error: unknown): Error {
  const cause = keys.size === 0 ? error : withheld(error);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`No snapshot of ${describeStream(stream)} was taken: ${reason}`, { cause });
}
