import { FeedSourceError } from '../../errors/feed-errors.js';
import type { ControlRecord, ControlStore } from '../control-store.js';
import { elapsedOn, type FeedClock } from '../feed-clock.js';
import type { FeedConsumer, FeedContext } from '../feed-source.js';
import { Alarm } from './alarm.js';
import type { ChangeStream } from './change-stream.js';
import { growingPause } from './growing-pause.js';
import { LeaseWatch, planLeases } from './lease-plan.js';
import { Losses } from './losses.js';
import { KEPT_MS } from './retention.js';
import { ShardCatalog } from './shard-catalog.js';
import { ShardLease } from './shard-lease.js';
import { isFinished, shardsPartition, type ShardRecord } from './shard-record.js';
import { RENEWALS, ShardWorker } from './shard-worker.js';
import { SharedCall } from './shared-call.js';
import type { StreamsFeedSettings } from './streams-settings.js';
import type { Subscriptions } from './subscriptions.js';

export interface Coordination {
  readonly changes: ChangeStream;
  readonly control: ControlStore;
  readonly subscriptions: Subscriptions;
  readonly clock: FeedClock;
  readonly context: FeedContext;
  readonly settings: Required<StreamsFeedSettings>;
}

/**
 * One run of a feed in one instance: finds the shards, takes its share of them, and has a worker read each. Rounds come
 * three times per `leaseMs`, when a lease may be abandoned, and whenever a worker ends.
 */
export class ShardCoordinator {
  private readonly catalog: ShardCatalog;
  private readonly losses: Losses;
  private readonly alarm = new Alarm();
  private readonly workers = new Map<string, ShardWorker>();
  private readonly running = new Set<Promise<void>>();
  private readonly discovery = new SharedCall(() => this.discover());
  private discoveredAt = -Infinity;
  private stream = '';
  private shards: ReadonlySet<string> = new Set();
  private watch: LeaseWatch;
  private isFirstRound = true;
  private known = new Map<string, ControlRecord<ShardRecord>>();

  constructor(private readonly parts: Coordination) {
    this.catalog = new ShardCatalog(parts.changes, parts.control);
    this.losses = new Losses(parts.clock);
    this.watch = new LeaseWatch(parts.settings.leaseMs);
  }

  nudge(): void {
    for (const worker of this.workers.values()) worker.nudge();
  }

  /**
   * Until the signal; resolves when all workers have ended and given up their leases.
   * @throws FeedSourceError There is no stream that can be read. Once one has been found, that is reported instead.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.stopWorkers();
    };
    signal.addEventListener('abort', stop);
    try {
      await this.goRoundUntil(signal);
    } finally {
      signal.removeEventListener('abort', stop);
      await Promise.all(this.running);
    }
  }

  private async goRoundUntil(signal: AbortSignal): Promise<void> {
    const { clock, context } = this.parts;
    for (let failures = 0; !signal.aborted;)
      try {
        await this.alarm.wait(clock, await this.round(signal), signal);
        failures = 0;
      } catch (cause) {
        if (this.stream === '' && cause instanceof FeedSourceError) throw cause;
        context.report({ what: 'the shards of the stream cannot be looked after now; it is tried again', cause });
        await clock.sleep(growingPause(++failures), signal);
      }
  }

  /** @returns ms until the next one. */
  private async round(signal: AbortSignal): Promise<number> {
    const { clock, context, settings } = this.parts;
    if (elapsedOn(clock) - this.discoveredAt >= settings.discoverMs) await this.discovery.request();
    if (this.isFirstRound) await this.recoverFromOutage(await this.catalog.list(this.stream));
    const { stream } = this;
    const records = await this.catalog.list(stream);
    if (stream !== this.stream) return 0;
    this.isFirstRound = false;
    this.known = new Map(records.map((record) => [record.id, record]));
    const now = elapsedOn(clock);
    this.watch.observe(records, now);
    const views = records.map(({ id, value }) => ({
      shard: id,
      owner: this.ownerOf(id, value, now),
      hasWork: context.consumers().some(({ key }) => !isFinished(value, key) && this.isOpenTo(value.parent, key)),
    }));
    await Promise.all(planLeases(context.instance, views).map((shard) => this.take(shard, signal)));
    const others = views.filter(({ owner, hasWork }) => hasWork && owner !== undefined && owner !== context.instance);
    const msToFirst = this.watch.msToFirst(
      others.map(({ shard }) => shard),
      now,
    );
    return Math.min(settings.leaseMs / RENEWALS, msToFirst);
  }

