import { afterAll, describe, expect, it } from '@jest/globals';
import { CreateTableCommand, UpdateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoEventStore, FeedSourceError } from 'nestjs-dynamo-event-store';
import { controlTableDefinition, controlTableName } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { DynamoControlStore } from '../../libs/dynamo-event-store/src/dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { SYSTEM_CLOCK } from '../../libs/dynamo-event-store/src/feed/feed-clock.js';
import type { CommitNotice } from '../../libs/dynamo-event-store/src/feed/commit-notice.js';
import type { FeedConsumer, FeedProblem, FeedSource } from '../../libs/dynamo-event-store/src/feed/feed-source.js';
import type { ShardRecord } from '../../libs/dynamo-event-store/src/feed/streams/shard-record.js';
import type { TableScan } from '../../libs/dynamo-event-store/src/feed/table-scan.js';
import { streamsFeed, type StreamsFeedOptions } from '../../libs/dynamo-event-store/src/streams/index.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';

const LEASE_MS = 1_500;

const client = testClient();
const closing: (() => Promise<void> | void)[] = [];

afterAll(async () => {
  for (const close of closing) await close();
  client.destroy();
});

class Applied implements FeedConsumer {
  readonly key = 'orders@1';
  readonly deliveries: CommitNotice[] = [];
  readonly missedFor: string[] = [];

  deliver(notices: readonly CommitNotice[]): Promise<void> {
    this.deliveries.push(...notices);
    return Promise.resolve();
  }

  missed(reason: string): Promise<void> {
    this.missedFor.push(reason);
    return Promise.resolve();
  }

  unreadable(): Promise<void> {
    return Promise.reject(new Error('There is nothing unreadable here.'));
  }

  get ids(): string[] {
    return this.deliveries.map(({ stream, first }) => `${stream.id}@${first}`);
  }
}

interface Instance {
  readonly feed: FeedSource;
  readonly problems: FeedProblem[];
  stop(): Promise<void>;
}

/** Table, control table and store, and instances of a service on them, each with clients of its own. */
async function service() {
  const tableName = uniqueTableName('streams-feed');
  const store = new DynamoEventStore({ client, tableName });
  await store.createTable();
  await client.send(new CreateTableCommand(controlTableDefinition(controlTableName(tableName))));
  const controlOn = (own: DynamoDBClient): DynamoControlStore =>
    new DynamoControlStore(
      new DynamoRequests(
        () => own,
        () => Promise.resolve(),
      ),
      () => controlTableName(tableName),
    );
  const feedOn = (own: DynamoDBClient, options: StreamsFeedOptions = {}): FeedSource =>
    streamsFeed({ leaseMs: LEASE_MS, ...options }).create({
      client: own,
      tableName,
      control: controlOn(own),
      scan: undefined as unknown as TableScan,
      clock: SYSTEM_CLOCK,
    });
  const start = (instance: string, consumers: FeedConsumer[], own = client, options?: StreamsFeedOptions): Instance => {
    const problems: FeedProblem[] = [];
    const feed = feedOn(own, options);
    const stopping = new AbortController();
    const context = { instance, consumers: () => consumers, report: (problem: FeedProblem) => problems.push(problem) };
    const ended = feed.run(context, stopping.signal);
    const stop = (): Promise<void> => {
      stopping.abort();
      return ended;
    };
    closing.push(stop);
    return { feed, problems, stop };
  };
  const shards = async (): Promise<ShardRecord[]> => {
    const records = await controlOn(client).list<{ subscribers: Record<string, string> }>(`feeds#${tableName}`);
    const [stream] = Object.values(records[0]?.value.subscribers ?? {});
    return (await controlOn(client).list<ShardRecord>(`shards#${stream}`)).map(({ value }) => value);
  };
  return { tableName, store, feedOn, start, shards };
}

let orders = 0;

/** Commits to streams of their own, of three events each. */
async function commit(store: DynamoEventStore, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const id = `o-${orders++}`;
    const event = { type: 'order-placed', payload: { total: '12.50' } };
    await store.append({ aggregate: 'order', id }, [event, event, event], { expected: 'none' });
    ids.push(`${id}@1`);
  }
  return ids;
}

