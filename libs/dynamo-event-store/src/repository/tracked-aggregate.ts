import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import type { StreamId } from '../event/stream-id.js';
import { newCommitId } from '../store/commit.js';
import type { StreamHead } from '../store/stream-head.js';
import type { TakenOut } from './aggregate-loader.js';
import type { Replica } from './replica.js';

let created = 0;

/** What a repository knows of one aggregate object besides the aggregate itself. */
export class TrackedAggregate {
  /** Stream that it was loaded from, or first saved to; absent for one that is new. It belongs to that one's tenant for ever. */
  stream: StreamId | undefined;
  /** Proof of the version, when the store gave one. */
  head: StreamHead | undefined;
  /** State of the stored events alone, for the cache and for snapshots; absent where neither is wanted. */
  replica: Replica | undefined;
  /** Set when the state no longer follows from what is stored, so that saving it would be wrong. */
  stale = false;
  /** Whoever needs the turns of several aggregates takes them in this order, so that nobody waits in a circle. */
  readonly rank = created++;
  private pending: { readonly commitId: string; readonly recorded: readonly object[] } | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  /**
   * Id for the commit of these events and reservations: the same one again when a save of the same ones is repeated after a
   * failure.
   */
  commitIdFor(recorded: readonly object[]): string {
    const { pending } = this;
    if (
      pending?.recorded.length === recorded.length &&
      pending.recorded.every((each, index) => each === recorded[index])
    )
      return pending.commitId;
    const commitId = newCommitId();
    this.pending = { commitId, recorded };
    return commitId;
  }

  /** Runs one after the other, so that two saves of one object cannot both take the same events. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(run, run);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

const tracked = new WeakMap<AggregateRoot, TrackedAggregate>();

export function trackingOf(aggregate: AggregateRoot): TrackedAggregate {
  let tracking = tracked.get(aggregate);
  if (tracking === undefined) tracked.set(aggregate, (tracking = new TrackedAggregate()));
  return tracking;
}

/** Runs once every aggregate has had its turn. */
export function inTurnOfAll<T>(aggregates: readonly AggregateRoot[], run: () => Promise<T>): Promise<T> {
  const queue = [...new Set(aggregates)].map(trackingOf).sort((a, b) => b.rank - a.rank);
  return queue.reduce((next, tracking) => () => tracking.inTurn(next), run)();
}

/** Notes what belongs to an aggregate just taken out for a caller. */
export function track<A extends AggregateRoot>({ aggregate, head, replica }: TakenOut<A>, stream: StreamId): A {
  const tracking = trackingOf(aggregate);
  tracking.stream = stream;
  tracking.head = head;
  tracking.replica = replica;
  return aggregate;
}
