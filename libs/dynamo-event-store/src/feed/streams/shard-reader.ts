import { elapsedOn, type FeedClock } from '../feed-clock.js';
import type { FeedConsumer, FeedContext } from '../feed-source.js';
import { Alarm } from './alarm.js';
import type { ChangeRecord, ChangeStream, RecordPage, Refusal } from './change-stream.js';
import { growingPause } from './growing-pause.js';
import type { Losses } from './losses.js';
import { nextPosition, shareOut } from './read-plan.js';
import { KEPT_MS } from './retention.js';
import { Retries } from './retries.js';
import type { ShardLease } from './shard-lease.js';
import { comparePositions, SHARD_END, TRIM_HORIZON, type ShardPosition } from './shard-position.js';
import type { Checkpoint } from './shard-record.js';
import type { StreamsFeedSettings } from './streams-settings.js';

const PAGE = 1_000;
/** By how much the clocks of processes and of DynamoDB may differ. */
const SKEW_MS = 60 * 60 * 1_000;

export interface ShardReading {
  readonly stream: string;
  readonly lease: ShardLease;
  readonly changes: ChangeStream;
  readonly clock: FeedClock;
  readonly context: FeedContext;
  readonly losses: Losses;
  readonly settings: Required<StreamsFeedSettings>;
  /** Whether the consumer has read what comes before the shard. */
  readonly isOpenTo: (key: string) => boolean;
  /** Resolves when the shards that follow are on record. */
  readonly discover: () => Promise<void>;
  /** It is on record that some consumers have read the shard to its end. */
  readonly ended: () => void;
}

/** A consumer with records to come in the shard. */
interface Cursor {
  readonly consumer: FeedConsumer;
  readonly checkpoint: Checkpoint;
  readonly position: ShardPosition;
}

/**
 * Reads one shard for all consumers, with one iterator: DynamoDB serves no more than two readers of a shard. What a consumer
 * has taken moves its checkpoint; one that fails stays where it is, and the iterator comes back for it.
 */
export class ShardReader {
  private readonly alarm = new Alarm();
  private readonly retries = new Retries();
  private place: { readonly position: ShardPosition; readonly iterator: string } | undefined;
  private turn = 0;
  private idlePages = 0;

  constructor(private readonly parts: ShardReading) {}

  /** Look now instead of after the pause. */
  nudge(): void {
    this.idlePages = 0;
    this.alarm.ring();
  }

  /** Until the signal, after the page in hand, or until nobody here has anything to read in the shard. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, context, lease } = this.parts;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const pause = await this.step();
        if (pause === undefined) return;
        if (pause > 0) await this.alarm.wait(clock, pause, signal);
        failures = 0;
      } catch (cause) {
        this.place = undefined;
        context.report({ what: `shard ${lease.shard} cannot be read; it is tried again`, cause });
        await clock.sleep(growingPause(++failures), signal);
      }
    }
  }

  /** @returns ms to wait before the next one; `undefined` when there is nothing to do here any more. */
  private async step(): Promise<number | undefined> {
    const { clock, settings } = this.parts;
    const now = clock.now();
    const cursors = this.cursors();
    if (cursors.length === 0) return undefined;
    const ready = cursors.filter(({ consumer }) => this.retries.isDue(consumer.key, elapsedOn(clock)));
    if (ready.length === 0) {
      const keys = cursors.map(({ consumer }) => consumer.key);
      return Math.min(this.retries.msToFirst(keys, elapsedOn(clock)), settings.idlePollMs);
    }
    const stale = ready.filter(({ checkpoint }) => isStale(checkpoint, now));
    if (stale.length > 0) {
      await this.lose(stale, 'nothing of it was read for most of the day for which records are kept', TRIM_HORIZON);
      return 0;
    }
    return this.read(ready);
  }

  private cursors(): Cursor[] {
    const { context, lease, isOpenTo } = this.parts;
    return context.consumers().flatMap((consumer) => {
      const checkpoint = lease.checkpoint(consumer.key);
      const { position } = checkpoint;
      return position === SHARD_END || !isOpenTo(consumer.key) ? [] : [{ consumer, checkpoint, position }];
    });
  }

  private async read(cursors: readonly Cursor[]): Promise<number> {
    const { clock, changes, lease } = this.parts;
    const positions = cursors.map(({ position }) => position);
    const from = nextPosition(positions, this.turn++) ?? TRIM_HORIZON;
    const found = await this.iteratorAt(from);
    if ('refused' in found) return this.refuse(found.refused, from, cursors);
    const askedAt = clock.now();
    const page = await changes.records(found.iterator, PAGE);
    if ('refused' in page) return this.refuse(page.refused, from, cursors);
    lease.readAt = askedAt;
    return this.take(from, page, cursors, askedAt);
  }

  private iteratorAt(position: ShardPosition): ReturnType<ChangeStream['iterator']> {
    const { changes, stream, lease } = this.parts;
    if (this.place?.position === position) return Promise.resolve(this.place);
    return changes.iterator(stream, lease.shard, position);
  }

