import type { Ratio } from '../measure/figures.js';
import type { Environment } from '../report/environment.js';

/** Medians over processes, and half their interquartile ranges. */
export interface ImportFigures {
  readonly id: string;
  readonly title: string;
  readonly wallMs: Ratio;
  readonly cpuMs: Ratio;
  /** To the case that it is set against, within each round. */
  readonly wallRatio?: Ratio;
  readonly cpuRatio?: Ratio;
}

export interface StartSummary {
  readonly title: string;
  readonly packaging: 'modules' | 'bundle';
  /** From the beginning of the process to the answer of its first append. */
  readonly wallMs: Ratio;
  readonly cpuMs: Ratio;
  readonly readyMs: Ratio;
  /** Wall time of the first append alone, and of one of the 20 that follow. */
  readonly firstMs: Ratio;
  readonly nextMs: Ratio;
  readonly cpuRatio: Ratio;
  readonly bytes?: number;
}

/** Everything of one run, as it is written to the JSON file. */
export interface ColdStartResults {
  readonly environment: Environment;
  /** Processes of each kind. */
  readonly runs: number;
  readonly imports: readonly ImportFigures[];
  readonly starts: readonly StartSummary[];
  /** What the library sees of class-transformer's decorators in a bundle, by the bundler's `mainFields`. */
  readonly decorators: Readonly<Record<string, { readonly plain: boolean; readonly decorated: boolean }>>;
}
