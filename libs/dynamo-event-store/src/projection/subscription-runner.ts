import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { RecordedEvent } from '../event/recorded-event.js';
import { describeStream, type StreamId, streamKeyOf } from '../event/stream-id.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import type { FeedConsumer, UnreadableCommit } from '../feed/feed-source.js';
import { planDelivery } from './delivery-plan.js';
import { EventApplication, type ApplicationParts } from './event-application.js';
import type { ProgressKey } from './progress-fence.js';
import { START, type Batch, type StreamPosition } from './stream-position.js';
import { SubscribedEvents } from './subscribed-events.js';
import { isUnreadable } from './unreadable.js';

export interface RunnerParts extends ApplicationParts {
  /** Whether the streams of an aggregate are followed. */
  readonly follows: (aggregate: string) => boolean;
  /** Streams whose position is kept in memory; the others are looked up when they come. */
  readonly positions: number;
  readonly onMissed: (reason: string) => Promise<void>;
}

/** What to apply after a position; `undefined` when nothing is left to do. */
type RunsAfter = (position: StreamPosition) => AsyncIterable<Batch<RecordedEvent>> | undefined;

/** How often the progress may turn out to be elsewhere before that counts as a fault of the fence. */
const MAX_LOST_STEPS = 50;

/**
 * Gives the events of each stream to one projection or reactor in the order of versions, each at least once, whatever the
 * source does; streams side by side, inside a stream one after the other. A stream whose event cannot be applied is
 * parked, and the others go on.
 */
export class SubscriptionRunner implements FeedConsumer {
  readonly key: string;
  private readonly positions: LRUCache<string, StreamPosition>;
  private readonly lanes = new Map<string, Promise<unknown>>();
  private readonly limit: ReturnType<typeof pLimit>;
  private readonly watchers = new Set<(stream: StreamId, version: number) => void>();
  private readonly application: EventApplication;
  private readonly subscribed: SubscribedEvents;

  constructor(private readonly parts: RunnerParts) {
    const { name, concurrency } = parts.subscriber.definition;
    this.subscribed = new SubscribedEvents(parts.events, parts.subscriber.wants, parts.since);
    this.key = `${name}@${parts.generation}`;
    this.positions = new LRUCache({ max: parts.positions });
    this.limit = pLimit(concurrency);
    this.application = new EventApplication(parts, this.key, (stream, position) => {
      this.moved(stream, position);
    });
  }

  async deliver(notices: readonly CommitNotice[]): Promise<void> {
    const streams = new Map<string, CommitNotice[]>();
    for (const notice of notices) {
      if (!this.parts.follows(notice.stream.aggregate)) continue;
      const key = streamKeyOf(notice.stream);
      const known = streams.get(key);
      if (known === undefined) streams.set(key, [notice]);
      else known.push(notice);
    }
    await allOf([...streams].map(([key, group]) => this.inLane(key, () => this.follow(group))));
  }

  missed(reason: string): Promise<void> {
    return this.parts.onMissed(reason);
  }

  async unreadable({ stream, version, key, cause }: UnreadableCommit): Promise<void> {
    if (stream === undefined) {
      const failure = { stream: { aggregate: '', id: key }, version, attempt: 1, parked: false, cause };
      this.parts.onFailure({ subscription: this.key, ...failure });
      return;
    }
    if (!this.parts.follows(stream.aggregate)) return;
    await this.inLane(streamKeyOf(stream), async () => {
      // What it is parked at already may come before.
      const parked = await this.parts.parked.find(stream);
      if (parked !== undefined && parked.resuming !== true) return;
      // The source may be damaged and the table whole: only what the table holds counts.
      const isOpen = ({ done }: StreamPosition) => version === 0 || done < version;
      const rest = (position: StreamPosition) =>
        isOpen(position) ? this.subscribed.toEnd(stream, position.done + 1) : undefined;
      const reached = await this.advance(stream, rest);
      if (reached !== 'parked' && reached.done < version) await this.park(stream, version, cause);
    });
  }

  /** Takes a stream up to its end as it is stored now, unless it is parked. */
  async catchUp(stream: StreamId): Promise<void> {
    await this.inLane(streamKeyOf(stream), async () => {
      if (await this.parts.parked.holds(stream)) return;
      await this.advance(stream, ({ done }) => this.subscribed.rest(stream, done + 1));
    });
  }

  /** Lets a parked stream go on up to its end; it may be parked again. @returns Whether it was parked. */
  async resume(stream: StreamId): Promise<boolean> {
    if (!(await this.parts.parked.resume(stream))) return false;
    await this.catchUp(stream);
    await this.parts.parked.release(stream);
    return true;
  }

  /**
   * Passes over what a stream is parked at, and lets it go on.
   * @returns `false` when it was not parked, or is parked at something before by now.
   */
  async skip(stream: StreamId): Promise<boolean> {
    const parked = await this.parts.parked.find(stream);
    if (parked === undefined || !(await this.passOver(stream, parked.version))) return false;
    await this.resume(stream);
    return true;
  }

  /** @returns Whether the version is behind the stream then. */
  private async passOver(stream: StreamId, version: number): Promise<boolean> {
    const to = await this.subscribed.endOfUnreadable(stream, version);
    return this.inLane(streamKeyOf(stream), async () => {
      // Another process may have moved the stream to where it is parked.
      this.positions.delete(streamKeyOf(stream));
      if ((await this.advance(stream, this.upTo(stream, version - 1), version)) === 'parked') return false;
      const { stored, done } = await this.load(stream, version);
      if (done !== version - 1) return done >= version;
      this.positions.delete(streamKeyOf(stream));
      return this.parts.fence.advance({ ...this.progressOf(stream), from: stored, to }, () => Promise.resolve());
    });
  }

