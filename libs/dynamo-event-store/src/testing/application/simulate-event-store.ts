import type { DynamoEventStoreModuleOptions } from '../../module/module-options.js';
import { STORE_ENVIRONMENT, type StoreEnvironment, type StoreInUse } from '../../module/store-environment.js';
import type { FeedFactory } from '../../dynamo/feed-factory.js';
import { LocalKeyProvider } from '../../personal/local-key-provider.js';
import { SimulatedDynamoDb } from '../simulation/simulated-dynamodb.js';
import { millisecondsOf, type Duration } from './duration.js';
import { realMs, realPause, SimulatedClock } from './simulated-clock.js';
import { SimulatedFeed } from './simulated-feed.js';
import { SimulatedStore } from './simulated-store.js';
import { SimulationError } from './simulation-error.js';

/** The part of Nest's `TestingModuleBuilder` that a simulation needs. */
export interface TestModuleBuilder {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
  compile(...args: never[]): Promise<unknown>;
}

export interface SimulationOptions {
  /** First instant of the application's time, as a date or in ms since the epoch. Default: the present. */
  readonly start?: Date | number;
  /** A database to share with another application, which must be closed before, or to begin with. Default: an empty one. */
  readonly database?: SimulatedDynamoDb;
}

export interface SettleOptions {
  /** How long to wait at most each time, in ms of real time. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** Pause between two looks at what others have decided or written, in ms of real time. */
const POLL_MS = 20;
/** Leases outlive every step in which time is advanced. */
const LEASE_MS = 30 * 86_400_000;
const STEP_MS = LEASE_MS / 6;

/** Master keys of the databases: what one application has encrypted, the next one on the same database can read. */
const keysOf = new WeakMap<SimulatedDynamoDb, LocalKeyProvider>();

/**
 * Puts every store of a Nest module under test on a DynamoDB that is simulated in this process: client, feed, clock and keys
 * of personal data. The tables are created; projections, reactors and timers run. Neither Java nor AWS is needed.
 *
 * @param builder What `Test.createTestingModule` gives, with overrides of its own or without. Compile it afterwards.
 *
 * @example
 * const sim = simulateEventStore(Test.createTestingModule({ imports: [AppModule] }));
 * const app = (await sim.compile()).createNestApplication();
 * await app.init();
 * // …
 * await sim.advance({ days: 14 });
 */
export function simulateEventStore<B extends TestModuleBuilder>(
  builder: B,
  options: SimulationOptions = {},
): EventStoreSimulation<B> {
  return new EventStoreSimulation(builder, options);
}

/** An application whose stores are simulated; see {@link simulateEventStore}. */
export class EventStoreSimulation<B extends TestModuleBuilder> {
  /** Where all stores of the application keep their data. */
  readonly database: SimulatedDynamoDb;
  /** Time as stores, projections and timers see it: it flows, and `advance` skips some of it. */
  readonly clock: SimulatedClock;
  private readonly stores: SimulatedStore[] = [];
  private readonly feeds = new WeakMap<FeedFactory, SimulatedFeed>();

  /** @param builder The module's builder, for further overrides. */
  constructor(
    readonly builder: B,
    { start, database = new SimulatedDynamoDb() }: SimulationOptions,
  ) {
    this.database = database;
    this.clock = new SimulatedClock(start);
    const environment: StoreEnvironment = {
      optionsOf: (given) => this.optionsOf(given),
      attach: (store) => {
        this.attach(store);
      },
    };
    builder.overrideProvider(STORE_ENVIRONMENT).useValue(environment);
  }

  /** Compiles the module, as the builder does. */
  compile(...args: Parameters<B['compile']>): ReturnType<B['compile']> {
    return this.builder.compile(...args) as ReturnType<B['compile']>;
  }

