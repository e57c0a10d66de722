import type { Environment } from '../report/environment.js';
import type { HotAggregates, ProjectionFigures } from './experiments.js';
import type { Point } from './measure-cases.js';
import type { HeapReading } from './memory.js';
import type { ScalePlan } from './plan.js';

/** Everything of one run, as it is written to the JSON file. */
export interface ScaleResults {
  readonly run: ScalePlan['name'];
  readonly environment: Environment;
  readonly plan: ScalePlan;
  readonly lengths: readonly Point[];
  readonly sizes: readonly Point[];
  readonly hot: HotAggregates;
  readonly projections: ProjectionFigures;
  readonly memory: readonly HeapReading[];
}
