import { describe, expect, it } from '@jest/globals';
import { StreamsWorld } from '../../../../../test/support/streams-world.js';
import { FeedSourceError } from '../../errors/feed-errors.js';
import type { StreamsFeedSettings } from './streams-settings.js';

const HOUR = 60 * 60 * 1_000;
const LEASE_MS = 10_000;

/** So that days pass in few requests. */
const SLOW = { leaseMs: 300_000, pollMs: 30_000, idlePollMs: 60_000, discoverMs: 600_000 };

/** A world whose shards have read something, with one consumer and one instance. */
async function running(streams = {}, settings: StreamsFeedSettings = {}) {
  const world = new StreamsWorld({ streams });
  const orders = world.consumer('orders@1');
  const a = world.instance('a', settings);
  await world.run(a.feed.subscribe(orders.key));
  a.start();
  await world.run(world.commit(5));
  await world.everythingReaches(undefined, 10 * 60_000);
  return { world, orders, a };
}

describe('one instance', () => {
  it('delivers every commit once to every consumer, and keeps no lease after its end', async () => {
    const world = new StreamsWorld({ streams: { shards: 3, emptyAnswers: 0.3 } });
    const consumers = [world.consumer('orders@1'), world.consumer('mails@1')];
    const a = world.instance('a').start();
    await world.run(world.commit(50));
    await world.everythingReaches();
    await world.run(a.stop());

    for (const { deliveries } of consumers) expect([...deliveries].sort()).toEqual([...world.commits].sort());
    expect(world.ownersOfShards()).toEqual([undefined, undefined, undefined]);
    expect(a.problems).toEqual([]);
  });

  it('goes on behind what had taken effect when it is started again', async () => {
    const { world, orders, a } = await running({ shards: 2 });
    await world.run(a.stop());
    await world.run(world.commit(5));
    const b = world.instance('b').start();
    await world.everythingReaches();

    expect([...orders.deliveries].sort()).toEqual([...world.commits].sort());
    await world.run(b.stop());
  });

  it('finishes the batch in hand before it ends, and stores the checkpoint', async () => {
    const { world, orders, a } = await running();
    orders.takesMs = 5_000;
    await world.run(world.commit());
    await world.pass(500);
    expect(orders.applied).toHaveLength(5);
    await world.run(a.stop());

    expect(orders.applied).toHaveLength(6);
    const [record] = world.shardRecords();
    expect(record?.value.owner).toBeUndefined();
    world.instance('b').start();
    await world.pass(20_000);
    expect(orders.deliveries).toHaveLength(6);
  });

  it('hands over what cannot be read, and goes on when that is on record', async () => {
    const { world, orders, a } = await running();
    orders.isFailing = true;
    await world.run(world.putUnreadable('broken', 7));
    await world.pass(10_000);
    expect(a.problems.length).toBeGreaterThan(0);
    orders.isFailing = false;
    await world.run(world.commit());
    await world.everythingReaches();
    expect(orders.unreadable).toMatchObject([{ stream: { id: 'broken' }, version: 7 }]);
  });

  it('looks at once after a nudge', async () => {
    const { world, orders, a } = await running({ delayMs: () => 0 });
    await world.pass(60_000);
    const read = world.shardRecords()[0]!.value.readAt!;
    expect(world.time.now() - read).toBeLessThan(LEASE_MS);
    await world.run(world.commit());
    a.feed.nudge();
    expect(await world.everythingReaches()).toBeLessThan(80);
    expect(orders.applied).toHaveLength(6);
  });

  it('takes a new iterator when a delivery has outlived the old one', async () => {
    const { world, orders, a } = await running();
    orders.takesMs = 16 * 60 * 1_000;
    await world.run(world.commit());
    await world.everythingReaches([orders], HOUR);
    orders.takesMs = 5;
    await world.run(world.commit(3));
    await world.everythingReaches();
    expect(orders.deliveries).toHaveLength(9);
    expect([orders.missed, a.problems]).toEqual([[], []]);
  });

  it('reports throttling, and goes on', async () => {
    const { world, a } = await running({ shards: 2, shardLifetimeMs: () => 20_000 });
    let requests = 0;
    world.fault = () => (++requests % 3 === 0 ? new Error('throttled') : undefined);
    for (let round = 0; round < 10; round++) {
      await world.run(world.commit(5));
      await world.pass(5_000);
    }
    expect(a.problems.length).toBeGreaterThan(3);
    world.fault = () => undefined;
    await world.everythingReaches(undefined, 5 * 60_000);
    expect(world.violations).toEqual([]);
  });

  it('does not start without a stream, and says what to set', async () => {
    const world = new StreamsWorld();
    world.database.createTable('bare', {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    world.streamTable = 'bare';
    const a = world.instance('a').start();
    await expect(world.run(a.ended)).rejects.toThrow(FeedSourceError);
    await expect(world.run(a.feed.subscribe('orders@1'))).rejects.toThrow(/bare.*StreamViewType NEW_IMAGE/);
  });
});

describe('several instances', () => {
  it('share the shards about evenly, and then leave them where they are', async () => {
    const world = new StreamsWorld({ streams: { shards: 7 } });
    world.consumer('orders@1');
    world.instance('a').start();
    await world.pass(5_000);
    expect(new Set(world.ownersOfShards())).toEqual(new Set(['a']));
    world.instance('b').start();
    world.instance('c').start();
    await world.pass(60_000);

    const owners = world.ownersOfShards();
    const counts = ['a', 'b', 'c'].map((name) => owners.filter((owner) => owner === name).length);
    expect(counts.sort()).toEqual([2, 2, 3]);
    const { length } = world.takes;
    await world.pass(5 * 60_000);
    expect(world.takes).toHaveLength(length);
  });

  it('leave one shard to one instance', async () => {
    const { world } = await running();
    world.instance('b').start();
    await world.pass(60_000);
    expect(world.takes.map(({ owner }) => owner)).toEqual(['a']);
  });

  it.each([0, 600, 1_200, 1_800, 2_400, 3_000])(
    'take over from one that died within 4/3 of its lease, whatever else wakes them (%i)',
    async (ms) => {
      const { world, a } = await running({ shards: 4 });
      await world.pass(ms);
      const b = world.instance('b').start();
      await world.pass(60_000 + 2 * ms);
      const shards = new Set(world.shardRecords().map(({ id }) => id));
      const before = world.takes.length;
      a.hold();
      const died = world.time.now();
      await world.pass(4_800);
      world.database.rollShards('events');
      await world.run(world.commit(20));
      await world.everythingReaches();
      await world.until('b has all shards', () => world.ownersOfShards().every((owner) => owner !== 'a'));

      const taken = world.takes.slice(before).filter(({ shard }) => shards.has(shard));
      const after = taken.map(({ at }) => at - died);
      expect(taken).toHaveLength(2);
      expect(Math.min(...after)).toBeGreaterThan((LEASE_MS * 2) / 3 - 100);
      expect(Math.max(...after)).toBeLessThan((LEASE_MS * 4) / 3 + 100);
      expect(b.problems).toEqual([]);
    },
  );

  it('take over at once from one that has ended', async () => {
    const { world, a } = await running({ shards: 4 });
    world.instance('b').start();
    await world.pass(60_000);
    await world.run(a.stop());
    const taken = await world.until('b has all', () => world.ownersOfShards().every((owner) => owner === 'b'));
    expect(taken).toBeLessThanOrEqual(LEASE_MS / 3 + 100);
  });

  it('store nothing for a shard that another one has taken over', async () => {
    const { world, a, orders } = await running();
    await world.pass(5_000);
    a.hold();
    const b = world.instance('b').start();
    await world.run(world.commit(5));
    await world.everythingReaches();
    await world.until(
      'b has stored it',
      () => world.shardRecords()[0]?.value.checkpoints[orders.key]?.caughtUp === true,
    );
    const position = (): bigint => BigInt(world.shardRecords()[0]!.value.checkpoints[orders.key]!.position);
    const before = position();
    a.release();
    let lowest = before;
    const owners = new Set<string | undefined>();
    for (let second = 0; second < 30; second++) {
      await world.pass(1_000);
      if (position() < lowest) lowest = position();
      owners.add(world.shardRecords()[0]?.value.owner);
    }

    expect([lowest, owners]).toEqual([before, new Set(['b'])]);
    await world.run(world.commit(5));
    await world.everythingReaches();
    await world.pass(10_000);
    // What a had read before it was held may come from both; what came later only from b.
    const late = world.commits.slice(-5);
    expect(orders.deliveries.filter((commit) => late.includes(commit)).sort()).toEqual([...late].sort());
    expect(b.problems).toEqual([]);
    await world.run(a.stop());
    expect(world.ownersOfShards()).toEqual(['b']);
  });

  it('repeat what took effect before the checkpoint was stored, and lose nothing', async () => {
    const { world, a, orders } = await running();
    await world.pass(4_000);
    await world.run(world.commit(3));
    await world.everythingReaches();
    a.hold();
    world.instance('b').start();
    await world.run(world.commit(3));
    await world.everythingReaches();
    expect(orders.deliveries.length).toBe(world.commits.length + 3);
  });
});

describe('a consumer', () => {
  it('that fails holds up no other, and gets everything when it works again', async () => {
    const { world, orders, a } = await running();
    const mails = world.consumer('mails@1');
    await world.run(a.feed.subscribe(mails.key));
    mails.isLate = true;
    mails.isFailing = true;
    const late = world.commits.length;
    await world.run(world.commit(5));
    expect(await world.everythingReaches([orders])).toBeLessThan(3_000);
    await world.pass(30_000);
    await world.run(world.commit(5));
    expect(await world.everythingReaches([orders])).toBeLessThan(3_000);
    expect(a.problems.length).toBeGreaterThan(3);
    expect(a.problems.length).toBeLessThan(10);

    mails.isFailing = false;
    await world.until(
      'the commits arrive',
      () => world.commits.slice(late).every((commit) => mails.has(commit)),
      61_000,
    );
    expect(orders.deliveries).toEqual(orders.applied);
    expect(new Set(mails.deliveries).size).toBe(mails.deliveries.length);
  });

  it('that fails still fails after a restart from its own checkpoint, not from that of others', async () => {
    const { world, orders, a } = await running();
    orders.isFailing = true;
    await world.run(world.commit(3));
    await world.pass(20_000);
    await world.run(a.stop());
    orders.isFailing = false;
    world.instance('b').start();
    await world.everythingReaches();
    expect(orders.deliveries).toHaveLength(8);
  });

  it('that is paused gets what came meanwhile', async () => {
    const { world, orders, a } = await running({ shardLifetimeMs: () => 60_000 });
    world.consumer('mails@1');
    await world.everythingReaches();
    orders.isPaused = true;
    await world.pass(5 * 60_000);
    await world.run(world.commit(5));
    await world.pass(5 * 60_000);
    expect(orders.applied).toHaveLength(5);
    orders.isPaused = false;
    await world.everythingReaches();
    expect([world.violations, world.childrenBeforeParents(), a.problems]).toEqual([[], [], []]);
  });

  it('that is new begins near the others, not a day before', async () => {
    const { world, orders, a } = await running({ shards: 2 });
    await world.run(world.commit(50));
    await world.everythingReaches();
    await world.pass(5_000);
    const mails = world.consumer('mails@1');
    mails.isLate = true;
    mails.isPaused = true;
    await world.run(a.feed.subscribe(mails.key));
    const { length } = world.commits;
    await world.run(world.commit(10));
    await world.everythingReaches([orders]);
    await world.pass(30_000);
    mails.isPaused = false;
    await world.until('it gets the new ones', () => world.commits.slice(length).every((commit) => mails.has(commit)));
    expect(mails.deliveries).toHaveLength(10);
    expect(orders.deliveries).toHaveLength(world.commits.length);
  });

  it('that subscribes again keeps its places', async () => {
    const { world, a } = await running({ shardLifetimeMs: () => 60_000 });
    const mails = world.consumer('mails@1');
    await world.run(a.feed.subscribe(mails.key));
    await world.everythingReaches();
    mails.isPaused = true;
    await world.pass(3 * 60_000);
    await world.run(world.commit(5));
    await world.pass(60_000);
    await world.run(a.feed.subscribe(mails.key));
    mails.isPaused = false;
    await world.everythingReaches();
  });

  it('that is gone for good leaves nothing behind', async () => {
    const { world, orders, a } = await running();
    const mails = world.consumer('mails@1');
    await world.run(a.feed.subscribe(mails.key));
    await world.everythingReaches();
    await world.pass(5_000);
    expect(Object.keys(world.shardRecords()[0]!.value.checkpoints).sort()).toEqual(['mails@1', 'orders@1']);
    mails.isPaused = true;
    await world.run(a.feed.unsubscribe(mails.key));
    await world.pass(30_000);
    expect(Object.keys(world.shardRecords()[0]!.value.checkpoints)).toEqual([orders.key]);
    expect([...(await world.run(a.feed.lag())).keys()]).toEqual([orders.key]);
  });
});

describe('shards', () => {
  it('that split are read after the one they continue, also by a slow consumer on another instance', async () => {
    const world = new StreamsWorld({ streams: { shards: 2, shardLifetimeMs: () => 8_000, splits: 0.5 } });
    const slow = world.consumer('slow@1');
    world.consumer('orders@1');
    slow.takesMs = 3_000;
    world.instance('a').start();
    world.instance('b').start();
    for (let round = 0; round < 10; round++) {
      await world.run(world.commit(6));
      await world.pass(2_000);
    }
    await world.everythingReaches(undefined, 10 * 60_000);
    expect(world.shardRecords().length).toBeGreaterThan(5);
    expect([world.violations, world.childrenBeforeParents()]).toEqual([[], []]);
  });

  it('that split are not read for a consumer that fails in the one they continue', async () => {
    const { world, orders } = await running();
    const mails = world.consumer('mails@1');
    await world.everythingReaches();
    mails.isFailing = true;
    await world.run(world.commit(5));
    await world.everythingReaches([orders]);
    world.database.splitShards('events');
    await world.run(world.commit(5));
    await world.everythingReaches([orders]);
    mails.isFailing = false;
    await world.everythingReaches(undefined, 2 * 60_000);
    expect([world.violations, world.childrenBeforeParents()]).toEqual([[], []]);
  });

  it('that continue another are read at once when it is done', async () => {
    const { world } = await running();
    await world.pass(5_000);
    world.database.splitShards('events');
    await world.run(world.commit(5));
    expect(await world.everythingReaches()).toBeLessThan(2_000);
  });

  it('that are gone and read are forgotten, others are not', async () => {
    const { world, a } = await running({ shardLifetimeMs: () => 4 * HOUR }, SLOW);
    for (let hour = 0; hour < 40; hour += 4) {
      await world.run(world.commit());
      await world.pass(4 * HOUR);
    }
    await world.everythingReaches(undefined, HOUR);
    expect(world.shardRecords().length).toBeLessThan(10);
    expect(world.shardRecords().length).toBeGreaterThan(5);
    expect([world.consumers[0]?.missed, world.violations, a.problems]).toEqual([[], [], []]);
  });
});

describe('what was dropped before it was read', () => {
  it('is nothing in a shard that was quiet for days, and watched', async () => {
    const { world, orders, a } = await running({}, SLOW);
    await world.pass(50 * HOUR);
    await world.run(a.stop());
    const b = world.instance('b', SLOW).start();
    await world.run(world.commit());
    await world.everythingReaches(undefined, 10 * 60_000);

    expect(orders.missed).toEqual([]);
    expect([...orders.deliveries].sort()).toEqual([...world.commits].sort());
    await world.run(b.stop());
  });

  it('is told to every consumer after an outage of more than a day, before the places move', async () => {
    const { world, orders, a } = await running({ shards: 2, shardLifetimeMs: () => 4 * HOUR }, SLOW);
    await world.run(a.stop());
    await world.run(world.commit(5));
    await world.pass(30 * HOUR);
    const b = world.instance('b', SLOW).start();
    await world.until('it is told', () => orders.missed.length > 0, HOUR);
    expect(orders.missed).toEqual([expect.stringMatching(/^nothing was read since 2024-01-01T00/)]);
    await world.run(world.commit(5));
    const news = world.commits.slice(-5);
    await world.until('new ones arrive', () => news.every((commit) => orders.has(commit)), HOUR);
    expect(orders.missed).toHaveLength(1);
    expect(b.problems).toEqual([]);
  });

  it('is noticed when a consumer fails for a day', async () => {
    const { world, orders, a } = await running({}, SLOW);
    const mails = world.consumer('mails@1');
    await world.everythingReaches(undefined, HOUR);
    mails.isFailing = true;
    await world.run(world.commit(3));
    await world.pass(20 * HOUR);
    await world.run(world.commit(3));
    await world.pass(6 * HOUR);
    const before = world.shardRecords()[0]!.value.checkpoints[mails.key];
    expect(mails.missed).toEqual([]);
    expect(a.problems.at(-1)?.what).toMatch(/mails@1 cannot record/);
    expect(before?.position).toMatch(/^\d+$/);

    mails.isFailing = false;
    await world.until('it is told', () => mails.missed.length > 0, HOUR);
    await world.until('the kept ones arrive', () => world.commits.slice(-3).every((commit) => mails.has(commit)), HOUR);
    expect(mails.missed).toEqual([expect.stringMatching(/dropped for their age/)]);
    expect([orders.missed, orders.deliveries.length]).toEqual([[], 11]);
  });

  it('is noticed when a shard is gone that a consumer has not read to the end', async () => {
    const { world, orders, a } = await running({ shardLifetimeMs: () => 4 * HOUR }, SLOW);
    const mails = world.consumer('mails@1');
    await world.run(a.feed.subscribe(mails.key));
    await world.everythingReaches(undefined, HOUR);
    await world.pass(10 * 60_000);
    mails.isPaused = true;
    for (let hour = 0; hour < 36; hour += 4) {
      await world.run(world.commit());
      await world.pass(4 * HOUR);
    }
    mails.isPaused = false;
    await world.until('it is told', () => mails.missed.length > 0, HOUR);
    const news = world.commits.slice(-3);
    await world.until('the kept ones arrive', () => news.every((commit) => mails.has(commit)), HOUR);
    expect(mails.missed[0]).toMatch(/dropped for its age before it was read to the end/);
    expect(orders.missed).toEqual([]);
    await world.pass(30 * HOUR);
    expect(world.shardRecords().every(({ value }) => value.since > world.time.now() - 60 * HOUR)).toBe(true);
  });

  it('is noticed in a shard that a consumer has not begun', async () => {
    const { world, a } = await running({}, SLOW);
    const mails = world.consumer('mails@1');
    mails.isPaused = true;
    await world.run(a.feed.subscribe(mails.key));
    await world.pass(10 * 60_000);
    // The first shard is finished for it, so that only the next one can tell.
    mails.isPaused = false;
    await world.pass(10 * 60_000);
    world.database.rollShards('events');
    await world.pass(10 * 60_000);
    mails.isPaused = true;
    world.database.rollShards('events');
    await world.run(world.commit());
    await world.pass(25 * HOUR);
    mails.isPaused = false;
    await world.until('it is told', () => mails.missed.length > 0, HOUR);
    expect(mails.has(world.commits.at(-1)!)).toBe(false);
  });

  it('is told when the stream was switched off and on, even if the old one was read to its end', async () => {
    const { world, orders } = await running();
    await world.pass(10_000);
    world.createTable('events-anew');
    world.streamTable = 'events-anew';
    await world.until('it is told', () => orders.missed.length > 0);
    expect(orders.missed).toEqual([expect.stringMatching(/switched off and on/)]);
    await world.run(world.commit(3));
    const news = world.commits.slice(-3);
    await world.until('new ones arrive', () => news.every((commit) => orders.has(commit)));
    expect(new Set(world.shardRecords().map(({ stream }) => stream.includes('events-anew')))).toEqual(new Set([true]));
    expect(orders.missed).toHaveLength(1);
  });
});

describe('lag', () => {
  it('is 0 at the end of the stream, and grows for a consumer that fails and after the death of the owner', async () => {
    const { world, orders, a } = await running({ shards: 2 });
    const b = world.instance('b', {}, () => []);
    await world.pass(10_000);
    const lag = async () => (await world.run(b.feed.lag())).get(orders.key);
    expect(await lag()).toEqual({ behindMs: 0, pendingCommits: 0 });

    orders.isFailing = true;
    await world.run(world.commit(10));
    await world.pass(60_000);
    expect((await lag())?.behindMs).toBeGreaterThan(55_000);
    expect((await lag())?.pendingCommits).toBe(10);

    orders.isFailing = false;
    await world.everythingReaches();
    await world.pass(10_000);
    expect(await lag()).toEqual({ behindMs: 0, pendingCommits: 0 });
    a.hold();
    await world.pass(60_000);
    expect((await lag())?.behindMs).toBeGreaterThan(55_000);
    await world.pass(60_000);
    expect((await lag())?.behindMs).toBeGreaterThan(110_000);
  });
});