  /** How far the stream is applied, by what is on record and what this process knows. */
  async appliedOf(stream: StreamId): Promise<number> {
    return Math.max(this.knownPosition(stream), await this.parts.fence.applied(this.progressOf(stream)));
  }

  /** See `SubscribedEvents.lastWanted`. */
  lastWanted(stream: StreamId, after: number, to: number): Promise<number | undefined> {
    return this.subscribed.lastWanted(stream, after, to);
  }

  get name(): string {
    return this.parts.subscriber.definition.name;
  }

  /** What this process knows without asking; 0 when nothing. */
  knownPosition(stream: StreamId): number {
    return this.positions.get(streamKeyOf(stream))?.done ?? 0;
  }

  /** Calls back whenever a stream moves. @returns Ends it. */
  watch(watcher: (stream: StreamId, version: number) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Resolves when everything in hand is done. */
  async settled(): Promise<void> {
    while (this.lanes.size > 0) await Promise.allSettled(this.lanes.values());
  }

  /** One after the other per stream, and at most `concurrency` streams at once. */
  private async inLane<T>(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.lanes.get(key);
    const own = (async () => {
      await before?.catch(() => undefined);
      return this.limit(run);
    })();
    this.lanes.set(key, own);
    try {
      return await own;
    } finally {
      if (this.lanes.get(key) === own) this.lanes.delete(key);
    }
  }

  private async follow(notices: readonly CommitNotice[]): Promise<void> {
    const [first] = notices;
    if (first === undefined || (await this.parts.parked.holds(first.stream))) return;
    const { stream } = first;
    const lowest = notices.reduce((least, notice) => Math.min(least, notice.first), first.first);
    const runs = ({ done }: StreamPosition) => {
      const steps = planDelivery(done, notices);
      return steps.length === 0 ? undefined : this.subscribed.ofDelivery(stream, steps, done + 1);
    };
    await this.lookAgainAtGap(stream, notices);
    await this.advance(stream, runs, lowest);
  }

  /** A gap behind a position in memory mostly means that another process has gone on with the stream meanwhile. */
  private async lookAgainAtGap(stream: StreamId, notices: readonly CommitNotice[]): Promise<void> {
    const known = this.positions.get(streamKeyOf(stream));
    if (known === undefined || planDelivery(known.done, notices)[0]?.kind !== 'gap') return;
    const stored = await this.parts.fence.applied(this.progressOf(stream));
    this.positions.set(streamKeyOf(stream), { stored, done: Math.max(stored, known.done) });
  }

  /**
   * Applies what follows on the stream's position, and looks the position up again whenever somebody else has moved it.
   * @param lowest Version before which a subscription from now on looks for its beginning. Default: the end of the stream.
   */
  private async advance(stream: StreamId, runsAfter: RunsAfter, lowest?: number): Promise<StreamPosition | 'parked'> {
    try {
      let position = this.positions.get(streamKeyOf(stream)) ?? (await this.start(stream, lowest));
      for (let lost = 0; lost <= MAX_LOST_STEPS; lost++) {
        const runs = runsAfter(position);
        const outcome = runs === undefined ? position : await this.application.applyAll(stream, position, runs);
        if (outcome === 'parked') this.positions.delete(streamKeyOf(stream));
        if (outcome !== 'lost') return outcome;
        position = await this.load(stream, lowest);
      }
    } catch (error) {
      // Where a subscription from now on begins in the stream cannot be seen behind a damaged commit.
      if (!isUnreadable(error)) throw error;
      await this.park(stream, error.version ?? 1, error);
      return 'parked';
    }
    throw new Error(`The progress of ${describeStream(stream)} in ${this.key} is refused again and again.`);
  }

  private upTo(stream: StreamId, version: number): RunsAfter {
    return ({ done }) => (done < version ? this.subscribed.between(stream, done + 1, version) : undefined);
  }

  private async park(stream: StreamId, version: number, cause: unknown): Promise<void> {
    this.positions.delete(streamKeyOf(stream));
    await this.application.park(stream, { version, cause, attempts: 1 });
  }

  /** The progress of a stream that begins need not be looked up: storing the first step tells whether it is new. */
  private async start(stream: StreamId, lowest: number | undefined): Promise<StreamPosition> {
    if (lowest === 1 && this.parts.since === undefined && this.parts.fence.isAtomic) return START;
    return this.load(stream, lowest);
  }

  private async load(stream: StreamId, lowest?: number): Promise<StreamPosition> {
    const stored = await this.parts.fence.applied(this.progressOf(stream));
    const { since } = this.parts;
    const done = stored > 0 || since === undefined ? stored : await this.subscribed.versionBeforeStart(stream, lowest);
    const position = { stored, done };
    this.positions.set(streamKeyOf(stream), position);
    return position;
  }

  private moved(stream: StreamId, position: StreamPosition): void {
    this.positions.set(streamKeyOf(stream), position);
    for (const watcher of this.watchers) watcher(stream, position.done);
  }

  private progressOf(stream: StreamId): ProgressKey {
    return { projection: this.parts.subscriber.definition.name, generation: this.parts.generation, stream };
  }
}

async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
