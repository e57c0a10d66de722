import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  controlTableDefinition,
  controlTableName,
  DynamoEventStore,
  eventTableDefinition,
  isEventStoreError,
  readModelTableDefinition,
  readModelTableName,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import { injectFaults, Random, SimulatedDynamoDb, VirtualTime } from 'nestjs-dynamo-event-store/testing';
import { backoffMs } from '../../../libs/dynamo-event-store/src/store/backoff.js';
import { CartEmptied, CartNoted, ItemAdded, SHOP_EVENTS } from '../../support/shop.js';
import { CheckpointTrace } from './checkpoint-trace.js';
import type { CommitPlan, FeedPlan, Mishap } from './feed-plan.js';
import { checkReadModels } from './read-model-check.js';
import { Instance, type Delivery } from './instance.js';

export interface FeedHistoryResult {
  readonly violations: readonly string[];
  readonly events: number;
  readonly deliveries: number;
  readonly requests: number;
  readonly mishaps: number;
  readonly trimmed: boolean;
}

const TABLE = 'events';
/** By then everything must have arrived, once nothing goes wrong any more; ms of virtual time. */
const PATIENCE_MS = 180_000;

/** Runs a plan in virtual time, and checks what the read models show in the end. */
export async function runFeedHistory(plan: FeedPlan): Promise<FeedHistoryResult> {
  const time = new VirtualTime();
  return time.runUntil(new FeedHistory(plan, time).run());
}

class FeedHistory {
  private readonly random: Random;
  private readonly database: SimulatedDynamoDb;
  private readonly trace: CheckpointTrace;
  private readonly faulty: ReturnType<typeof injectFaults>;
  private readonly store: DynamoEventStore;
  private readonly deliveries: Delivery[] = [];
  private readonly poison: Set<string>;
  private readonly trouble: { failing: number };
  private readonly instances: (Instance | undefined)[] = [];
  private lives = 0;
  private trimmed = false;
  private isOut = false;

  constructor(
    private readonly plan: FeedPlan,
    private readonly time: VirtualTime,
  ) {
    this.random = new Random(`${plan.seed}/feed-world`);
    this.database = new SimulatedDynamoDb({
      time,
      random: this.random.fork('database'),
      staleness: { chance: 0.3, maxAge: 500 },
      transactionMs: (each) => each.int(5),
      streams: plan.streams,
    });
    this.database.createTable(TABLE, eventTableDefinition({ tableName: TABLE }));
    this.database.createTable(controlTableName(TABLE), controlTableDefinition(controlTableName(TABLE)));
    this.database.createTable(readModelTableName(TABLE), readModelTableDefinition(readModelTableName(TABLE)));
    this.trace = new CheckpointTrace();
    const pause = (ms: number) => time.pause(ms);
    const watched = this.trace.watch(this.database.client, controlTableName(TABLE));
    this.faulty = injectFaults(watched, {
      seed: plan.seed,
      rates: plan.rates,
      pause,
      keysOf: (_, index) => (index === undefined ? ['pk', 'sk'] : ['pk']),
    });
    this.store = this.storeOn(this.database.client);
    this.poison = new Set(plan.poison);
    this.trouble = { failing: plan.failing };
  }

  async run(): Promise<FeedHistoryResult> {
    const { plan } = this;
    // Some commits are there before any instance.
    const [first = [], ...others] = plan.writers;
    const early = first.slice(0, this.random.int(first.length + 1));
    await this.write(early);
    for (let place = 0; place < plan.instances; place++) this.launch(place);
    const work = [
      this.write(first.slice(early.length)),
      ...others.map((writer) => this.write(writer)),
      ...plan.mishaps.map((mishap) => this.befall(mishap)),
      this.rebuild(),
    ];
    await Promise.all(work);
    const expected = await this.storedEvents();
    const violations = await this.settle(expected);
    violations.push(
      ...(await checkReadModels({
        client: this.database.client,
        store: this.store,
        expected,
        deliveries: this.deliveries,
      })),
      ...this.trace.violations(),
    );
    return {
      violations,
      events: [...expected.values()].flat().length,
      deliveries: this.deliveries.length,
      requests: this.faulty.log.length,
      mishaps: plan.mishaps.length,
      trimmed: this.trimmed,
    };
  }

  private storeOn(client: DynamoDBClient): DynamoEventStore {
    const jitter = this.random.fork('writers');
    return new DynamoEventStore({
      client,
      tableName: TABLE,
      events: SHOP_EVENTS,
      clock: this.time.clock,
      backoff: (attempt) => this.time.pause(backoffMs(attempt, () => jitter.next())),
    });
  }

