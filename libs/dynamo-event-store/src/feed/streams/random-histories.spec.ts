import { describe, expect, it } from '@jest/globals';
import { StreamsWorld, type TestInstance } from '../../../../../test/support/streams-world.js';
import { Random } from '../../testing/simulation/index.js';

/** Virtual time with trouble, and how long after it everything must have arrived, in ms. */
const TROUBLE_MS = 120_000;
const RECOVERY_MS = 10 * 60_000;

const SEEDS = Number(process.env['STREAMS_SEEDS'] ?? 12);

/** Instances die, pause, end and start; consumers fail and slow down; shards close and split; requests fail. */
async function history(seed: number): Promise<StreamsWorld> {
  const random = new Random(`history/${seed}`);
  const world = new StreamsWorld({
    seed,
    streams: {
      shards: 1 + random.int(3),
      splits: 0.4,
      shardLifetimeMs: (lives) => 15_000 + 60_000 * lives.next(),
      emptyAnswers: 0.2,
      delayMs: (delays) => (delays.chance(0.05) ? 3_000 : 200) * delays.next(),
    },
  });
  const consumers = ['orders@1', 'mails@1', 'stock@2'].map((key) => world.consumer(key));
  const started: TestInstance[] = [];
  const alive = new Set<TestInstance>();
  const startOne = (): void => {
    const instance = world.instance(`i${started.length}`).start();
    started.push(instance);
    alive.add(instance);
  };
  startOne();
  for (const { key } of consumers) await world.run(started[0]!.feed.subscribe(key));
  world.fault = () => (random.chance(0.01) ? new Error('throttled') : undefined);

  const end = world.time.now() + TROUBLE_MS;
  while (world.time.now() < end) {
    await world.run(world.commit(random.int(8)));
    const some = alive.size === 0 ? undefined : random.pick([...alive]);
    const consumer = random.pick(consumers);
    switch (random.int(8)) {
      case 0:
        if (alive.size < 4) startOne();
        break;
      case 1:
        some?.hold();
        if (some !== undefined) alive.delete(some);
        break;
      case 2:
        random.pick(started).release();
        break;
      case 3:
        if (some !== undefined) {
          alive.delete(some);
          void some.stop();
        }
        break;
      case 4:
        consumer.isFailing = !consumer.isFailing;
        break;
      case 5:
        consumer.takesMs = random.pick([1, 20, 2_000]);
        break;
      case 6:
        consumer.isPaused = !consumer.isPaused;
        break;
      default:
        break;
    }
    await world.pass(random.int(6_000));
  }
  world.fault = () => undefined;
  for (const consumer of consumers) {
    consumer.isFailing = false;
    consumer.isPaused = false;
    consumer.takesMs = 5;
  }
  startOne();
  return world;
}

describe('with instances that die, pause and come back, failing consumers, splits and failing requests', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
    'every commit takes effect before its checkpoint, after the shard before, and nothing is missed (seed %i)',
    async (seed) => {
      const world = await history(seed);
      await world.everythingReaches(undefined, RECOVERY_MS);
      expect([
        world.violations,
        world.childrenBeforeParents(),
        world.consumers.flatMap(({ missed }) => missed),
      ]).toEqual([[], [], []]);
      expect(world.commits.length).toBeGreaterThan(50);
    },
  );
});
