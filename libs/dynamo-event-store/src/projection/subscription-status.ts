import type { BuildProgress } from './build-progress.js';

/** One build of a read model, as status shows it. */
export interface GenerationStatus {
  readonly generation: number;
  /** Version of the projection's code that it belongs to. */
  readonly version: number;
  /** The scan of the table under way, if any. */
  readonly build: BuildProgress | undefined;
  /** Streams that are parked. */
  readonly parked: number;
  /** How far behind the newest commits it is; `undefined` when no instance has reported, or there is no feed. */
  readonly lag: { readonly seconds: number; readonly pendingCommits: number } | undefined;
}

/** The state of a projection or reactor, over all instances of the service. */
export interface SubscriptionStatus {
  readonly name: string;
  readonly kind: 'projection' | 'reactor';
  readonly paused: boolean;
  /** The build that is served. */
  readonly active: GenerationStatus;
  /** The build that will take its place. With `build` absent it is complete and waits for `switchOver`. */
  readonly next: GenerationStatus | undefined;
  /** Version of the code in this process; it works only on builds of this version. */
  readonly codeVersion: number;
  /** The last failure in this process. */
  readonly lastFailure:
    { readonly at: Date; readonly stream: string; readonly version: number; readonly reason: string } | undefined;
}
