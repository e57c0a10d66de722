import type { Engine } from '../engine/engine.js';
import { WrongAnswerError } from '../program.js';
import { SNAPSHOT_EVERY } from './account.js';
import { DISTINCT_BOOKINGS } from './bookings.js';
import { BUILT_STREAM_EVENTS } from './build-session.js';
import { buildCases, hotCases, lengthCases, sizeCases, type Case } from './cases.js';
import { measureCases, type MeasurePlan, type Point } from './measure-cases.js';
import type { HeapReading, WayOfReading } from './memory.js';
import type { ScalePlan } from './plan.js';
import { withWorker, type Worker } from './workers.js';

/** Text that the names of tables have that the null engine leaves to DynamoDB Local. */
const CONTROL_TABLES = '-control-';

const LENGTHS = 'scale.length';

export async function measureLoads(engine: Engine, plan: ScalePlan): Promise<readonly Point[]> {
  return withWorker(engine, LENGTHS, async (worker) => {
    await worker.createTable();
    const { loads } = lengthCases(plan.lengths);
    await seedStreams(
      engine,
      worker,
      loads.filter(({ by }) => by === 'snapshots'),
    );
    return measureCases(
      engine,
      loads.map((each) => ({ each, worker })),
      plan,
      isShort(plan),
    );
  });
}

/** They make the streams of `measureLoads` longer, so they come after everything that reads those. */
export async function measureAppends(engine: Engine, plan: ScalePlan): Promise<readonly Point[]> {
  return withWorker(engine, LENGTHS, (worker) => {
    const { appends } = lengthCases(plan.lengths);
    return measureCases(
      engine,
      appends.map((each) => ({ each, worker })),
      plan,
      isShort(plan),
    );
  });
}

function isShort({ longestLocally }: ScalePlan): (each: Case) => boolean {
  return ({ length }) => length <= longestLocally;
}

/** Events of a stream that are stored one by one; the rest of a longer one are copies of them, but for the very last. */
const STORED = DISTINCT_BOOKINGS + SNAPSHOT_EVERY;

async function seedStreams(engine: Engine, worker: Worker, cases: readonly Case[]): Promise<void> {
  for (const each of cases) {
    await worker.seed({ ...each, length: Math.min(each.length, STORED) });
    if (each.length > STORED)
      await engine.remote.lengthenSeed(LENGTHS, each.stream, STORED, DISTINCT_BOOKINGS, each.length - 1);
  }
  await engine.remote.flushSeeds(LENGTHS);
  // Stored by the library, since a snapshot comes with it.
  for (const each of cases) if (each.length > STORED) await worker.seedLast(each);
}

/** Each of the two in a process of its own, so that neither is compiled for what the other does. */
export async function measureSizes(engine: Engine, plan: ScalePlan): Promise<readonly Point[]> {
  const [ours, bare] = ['scale.size', 'scale.bare'];
  return withWorker(engine, ours, (repository) =>
    withWorker(engine, bare, async (sdk) => {
      await Promise.all([repository.createTable(), sdk.createTable()]);
      const cases = sizeCases(plan.sizes);
      for (const each of cases.filter(({ verb }) => verb === 'load'))
        await (each.by === 'bare' ? sdk.seedBare(each) : repository.seed(each));
      await Promise.all([ours, bare].map((table) => engine.remote.flushSeeds(table)));
      const points: Point[] = [];
      for (const verb of ['load', 'append'])
        points.push(
          ...(await measureCases(
            engine,
            cases
              .filter((each) => each.verb === verb)
              .map((each) => ({ each, worker: each.by === 'bare' ? sdk : repository })),
            plan,
            () => false,
          )),
        );
      return points;
    }),
  );
}

export interface HotAggregates {
  readonly points: readonly Point[];
  readonly heapPerAggregate: number;
  readonly hits: readonly CacheHits[];
}

/** A cache that is smaller than what is updated at random. */
export interface CacheHits {
  readonly entries: number;
  readonly aggregates: number;
  readonly updates: number;
  /** Share of updates that needed no read. */
  readonly hitRatio: number;
}

export async function measureHotAggregates(engine: Engine, plan: ScalePlan): Promise<HotAggregates> {
  const table = 'scale.hot';
  const measured = await withWorker(engine, table, async (worker) => {
    await worker.createTable();
    const points = await measureCases(
      engine,
      hotCases(plan.hot).map((each) => ({ each, worker })),
      plan,
      () => false,
    );
    return { points, hits: await measureHits(engine, worker, plan) };
  });
  const most = Math.max(...plan.hot);
  const heapPerAggregate = await withWorker(engine, table, (worker) => worker.heapPerAggregate(most), ['--expose-gc']);
  return { ...measured, heapPerAggregate };
}