  private async refuse(refused: Refusal, from: ShardPosition, cursors: readonly Cursor[]): Promise<number> {
    this.place = undefined;
    const { pollMs } = this.parts.settings;
    const concerned = cursors.filter(({ position }) => position === from);
    if (refused === 'trimmed') await this.beginAgain(concerned);
    if (refused === 'gone') {
      await this.parts.discover();
      await this.lose(concerned, 'it was dropped for its age before it was read to the end', SHARD_END);
    }
    return pollMs;
  }

  private async take(
    from: ShardPosition,
    { records, next }: RecordPage,
    cursors: readonly Cursor[],
    askedAt: number,
  ): Promise<number> {
    const isEnd = next === undefined;
    const { shares, trimmed } = shareOut(from, records, isEnd, cursors);
    if (trimmed.length > 0) {
      this.place = undefined;
      await this.beginAgain(trimmed);
      return 0;
    }
    await Promise.all(shares.map(({ cursor, records: share }) => this.deliver(cursor, share)));
    const reached = shares.map(({ cursor }) => cursor);
    const position = records.at(-1)?.sequenceNumber ?? from;
    this.place = isEnd ? undefined : { position, iterator: next };
    if (isEnd) await this.end(reached, position);
    else if (records.length === 0) return this.wait(from, reached, cursors, askedAt);
    this.idlePages = 0;
    return 0;
  }

  /** The checkpoint comes after the effect: after a crash between the two, the records are delivered again. */
  private async deliver({ consumer, checkpoint }: Cursor, records: readonly ChangeRecord[]): Promise<void> {
    const { key } = consumer;
    const { lease, clock, context } = this.parts;
    const last = records.at(-1);
    if (last === undefined) return;
    const notices = records.flatMap(({ news }) => (news !== undefined && 'notice' in news ? [news.notice] : []));
    lease.pending.set(key, notices.length);
    try {
      if (notices.length > 0) await consumer.deliver(notices);
      for (const { news } of records)
        if (news !== undefined && 'unreadable' in news) await consumer.unreadable(news.unreadable);
    } catch (cause) {
      this.retries.failed(key, elapsedOn(clock));
      context.report({ what: `${key} cannot take commits of shard ${lease.shard} now; it gets them again`, cause });
      return;
    }
    this.retries.succeeded(key);
    lease.pending.delete(key);
    lease.advance(key, checkpoint, { position: last.sequenceNumber, asOf: last.at, caughtUp: false });
  }

  private async end(cursors: readonly Cursor[], position: ShardPosition): Promise<void> {
    const { clock, lease, discover, ended } = this.parts;
    // First: should all instances die here for a day, an unfinished shard on record tells what was lost.
    await discover();
    for (const { consumer } of cursors) {
      const checkpoint = lease.checkpoint(consumer.key);
      if (comparePositions(checkpoint.position, position) < 0) continue;
      lease.advance(consumer.key, checkpoint, { position: SHARD_END, asOf: clock.now(), caughtUp: true });
    }
    await lease.renew();
    ended();
  }

  /** Nothing was found after the position. */
  private wait(from: ShardPosition, reached: readonly Cursor[], all: readonly Cursor[], askedAt: number): number {
    for (const { consumer, checkpoint, position } of reached)
      if (position === from)
        this.parts.lease.advance(consumer.key, checkpoint, { position, asOf: askedAt, caughtUp: true });
    if (all.some(({ position }) => position !== from)) return 0;
    const { pollMs, idlePollMs } = this.parts.settings;
    return Math.min(idlePollMs, pollMs * 2 ** this.idlePages++);
  }

  /**
   * The places of the consumers are gone. That is no loss when all that they have not read is younger than what is kept: a
   * quiet shard drops the record that they stand at, and DynamoDB Local the beginning of an empty one.
   */
  private async beginAgain(cursors: readonly Cursor[]): Promise<void> {
    const now = this.parts.clock.now();
    // A clock that was set back tells nothing of their age.
    const isOld = ({ checkpoint: { asOf } }: Cursor) => now - asOf > KEPT_MS || asOf - now > SKEW_MS;
    const lost = cursors.filter(isOld);
    for (const { consumer, checkpoint } of cursors.filter((cursor) => !lost.includes(cursor)))
      this.parts.lease.advance(consumer.key, checkpoint, { ...checkpoint, position: TRIM_HORIZON });
    if (lost.length > 0)
      await this.lose(lost, 'records were dropped for their age before they were read', TRIM_HORIZON);
  }

  /** The places of the consumers change only when they know what they have missed. */
  private async lose(cursors: readonly Cursor[], reason: string, to: ShardPosition): Promise<void> {
    const { clock, context, lease, losses } = this.parts;
    await Promise.all(
      cursors.map(async ({ consumer, checkpoint }) => {
        try {
          await losses.tell(consumer, `shard ${lease.shard}: ${reason}`);
          this.retries.succeeded(consumer.key);
          lease.advance(consumer.key, checkpoint, { position: to, asOf: clock.now(), caughtUp: false });
        } catch (cause) {
          this.retries.failed(consumer.key, elapsedOn(clock));
          context.report({ what: `${consumer.key} cannot record now that it has missed commits`, cause });
        }
      }),
    );
  }
}

/** Before the oldest record that is kept there may have been others, unless somebody looked less than a day ago. */
function isStale({ position, asOf }: Checkpoint, now: number): boolean {
  return position === TRIM_HORIZON && now - asOf > KEPT_MS;
}
