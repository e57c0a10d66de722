import { InvalidArgumentError } from '../errors/argument-errors.js';
import { SubscriptionNotFoundError, SubscriptionStateError } from '../errors/projection-errors.js';
import { withheld } from '../errors/event-errors.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { FeedLag, FeedSource } from '../feed/feed-source.js';
import { priceOfScan } from '../feed/scan-price.js';
import type { ScanEstimate, TableScan } from '../feed/table-scan.js';
import type { ControlStore } from '../feed/control-store.js';
import { subscriptionOf, type AnyClass } from '../metadata/metadata-storage.js';
import type { SubscriptionFailure } from './event-application.js';
import type { ParkedStream } from './parked-streams.js';
import { waitForProgress, type StreamVersion, type WaitOptions } from './progress-wait.js';
import type { SubscriptionEngine } from './subscription-engine.js';
import type { SubscriptionHost } from './subscription-host.js';
import {
  generationsOf,
  switched,
  withNext,
  withoutNext,
  withScan,
  withScanPaused,
  type Generation,
  type SubscriptionRecord,
} from './subscription-record.js';
import type { SubscriptionRecords } from './subscription-records.js';
import type { GenerationStatus, SubscriptionStatus } from './subscription-status.js';
import { TableBuild } from './table-build.js';

/** Name of a projection or reactor, or its class. */
export type SubscriptionRef = string | AnyClass;

/** What a rebuild will read, and what that costs. */
export interface RebuildEstimate extends ScanEstimate {
  /** US dollars for the reads, at the on-demand price of us-east-1. Writes to the read model come on top. */
  readonly readPrice: number;
}

export interface ProjectionsParts {
  readonly hosts: readonly SubscriptionHost[];
  readonly records: SubscriptionRecords;
  readonly control: ControlStore;
  readonly scan: TableScan;
  readonly feed: FeedSource | undefined;
  readonly engine: SubscriptionEngine;
  readonly clock: FeedClock;
  readonly segments: number;
  /** Deletes the views of a build. @returns How many items. */
  readonly removeViews: (host: SubscriptionHost, generation: number) => Promise<number>;
}

/**
 * Watches and steers the projections and reactors of a store: over all instances of the service, from any of them.
 * Injectable.
 */
export class Projections {
  constructor(private readonly parts: ProjectionsParts) {}

  /** Names of the projections and reactors in this application. */
  get names(): readonly string[] {
    return this.parts.hosts.map(({ name }) => name);
  }

  /**
   * Resolves when the projection shows a stream up to a version: read-your-writes. Events that it does not take count as
   * shown.
   * @param target The head that a save returned, or stream and version.
   * @throws ProjectionBehindError Not within `timeoutMs`.
   * @throws StreamParkedError The projection has parked the stream.
   */
  async waitFor(projection: SubscriptionRef, target: StreamVersion, options: WaitOptions = {}): Promise<void> {
    const host = this.host(projection);
    const served = async () => {
      const { active } = await host.known();
      return { generation: active.number, runner: await host.runner(active), parked: host.parked(active) };
    };
    await waitForProgress(served, target, this.parts.clock, options);
  }

  async status(projection: SubscriptionRef): Promise<SubscriptionStatus> {
    return this.statusOf(this.host(projection), await this.parts.feed?.lag());
  }

  /** Number of the build that is served, for read models in other databases, which keep one set of data per build. */
  async activeBuild(projection: SubscriptionRef): Promise<number> {
    return (await this.parts.records.activeGeneration(this.host(projection).name)).number;
  }

  /** The state of every projection and reactor. */
  async statuses(): Promise<SubscriptionStatus[]> {
    const lags = await this.parts.feed?.lag();
    return Promise.all(this.parts.hosts.map((host) => this.statusOf(host, lags)));
  }

  /**
   * Stops giving events, in all instances, within a second or so; what is in hand is finished. After more than 24 hours
   * the stream of the table no longer holds what was missed, and resuming takes a scan of the table, by itself.
   */
  async pause(projection: SubscriptionRef): Promise<void> {
    await this.change(this.host(projection), (record) => ({ ...record, paused: true }));
  }

  /** Gives events again, those that were missed included. Without a feed in this process, that takes a scan of the table. */
  async resume(projection: SubscriptionRef): Promise<void> {
    const now = this.parts.clock.now();
    await this.change(this.host(projection), (record) => {
      if (!record.paused) return undefined;
      const resumed = { ...record, paused: false };
      if (this.parts.feed !== undefined) return resumed;
      return generationsOf(record).reduce(
        (each, { number, replay }) => (replay === true ? each : withScan(each, number, 'paused without a feed', now)),
        resumed,
      );
    });
  }

