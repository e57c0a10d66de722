import type { HistoryResult } from './history.js';
import type { Plan } from './plan.js';

/** A run of a plan with some of its faults left out. */
export type Run = (plan: Plan, without: ReadonlySet<number>) => Promise<HistoryResult>;

export interface Shrunk {
  readonly plan: Plan;
  readonly without: ReadonlySet<number>;
  readonly result: HistoryResult;
}

/**
 * Makes a history that violates a guarantee as short as it can without losing the violation: leaves out processes, steps
 * and faults, one after the other, until nothing more can go. Needs a world in which the same plan gives the same history.
 */
export async function shrink(plan: Plan, run: Run): Promise<Shrunk> {
  let shrunk: Shrunk = { plan, without: new Set(), result: await run(plan, new Set()) };
  for (let progress = true; progress;) {
    progress = false;
    for (const candidate of smaller(shrunk)) {
      const result = await run(candidate.plan, candidate.without).catch(() => undefined);
      if (result === undefined || result.violations.length === 0) continue;
      shrunk = { ...candidate, result };
      progress = true;
      break;
    }
  }
  return shrunk;
}

function* smaller({ plan, without, result }: Shrunk): Generator<Omit<Shrunk, 'result'>> {
  const { processes } = plan;
  for (const left of processes)
    if (processes.length > 1)
      yield { plan: { ...plan, processes: processes.filter((process) => process !== left) }, without };
  for (const process of processes)
    for (const left of process.steps) {
      const steps = process.steps.filter((step) => step !== left);
      const changed = processes.map((each) => (each === process ? { ...process, steps } : each));
      yield { plan: { ...plan, processes: changed }, without };
    }
  for (const fault of result.faults) yield { plan, without: new Set([...without, fault]) };
}
