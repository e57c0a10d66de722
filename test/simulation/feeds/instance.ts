import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoEventStore, OnAny, Reactor, ReadSide, type RecordedEvent } from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import { SimulatedProcess, type FaultyClient, type Random, type VirtualTime } from 'nestjs-dynamo-event-store/testing';
import { clientWith, sendOf } from '../../../libs/dynamo-event-store/src/testing/faults/client-seam.js';
import { backoffMs } from '../../../libs/dynamo-event-store/src/store/backoff.js';
import { CartsProjection, ProductsProjection, SHOP_EVENTS } from '../../support/shop.js';
import { virtualFeedClock } from '../../support/virtual-feed-clock.js';

/** What reactors were given, by all instances, in the order of time. */
export interface Delivery {
  readonly instance: string;
  readonly stream: string;
  readonly version: number;
}

export interface InstanceParts {
  readonly name: string;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faulty: FaultyClient;
  readonly streamsClient: (name: string) => object;
  readonly deliveries: Delivery[];
  /** What no method can take; emptied when the fault is mended. */
  readonly poison: Set<string>;
  readonly trouble: { failing: number };
}

/** One instance of a service with two projections and a reactor. */
export class Instance {
  private readonly process: SimulatedProcess;
  private readonly readSide: ReadSide;
  private frozen: Promise<void> | undefined;

  constructor(private readonly parts: InstanceParts) {
    const { name, time, faulty, random } = parts;
    this.process = new SimulatedProcess(faulty, name);
    const jitter = random.fork(`${name}/jitter`);
    const client = this.thawed(this.process.client);
    const store = new DynamoEventStore({
      client,
      tableName: 'events',
      events: SHOP_EVENTS,
      clock: time.clock,
      backoff: (attempt) => time.pause(backoffMs(attempt, () => jitter.next())),
    });
    const streams = parts.streamsClient(name) as unknown as DynamoDBClient;
    const send = sendOf(streams);
    const mortal = clientWith(streams, (command, options) => this.process.step(() => send(command, options)));
    this.readSide = new ReadSide({
      store,
      feed: streamsFeed({
        client: this.thawed(mortal) as unknown as DynamoDBStreamsClient,
        leaseMs: 3_000,
        pollMs: 200,
        idlePollMs: 1_500,
        discoverMs: 5_000,
      }),
      clock: virtualFeedClock(time),
      instance: name,
      refreshMs: 1_000,
      leaseMs: 3_000,
      segments: 2,
      positions: 2 + random.int(3),
      retryPauseMs: () => 100,
    });
    const fail = random.fork(`${name}/failures`);
    const spoiled = (target: object): object => this.spoil(target, fail);
    this.readSide.add([
      { instance: spoiled(new CartsProjection()) },
      { instance: spoiled(new ProductsProjection()) },
      { instance: spoiled(new Recorder(name, parts.deliveries)) },
    ]);
  }

  get killed(): boolean {
    return this.process.killed;
  }

  get projections(): ReadSide['projections'] {
    return this.readSide.projections;
  }

  start(): void {
    this.readSide.start();
  }

  async stop(): Promise<void> {
    await this.process.run(() => this.readSide.stop());
  }

  kill(): void {
    this.process.kill();
  }

  freeze(ms: number): void {
    this.frozen = this.parts.time.pause(ms);
  }

  /** Requests that begin, and answers that come, while the instance is frozen wait until it goes on. */
  private thawed(client: DynamoDBClient): DynamoDBClient {
    const send = sendOf(client);
    const thaw = () => this.frozen;
    return clientWith(client, async (command, options) => {
      await thaw();
      const answer = await send(command, options);
      await thaw();
      return answer;
    });
  }

  /** Makes methods throw: at random, and always for what is poisoned. */
  private spoil<T extends object>(target: T, fail: Random): T {
    const { poison, trouble } = this.parts;
    const prototype = Object.getPrototypeOf(target) as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(prototype).filter((each) => each !== 'constructor')) {
      const method = prototype[name] as (...args: unknown[]) => unknown;
      Object.defineProperty(target, name, {
        value: async (event: object, envelope: RecordedEvent, context: unknown) => {
          if (poison.has(`${envelope.stream.id}/${envelope.version}`)) throw new Error('poison');
          if (trouble.failing > 0 && fail.chance(trouble.failing)) throw new Error('bad luck');
          await method.call(target, event, envelope, context);
          if (trouble.failing > 0 && fail.chance(trouble.failing)) throw new Error('bad luck after the work');
        },
      });
    }
    return target;
  }
}

@Reactor({ name: 'recorder', from: 'beginning', attempts: 40 })
class Recorder {
  constructor(
    private readonly instance: string,
    private readonly deliveries: Delivery[],
  ) {}

  @OnAny() record(_: object, { stream, version }: RecordedEvent): void {
    this.deliveries.push({ instance: this.instance, stream: stream.id, version });
  }
}
