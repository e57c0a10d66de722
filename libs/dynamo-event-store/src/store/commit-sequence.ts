import { StreamCorruptedError } from '../errors/store-errors.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { bodyBytes, endOf, isTombstone, type Commit } from './commit.js';
import type { CommitOpener, EventSelection, OpenCommit } from './commit-events.js';
import type { CommitLog } from './commit-log.js';
import type { EventSequence } from './event-sequence.js';
import type { ReadRange } from './event-store.js';
import { planRead, type PlannedQuery, type ReadPlan } from './read-plan.js';
import type { HeadLedger, StreamHead } from './stream-head.js';

export interface SequenceSource {
  readonly log: CommitLog;
  readonly opener: CommitOpener;
  readonly heads: HeadLedger;
  readonly consistency: 'strong' | 'eventual';
  readonly clock: () => Date;
}

/** Where the commits of a sequence come from. */
export interface CommitOrigin {
  readonly plan: ReadPlan;
  readonly commits: AsyncIterable<Commit>;
  /** Head that the commits must follow on; the head when there are none. Default: the beginning of the stream. */
  readonly base?: StreamHead;
}

/** Hands out the events of commits, and proves that none is missing. */
export class CommitSequence implements EventSequence {
  head: StreamHead | undefined;
  bytes = 0;
  first: number | undefined;
  keys: ReadonlySet<string> = new Set();

  constructor(
    private readonly source: SequenceSource,
    private readonly stream: StreamId,
    private readonly open: () => CommitOrigin,
    private readonly wants?: EventSelection,
  ) {}

  /** The events of a range, read by plan. */
  static ofRange(source: SequenceSource, stream: StreamId, range: ReadRange, wants?: EventSelection): CommitSequence {
    const open = (): CommitOrigin => {
      const plan = planRead(range, source.consistency);
      return { plan, commits: queryAll(source.log, stream, plan.queries) };
    };
    return new CommitSequence(source, stream, open, wants);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordedEvent, void, undefined> {
    this.head = undefined;
    this.bytes = 0;
    this.first = undefined;
    const keys = new Set<string>();
    this.keys = keys;
    const origin = this.open();
    let left = origin.plan.limit;
    let last: number | undefined;
    for await (const commit of this.inRange(origin)) {
      this.bytes += bodyBytes(commit);
      this.first ??= commit.version;
      const opened = await this.source.opener.open(commit);
      for (const key of opened.keyIds) keys.add(key);
      for (const event of eventsInRange(opened, origin.plan, this.wants)) {
        // Parts of one version belong together, or whoever reads on from the next one would miss some.
        if (left <= 0 && event.version !== last) return;
        yield event;
        last = event.version;
        left -= 1;
      }
      if (left <= 0) return;
    }
  }

  /** The commits of the range, oldest or newest first as asked for, without their events. */
  commits(): AsyncGenerator<Commit, void, undefined> {
    return this.inRange(this.open());
  }

  /** Commits that overlap the plan's range, checked to be contiguous. Sets `head` once it is proved. */
  private async *inRange({ plan, commits, base }: CommitOrigin): AsyncGenerator<Commit, void, undefined> {
    const now = this.source.clock().getTime();
    let last: Commit | undefined;
    let lastKept: Commit | undefined;
    for await (const commit of commits) {
      if (last === undefined && plan.order === 'backward' && plan.toEnd) this.prove(commit, base);
      last = commit;
      // DynamoDB deletes expired items in any order, so each counts as gone from the same instant on.
      if (commit.ttl === undefined || commit.ttl * 1000 > now) {
        checkSuccession(commit, lastKept, plan, base);
        lastKept = commit;
        if (commit.recordedAt <= plan.asOf && endOf(commit) >= plan.from) yield commit;
        else if (plan.order === 'forward' && commit.recordedAt > plan.asOf) return;
      }
      if (plan.order === 'forward' ? endOf(commit) >= plan.to : commit.version <= plan.from) return;
    }
    if (plan.order === 'backward' && lastKept !== undefined) checkBeginning(lastKept);
    if (plan.toEnd && (plan.order === 'forward' || last === undefined)) this.prove(last, base);
  }

  private prove(last: Commit | undefined, base: StreamHead | undefined): void {
    this.head = last === undefined && base !== undefined ? base : this.source.heads.issue(this.stream, last);
  }
}

/** Runs queries one after the other, as far as the commits are asked for. */
export async function* queryAll(
  log: CommitLog,
  stream: StreamId,
  queries: readonly PlannedQuery[],
): AsyncGenerator<Commit, void, undefined> {
  for (const query of queries)
    for await (const commit of log.commits(stream, query)) {
      yield commit;
      if (query.onlyFirst) break;
    }
}

function eventsInRange(commit: OpenCommit, plan: ReadPlan, wants: EventSelection | undefined): Iterable<RecordedEvent> {
  const events = upTo(commit.events({ wants, from: plan.from }), plan.to);
  return plan.order === 'forward' ? events : [...events].reverse();
}

function* upTo(events: Iterable<RecordedEvent>, to: number): Generator<RecordedEvent, void, undefined> {
  for (const event of events) if (event.version <= to) yield event;
}

function checkSuccession(
  commit: Commit,
  previous: Commit | undefined,
  plan: ReadPlan,
  base: StreamHead | undefined,
): void {
  if (previous === undefined && base === undefined) {
    if (plan.order === 'forward' && commit.version > plan.from) checkBeginning(commit);
    return;
  }
  const [earlier, later] = plan.order === 'forward' ? [previous, commit] : [commit, previous];
  const expected = (earlier === undefined ? (base?.version ?? 0) : endOf(earlier)) + 1;
  if (later === undefined || later.version === expected) return;
  const fault =
    later.version > expected
      ? `versions ${expected} to ${later.version - 1} are missing`
      : `two commits hold version ${later.version}`;
  throw new StreamCorruptedError(commit.stream, expected, fault);
}

/** A stream begins at version 1; only under retention may its beginning have expired, down to the tombstone. */
function checkBeginning(first: Commit): void {
  if (first.version === 1 || first.ttl !== undefined || isTombstone(first)) return;
  throw new StreamCorruptedError(first.stream, 1, `versions 1 to ${first.version - 1} are missing`);
}
