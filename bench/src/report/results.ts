import type { Entrant } from '../contestants/roster.js';
import type { Cell } from '../measure/figures.js';
import type { Plan } from '../measure/plan.js';
import type { Work } from '../works/works.js';
import type { Environment } from './environment.js';
import type { Goal } from './goals.js';

/** Everything of one run, as it is written to the JSON file. */
export interface Results {
  readonly run: 'full' | 'quick' | 'smoke';
  readonly environment: Environment;
  readonly plan: Plan;
  readonly works: readonly Work[];
  readonly contestants: readonly Entrant[];
  readonly goals: readonly Goal[];
  readonly cells: readonly Cell[];
}
