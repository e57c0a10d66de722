import type { Batch } from '../contestants/contestant-process.js';
import type { ClientFigures } from './figures.js';
import type { Batches } from './batches.js';
import { halfInterquartileRange, median } from './statistics.js';

/** Who runs in the rounds, and how much at a time. */
export interface Runner {
  readonly name: string;
  readonly batches: Batches;
  readonly operations: number;
}

/**
 * Rounds in which everybody runs once, one after the other, in an order that turns. What else the machine does falls on
 * neighbours alike, so ratios are taken within a round.
 * @param base Name of the runner that ratios are taken to.
 */
export async function runRounds(
  runners: readonly Runner[],
  rounds: number,
  base: string | undefined,
): Promise<ReadonlyMap<string, ClientFigures>> {
  const results: ReadonlyMap<string, Batch>[] = [];
  for (let round = 0; round < rounds; round++) {
    const batches = new Map<string, Batch>();
    for (const { name, batches: own, operations } of turned(runners, round)) {
      await own.prepare(operations);
      batches.set(name, await own.run(operations));
    }
    results.push(batches);
  }
  return new Map(runners.map((runner) => [runner.name, figuresOf(runner.name, results, base)]));
}

function turned<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function figuresOf(
  name: string,
  rounds: readonly ReadonlyMap<string, Batch>[],
  base: string | undefined,
): ClientFigures {
  const own = rounds.flatMap((round) => round.get(name) ?? []);
  const costs = own.map(costOf);
  const ratios = rounds.flatMap((round) => {
    const [mine, floor] = [round.get(name), base === undefined ? undefined : round.get(base)];
    return mine === undefined || floor === undefined ? [] : [costOf(mine) / costOf(floor)];
  });
  return {
    cpuMicroseconds: median(costs),
    cpuSpread: halfInterquartileRange(costs),
    ...(ratios.length === 0 ? {} : { ratio: { median: median(ratios), spread: halfInterquartileRange(ratios) } }),
    operationsPerSecond: median(own.map(({ operations, wallMs }) => (operations * 1_000) / wallMs)),
    operationsPerRound: own[0]?.operations ?? 0,
    rounds: own.length,
  };
}

function costOf({ cpuMicroseconds, operations }: Batch): number {
  return cpuMicroseconds / operations;
}
