import type { ControlStore } from '../feed/control-store.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { FeedProblem, FeedSource } from '../feed/feed-source.js';
import { Lease } from '../feed/lease.js';
import { runWhileHeld } from '../feed/run-while-held.js';
import type { TableScan } from '../feed/table-scan.js';
import type { SubscriptionHost } from './subscription-host.js';
import {
  pendingScan,
  switched,
  withoutNext,
  withScanDone,
  type Generation,
  type ScanOrder,
} from './subscription-record.js';
import type { SubscriptionRecords } from './subscription-records.js';
import { TableBuild } from './table-build.js';
import type { ControlTimers } from './control-timers.js';

export interface EngineParts {
  readonly hosts: readonly SubscriptionHost[];
  readonly records: SubscriptionRecords;
  readonly control: ControlStore;
  readonly scan: TableScan;
  /** Absent where commits come from outside, as on Lambda. */
  readonly feed: FeedSource | undefined;
  readonly timers: ControlTimers;
  readonly clock: FeedClock;
  /** Names this process; unique. */
  readonly instance: string;
  /** How often to look at what other instances have decided, in ms. */
  readonly refreshMs: number;
  readonly leaseMs: number;
  /** Segments that a scan reads side by side. */
  readonly segments: number;
  /** Without a feed: ms until every process outside is sure to know of a new build. */
  readonly settleMs: number;
  readonly report: (problem: FeedProblem) => void;
}

/** A scan that a generation needs. */
interface OrderedBuild {
  readonly host: SubscriptionHost;
  readonly generation: Generation;
  readonly scan: ScanOrder;
}

interface RunningBuild {
  readonly controller: AbortController;
  readonly end: Promise<void>;
}

const RETRY_MS = 5_000;

/** Runs the subscriptions of this process: the feed, builds that are ordered, and timers; until it is stopped. */
export class SubscriptionEngine {
  private readonly stopping = new AbortController();
  private readonly work = new Set<Promise<void>>();
  private readonly builds = new Map<string, RunningBuild>();
  private readonly subscribed = new Set<string>();
  private isRunning = false;

  constructor(private readonly parts: EngineParts) {}

  /** Begins to work if there is a feed; returns at once, whether the tables can be reached or not. */
  start(): void {
    const { feed, hosts, instance } = this.parts;
    for (const host of hosts) host.markStart();
    const { signal } = this.stopping;
    if (hosts.length === 0 || feed === undefined) return;
    this.isRunning = true;
    const context = {
      instance,
      consumers: () => hosts.flatMap((host) => host.liveRunners()),
      report: this.parts.report,
    };
    this.track(this.repeat(signal, RETRY_MS, () => feed.run(context, signal)));
    this.track(this.repeat(signal, this.parts.refreshMs, () => this.refresh()));
    if (hosts.some(({ definition }) => definition.timers.size > 0))
      this.track(this.repeat(signal, RETRY_MS, () => this.runTimers(signal)));
  }

  /** Ends when what is in hand is finished: batches, positions and leases are stored. */
  async stop(): Promise<void> {
    this.isRunning = false;
    this.stopping.abort();
    while (this.work.size > 0) await Promise.allSettled(this.work);
    for (const host of this.parts.hosts) await host.settled();
  }

  /** Runs all builds that are ordered, here and now; for processes without a feed. */
  async runBuilds(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    // So that a pause or the end of a build, decided elsewhere, is noticed.
    const watching = this.repeat(ended.signal, this.parts.refreshMs, () => this.refresh());
    try {
      for (const [id, order] of await this.wantedBuilds()) {
        if (signal.aborted) return;
        await (this.builds.get(id)?.end ?? this.begin(id, (aborted) => this.build(order, aborted), signal));
      }
    } finally {
      ended.abort();
      await watching;
    }
  }

  /** Looks at what was decided elsewhere, and begins and ends builds accordingly. */
  async refresh(): Promise<void> {
    const wanted = await this.wantedBuilds();
    for (const [id, { controller }] of this.builds) if (!wanted.has(id)) controller.abort();
    if (!this.isRunning) return;
    await this.subscribeAll();
    for (const [id, order] of wanted)
      if (!this.builds.has(id)) this.track(this.begin(id, (aborted) => this.buildOrReport(order, aborted)));
  }

  /** Also those that need no build, so that the feed keeps for them what they have not read. */
  private async subscribeAll(): Promise<void> {
    for (const { key } of this.parts.hosts.flatMap((host) => host.liveRunners()))
      if (!this.subscribed.has(key)) {
        await this.parts.feed?.subscribe(key);
        this.subscribed.add(key);
      }
  }

