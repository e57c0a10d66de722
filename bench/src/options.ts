import { ENTRANTS, type Entrant } from './contestants/roster.js';
import { FULL, QUICK, SMOKE, type Plan } from './measure/plan.js';
import { chosen, wholeNumber, type ValuesOf } from './program.js';
import { WORK_IDS, type WorkId } from './works/works.js';

export interface BenchOptions {
  readonly name: 'full' | 'quick' | 'smoke';
  readonly plan: Plan;
  readonly works: readonly WorkId[];
  readonly entrants: readonly Entrant[];
  /** Whether everything takes part, so that the results can stand for the library. */
  readonly isWhole: boolean;
  /** Folder for the results. */
  readonly out: string | undefined;
  /** Who is to write a CPU profile. */
  readonly profiled: readonly string[];
}

export const USAGE = `npm run bench -- [options]
  --quick                fewer and shorter rounds, without the load of 5,000: about a minute
  --smoke                one short round of everything: is it all right?
  --only <work,…>        ${WORK_IDS.join(', ')}
  --contestants <id,…>   ${ENTRANTS.map(({ id }) => id).join(', ')}
  --out <folder>         where results go; default bench/results for a whole run, else none are written
  --no-engine            without the part on DynamoDB Local (which still starts: answers are recorded from it)
  --cpu-prof <id,…>      these write a .cpuprofile into the working directory
  --rounds <n>           so many rounds instead of the usual number
  --tables               only writes the tables of the last whole run into bench/README.md`;

export const OPTIONS = {
  quick: { type: 'boolean', default: false },
  smoke: { type: 'boolean', default: false },
  only: { type: 'string' },
  contestants: { type: 'string' },
  out: { type: 'string' },
  'no-engine': { type: 'boolean', default: false },
  'cpu-prof': { type: 'string' },
  rounds: { type: 'string' },
  tables: { type: 'boolean', default: false },
} as const;

/** With these, results cannot stand for the library. */
const CHANGING = ['only', 'contestants', 'rounds', 'cpu-prof'] as const;

/** @throws UsageError When an option cannot be meant. */
export function optionsOf(values: ValuesOf<typeof OPTIONS>): BenchOptions {
  const name = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
  const plan = { full: FULL, quick: QUICK, smoke: SMOKE }[name];
  const works = chosen('--only', values.only, WORK_IDS);
  const ids = ENTRANTS.map(({ id }) => id);
  const entrants = chosen('--contestants', values.contestants, ids);
  return {
    name,
    plan: {
      ...plan,
      ...(values['no-engine'] ? { localMs: 0 } : {}),
      ...(values.rounds === undefined ? {} : roundsOf(plan, wholeNumber('--rounds', values.rounds))),
    },
    works: works.filter((work) => values.only !== undefined || name === 'full' || work !== 'load-5000'),
    entrants: ENTRANTS.filter(({ id }) => entrants.includes(id)),
    isWhole: CHANGING.every((option) => values[option] === undefined) && !values['no-engine'],
    out: values.out,
    profiled: values['cpu-prof'] === undefined ? [] : chosen('--cpu-prof', values['cpu-prof'], ids),
  };
}

/** A projection is the longest work by far: never more of its rounds than usual. */
function roundsOf({ catchUpRounds }: Plan, rounds: number): Pick<Plan, 'rounds' | 'catchUpRounds'> {
  return { rounds, catchUpRounds: Math.min(rounds, catchUpRounds) };
}
