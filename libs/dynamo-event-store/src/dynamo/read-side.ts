import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import type { ControlStore } from '../feed/control-store.js';
import { elapsedOn, type FeedClock } from '../feed/feed-clock.js';
import type { FeedConsumer, FeedProblem, FeedSource } from '../feed/feed-source.js';
import { ControlStoreFence } from '../projection/control-store-fence.js';
import { ControlTimers } from '../projection/control-timers.js';
import type { ProgressFence } from '../projection/progress-fence.js';
import { Projections } from '../projection/projections.js';
import type { Reaction } from '../projection/reaction.js';
import { Subscriber } from '../projection/subscriber.js';
import { subscriptionDefinitionOf, type SubscriptionDefinition } from '../projection/subscription-definition.js';
import { SubscriptionEngine } from '../projection/subscription-engine.js';
import { SubscriptionHost } from '../projection/subscription-host.js';
import { SubscriptionRecords } from '../projection/subscription-records.js';
import type { Generation } from '../projection/subscription-record.js';
import type { SubscriptionFailure } from '../projection/event-application.js';
import type { Timers } from '../projection/timers.js';
import { toFeedClock, type Clock } from '../store/clock.js';
import { controlTableDefinition, controlTableName } from './control-schema.js';
import { createTable } from './create-table.js';
import { DynamoControlStore } from './dynamo-control-store.js';
import type { DynamoEventStore } from './dynamo-event-store.js';
import { DynamoTableScan } from './dynamo-table-scan.js';
import type { FeedFactory } from './feed-factory.js';
import { DynamoReadModelStore } from './read-model/dynamo-read-model-store.js';
import { readModelTableDefinition, readModelTableName } from './read-model/view-schema.js';

/** A projection or reactor to run. */
export interface Subscription {
  /** Instance of a class with `@Projection` or `@Reactor`. */
  readonly instance: object;
  /** Where a projection with `fence` keeps its progress. */
  readonly fence?: ProgressFence | undefined;
}

export interface ReadSideSettings {
  /** Where new commits come from: `streamsFeed()` or `scanFeed()`. Default: from outside, such as a Lambda handler. */
  readonly feed?: FeedFactory | undefined;
  /** Table of progress, leases, parked streams and timers. Default: the event table's name and `-control`. */
  readonly controlTable?: string | undefined;
  /** Table of views. Default: the event table's name and `-views`. */
  readonly readModelTable?: string | undefined;
  /** How often to look at what other instances have decided, such as a pause or a rebuild, in ms. Default 1,000. */
  readonly refreshMs?: number | undefined;
  /** How long others wait before they take over the builds and timers of an instance that is gone, in ms. Default 10,000. */
  readonly leaseMs?: number | undefined;
  /** Segments of the table that a build reads side by side: a whole number from 1. Default 4. */
  readonly segments?: number | undefined;
  /** Streams per subscription whose position is kept in memory. Default 10,000. */
  readonly positions?: number | undefined;
  /** How often to look for due timers, in ms. Default 1,000. */
  readonly timerPollMs?: number | undefined;
  /** Without a feed: how long a build waits until everybody knows of it, in ms. Default 15,000. */
  readonly settleMs?: number | undefined;
  /** Pause before try `attempt + 1` of a failing event, in ms. Default: random, doubling, up to 5 s. */
  readonly retryPauseMs?: ((attempt: number) => number) | undefined;
  /** Time of timers and pauses. Default: that of the system; in Nest, that of the module. */
  readonly clock?: Clock | undefined;
  /** Names this process in leases. Default: host, process id and a random part. */
  readonly instance?: string | undefined;
}

export interface ReadSideOptions extends ReadSideSettings {
  readonly store: DynamoEventStore;
  readonly onFailure?: ((failure: SubscriptionFailure) => void) | undefined;
  readonly onProblem?: ((problem: FeedProblem) => void) | undefined;
}

/** Knows which aggregates have a reducer for an event; `AggregateRepository` does. */
export interface AggregateRegistry {
  aggregatesOf(eventName: string): readonly string[];
}

const DEFAULTS = {
  refreshMs: 1_000,
  leaseMs: 10_000,
  segments: 4,
  positions: 10_000,
  timerPollMs: 1_000,
  settleMs: 15_000,
};

function checkSettings({ segments, positions, ...rest }: ReadSideSettings): void {
  for (const [name, value] of Object.entries({ segments, positions }))
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new InvalidArgumentError(name, `is ${value}, but must be a whole number from 1.`);
  const { refreshMs, leaseMs, timerPollMs, settleMs } = rest;
  for (const [name, value] of Object.entries({ refreshMs, leaseMs, timerPollMs, settleMs }))
    if (value !== undefined && !(value >= (name === 'settleMs' ? 0 : 1) && value < Infinity))
      throw new InvalidArgumentError(name, `is ${value}, but must be a number of milliseconds from 1.`);
}

