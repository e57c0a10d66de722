import {
  On,
  Projection,
  ReadSide,
  scanFeed,
  type DynamoEventStore,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import { MemoryFence } from '../contestants/domain/order-totals.js';
import { Booked } from './account.js';
import { balanceAfter } from './bookings.js';
import type { Case } from './cases.js';
import type { Session } from './sessions.js';

export const BUILT_STREAM_EVENTS = 100;

interface Balances {
  readonly events: number;
  readonly balance: number;
}

/** Of one projection: what it has seen. */
type BalanceProjection = object & Balances;

/** A class of its own for each: a projection is known by its name. */
function projectionOf(name: string): BalanceProjection {
  @Projection({ name, aggregates: ['account'], fence: MemoryFence })
  class BalancesOf {
    events = 0;
    balance = 0;

    @On(Booked) add({ amount }: Booked, _: RecordedEvent<Booked>): void {
      this.events += 1;
      this.balance += amount;
    }
  }
  return new BalancesOf();
}

/** Each read side has a control table of its own, on whatever engine: DynamoDB Local answers for all of them. */
let readSides = 0;

interface Prepared {
  readonly readSide: ReadSide;
  readonly projections: readonly BalanceProjection[];
}

async function prepare(store: DynamoEventStore, count: number, isLive: boolean): Promise<Prepared> {
  readSides += 1;
  const controlTable = `${store.tableName}-control-${process.pid}-${readSides}`;
  // One round, and the next one when it is asked for.
  const feed = isLive ? { feed: scanFeed({ everyMs: 3_600_000, segments: 4 }) } : {};
  const readSide = new ReadSide({ store, controlTable, settleMs: 0, refreshMs: 100, ...feed });
  const projections = Array.from({ length: count }, (_, index) => projectionOf(`balances-${index}`));
  readSide.add(projections.map((instance) => ({ instance, fence: new MemoryFence() })));
  await readSide.createTables();
  return { readSide, projections };
}

/** Builds that are prepared before anything is measured: their tables are no part of a build. More are made when needed. */
const PREPARED_BUILDS = 12;

/** Builds of new projections over the whole table. */
export async function buildSession(store: DynamoEventStore, { length, projections = 1 }: Case): Promise<Session> {
  const next: Prepared[] = [];
  for (let made = 0; made < PREPARED_BUILDS; made++) next.push(await prepare(store, projections, false));
  let fault: string | undefined;
  return {
    run: async () => {
      const build = next.pop() ?? (await prepare(store, projections, false));
      if (build.projections.some(({ events }) => events > 0)) throw new Error('A build cannot be run again.');
      await build.readSide.projections.runBuilds();
      fault ??= faultOf(build.projections, length);
    },
    verify: () => Promise.resolve(fault),
  };
}

/** Projections that have been built of an empty table, and then follow what comes. */
export class LiveProjections {
  private constructor(private readonly prepared: Prepared) {}

  static async start(store: DynamoEventStore, count: number): Promise<LiveProjections> {
    const prepared = await prepare(store, count, true);
    prepared.readSide.start();
    for (let building = true; building;) {
      await nextLook();
      const statuses = await prepared.readSide.projections.statuses();
      building = statuses.some(({ active }) => active.build !== undefined);
    }
    return new LiveProjections(prepared);
  }

  /** @returns What is wrong with what they have seen. */
  async follow(events: number): Promise<string | undefined> {
    this.prepared.readSide.nudge();
    while (this.prepared.projections.some((each) => each.events < events)) await nextLook();
    return faultOf(this.prepared.projections, events);
  }

  async stop(): Promise<void> {
    await this.prepared.readSide.stop();
  }
}

function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function faultOf(projections: readonly Balances[], events: number): string | undefined {
  const balance = (events / BUILT_STREAM_EVENTS) * balanceAfter(BUILT_STREAM_EVENTS);
  const wrong = projections.find((each) => each.events !== events || each.balance !== balance);
  return wrong === undefined
    ? undefined
    : `a projection has seen ${wrong.events} of ${events} events, balance ${wrong.balance} of ${balance}`;
}