  private async wantedBuilds(): Promise<Map<string, OrderedBuild>> {
    const wanted = new Map<string, OrderedBuild>();
    for (const host of this.parts.hosts) {
      const record = await host.refresh();
      for (const generation of host.generations) {
        const scan = pendingScan(record, generation.number);
        if (scan !== undefined) wanted.set(`${host.name}@${generation.number}#${scan.id}`, { host, generation, scan });
      }
    }
    return wanted;
  }

  private begin(id: string, run: (signal: AbortSignal) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const controller = new AbortController();
    const signals = [controller.signal, this.stopping.signal, ...(signal === undefined ? [] : [signal])];
    const end = run(AbortSignal.any(signals)).finally(() => this.builds.delete(id));
    this.builds.set(id, { controller, end });
    return end;
  }

  private async buildOrReport(order: OrderedBuild, signal: AbortSignal): Promise<void> {
    try {
      await this.build(order, signal);
    } catch (cause) {
      const key = `${order.host.name}@${order.generation.number}`;
      this.parts.report({ what: `The build of ${key} failed; it goes on soon.`, cause });
      await this.parts.clock.sleep(RETRY_MS, signal);
    }
  }

  private async build({ host, generation, scan: order }: OrderedBuild, signal: AbortSignal): Promise<void> {
    const key = `${host.name}@${generation.number}`;
    const { control, instance, clock, leaseMs, scan, segments } = this.parts;
    const lease = new Lease(control, `build#${key}`, instance, clock, leaseMs);
    await runWhileHeld(lease, signal, async (held) => {
      // Once more: a pause that was decided before the build was begun here has found nothing to end.
      const record = await this.parts.records.read(host.name);
      if (record === undefined || pendingScan(record, generation.number)?.id !== order.id) return;
      const build = new TableBuild({ control, scan, clock, segments }, key, order);
      const runner = await host.runner(generation);
      if (generation.replay !== true) await this.beginLive(key, held);
      if (held.aborted || !(await build.run(runner, held))) return;
      if (record.next?.number === generation.number && !(await this.isLive(key, held))) return;
      await this.finish(host, generation, order);
      await build.clear();
    });
  }

  /** From here on every new commit reaches the consumer, so that the scan need only find those that are there already. */
  private async beginLive(key: string, signal: AbortSignal): Promise<void> {
    if (this.parts.feed !== undefined) await this.parts.feed.subscribe(key);
    else await this.parts.clock.sleep(this.parts.settleMs, signal);
  }

  /**
   * Waits until new commits reach the build about as fast as they are stored, so that nobody is served old news. While
   * instances of an older version hold shards, they do not.
   */
  private async isLive(key: string, signal: AbortSignal): Promise<boolean> {
    const { feed, clock, leaseMs, refreshMs } = this.parts;
    for (let current = signal; !current.aborted; current = signal) {
      const lag = (await feed?.lag())?.get(key);
      if (lag === undefined || lag.behindMs <= leaseMs) return true;
      await clock.sleep(refreshMs, signal);
    }
    return false;
  }

  private async finish(host: SubscriptionHost, generation: Generation, order: ScanOrder): Promise<void> {
    const parked = await host.parked(generation).list();
    await this.parts.records.update(host.name, (record) => {
      const done = record && withScanDone(record, generation.number, order.id);
      if (done?.next?.number !== generation.number) return done;
      // What is parked is missing in the new read model or in the replay, so somebody should look first.
      if (parked.length > 0) return done;
      return generation.replay === true ? withoutNext(done) : switched(done);
    });
    await host.refresh();
  }

  private async runTimers(signal: AbortSignal): Promise<void> {
    const { control, instance, clock, leaseMs, hosts, timers } = this.parts;
    const lease = new Lease(control, 'timers', instance, clock, leaseMs);
    await runWhileHeld(lease, signal, (held) => timers.run(hosts, held));
  }

  /** Runs something for ever, whatever fails; after each end it waits. */
  private async repeat(signal: AbortSignal, pauseMs: number, run: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await run();
      } catch (cause) {
        this.parts.report({ what: 'The read side was interrupted; it goes on soon.', cause });
      }
      await this.parts.clock.sleep(pauseMs, signal);
    }
  }

  private track(work: Promise<void>): void {
    this.work.add(work);
    void work.finally(() => this.work.delete(work));
  }
}
