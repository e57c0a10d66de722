import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { bodyBytes, type Commit } from './commit.js';
import type { CommitOpener, EventSelection, OpenCommit } from './commit-events.js';
import type { CommitLog } from './commit-log.js';
import { eachOf, firstOf, inOnePortion, type CommitPages } from './commit-pages.js';
import { CommitSuccession } from './commit-succession.js';
import type { EventSequence } from './event-sequence.js';
import type { ReadRange } from './event-store.js';
import { MAX_VERSION, planRead, type PlannedQuery, type ReadPlan } from './read-plan.js';
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
  readonly pages: CommitPages;
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
      return { plan, pages: queryAll(source.log, stream, plan.queries) };
    };
    return new CommitSequence(source, stream, open, wants);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordedEvent, void, undefined> {
    for await (const batch of this.batches()) yield* batch;
  }

  async *batches(): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
    const keys = this.begin();
    const origin = this.open();
    const { limit } = origin.plan;
    let handedOut = 0;
    let last: number | undefined;
    let batch: RecordedEvent[] = [];
    try {
      for await (const page of this.inRange(origin)) {
        for (const commit of page) {
          const prepared = this.source.opener.prepare(commit);
          // Before keys are asked for, since what is there already may be all that is wanted.
          if (typeof prepared === 'function' && batch.length > 0) {
            yield batch;
            batch = [];
          }
          const opened = typeof prepared === 'function' ? await prepared() : prepared;
          this.bytes += bodyBytes(commit);
          this.first ??= commit.version;
          for (const key of opened.keyIds) keys.add(key);
          for (const event of eventsInRange(opened, origin.plan, this.wants)) {
            // Parts of one version belong together, or whoever reads on from the next one would miss some.
            if (handedOut >= limit && event.version !== last) break;
            batch.push(event);
            last = event.version;
            handedOut += 1;
          }
          if (handedOut >= limit) break;
        }
        if (batch.length > 0) yield batch;
        batch = [];
        if (handedOut >= limit) return;
      }
    } catch (error) {
      // What comes before it can be used.
      if (batch.length > 0) yield batch;
      throw error;
    }
  }

  /** The commits of the range, oldest or newest first as asked for, without their events. */
  commits(): AsyncGenerator<Commit, void, undefined> {
    return eachOf(this.inRange(this.open()));
  }

  private begin(): Set<string> {
    this.head = undefined;
    this.bytes = 0;
    this.first = undefined;
    const keys = new Set<string>();
    this.keys = keys;
    return keys;
  }

  /** Commits that overlap the plan's range, checked to be contiguous. Sets `head` once it is proved. */
  private async *inRange({ plan, pages, base }: CommitOrigin): AsyncGenerator<readonly Commit[], void, undefined> {
    const succession = new CommitSuccession(plan, base, this.source.clock().getTime());
    for await (const page of pages) {
      const [newest] = page;
      if (succession.last === undefined && newest !== undefined && plan.order === 'backward' && plan.toEnd)
        this.prove(newest, base);
      yield* inOnePortion(succession.follow(page));
      if (succession.isOver) return;
    }
    succession.end();
    const { last } = succession;
    if (plan.toEnd && (plan.order === 'forward' || last === undefined)) this.prove(last, base);
  }

  private prove(last: Commit | undefined, base: StreamHead | undefined): void {
    this.head = last === undefined && base !== undefined ? base : this.source.heads.issue(this.stream, last);
  }
}

/** Runs queries one after the other, as far as the commits are asked for. */
async function* queryAll(
  log: CommitLog,
  stream: StreamId,
  queries: readonly PlannedQuery[],
): AsyncGenerator<readonly Commit[], void, undefined> {
  for (const query of queries) {
    if (query.onlyFirst === undefined) yield* log.pages(stream, query);
    else {
      const first = await firstOf(log.pages(stream, query));
      if (first !== undefined) yield [first];
    }
  }
}

function eventsInRange(commit: OpenCommit, plan: ReadPlan, wants: EventSelection | undefined): Iterable<RecordedEvent> {
  const events = commit.events({ wants, from: plan.from });
  const within = plan.to === MAX_VERSION ? events : upTo(events, plan.to);
  return plan.order === 'forward' ? within : [...within].reverse();
}

function* upTo(events: Iterable<RecordedEvent>, to: number): Generator<RecordedEvent, void, undefined> {
  for (const event of events) if (event.version <= to) yield event;
}