  /**
   * Resolves when everything that is stored has reached projections and reactors, builds are complete, timers that are due
   * were called, and what all of them have stored in turn has got through as well. Streams that are parked, and projections
   * that are paused, are left out.
   * @throws SimulationError `NOT_RUNNING`, or `NOT_SETTLED` after `timeoutMs`.
   */
  async settled({ timeoutMs = 10_000 }: SettleOptions = {}): Promise<void> {
    if (this.stores.length === 0)
      throw new SimulationError(
        'NOT_RUNNING',
        'There is no store to wait for: compile the module that was given to simulateEventStore(), and import DynamoEventStoreModule in it.',
      );
    const deadline = realMs() + timeoutMs;
    let busy = ['a projection, reactor or timer does not end'];
    for (;;) {
      const look = await within(deadline, this.busyWith());
      busy = look ?? busy;
      if (busy.length === 0) return;
      if (look === undefined || realMs() >= deadline)
        throw new SimulationError('NOT_SETTLED', `Not settled within ${timeoutMs} ms: ${busy.join('; ')}.`);
      await realPause(1);
    }
  }

  /**
   * Lets time pass: every timer that comes due is called at its instant, one after the other, and what follows from it has
   * settled before time goes on. Timers that fail are tried again at the end.
   * @throws InvalidArgumentError `duration` is no span of time.
   * @throws SimulationError As `settled`, for each timer.
   */
  async advance(duration: Duration, options: SettleOptions = {}): Promise<void> {
    const ms = millisecondsOf(duration);
    await this.settled(options);
    const end = this.clock.now() + ms;
    for (let now = this.clock.now(); now < end; now = this.clock.now()) {
      const most = Math.min(end, now + STEP_MS);
      const timers = await Promise.all(this.stores.map((store) => store.freshTimersUntil(most)));
      this.clock.skip(Math.max(0, Math.min(most, ...timers.flat()) - now));
      await this.settled(options);
    }
  }

  private async busyWith(): Promise<string[]> {
    const { consumed } = this.database;
    const before = consumed.writeUnits;
    const busy: string[] = [];
    for (const store of this.stores) busy.push(...(await store.busyWith(this.clock.now())));
    // Once around, for what has been answered but has not gone on yet.
    await realPause(0);
    return consumed.writeUnits === before ? busy : [...busy, 'something is being stored'];
  }

  private optionsOf({
    client: _,
    clientConfig: __,
    ...given
  }: DynamoEventStoreModuleOptions): DynamoEventStoreModuleOptions {
    const { database, clock } = this;
    const { createTable = false, personalData } = given;
    const polls = { refreshMs: POLL_MS, timerPollMs: POLL_MS, leaseMs: LEASE_MS, settleMs: 0, retryPauseMs: () => 1 };
    return {
      ...given,
      client: database.client,
      clock,
      createTable: createTable === false ? true : createTable,
      feed: this.newFeed(),
      readSide: { ...given.readSide, ...polls, clock },
      ...(personalData === undefined
        ? {}
        : { personalData: { ...personalData, keys: keysFor(database), forgetWithinMs: 0 } }),
    };
  }

  private newFeed(): FeedFactory {
    const writes = (): number => this.database.consumed.writeUnits;
    const factory: FeedFactory = {
      create: ({ scan, clock }) => {
        const feed = new SimulatedFeed({ scan, clock, writes, everyMs: POLL_MS });
        this.feeds.set(factory, feed);
        return feed;
      },
    };
    return factory;
  }

  private attach(store: StoreInUse): void {
    const { feed: factory } = store.options;
    const feed = factory === undefined ? undefined : this.feeds.get(factory);
    if (feed === undefined) return;
    const simulated = new SimulatedStore(store, feed);
    simulated.createTables(this.database);
    this.stores.push(simulated);
  }
}

function keysFor(database: SimulatedDynamoDb): LocalKeyProvider {
  const known = keysOf.get(database) ?? LocalKeyProvider.ephemeral();
  keysOf.set(database, known);
  return known;
}

/** What the promise gives, or `undefined` when it does not end before the deadline. */
async function within<T>(deadline: number, promise: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      promise,
      realPause(Math.max(0, deadline - realMs()), over.signal).then(() => undefined),
    ]);
  } finally {
    over.abort();
    promise.catch(() => undefined);
  }
}