  /** Streams that the projection has parked, with the reasons; those of a new build as well. */
  async parkedStreams(projection: SubscriptionRef): Promise<(ParkedStream & { readonly generation: number })[]> {
    const host = this.host(projection);
    const lists = (await this.runnable(host)).map(async (generation) =>
      (await host.parked(generation).list()).map((parked) => ({ ...parked, generation: generation.number })),
    );
    return (await Promise.all(lists)).flat();
  }

  /**
   * Lets a parked stream go on from the event that failed, in all builds, and brings it up to its end. It may be parked
   * again. A new build that only waited for its last parked stream is served then.
   * @returns Whether it was parked.
   */
  async resumeStream(projection: SubscriptionRef, stream: StreamId): Promise<boolean> {
    const host = this.host(projection);
    const resumed: boolean[] = [];
    for (const generation of await this.runnable(host))
      resumed.push(await (await host.runner(generation)).resume(stream));
    await this.switchIfWhole(host);
    return resumed.includes(true);
  }

  /**
   * Leaves the event out at which the stream is parked, or all of a commit that is damaged as a whole, and brings the
   * stream up to its end. It may be parked again, and a later build meets the event anew.
   * @returns Whether it was parked, and everything before the event is applied.
   */
  async skipEvent(projection: SubscriptionRef, stream: StreamId): Promise<boolean> {
    const host = this.host(projection);
    const skipped: boolean[] = [];
    for (const generation of await this.runnable(host))
      skipped.push(await (await host.runner(generation)).skip(stream));
    await this.switchIfWhole(host);
    return skipped.includes(true);
  }

  /** What a rebuild would read. DynamoDB counts the items of a table every six hours or so. */
  async estimateRebuild(): Promise<RebuildEstimate> {
    const estimate = await this.parts.scan.estimate();
    return { ...estimate, readPrice: priceOfScan(estimate) };
  }

  /**
   * Builds the read model anew beside the one that is served, by a scan of the table in one of the instances, while new
   * events reach both; then switches, unless a stream of the new one is parked. Reactors are not run. A rebuild under way
   * starts over.
   * @throws SubscriptionStateError It is a reactor, or this code is older than the read model.
   */
  async rebuild(projection: SubscriptionRef): Promise<void> {
    const host = this.host(projection);
    const { kind, name, version } = host.definition;
    if (kind === 'reactor')
      throw new SubscriptionStateError(name, 'a reactor is never rebuilt; `replay` runs a replayable one again.');
    await this.change(host, (record) => {
      const newest = Math.max(record.active.version, record.next?.version ?? 0);
      if (version < newest)
        throw new SubscriptionStateError(name, `the code is at version ${version}, its read model at ${newest}.`);
      return withNext(record, host.definition, 'rebuild', this.parts.clock.now());
    });
  }

  async pauseRebuild(projection: SubscriptionRef): Promise<void> {
    await this.setScanPaused(projection, true);
  }

  async resumeRebuild(projection: SubscriptionRef): Promise<void> {
    await this.setScanPaused(projection, false);
  }

  /** Gives the new build up; the one that is served goes on. @returns Whether there was one. */
  async cancelRebuild(projection: SubscriptionRef): Promise<boolean> {
    const host = this.host(projection);
    const given: number[] = [];
    await this.change(host, (record) => {
      if (record.next === undefined) return undefined;
      given.push(record.next.number);
      return withoutNext(record);
    });
    for (const number of given) await this.parts.feed?.unsubscribe(`${host.name}@${number}`);
    return given.length > 0;
  }

  /**
   * Serves the new build, though streams of it are parked.
   * @throws SubscriptionStateError There is none, or its scan is not done.
   */
  async switchOver(projection: SubscriptionRef): Promise<void> {
    const host = this.host(projection);
    await this.change(host, (record) => {
      if (record.next === undefined) throw new SubscriptionStateError(host.name, 'there is no new build to switch to.');
      if (record.next.scan !== undefined)
        throw new SubscriptionStateError(host.name, 'the new build is not complete yet; see `status`.');
      return switched(record);
    });
  }

  /**
   * Gives a replayable reactor all events once more, marked as a replay, beside the new ones. A replay that has parked
   * streams stays as `next` in the status, until they are resumed or skipped and `cancelRebuild` ends it.
   * @throws SubscriptionStateError It is not replayable.
   */
  async replay(reactor: SubscriptionRef): Promise<void> {
    const host = this.host(reactor);
    if (!host.definition.replayable)
      throw new SubscriptionStateError(host.name, 'it is not a reactor with `replayable: true`.');
    await this.change(host, (record) => withNext(record, host.definition, 'replay', this.parts.clock.now(), true));
  }

