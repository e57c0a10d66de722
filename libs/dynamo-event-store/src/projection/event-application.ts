import { withheld } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { holdsPersonalData } from '../event/personal-fields.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { isThenable } from '../event/value-kind.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { SelectedEvents } from '../store/selected-events.js';
import type { ErasureWatch } from '../store/subject-keys.js';
import { HandedEvents } from './handed-events.js';
import type { ParkedStreams } from './parked-streams.js';
import type { ProgressFence } from './progress-fence.js';
import { inBatches, type Batch, type StreamPosition } from './stream-position.js';
import type { Subscriber } from './subscriber.js';
import { untilUnreadable, type UnreadableError } from './unreadable.js';

/** An event that could not be applied, this time. */
export interface SubscriptionFailure {
  /** Name and generation, such as `order-summary@1`. */
  readonly subscription: string;
  readonly stream: StreamId;
  readonly version: number;
  /** From 1. */
  readonly attempt: number;
  /** Whether the stream is parked now. */
  readonly parked: boolean;
  readonly cause: unknown;
  /** Present when an event that holds personal data was at hand: what the method says in `cause` may quote it. */
  readonly confidential?: true;
}

export interface ApplicationParts {
  readonly subscriber: Subscriber;
  readonly events: SelectedEvents;
  readonly generation: number;
  readonly fence: ProgressFence;
  readonly parked: ParkedStreams;
  readonly clock: FeedClock;
  /** ms since the epoch; events recorded before are passed over. */
  readonly since: number | undefined;
  /** Pause in ms before try `attempt + 1`. */
  readonly pauseMs: (attempt: number) => number;
  readonly onFailure: (failure: SubscriptionFailure) => void;
  /** See `SubjectKeys.watch`. Default: nobody can be forgotten. */
  readonly watchErasures?: (() => ErasureWatch | undefined) | undefined;
}

/**
 * How runs of events ended: all applied, up to somewhere; `lost`, so that they are to be looked up again: somebody else moved
 * the progress, or a person in them was forgotten; the stream is parked.
 */
export type ApplicationOutcome = StreamPosition | 'lost' | 'parked';

interface FailedEvent {
  readonly version: number;
  readonly event?: RecordedEvent | undefined;
  readonly cause: unknown;
  readonly confidential?: boolean;
  readonly attempts: number;
}

/** Gives the events of one stream to a subscriber, with its progress; tries again what fails, and parks what keeps failing. */
export class EventApplication {
  private readonly handed: HandedEvents;

  constructor(
    private readonly parts: ApplicationParts,
    private readonly key: string,
    /** Told after each step. */
    private readonly moved: (stream: StreamId, position: StreamPosition) => void,
  ) {
    this.handed = new HandedEvents(parts.events, parts.subscriber.wants);
  }

  /** Applies runs of events as far as they can be read; a stream that holds what cannot be is parked there. */
  async applyAll(
    stream: StreamId,
    start: StreamPosition,
    runs: AsyncIterable<Batch<RecordedEvent>>,
  ): Promise<ApplicationOutcome> {
    const faults: UnreadableError[] = [];
    // Before the first event is read.
    const isOutdated = this.erasureCheck();
    const readable = untilUnreadable(runs, (error) => faults.push(error));
    let position = start;
    for await (const batch of inBatches(readable, this.parts.subscriber.definition.batch)) {
      const next = await this.applyBatch(stream, position, { ...this.sinceStart(batch), isOutdated });
      if (typeof next === 'string') return next;
      position = next;
      this.moved(stream, position);
    }
    const [fault] = faults;
    if (fault === undefined) return position;
    await this.park(stream, { version: Math.max(position.done + 1, fault.version ?? 0), cause: fault, attempts: 1 });
    return 'parked';
  }

  async park(stream: StreamId, failed: FailedEvent): Promise<void> {
    const { version, event, cause, attempts, confidential = false } = failed;
    // The record outlives the data subject's key.
    const shown = confidential ? withheld(cause) : cause;
    await this.parts.parked.park({
      stream,
      version,
      ...(event === undefined ? {} : { eventId: event.eventId, type: event.type }),
      reason: shown instanceof Error ? shown.message : String(shown),
      attempts,
      parkedAt: new Date(this.parts.clock.now()).toISOString(),
    });
    this.report(stream, { ...failed, parked: true });
  }

  private async applyBatch(
    stream: StreamId,
    position: StreamPosition,
    batch: Batch<RecordedEvent>,
  ): Promise<ApplicationOutcome> {
    // Events that nobody takes are worth no write, unless finding that out has cost a read.
    if (batch.events.length === 0 && !batch.wasRead) return { stored: position.stored, done: batch.to };
    if (batch.events.length <= 1) return this.persist(stream, position, batch);
    try {
      return await this.step(stream, position, batch);
    } catch (error) {
      if (!(error instanceof EventFault)) throw error;
      this.report(stream, { ...faultOf(error), attempts: 1, parked: false });
    }
    return this.oneByOne(stream, position, batch);
  }

