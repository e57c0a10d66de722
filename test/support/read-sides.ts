import {
  DynamoEventStore,
  ReadSide,
  scanFeed,
  type ProgressFence,
  type ReadSideSettings,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import type { FeedProblem } from '../../libs/dynamo-event-store/src/feed/feed-source.js';
import type { SubscriptionFailure } from '../../libs/dynamo-event-store/src/projection/event-application.js';
import { SHOP_EVENTS } from './shop.js';

/** One process: a store, and what follows its events. */
export interface Process {
  readonly store: DynamoEventStore;
  readonly readSide: ReadSide;
  readonly projections: ReadSide['projections'];
  readonly problems: FeedProblem[];
  readonly failures: SubscriptionFailure[];
}

export interface ProcessOptions extends ReadSideSettings {
  readonly events?: readonly (new (...args: never[]) => object)[];
  /** Of the store. Default: none. */
  readonly tenancy?: boolean;
}

/** Several processes on one simulated database, that look for news every few ms. */
export class ReadSideWorld {
  readonly database = new SimulatedDynamoDb();
  private readonly processes: Process[] = [];

  async process(
    subscriptions: readonly (object | { instance: object; fence: ProgressFence<never> })[],
    { events = SHOP_EVENTS, tenancy = false, ...settings }: ProcessOptions = {},
  ): Promise<Process> {
    const store = new DynamoEventStore({ client: this.database.clientFor(), tableName: 'events', events, tenancy });
    await store.createTable();
    const problems: FeedProblem[] = [];
    const failures: SubscriptionFailure[] = [];
    const readSide = new ReadSide({
      store,
      feed: scanFeed({ everyMs: 5, leaseMs: 100 }),
      refreshMs: 5,
      leaseMs: 100,
      timerPollMs: 5,
      settleMs: 5,
      retryPauseMs: () => 1,
      ...settings,
      onProblem: (problem) => problems.push(problem),
      onFailure: (failure) => failures.push(failure),
    });
    readSide.add(subscriptions.map((each) => ('fence' in each ? each : { instance: each })));
    await readSide.createTables();
    const process = { store, readSide, projections: readSide.projections, problems, failures };
    this.processes.push(process);
    return process;
  }

  /** Makes a process and starts it. */
  async start(...args: Parameters<ReadSideWorld['process']>): Promise<Process> {
    const process = await this.process(...args);
    process.readSide.start();
    return process;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map(({ readSide }) => readSide.stop()));
  }
}

export function cart(id: string): StreamId {
  return { aggregate: 'cart', id };
}
