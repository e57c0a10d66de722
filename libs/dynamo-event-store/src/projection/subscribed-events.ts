import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import { endOf, type Commit } from '../store/commit.js';
import type { EventSelection } from '../store/commit-events.js';
import type { SelectedEvents } from '../store/selected-events.js';
import type { DeliveryStep } from './delivery-plan.js';
import type { Batch } from './stream-position.js';
import { isUnreadable } from './unreadable.js';

type Runs = AsyncGenerator<Batch<RecordedEvent>, void, undefined>;

/** What one subscription takes of a stream. */
export class SubscribedEvents {
  /** @param since ms since the epoch; events recorded before are none of the subscription's. */
  constructor(
    private readonly events: SelectedEvents,
    private readonly wants: EventSelection,
    private readonly since: number | undefined,
  ) {}

  /** The events of a delivery, from a version on. */
  async *ofDelivery(stream: StreamId, steps: readonly DeliveryStep[], from: number): Runs {
    let next = from;
    for (const step of steps) {
      if (step.kind === 'gap') yield* this.between(stream, step.from, step.to);
      else if (step.notice.commit === undefined) yield* this.between(stream, next, step.notice.last);
      else {
        yield* this.ofNotice(stream, step.notice.commit, next);
        yield { events: [], to: step.notice.last, wasRead: false };
      }
      next = (step.kind === 'gap' ? step.to : step.notice.last) + 1;
    }
  }

  /** What a source delivers may be damaged on the way; the table then has the last word. */
  private async *ofNotice(stream: StreamId, commit: Commit, from: number): Runs {
    let next = from;
    try {
      for await (const run of inRuns(this.events.ofCommit(commit, this.wants, from), false)) {
        yield run;
        next = run.to + 1;
      }
    } catch (error) {
      if (!(error instanceof StreamCorruptedError)) throw error;
      yield* this.between(stream, next, endOf(commit));
    }
  }

  async *between(stream: StreamId, from: number, to: number): Runs {
    yield* inRuns(this.events.ofStream(stream, { from, to }, this.wants).batches(), true);
    yield { events: [], to, wasRead: true };
  }

  /** Everything from a version to the end. */
  async *rest(stream: StreamId, from: number): Runs {
    yield* inRuns(this.events.ofStream(stream, { from }, this.wants).batches(), true);
  }

  /** Like `rest`, and tells how far the stream goes though nobody takes what is there. */
  async *toEnd(stream: StreamId, from: number): Runs {
    const events = this.events.ofStream(stream, { from }, this.wants);
    yield* inRuns(events.batches(), true);
    const to = events.head?.version ?? 0;
    if (to >= from) yield { events: [], to, wasRead: true };
  }

  /**
   * The last version in a range that will be on record, since what nobody takes leaves no trace; `after`, when there is
   * none. `undefined` when the stream does not go that far yet, or cannot be read.
   */
  async lastWanted(stream: StreamId, after: number, to: number): Promise<number | undefined> {
    let last = after;
    let end = after;
    try {
      for await (const commit of this.events.commits(stream, { from: after + 1, to })) {
        end = endOf(commit);
        if (commit.recordedAt < (this.since ?? 0)) continue;
        for await (const events of this.events.ofCommit(commit, this.wants, after + 1))
          for (const { version } of events) if (version <= to) last = version;
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return undefined;
    }
    return end < to ? undefined : last;
  }

  /**
   * The last version recorded before the subscription began.
   * @param lowest Version before which to look. Default: the end of the stream.
   */
  async versionBeforeStart(stream: StreamId, lowest: number | undefined): Promise<number> {
    const to = lowest === undefined ? undefined : lowest - 1;
    if (this.since === undefined || to === 0) return 0;
    let version = to ?? 0;
    for await (const commit of this.events.commits(stream, { order: 'backward', to })) {
      if (commit.recordedAt < this.since) return Math.min(endOf(commit), to ?? Infinity);
      version = commit.version - 1;
    }
    return version;
  }

  /**
   * Version up to which the stream cannot be read, given that `version` cannot: that version alone, when the rest of its
   * commit can.
   */
  async endOfUnreadable(stream: StreamId, version: number): Promise<number> {
    try {
      for await (const event of this.events.ofStream(stream, { from: version + 1, to: version + 1 }, this.wants))
        return event.version - 1;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      if ((error.version ?? 0) <= version) return this.endOfDamagedCommit(stream, version);
    }
    return version;
  }

  /** Not even its number of events may be known, so its end is looked for from behind: where the next commit begins. */
  private async endOfDamagedCommit(stream: StreamId, version: number): Promise<number> {
    let next: number | undefined;
    for (;;)
      try {
        const to = next === undefined ? undefined : next - 1;
        for await (const commit of this.events.commits(stream, { from: version, to, order: 'backward' })) {
          if (commit.version <= version) return endOf(commit);
          next = commit.version;
        }
        return Math.max(version, (next ?? 0) - 1);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        // Another damaged commit lies behind: that one is a matter of its own.
        if (error.version === undefined || error.version <= version || error.version === next)
          return Math.max(version, (next ?? 0) - 1);
        next = error.version;
      }
  }
}

/** The events that an upcaster has made of one come together, so every portion ends with the last of its version. */
async function* inRuns(batches: AsyncIterable<readonly RecordedEvent[]>, wasRead: boolean): Runs {
  for await (const events of batches) yield { events, to: events.at(-1)?.version ?? 0, wasRead };
}