  /** So that only the version at fault stands in the way. */
  private async oneByOne(
    stream: StreamId,
    start: StreamPosition,
    batch: Batch<RecordedEvent>,
  ): Promise<ApplicationOutcome> {
    let position = start;
    for (let rest = batch.events; rest.length > 0;) {
      const events = rest.filter(({ version }) => version === rest[0]?.version);
      rest = rest.slice(events.length);
      const to = rest.length === 0 ? batch.to : (events[0]?.version ?? batch.to);
      const next = await this.persist(stream, position, { ...batch, events, to });
      if (typeof next === 'string') return next;
      position = next;
      this.moved(stream, position);
    }
    return position;
  }

  /** Tries one event, with pauses, until it is applied or its stream is parked. */
  private async persist(
    stream: StreamId,
    position: StreamPosition,
    batch: Batch<RecordedEvent>,
  ): Promise<ApplicationOutcome> {
    const [event] = batch.events;
    const version = event?.version ?? batch.to;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.step(stream, position, batch);
      } catch (error) {
        if (!(error instanceof EventFault)) throw error;
        if (attempt >= this.parts.subscriber.definition.attempts) {
          // When not even the progress can be read, its database is down, and no event is to blame. And an event may
          // fail because another process has applied it already.
          if ((await this.parts.fence.applied(this.progressOf(stream))) !== position.stored) return 'lost';
          await this.park(stream, { ...faultOf(error), version, event, attempts: attempt });
          return 'parked';
        }
        this.report(stream, { ...faultOf(error), version, attempts: attempt, parked: false });
        await this.parts.clock.sleep(this.parts.pauseMs(attempt));
      }
    }
  }

  private async step(
    stream: StreamId,
    position: StreamPosition,
    batch: Batch<RecordedEvent>,
  ): Promise<StreamPosition | 'lost'> {
    let refused: { readonly cause: unknown; readonly version: number } | undefined;
    const step = { ...this.progressOf(stream), from: position.stored, to: batch.to };
    const { isOutdated = () => Promise.resolve(false) } = batch;
    if (await isOutdated()) return 'lost';
    try {
      const moved = await this.parts.fence.advance(step, async (context) => {
        for (const event of batch.events) {
          const fresh = this.handed.next(event);
          const own = isThenable(fresh) ? await fresh : fresh;
          try {
            const handled = this.parts.subscriber.handle(own, context);
            if (isThenable(handled)) await handled;
          } catch (cause) {
            refused = { cause, version: event.version };
            throw cause;
          }
        }
        if (this.canTakeBack && (await isOutdated())) throw OUTDATED;
      });
      return moved ? { stored: batch.to, done: batch.to } : 'lost';
    } catch (cause) {
      if (cause === OUTDATED) return 'lost';
      if (!isFaultOfEvent(cause, refused)) throw cause;
      const confidential = batch.events.some(({ event }) => holdsPersonalData(event));
      throw new EventFault(cause, refused?.version ?? batch.to, confidential);
    }
  }

  private erasureCheck(): () => Promise<boolean> {
    const watch = this.parts.watchErasures?.();
    return async () => watch?.isConcerned === true && watch.hasMoved();
  }

  /** What a reactor has caused stays, so nothing is gained by refusing its progress. */
  private get canTakeBack(): boolean {
    const { fence, subscriber } = this.parts;
    return fence.isAtomic || subscriber.definition.kind === 'projection';
  }

  private sinceStart(batch: Batch<RecordedEvent>): Batch<RecordedEvent> {
    const { since } = this.parts;
    if (since === undefined) return batch;
    return { ...batch, events: batch.events.filter(({ recordedAt }) => recordedAt.getTime() >= since) };
  }

  private report(stream: StreamId, failed: FailedEvent & { readonly parked: boolean }): void {
    const { version, attempts: attempt, parked, cause, confidential } = failed;
    const failure = { subscription: this.key, stream, version, attempt, parked, cause };
    this.parts.onFailure(confidential === true ? { ...failure, confidential } : failure);
  }

  private progressOf(stream: StreamId) {
    return { projection: this.parts.subscriber.definition.name, generation: this.parts.generation, stream };
  }
}

/** Ends a step that was decided on data from before somebody was forgotten. It is decided again on what is left of them. */
const OUTDATED = new Error('Somebody was forgotten while the step was under way.');

/** A method failed, or what it wants to store cannot be: the event is to blame, not the database. */
class EventFault extends Error {
  constructor(
    override readonly cause: unknown,
    readonly version: number,
    readonly confidential: boolean,
  ) {
    super('An event could not be applied.', { cause });
  }
}

function faultOf({ cause, version, confidential }: EventFault) {
  return { cause, version, confidential };
}

/**
 * Whatever says of itself that trying again will help is no fault of an event, even out of a method: a command of a
 * reactor that meets a throttled table, for one.
 */
function isFaultOfEvent(cause: unknown, refused: { readonly cause: unknown } | undefined): boolean {
  if (typeof cause === 'object' && cause !== null && 'retryable' in cause && cause.retryable === true) return false;
  if (refused !== undefined) return refused.cause === cause;
  return isEventStoreError(cause) && !('table' in cause);
}