/** Pauses of a failing event: 50 to 100 ms at first, at most 5 s. */
function retryPause(attempt: number): number {
  return Math.min(5_000, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/**
 * Everything that follows the events of one store: projections, reactors, views, timers and what they share. The module
 * makes it; without Nest, make it yourself.
 */
export class ReadSide {
  readonly readModels: DynamoReadModelStore;
  readonly timers: Timers;
  private readonly records: SubscriptionRecords;
  private readonly control: ControlStore;
  private readonly scan: DynamoTableScan;
  private readonly feed: FeedSource | undefined;
  private readonly clock: FeedClock;
  private readonly hosts: SubscriptionHost[] = [];
  private readonly engine: SubscriptionEngine;
  private aggregates: AggregateRegistry | undefined;
  private refreshedAt = -Infinity;
  /** Watches and steers the subscriptions. */
  readonly projections: Projections;

  /** @throws InvalidArgumentError A setting is out of range. */
  constructor(private readonly options: ReadSideOptions) {
    checkSettings(options);
    const { store, onProblem = () => undefined } = options;
    const clock = toFeedClock(options.clock);
    const settings = this.settings;
    const requests = store.tableRequests;
    this.clock = clock;
    this.control = new DynamoControlStore(requests, () => this.controlTable);
    this.records = new SubscriptionRecords(this.control, clock, settings.refreshMs);
    this.readModels = new DynamoReadModelStore({
      requests,
      tableName: () => this.readModelTable,
      activeGeneration: (projection) => this.records.activeGeneration(projection),
      subjectKeys: store.subjectKeys,
      tenants: store.tenants,
    });
    this.scan = new DynamoTableScan(
      requests,
      () => store.tableName,
      () => new Date(clock.now()),
    );
    const { control, scan, records, hosts } = this;
    this.feed = options.feed?.create({ client: store.client, tableName: store.tableName, control, scan, clock });
    const timers = new ControlTimers(control, clock, settings.timerPollMs, onProblem, store.tenants);
    this.timers = timers;
    const instance = options.instance ?? `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
    const shared = { hosts, records, control, scan, feed: this.feed, clock, segments: settings.segments };
    this.engine = new SubscriptionEngine({ ...shared, ...settings, timers, instance, report: onProblem });
    this.projections = new Projections({
      ...shared,
      engine: this.engine,
      removeViews: async ({ definition: { views } }, generation) =>
        views.length === 0 ? 0 : this.readModels.removeGeneration(views, generation),
    });
  }

  /** Name of the event table. */
  get eventTable(): string {
    return this.options.store.tableName;
  }

  get controlTable(): string {
    return this.options.controlTable ?? controlTableName(this.options.store.tableName);
  }

  get readModelTable(): string {
    return this.options.readModelTable ?? readModelTableName(this.options.store.tableName);
  }

  /**
   * Adds projections and reactors; before `start`.
   * @throws InvalidDefinitionError Lists every fault of a class; two subscriptions of one name, or for one timer, are
   * faults as well.
   */
  add(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      const { constructor } = subscription.instance;
      const definition = subscriptionDefinitionOf(constructor);
      if (definition === undefined)
        throw new InvalidDefinitionError(constructor.name, ['It has neither @Projection nor @Reactor.']);
      const faults = this.faultsBesideOthers(definition, subscription);
      if (faults.length > 0) throw new InvalidDefinitionError(constructor.name, faults);
      this.checkViews(definition, subscription.instance.constructor.name);
      this.options.store.register(definition.events);
      this.hosts.push(this.hostOf(definition, subscription));
    }
  }

  /** Creates the control table, and that of views when there are any, unless they exist; for development. */
  async createTables(): Promise<void> {
    const { client } = this.options.store;
    await createTable(client, controlTableDefinition(this.controlTable));
    if (this.hosts.some(({ definition }) => definition.views.length > 0))
      await createTable(client, readModelTableDefinition(this.readModelTable));
  }

  /**
   * Compares the code with the builds that are on record, by one read of the control table for each projection or reactor
   * with views. The module calls it at boot; `start` works on no build that does not fit, and reports that as a problem.
   * @throws InvalidDefinitionError A projection stores its views otherwise than a build of its version, such as indexes in
   * another order.
   */
  async check(): Promise<void> {
    await Promise.all(this.hosts.filter(({ definition }) => definition.views.length > 0).map((host) => host.check()));
  }

  /**
   * Begins to work if there is a feed. Returns at once: an outage of the tables is waited out. What is stored from now on
   * is what reactors and projections that begin `now` are given.
   */
  start(): void {
    this.engine.start();
  }

  /** Ends when the batches in hand are finished, and positions and leases are stored. */
  async stop(): Promise<void> {
    await this.engine.stop();
  }

  /** Lets subscriptions that name no aggregates follow only those that handle their events. Default: all are followed. */
  followAggregatesOf(registry: AggregateRegistry): void {
    this.aggregates = registry;
  }

  /** This process has just stored something. */
  nudge(): void {
    this.feed?.nudge();
  }

  /** The subscriptions that take new commits now, for whoever brings them from outside. Looks at what was decided elsewhere. */
  async consumers(): Promise<readonly FeedConsumer[]> {
    const now = elapsedOn(this.clock);
    if (now - this.refreshedAt >= this.settings.refreshMs) {
      await Promise.all(this.hosts.map((host) => host.refresh()));
      // Not before: without consumers, the caller would count its commits as delivered.
      this.refreshedAt = now;
    }
    return this.hosts.flatMap((host) => host.liveRunners());
  }

  get isEmpty(): boolean {
    return this.hosts.length === 0;
  }

  /** @internal Whether timers are called here. */
  get callsTimers(): boolean {
    return this.hosts.some(({ definition }) => definition.timers.size > 0);
  }

  private get settings() {
    const { refreshMs, leaseMs, segments, positions, timerPollMs, settleMs } = this.options;
    return {
      refreshMs: refreshMs ?? DEFAULTS.refreshMs,
      leaseMs: leaseMs ?? DEFAULTS.leaseMs,
      segments: segments ?? DEFAULTS.segments,
      positions: positions ?? DEFAULTS.positions,
      timerPollMs: timerPollMs ?? DEFAULTS.timerPollMs,
      settleMs: settleMs ?? DEFAULTS.settleMs,
    };
  }

  private faultsBesideOthers({ name, timers, fence }: SubscriptionDefinition, given: Subscription): string[] {
    const faults: string[] = [];
    if (this.hosts.some((host) => host.name === name))
      faults.push(`There is another projection or reactor named "${name}".`);
    for (const timer of timers.keys()) {
      const other = this.hosts.find(({ definition }) => definition.timers.has(timer));
      if (other !== undefined)
        faults.push(`The reactor "${other.name}" has @OnTimer('${timer}') too; name it otherwise.`);
    }
    if (fence !== undefined && given.fence === undefined)
      faults.push('Its fence is missing: the module takes it from the container; without it, give it as `fence`.');
    return faults;
  }

  /** Keys of items hold the name of the view, not that of its projection. */
  private checkViews({ views }: SubscriptionDefinition, className: string): void {
    const taken = new Map(this.hosts.flatMap((host) => host.definition.views.map(({ name }) => [name, host.name])));
    const faults = views
      .filter(({ name }) => taken.has(name))
      .map(({ name }) => `View "${name}" has the name of one of "${taken.get(name)}"; give it another.`);
    const secret = views.find(({ personal }) => personal !== undefined);
    if (secret !== undefined && this.options.store.subjectKeys === undefined)
      faults.push(
        `View "${secret.name}" has personal fields, but the store has no keys: set its \`personalData\` option.`,
      );
    if (faults.length > 0) throw new InvalidDefinitionError(className, faults);
  }

  private hostOf(definition: SubscriptionDefinition, { instance, fence }: Subscription): SubscriptionHost {
    const { store, retryPauseMs = retryPause, onFailure = () => undefined } = this.options;
    return new SubscriptionHost({
      subscriber: new Subscriber(definition, instance, store.tenants),
      records: this.records,
      control: this.control,
      events: store.selected,
      clock: this.clock,
      fenceOf: (generation) => fence ?? this.fenceOf(definition, generation),
      follows: this.followedBy(definition),
      pauseMs: retryPauseMs,
      positions: this.settings.positions,
      onFailure,
    });
  }

  private fenceOf({ views }: SubscriptionDefinition, { replay }: Generation): ProgressFence {
    if (views.length > 0) return this.readModels.fence(views);
    const context: Reaction = { replay: replay === true };
    return new ControlStoreFence({ store: this.control, context });
  }

  /** Asked as late as possible, since aggregates are registered while the application boots. */
  private followedBy({ aggregates, methods, any }: SubscriptionDefinition): (aggregate: string) => boolean {
    let followed: ReadonlySet<string> | 'all' | undefined;
    const find = (): ReadonlySet<string> | 'all' => {
      if (aggregates !== undefined) return new Set(aggregates);
      const owners = [...methods.keys()].map((name) => this.aggregates?.aggregatesOf(name));
      if (any !== undefined || owners.some((each) => each === undefined || each.length === 0)) return 'all';
      return new Set(owners.flatMap((each) => each ?? []));
    };
    return (aggregate) => {
      followed ??= find();
      return followed === 'all' || followed.has(aggregate);
    };
  }
}
