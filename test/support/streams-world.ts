import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoControlStore } from '../../libs/dynamo-event-store/src/dynamo/dynamo-control-store.js';
import { controlTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { DynamoEventStore } from '../../libs/dynamo-event-store/src/dynamo/dynamo-event-store.js';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { eventTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/table-definition.js';
import { commitSortKey, partitionKeyOf } from '../../libs/dynamo-event-store/src/dynamo/table-schema.js';
import type { CommitNotice } from '../../libs/dynamo-event-store/src/feed/commit-notice.js';
import type { ControlStore } from '../../libs/dynamo-event-store/src/feed/control-store.js';
import type {
  FeedConsumer,
  FeedProblem,
  UnreadableCommit,
} from '../../libs/dynamo-event-store/src/feed/feed-source.js';
import type { ChangeStream } from '../../libs/dynamo-event-store/src/feed/streams/change-stream.js';
import type { ShardRecord } from '../../libs/dynamo-event-store/src/feed/streams/shard-record.js';
import { StreamsFeed } from '../../libs/dynamo-event-store/src/feed/streams/streams-feed.js';
import type { StreamsFeedSettings } from '../../libs/dynamo-event-store/src/feed/streams/streams-settings.js';
import { DynamoChangeStream } from '../../libs/dynamo-event-store/src/streams/dynamo-change-stream.js';
import {
  Random,
  SimulatedDynamoDb,
  VirtualTime,
  type SimulatedDynamoDbOptions,
} from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { virtualFeedClock } from './virtual-feed-clock.js';

const TABLE = 'events';
const CONTROL = 'events-control';

/** What projections of one generation have taken, in whichever instance. */
export class TestConsumer {
  /** Commits in the order in which they took effect for the first time. */
  readonly applied: string[] = [];
  /** All that took effect, also again. */
  readonly deliveries: string[] = [];
  readonly missed: string[] = [];
  readonly unreadable: UnreadableCommit[] = [];
  /** Whether it refuses what it is given. */
  isFailing = false;
  isPaused = false;
  /** Whether it has subscribed after others, and finds older commits elsewhere. */
  isLate = false;
  /** How long a delivery takes, in ms. */
  takesMs = 5;
  private readonly known = new Set<string>();

  constructor(readonly key: string) {}

  has(commit: string): boolean {
    return this.known.has(commit);
  }

  apply(notices: readonly CommitNotice[]): void {
    for (const notice of notices) {
      const commit = nameOf(notice);
      this.deliveries.push(commit);
      if (this.known.has(commit)) continue;
      this.known.add(commit);
      this.applied.push(commit);
    }
  }
}

export function nameOf({ stream, first }: Pick<CommitNotice, 'stream' | 'first'>): string {
  return `${stream.id}@${first}`;
}

/** One process: it can be held, as by a long pause of garbage collection; one that is never released has crashed. */
export class TestInstance {
  readonly problems: FeedProblem[] = [];
  readonly feed: StreamsFeed;
  ended: Promise<void> = Promise.resolve();
  private stopping = new AbortController();
  private gate: Promise<void> | undefined;
  private open: () => void = () => undefined;

  constructor(
    private readonly world: StreamsWorld,
    readonly name: string,
    private readonly consumers: () => readonly TestConsumer[],
    settings: StreamsFeedSettings,
  ) {
    const parts = { clock: world.clock, tableName: TABLE };
    const changes = this.gated<ChangeStream>(world.watchedChanges(), ['close']);
    this.feed = new StreamsFeed(
      { ...parts, control: this.gated<ControlStore>(world.watchedControl(), []), changes },
      settings,
    );
  }

  start(): this {
    this.stopping = new AbortController();
    const context = {
      instance: this.name,
      consumers: () =>
        this.consumers()
          .filter(({ isPaused }) => !isPaused)
          .map((consumer) => this.inProcess(consumer)),
      report: (problem: FeedProblem) => void this.problems.push(problem),
    };
    this.ended = this.feed.run(context, this.stopping.signal);
    this.ended.catch(() => undefined);
    return this;
  }

  stop(): Promise<void> {
    this.stopping.abort();
    return this.ended;
  }

  /** Nothing that it calls answers any more. */
  hold(): void {
    this.gate ??= new Promise((resolve) => {
      this.open = resolve;
    });
  }

  release(): void {
    this.open();
    this.gate = undefined;
  }

  private async pass(): Promise<void> {
    while (this.gate !== undefined) await this.gate;
  }

  private gated<T extends object>(target: T, open: readonly (keyof T & string)[]): T {
    return new Proxy(target, {
      get: (_, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        if (open.includes(name as keyof T & string)) return method.bind(target);
        return async (...args: unknown[]) => {
          await this.pass();
          const answer = await method.apply(target, args);
          await this.pass();
          return answer;
        };
      },
    });
  }

  private inProcess(consumer: TestConsumer): FeedConsumer {
    const { world } = this;
    const during = async (effect: () => void): Promise<void> => {
      await this.pass();
      await world.time.pause(consumer.takesMs);
      await this.pass();
      if (consumer.isFailing) throw new Error(`${consumer.key} is failing`);
      effect();
    };
    return {
      key: consumer.key,
      deliver: (notices) =>
        during(() => {
          consumer.apply(notices);
        }),
      missed: (reason) => during(() => void consumer.missed.push(reason)),
      unreadable: (item) => during(() => void consumer.unreadable.push(item)),
    };
  }
}

interface SeenRecord {
  readonly sequence: bigint;
  readonly commit: string;
}

export interface StreamsWorldOptions {
  readonly seed?: number;
  readonly streams?: NonNullable<SimulatedDynamoDbOptions['streams']>;
}

/**
 * A table with a stream, its control table, and any number of instances, in virtual time. It watches every answer of the
 * stream and every write to the control table, and notes in `violations` a checkpoint that comes before the effect or goes
 * back, and a shard that is read before the one it continues.
 */
export class StreamsWorld {
  readonly time = new VirtualTime();
  readonly clock = virtualFeedClock(this.time);
  readonly random: Random;
  readonly database: SimulatedDynamoDb;
  readonly store: DynamoEventStore;
  readonly consumers: TestConsumer[] = [];
  readonly commits: string[] = [];
  readonly violations: string[] = [];
  /** Owners of shards, in the order in which they took them. */
  readonly takes: { readonly shard: string; readonly owner: string; readonly at: number }[] = [];
  /** Positions asked for, by shard. */
  readonly seeks: { readonly shard: string; readonly position: string }[] = [];
  /** Makes a request fail, when it returns an error. */
  fault: (operation: string) => Error | undefined = () => undefined;
  /** Table whose stream is the current one. */
  streamTable = TABLE;
  private readonly shardOfIterator = new Map<string, string>();
  private readonly seen = new Map<string, SeenRecord[]>();
  private readonly parents = new Map<string, string>();

  constructor({ seed = 1, streams = {} }: StreamsWorldOptions = {}) {
    this.random = new Random(seed);
    this.database = new SimulatedDynamoDb({ time: this.time, random: this.random.fork('database'), streams });
    this.createTable(TABLE);
    this.database.createTable(CONTROL, controlTableDefinition(CONTROL));
    this.store = new DynamoEventStore({
      client: this.database.client,
      tableName: () => this.streamTable,
      clock: this.time.clock,
    });
  }

  createTable(tableName: string): void {
    this.database.createTable(tableName, eventTableDefinition({ tableName }));
  }

  consumer(key: string): TestConsumer {
    const consumer = new TestConsumer(key);
    this.consumers.push(consumer);
    return consumer;
  }

  instance(name: string, settings: StreamsFeedSettings = {}, consumers = () => this.consumers): TestInstance {
    return new TestInstance(this, name, consumers, settings);
  }

  async commit(count = 1): Promise<void> {
    for (let index = 0; index < count; index++) {
      const id = `o-${this.commits.length}`;
      await this.store.append({ aggregate: 'order', id }, [{ type: 'order-placed', payload: {} }], {
        expected: 'none',
      });
      this.commits.push(`${id}@1`);
    }
  }

  /** Stores what has the keys of a commit, and nothing else of it. */
  async putUnreadable(id: string, version: number): Promise<void> {
    const Item = { pk: { S: partitionKeyOf({ aggregate: 'order', id }) }, sk: { S: commitSortKey(version) } };
    await this.database.client.send(new PutItemCommand({ TableName: this.streamTable, Item }));
  }

  /** Lets time pass until the promise settles. */
  run<T>(promise: Promise<T>): Promise<T> {
    return this.time.runUntil(promise);
  }

  pass(ms: number): Promise<void> {
    return this.run(this.time.pause(ms));
  }

  /** Lets time pass until the condition holds, and fails when it does not within the bound. @returns ms that it took. */
  async until(what: string, condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<number> {
    const start = this.time.now();
    await this.run(
      (async () => {
        while (!(await condition())) {
          if (this.time.now() - start > withinMs)
            throw new Error(`within ${withinMs} ms it did not come true that ${what}`);
          await this.time.pause(20);
        }
      })(),
    );
    return this.time.now() - start;
  }

  everythingReaches(consumers: readonly TestConsumer[] = this.consumers, withinMs = 60_000): Promise<number> {
    const all = (): boolean => consumers.every((consumer) => this.commits.every((commit) => consumer.has(commit)));
    return this.until('every commit reaches every consumer', all, withinMs);
  }

  /** As they are stored now; no request. */
  shardRecords(): { readonly id: string; readonly stream: string; readonly value: ShardRecord }[] {
    return this.database.items(CONTROL).flatMap(({ pk, sk, doc }) => {
      const [kind, stream = ''] = (pk?.S ?? '').split('#');
      return kind === 'shards' ? [{ id: sk?.S ?? '', stream, value: JSON.parse(doc?.S ?? '') as ShardRecord }] : [];
    });
  }

  ownersOfShards(): (string | undefined)[] {
    return this.shardRecords().map(({ value }) => value.owner);
  }

  watchedChanges(): ChangeStream {
    const streams = this.database.streamsClientFor() as never;
    const tables = this.database.clientFor();
    const current = (): DynamoChangeStream => new DynamoChangeStream(tables, this.streamTable, streams);
    return {
      describe: async () => {
        this.failIf('describe');
        const description = await current().describe();
        for (const { id, parent } of description.shards) if (parent !== undefined) this.parents.set(id, parent);
        return description;
      },
      iterator: async (stream, shard, position) => {
        this.failIf('iterator');
        this.seeks.push({ shard, position });
        const answer = await current().iterator(stream, shard, position);
        if ('iterator' in answer) this.shardOfIterator.set(answer.iterator, shard);
        return answer;
      },
      records: async (iterator, limit) => {
        this.failIf('records');
        const shard = this.shardOfIterator.get(iterator) ?? '';
        const answer = await current().records(iterator, limit);
        if ('refused' in answer) return answer;
        if (answer.next !== undefined) this.shardOfIterator.set(answer.next, shard);
        for (const { sequenceNumber, news } of answer.records)
          if (news !== undefined && 'notice' in news) this.note(shard, sequenceNumber, nameOf(news.notice));
        return answer;
      },
      close: () => undefined,
    };
  }

  watchedControl(): ControlStore {
    const client = this.database.clientFor();
    const requests = new DynamoRequests(
      () => client,
      () => Promise.resolve(),
    );
    const control = new DynamoControlStore(requests, () => CONTROL);
    return {
      get: async (partition, id) => {
        this.failIf('get');
        return control.get(partition, id);
      },
      list: async (partition, range) => {
        this.failIf('list');
        return control.list(partition, range);
      },
      delete: (partition, id, revision) => control.delete(partition, id, revision),
      put: async (partition, id, value, expected, revision) => {
        this.failIf('put');
        const before = this.shardRecords().find((record) => record.id === id)?.value;
        if (partition.startsWith('shards#')) this.checkWrite(id, value as ShardRecord);
        const isStored = await control.put(partition, id, value, expected, revision);
        if (isStored && partition.startsWith('shards#')) this.noteOwner(id, before, value as ShardRecord);
        return isStored;
      },
    };
  }

  /** Commits of a shard that were read, by the order of the shard. */
  commitsOf(shard: string): string[] {
    return (this.seen.get(shard) ?? []).map(({ commit }) => commit);
  }

  /** Everything in a shard took effect after everything in the shard before it. Of commits that were read. */
  childrenBeforeParents(): string[] {
    const found: string[] = [];
    for (const { key, applied } of this.consumers) {
      const place = new Map(applied.map((commit, index) => [commit, index]));
      for (const [shard, parent] of this.parents) {
        const first = Math.min(...this.commitsOf(shard).map((commit) => place.get(commit) ?? Infinity));
        const last = Math.max(...this.commitsOf(parent).map((commit) => place.get(commit) ?? -1));
        if (first < last) found.push(`${key} got a commit of ${shard} before one of ${parent}`);
      }
    }
    return found;
  }

  private failIf(operation: string): void {
    const error = this.fault(operation);
    if (error !== undefined) throw error;
  }

  private note(shard: string, sequenceNumber: string, commit: string): void {
    const records = this.seen.get(shard) ?? [];
    this.seen.set(shard, records);
    const sequence = BigInt(sequenceNumber);
    if (records.some((each) => each.sequence === sequence)) return;
    records.push({ sequence, commit });
    records.sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
  }

  /** Before the write, since what is to be stored must be true already. */
  private checkWrite(shard: string, { checkpoints }: ShardRecord): void {
    for (const consumer of this.consumers) {
      const position = checkpoints[consumer.key]?.position ?? 'TRIM_HORIZON';
      if (position === 'TRIM_HORIZON' || consumer.isLate || consumer.missed.length > 0) continue;
      for (const { sequence, commit } of this.seen.get(shard) ?? [])
        if ((position === 'SHARD_END' || BigInt(position) >= sequence) && !consumer.has(commit))
          this.violations.push(`${consumer.key} is put to ${position} of ${shard}, but ${commit} had no effect yet`);
    }
  }

  private noteOwner(shard: string, before: ShardRecord | undefined, { owner }: ShardRecord): void {
    if (owner !== undefined && owner !== before?.owner) this.takes.push({ shard, owner, at: this.time.now() });
  }
}