describe('the streams feed on DynamoDB Local', () => {
  it('delivers whole commits of the store, soon, and goes on behind them after a restart', async () => {
    const { store, start, feedOn, shards } = await service();
    const consumer = new Applied();
    await feedOn(client).subscribe(consumer.key);
    const before = await commit(store, 20);
    const a = start('a', [consumer]);
    await eventually('all are delivered', () => consumer.deliveries.length >= 20);
    expect(consumer.ids).toEqual(before);
    expect(consumer.deliveries[0]).toMatchObject({
      first: 1,
      last: 3,
      types: ['order-placed~1'],
      commit: { count: 3 },
    });

    const [next] = await commit(store, 1);
    const committedAt = Date.now();
    a.feed.nudge();
    await eventually('it is delivered', () => consumer.ids.includes(next!));
    process.stdout.write(`delivered ${Date.now() - committedAt} ms after the commit, with a nudge\n`);
    await a.stop();
    expect(a.problems).toEqual([]);
    expect((await shards()).map(({ owner }) => owner)).toEqual([undefined]);

    const after = await commit(store, 5);
    const again = new Applied();
    start('b', [again]);
    await eventually('the new ones are delivered', () => again.deliveries.length >= 5);
    expect(again.ids).toEqual(after);
    expect([consumer.missedFor, again.missedFor]).toEqual([[], []]);
  });

  it('counts only what is new: an archived stream changes an item, a purged one deletes some', async () => {
    const { store, start } = await service();
    const consumer = new Applied();
    start('a', [consumer]);
    const [first] = await commit(store, 1);
    const stream = { aggregate: 'order', id: first!.replace('@1', '') };
    await store.archiveStream(stream);
    await store.closeStream(stream);
    await store.purgeStream(stream);
    const [last] = await commit(store, 1);
    await eventually('the last one is delivered', () => consumer.ids.includes(last!));
    expect(consumer.ids).toEqual([first, last]);
  });

  it('takes a shard over from an instance that stops answering, and keeps it when that one comes back', async () => {
    const { store, start, feedOn, shards } = await service();
    const consumer = new Applied();
    await feedOn(client).subscribe(consumer.key);
    const held = holdable();
    const a = start('a', [consumer], held.client, { client: held.streams });
    const known = await commit(store, 3);
    await eventually('a delivers', () => consumer.deliveries.length >= known.length);
    const standby = new Applied();
    start('b', [standby]);
    await eventually('a owns the shard', async () => (await shards())[0]?.owner === 'a');

    held.hold();
    const heldAt = performance.now();
    const news = await commit(store, 3);
    await eventually('b delivers', () => news.every((id) => standby.ids.includes(id)));
    const takeover = performance.now() - heldAt;
    process.stdout.write(`taken over after ${takeover.toFixed(0)} ms with a lease of ${LEASE_MS} ms\n`);
    expect(takeover).toBeGreaterThan((LEASE_MS * 2) / 3 - 100);
    expect(takeover).toBeLessThan((LEASE_MS * 4) / 3 + 1_500);

    held.release();
    const { length } = standby.deliveries;
    await commit(store, 3);
    await eventually('b delivers again', () => standby.deliveries.length >= length + 3);
    await a.stop();
    expect((await shards())[0]?.owner).toBe('b');
  });

  it('says what to set when the table has no stream', async () => {
    const { tableName, feedOn } = await service();
    await client.send(new UpdateTableCommand({ TableName: tableName, StreamSpecification: { StreamEnabled: false } }));
    await expect(feedOn(client).subscribe('orders@1')).rejects.toThrow(FeedSourceError);
    await expect(feedOn(client).subscribe('orders@1')).rejects.toThrow(/StreamViewType NEW_IMAGE/);
    const context = { instance: 'a', consumers: () => [], report: () => undefined };
    await expect(feedOn(client).run(context, new AbortController().signal)).rejects.toThrow(FeedSourceError);
  });
});

/** Clients whose requests can be kept waiting, as in a process that is paused. */
function holdable() {
  let gate: Promise<void> | undefined;
  let open: () => void = () => undefined;
  const own = testClient();
  const streams = new DynamoDBStreamsClient(testClientConfig());
  const wait = async <T>(call: () => Promise<T>): Promise<T> => {
    await gate;
    const answer = await call();
    await gate;
    return answer;
  };
  own.middlewareStack.add((next) => (args) => wait(() => next(args)), { step: 'initialize', name: 'hold' });
  streams.middlewareStack.add((next) => (args) => wait(() => next(args)), { step: 'initialize', name: 'hold' });
  closing.unshift(() => {
    open();
  });
  closing.push(() => {
    own.destroy();
    streams.destroy();
  });
  return {
    client: own,
    streams,
    hold: () => {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release: () => {
      open();
      gate = undefined;
    },
  };
}