  private ownerOf(shard: string, { owner }: ShardRecord, now: number): string | undefined {
    if (owner === this.parts.context.instance) return this.workers.has(shard) ? owner : undefined;
    return this.watch.isAbandoned(shard, now) ? undefined : owner;
  }

  private isOpenTo(parent: string | undefined, key: string): boolean {
    if (parent === undefined) return true;
    const record = this.workers.get(parent)?.lease.stored ?? this.known.get(parent);
    return record === undefined || isFinished(record.value, key);
  }

  private async take(shard: string, signal: AbortSignal): Promise<void> {
    const { control, context } = this.parts;
    const { stream } = this;
    const record = this.known.get(shard);
    if (record === undefined || this.workers.has(shard)) return;
    const lease = await ShardLease.take(control, shardsPartition(stream), context.instance, record);
    if (lease === undefined) return;
    if (signal.aborted || stream !== this.stream) await lease.release();
    else this.start(lease, stream);
  }

  private start(lease: ShardLease, stream: string): void {
    const worker = new ShardWorker({
      ...this.parts,
      stream,
      lease,
      losses: this.losses,
      isOpenTo: (key) => this.isOpenTo(lease.parent, key),
      discover: () => this.discovery.request(),
      ended: () => {
        this.nudge();
        this.alarm.ring();
      },
    });
    this.workers.set(lease.shard, worker);
    const run = worker.run().then(() => {
      this.running.delete(run);
      if (this.workers.get(lease.shard) !== worker) return;
      this.workers.delete(lease.shard);
      this.known.set(lease.shard, lease.stored);
      this.alarm.ring();
    });
    this.running.add(run);
  }

  private stopWorkers(): void {
    for (const worker of this.workers.values()) worker.stop();
  }

  private async discover(): Promise<void> {
    const { clock, subscriptions } = this.parts;
    const description = await this.catalog.describe();
    if (description.id !== this.stream) this.enter(description.id);
    const subscribers = await subscriptions.list();
    await this.tellOfSwitch(subscribers);
    const consumers = [...subscribers].filter(([, stream]) => stream === description.id).map(([key]) => key);
    await this.catalog.update(description, consumers, clock.now());
    this.shards = new Set(description.shards.map(({ id }) => id));
    this.discoveredAt = elapsedOn(clock);
  }

  private enter(stream: string): void {
    this.stopWorkers();
    this.workers.clear();
    this.known.clear();
    this.watch = new LeaseWatch(this.parts.settings.leaseMs);
    this.isFirstRound = true;
    this.stream = stream;
  }

  /** While the stream was off nothing was recorded, and what the former one still had is not read any more. */
  private async tellOfSwitch(subscribers: ReadonlyMap<string, string>): Promise<void> {
    const { context, subscriptions } = this.parts;
    const { stream } = this;
    const concerned = context.consumers().filter(({ key }) => (subscribers.get(key) ?? stream) !== stream);
    await Promise.all(
      concerned.map((consumer) =>
        this.tell(consumer, async () => {
          await consumer.missed(`the stream of the table was switched off and on; it is now ${stream}`);
          await subscriptions.moveTo(consumer.key, stream);
        }),
      ),
    );
  }

  /** Nobody has read anything for most of the time for which records are kept: some have been dropped. */
  private async recoverFromOutage(records: readonly ControlRecord<ShardRecord>[]): Promise<void> {
    const { clock, context, subscriptions } = this.parts;
    const { stream, shards } = this;
    const now = clock.now();
    const lastReadAt = Math.max(...records.map(({ value }) => value.readAt ?? -Infinity));
    if (lastReadAt === -Infinity || now - lastReadAt <= KEPT_MS) return;
    const reason = `nothing was read since ${new Date(lastReadAt).toISOString()}, and records are kept for a day`;
    await Promise.all(
      context.consumers().map((consumer) =>
        this.tell(consumer, async () => {
          await this.losses.tell(consumer, reason);
          await subscriptions.restart(consumer.key, stream, shards, now);
        }),
      ),
    );
  }

  private async tell(consumer: FeedConsumer, tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (cause) {
      this.parts.context.report({ what: `${consumer.key} cannot record now that it has missed commits`, cause });
    }
  }
}