  private async write(commits: readonly CommitPlan[]): Promise<void> {
    for (const { stream, kinds, pauseMs } of commits) {
      await this.time.pause(pauseMs);
      const events = kinds.map((kind) =>
        kind === 'add' ? new ItemAdded(`p${stream}`, 1) : kind === 'empty' ? new CartEmptied() : new CartNoted('x'),
      );
      await this.store.append({ aggregate: 'cart', id: stream }, events, { expected: 'any' });
    }
  }

  private launch(place: number): void {
    const instance = new Instance({
      name: `i${place}-${this.lives++}`,
      time: this.time,
      random: this.random,
      faulty: this.faulty,
      streamsClient: (name) => this.database.streamsClientFor(name),
      deliveries: this.deliveries,
      poison: this.poison,
      trouble: this.trouble,
    });
    this.instances[place] = instance;
    instance.start();
  }

  private async befall(mishap: Mishap): Promise<void> {
    await this.time.pause(mishap.at);
    if (mishap.kind === 'outage') {
      await this.outage(mishap.hours);
      return;
    }
    const instance = this.instances[mishap.instance];
    if (instance === undefined) return;
    if (mishap.kind === 'freeze') {
      instance.freeze(mishap.forMs);
      return;
    }
    this.instances[mishap.instance] = undefined;
    if (mishap.kind === 'crash') instance.kill();
    else await instance.stop();
    await this.time.pause(mishap.downMs);
    while (this.isOut) await this.time.pause(3_600_000);
    if (this.instances[mishap.instance] === undefined) this.launch(mishap.instance);
  }

  private async outage(hours: number): Promise<void> {
    if (this.isOut) return;
    this.isOut = true;
    for (const [place, instance] of this.instances.entries()) {
      instance?.kill();
      this.instances[place] = undefined;
    }
    await this.time.pause(hours * 3_600_000);
    this.trimmed = true;
    this.isOut = false;
    for (let place = 0; place < this.plan.instances; place++)
      if (this.instances[place] === undefined) this.launch(place);
  }

  private async rebuild(): Promise<void> {
    if (this.plan.rebuildAt === undefined) return;
    await this.time.pause(this.plan.rebuildAt);
    const instance = this.instances.find((each) => each?.killed === false);
    // It may die, or its requests fail: then there is no rebuild, or one that nobody was told of.
    void instance?.projections.rebuild('products').catch(onlyRequests);
  }

  private async storedEvents(): Promise<Map<string, RecordedEvent[]>> {
    const streams = new Map<string, RecordedEvent[]>();
    for (const id of new Set(this.plan.writers.flat().map(({ stream }) => stream))) {
      const events: RecordedEvent[] = [];
      for await (const event of this.store.read({ aggregate: 'cart', id })) events.push(event);
      streams.set(id, events);
    }
    return streams;
  }

  /** Nothing goes wrong any more; everything must arrive, what was parked after it is resumed. */
  private async settle(expected: ReadonlyMap<string, RecordedEvent[]>): Promise<string[]> {
    this.faulty.stop();
    this.trouble.failing = 0;
    this.poison.clear();
    if (this.instances.every((each) => each === undefined)) this.launch(0);
    const instance = this.instances.find((each) => each !== undefined);
    if (instance === undefined) return ['no instance is left'];
    const violations = await this.endBuilds(instance);
    for (const name of instance.projections.names)
      for (const [id, events] of expected)
        if (events.length > 0 && !(await this.arrives(instance, name, id, events.length)))
          violations.push(`${name} has not reached ${id} version ${events.length}`);
    await Promise.all(this.instances.flatMap((each) => each?.stop() ?? []));
    return violations;
  }

  /** A rebuild under way is to end, and to be served. */
  private async endBuilds({ projections }: Instance): Promise<string[]> {
    for (const deadline = this.time.now() + PATIENCE_MS; ;) {
      const status = await projections.status('products');
      if (status.next === undefined && status.active.build === undefined) return [];
      for (const { stream } of await projections.parkedStreams('products'))
        await projections.resumeStream('products', stream).catch(onlyRequests);
      if (status.next !== undefined && status.next.build === undefined)
        await projections.switchOver('products').catch(onlyRequests);
      if (this.time.now() > deadline) return [`the build of products does not end: ${JSON.stringify(status)}`];
      await this.time.pause(500);
    }
  }

  private async arrives({ projections }: Instance, name: string, id: string, version: number): Promise<boolean> {
    const stream = { aggregate: 'cart', id };
    for (const deadline = this.time.now() + PATIENCE_MS; this.time.now() <= deadline;) {
      if (this.plan.poison.size > 0 || this.plan.failing > 0)
        await projections.resumeStream(name, stream).catch(onlyRequests);
      const arrived = await projections.waitFor(name, { stream, version }, { timeoutMs: 5_000 }).then(
        () => true,
        () => false,
      );
      if (arrived) return true;
    }
    return false;
  }
}

/** Requests from before the end of the faults may still fail. */
function onlyRequests(error: unknown): void {
  if (!isEventStoreError(error)) throw error;
}