async function measureHits(engine: Engine, worker: Worker, plan: ScalePlan): Promise<CacheHits[]> {
  const { aggregates, updates, entries: counts } = plan.cached;
  const hits: CacheHits[] = [];
  for (const entries of counts) {
    await worker.prepareCache(entries, aggregates);
    await engine.remote.startMeter();
    await worker.updateCached(updates);
    const { requests } = await engine.remote.stopMeter();
    if (requests['PutItem'] !== updates)
      throw new WrongAnswerError(`${updates} updates made ${requests['PutItem'] ?? 0} PutItem`);
    hits.push({ entries, aggregates, updates, hitRatio: 1 - (requests['Query'] ?? 0) / updates });
  }
  return hits;
}

export interface ProjectionFigures {
  /** Builds of new projections over a table. */
  readonly builds: readonly Point[];
  /** Projections that follow one feed: requests until all have seen the same events. */
  readonly live: readonly { readonly projections: number; readonly requests: Readonly<Record<string, number>> }[];
}

export async function measureProjections(engine: Engine, plan: ScalePlan): Promise<ProjectionFigures> {
  const cases = buildCases(plan.projections, plan.builtEvents);
  const table = 'scale.built';
  const builds = await withWorker(engine, table, async (worker) => {
    const [template] = cases;
    if (template === undefined) return [];
    await worker.createTable();
    await seedTable(engine, worker, table, template);
    await engine.remote.passThrough(CONTROL_TABLES);
    const measurePlan: MeasurePlan = { ...plan, rounds: plan.buildRounds, warmUpMs: 1, roundMs: 1 };
    return measureCases(
      engine,
      cases.map((each) => ({ each, worker })),
      measurePlan,
      () => false,
    );
  });
  await engine.remote.passThrough(null);
  const live: ProjectionFigures['live'][number][] = [];
  for (const each of cases) live.push(await measureLive(engine, each));
  return { builds, live };
}

/** Streams of some events each, all copies of one. */
async function seedTable(engine: Engine, worker: Worker, table: string, each: Case): Promise<void> {
  const copies = each.length / BUILT_STREAM_EVENTS - 1;
  await worker.seedPacked(each, 'template');
  const names = Array.from({ length: copies }, (_, index) => `t-${String(index).padStart(6, '0')}`);
  await engine.remote.copySeeds(table, 'template', names);
  await engine.remote.flushSeeds(table);
}

/** The table is empty when the feed begins, so that only the feed reads the events. */
async function measureLive(engine: Engine, each: Case): Promise<ProjectionFigures['live'][number]> {
  const { projections = 1 } = each;
  const table = `scale.live${projections}.`;
  return withWorker(engine, table, async (worker) => {
    await worker.createTable();
    await worker.startLive(projections);
    await seedTable(engine, worker, table, each);
    await engine.remote.startMeter();
    const fault = await worker.followLive(each.length);
    const { requests } = await engine.remote.stopMeter();
    await worker.stopLive();
    if (fault !== null) throw new WrongAnswerError(`${projections} live projections: ${fault}`);
    return { projections, requests };
  });
}

const WAYS: readonly WayOfReading[] = ['for await', 'batches()', 'reduceEvents', 'load', 'all in an array'];

/** Reads the longest stream of `measureLoads`, which comes before. Every way has a process of its own. */
export async function measureMemory(engine: Engine, plan: ScalePlan): Promise<readonly HeapReading[]> {
  const [short, long] = [plan.lengths[2], plan.lengths.at(-1)].map((length) =>
    lengthCases([length ?? 0]).loads.find(({ by }) => by === 'repository'),
  );
  if (short === undefined || long === undefined) throw new Error('The plan has no streams.');
  const readings: HeapReading[] = [];
  for (const way of WAYS) {
    const reading = await withWorker(
      engine,
      LENGTHS,
      async (worker) => {
        // What is compiled and made at the first reading is not what a long stream takes.
        await worker.readWatched(short, way);
        return worker.readWatched(long, way);
      },
      ['--expose-gc'],
    );
    if (reading.fault !== undefined) throw new WrongAnswerError(reading.fault);
    readings.push(reading);
  }
  return readings;
}
