import { createHash } from 'node:crypto';
import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import type { StreamId } from '../event/stream-id.js';
import { newCommitId } from '../store/commit.js';
import type { StreamHead } from '../store/stream-head.js';

/** What a repository knows of one aggregate object besides the aggregate itself. */
export class TrackedAggregate {
  /** Proof of the version, when the store gave one. */
  head: StreamHead | undefined;
  /** End version of every commit in the state, by commit id: how a repeated command is recognised. */
  readonly commits = new Map<string, number>();
  /** Set when the state no longer follows from what is stored, so that saving it would be wrong. */
  stale = false;
  private pending: { readonly commitId: string; readonly events: readonly object[] } | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  /** Id for the commit of these events: the same one again when a save of the same events is repeated after a failure. */
  commitIdFor(events: readonly object[]): string {
    const { pending } = this;
    if (pending?.events.length === events.length && pending.events.every((event, index) => event === events[index]))
      return pending.commitId;
    const commitId = newCommitId();
    this.pending = { commitId, events };
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

/** Commit id that stands for an idempotency key on one stream: the same for ever, and different on every other stream. */
export function idempotentCommitId(stream: StreamId, key: string): string {
  const digest = createHash('sha256').update(JSON.stringify([stream.tenant ?? null, stream.aggregate, stream.id, key]));
  return `key-${digest.digest('base64url')}`;
}
