import { StreamCorruptedError } from '../errors/store-errors.js';
import type { EventCodec } from '../event/event-codec.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { endOf, eventsOf, type Commit } from './commit.js';
import type { CommitLog } from './commit-log.js';
import type { EventSequence, ReadRange } from './event-store.js';
import { planRead, type ReadPlan } from './read-plan.js';
import type { HeadLedger, StreamHead } from './stream-head.js';

export interface SequenceSource {
  readonly log: CommitLog;
  readonly codec: EventCodec;
  readonly heads: HeadLedger;
  readonly consistency: 'strong' | 'eventual';
}

/** Reads commits by plan, proves that none is missing, and hands out their events. */
export class CommitSequence implements EventSequence {
  head: StreamHead | undefined;

  constructor(
    private readonly source: SequenceSource,
    private readonly stream: StreamId,
    private readonly range: ReadRange,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordedEvent, void, undefined> {
    this.head = undefined;
    const plan = planRead(this.range, this.source.consistency);
    let left = plan.limit;
    for await (const commit of this.commits(plan)) {
      for (const event of eventsInRange(commit, plan, this.source.codec)) {
        yield event;
        left -= 1;
        if (left === 0) return;
      }
    }
  }

  /** Commits that overlap the plan's range, checked to be contiguous. Sets `head` once it is proved. */
  private async *commits(plan: ReadPlan): AsyncGenerator<Commit, void, undefined> {
    let last: Commit | undefined;
    for (const query of plan.queries) {
      for await (const commit of this.source.log.commits(this.stream, query)) {
        checkSuccession(commit, last, plan);
        if (last === undefined && plan.order === 'backward' && plan.toEnd) this.prove(commit);
        last = commit;
        if (plan.order === 'forward' && commit.recordedAt > plan.asOf) return;
        if (commit.recordedAt <= plan.asOf && endOf(commit) >= plan.from) yield commit;
        if (plan.order === 'forward' ? endOf(commit) >= plan.to : commit.version <= plan.from) return;
      }
    }
    if (plan.order === 'backward' && last !== undefined) checkBeginning(last);
    if (plan.toEnd && (plan.order === 'forward' || last === undefined)) this.prove(last);
  }

  private prove(last: Commit | undefined): void {
    const { heads } = this.source;
    this.head =
      last === undefined ? heads.issue(this.stream, 0, 0) : heads.issue(this.stream, endOf(last), last.recordedAt);
  }
}

function eventsInRange(commit: Commit, plan: ReadPlan, codec: EventCodec): RecordedEvent[] {
  const events = eventsOf(commit, codec).filter(({ version }) => version >= plan.from && version <= plan.to);
  return plan.order === 'forward' ? events : events.reverse();
}

function checkSuccession(commit: Commit, previous: Commit | undefined, plan: ReadPlan): void {
  if (previous === undefined) {
    if (plan.order === 'forward' && commit.version > plan.from) checkBeginning(commit);
    return;
  }
  const [earlier, later] = plan.order === 'forward' ? [previous, commit] : [commit, previous];
  const expected = endOf(earlier) + 1;
  if (later.version === expected) return;
  const fault =
    later.version > expected
      ? `versions ${expected} to ${later.version - 1} are missing`
      : `two commits hold version ${later.version}`;
  throw new StreamCorruptedError(commit.stream, expected, fault);
}

/** A stream begins at version 1; only under retention may its beginning have expired. */
function checkBeginning(first: Commit): void {
  if (first.version === 1 || first.ttl !== undefined) return;
  throw new StreamCorruptedError(first.stream, 1, `versions 1 to ${first.version - 1} are missing`);
}
