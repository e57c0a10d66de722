import { runHistory, type HistoryResult } from './history.js';
import { planOf, type FaultPlace, type Plan } from './plan.js';
import { shrink } from './shrink.js';
import { simulatedWorld, type World } from './world.js';

export interface Tally {
  readonly histories: number;
  readonly operations: number;
  readonly requests: number;
  readonly faults: number;
}

/** Runs so many simulated histories, or the one of exactly this seed. The first that violates a guarantee is made small and thrown as an error. */
export async function runHistories(seed: string, count: number, place: FaultPlace = 'above'): Promise<Tally> {
  const tally = { histories: 0, operations: 0, requests: 0, faults: 0 };
  for (let index = 0; index < count; index++) {
    const plan = planOf(count === 1 ? seed : `${seed}-${index}`, place);
    const result = await runHistory(plan, simulatedWorld(plan.seed));
    if (result.violations.length > 0) throw new Error(await minimalReplay(plan));
    addTo(tally, result);
  }
  return tally;
}

/** Runs so many histories on a real database, some at a time. Which of them meet is not in our hands, so none can be replayed. */
export async function runRealHistories(seed: string, count: number, world: World, atOnce: number): Promise<Tally> {
  const tally = { histories: 0, operations: 0, requests: 0, faults: 0 };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const plan = planOf(`${seed}-${next++}`);
      const result = await runHistory(plan, world);
      if (result.violations.length > 0)
        throw new Error([`seed ${plan.seed} (${plan.profile})`, ...result.violations, result.text].join('\n'));
      addTo(tally, result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return tally;
}

function addTo(
  tally: { -readonly [K in keyof Tally]: Tally[K] },
  { operations, requests, faults }: HistoryResult,
): void {
  tally.histories += 1;
  tally.operations += operations;
  tally.requests += requests;
  tally.faults += faults.length;
}

/** What is left of a failing history, readable: who did what, what went wrong on the way, and what is violated. */
async function minimalReplay(plan: Plan): Promise<string> {
  const shrunk = await shrink(plan, (each, without) => runHistory(each, simulatedWorld(each.seed), { without }));
  return [
    `The history of seed ${plan.seed} (${plan.profile}) violates a guarantee. Its smallest form:`,
    ...shrunk.result.violations,
    '',
    shrunk.result.text,
    '',
    'The plan that is left:',
    ...shrunk.plan.processes.map((process) => `  ${JSON.stringify(process)}`),
    `Replay: SIMULATION_HISTORY=${plan.seed} npm run simulate`,
  ].join('\n');
}
