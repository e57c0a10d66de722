import type { Engine } from '../engine/engine.js';
import type { Metered } from '../engine/meter.js';
import { halfInterquartileRange, median, quantile } from '../measure/statistics.js';
import { WrongAnswerError } from '../program.js';
import type { Remote } from '../rpc.js';
import type { Case } from './cases.js';
import type { ScalePlan } from './plan.js';
import type { ScaleMethods } from './scale-process.js';

/** A case, and the process that it runs in. */
export interface Placed {
  readonly each: Case;
  readonly worker: Remote<ScaleMethods>;
}

/** What one operation of a case costs. */
export interface Point {
  readonly id: string;
  readonly case: Case;
  readonly wire: Metered;
  readonly cpuMicroseconds: number;
  readonly cpuSpread: number;
  readonly operationsPerRound: number;
  /** ms on DynamoDB Local. */
  readonly p50?: number;
}

export type MeasurePlan = Pick<ScalePlan, 'rounds' | 'warmUpMs' | 'roundMs' | 'localMs'>;

interface Runner extends Placed {
  readonly wire: Metered;
  readonly operations: number;
  readonly costs: number[];
}

/**
 * Each case once through the recording engine, then all of them in rounds on the null engine, then on DynamoDB Local.
 * @param isTimed Whether a case is run on DynamoDB Local.
 * @throws WrongAnswerError When something that was read or stored is wrong.
 */
export async function measureCases(
  engine: Engine,
  cases: readonly Placed[],
  plan: MeasurePlan,
  isTimed: (each: Case) => boolean,
): Promise<readonly Point[]> {
  const runners: Runner[] = [];
  for (const placed of cases) {
    const wire = await meter(engine, placed);
    runners.push({ ...placed, wire, operations: await warmUp(placed, plan), costs: [] });
  }
  for (let round = 0; round < plan.rounds; round++)
    for (const { worker, each, operations, costs } of turned(runners, round)) {
      const { cpuMicroseconds } = await worker.run('null', each, operations);
      costs.push(cpuMicroseconds / operations);
    }
  const points: Point[] = [];
  for (const runner of runners) {
    await check(runner, 'null');
    const p50 = isTimed(runner.each) ? await timeLocally(runner, plan.localMs) : undefined;
    points.push(pointOf(runner, p50));
  }
  return points;
}

function pointOf({ each, wire, operations, costs }: Runner, p50: number | undefined): Point {
  return {
    id: each.id,
    case: each,
    wire,
    cpuMicroseconds: median(costs),
    cpuSpread: halfInterquartileRange(costs),
    operationsPerRound: operations,
    ...(p50 === undefined ? {} : { p50 }),
  };
}

async function meter(engine: Engine, { worker, each }: Placed): Promise<Metered> {
  await worker.prepare('record', each);
  await engine.remote.startMeter();
  await worker.run('record', each, 1);
  const wire = await engine.remote.stopMeter();
  await check({ worker, each }, 'record');
  return wire;
}

/** @returns How many operations take one round's time. */
async function warmUp({ worker, each }: Placed, { warmUpMs, roundMs }: MeasurePlan): Promise<number> {
  await worker.prepare('null', each);
  let left = warmUpMs * 1_000;
  // Every aggregate as often as every other one.
  const least = Math.min(each.aggregates ?? 1, 1_000);
  let operations = least;
  do {
    const { cpuMicroseconds } = await worker.run('null', each, operations);
    left -= cpuMicroseconds;
    const fitting = Math.round((roundMs * 1_000 * operations) / Math.max(1, cpuMicroseconds));
    operations = Math.max(1, least, Math.min(operations * 10, fitting));
  } while (left > 0);
  return operations;
}

const MOST_LOCALLY = 200;
const LEAST_LOCALLY = 5;

async function timeLocally({ worker, each }: Placed, forMs: number): Promise<number> {
  await worker.prepare('local', each);
  const { wallMs } = await worker.run('local', each, 1);
  const operations = Math.min(MOST_LOCALLY, Math.max(LEAST_LOCALLY, Math.round(forMs / wallMs)));
  const { latencies } = await worker.run('local', each, operations);
  await check({ worker, each }, 'local');
  return quantile(latencies, 0.5);
}

async function check({ worker, each }: Placed, side: 'record' | 'null' | 'local'): Promise<void> {
  const fault = await worker.verify(side, each);
  if (fault !== null) throw new WrongAnswerError(`on ${side}: ${each.id}: ${fault}`);
}

function turned<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