  /** Looks through the whole table for events that the projection has missed, whatever the reason; harmless at any time. */
  async searchMissed(projection: SubscriptionRef): Promise<void> {
    const host = this.host(projection);
    const now = this.parts.clock.now();
    await this.change(host, (record) => withScan(record, record.active.number, 'asked for', now));
  }

  /** Runs the builds that are waiting in this process, and resolves at their end: for applications without a feed. */
  async runBuilds(signal: AbortSignal = new AbortController().signal): Promise<void> {
    await this.parts.engine.runBuilds(signal);
  }

  /**
   * Deletes what earlier builds have left: views, positions, parked streams.
   * @returns Number of items of views deleted.
   */
  async removeOldBuilds(projection: SubscriptionRef): Promise<number> {
    const host = this.host(projection);
    const { active, next, latest, removed: gone = 0 } = await host.refresh();
    let removed = 0;
    for (let number = gone + 1; number <= latest; number++) {
      if (number === active.number || number === next?.number) continue;
      removed += await this.parts.removeViews(host, number);
      await this.parts.feed?.unsubscribe(`${host.name}@${number}`);
      await host.parked({ number, version: 1 }).clear();
    }
    // So that the next call does not read the whole table for them again.
    await this.parts.records.update(
      host.name,
      (record) => record && { ...record, removed: Math.max(record.removed ?? 0, active.number - 1) },
    );
    return removed;
  }

  private async switchIfWhole(host: SubscriptionHost): Promise<void> {
    const { next } = await host.refresh();
    if (next === undefined || next.scan !== undefined || next.replay === true) return;
    if ((await host.parked(next).list()).length > 0) return;
    await this.change(host, (record) => (record.next?.number === next.number ? switched(record) : undefined));
  }

  private async setScanPaused(projection: SubscriptionRef, paused: boolean): Promise<void> {
    await this.change(this.host(projection), (record) => {
      const { number } = record.next ?? record.active;
      return withScanPaused(record, number, paused);
    });
  }

  private async change(
    host: SubscriptionHost,
    change: (record: SubscriptionRecord) => SubscriptionRecord | undefined,
  ): Promise<void> {
    await host.refresh();
    await this.parts.records.update(host.name, (record) => record && change(record));
    await this.parts.engine.refresh();
  }

  private async statusOf(
    host: SubscriptionHost,
    lags: ReadonlyMap<string, FeedLag> | undefined,
  ): Promise<SubscriptionStatus> {
    const record = await host.refresh();
    const { lastFailure } = host;
    return {
      name: host.name,
      kind: record.kind,
      paused: record.paused,
      active: await this.generationStatus(host, record.active, lags),
      next: record.next && (await this.generationStatus(host, record.next, lags)),
      codeVersion: host.definition.version,
      lastFailure: lastFailure && {
        at: new Date(lastFailure.at),
        stream: describeStream(lastFailure.stream),
        version: lastFailure.version,
        reason: reasonOf(lastFailure),
      },
    };
  }

  private async generationStatus(
    host: SubscriptionHost,
    generation: Generation,
    lags: ReadonlyMap<string, FeedLag> | undefined,
  ): Promise<GenerationStatus> {
    const key = `${host.name}@${generation.number}`;
    const lag = lags?.get(key);
    const { control, scan, clock, segments } = this.parts;
    const build = generation.scan && new TableBuild({ control, scan, clock, segments }, key, generation.scan);
    return {
      generation: generation.number,
      version: generation.version,
      build: await build?.progress(),
      parked: (await host.parked(generation).list()).length,
      lag: lag && { seconds: lag.behindMs / 1000, pendingCommits: lag.pendingCommits },
    };
  }

  private async runnable(host: SubscriptionHost): Promise<readonly Generation[]> {
    await host.refresh();
    return host.generations;
  }

  private host(projection: SubscriptionRef): SubscriptionHost {
    const name = typeof projection === 'string' ? projection : subscriptionOf(projection)?.options.name;
    if (name === undefined)
      throw new InvalidArgumentError('projection', 'must be a name, or a class with @Projection or @Reactor.');
    const host = this.parts.hosts.find((each) => each.name === name);
    if (host === undefined) throw new SubscriptionNotFoundError(name, this.names);
    return host;
  }
}

function reasonOf({ cause: given, confidential }: SubscriptionFailure): string {
  const cause = confidential === true ? withheld(given) : given;
  return cause instanceof Error ? cause.message : String(cause);
}
