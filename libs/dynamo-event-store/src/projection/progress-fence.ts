import type { StreamId } from '../event/stream-id.js';

/** Where the progress of one stream in one read model is kept. */
export interface ProgressKey {
  /** Name of the projection or reactor. */
  readonly projection: string;
  /** Number of the build of its read model; another build has a progress of its own. */
  readonly generation: number;
  readonly stream: StreamId;
}

export interface ProgressStep extends ProgressKey {
  /** Version that the stream has been applied up to before this step; 0: nothing yet. */
  readonly from: number;
  /** Version that it is applied up to afterwards. */
  readonly to: number;
}

/**
 * Keeps how far each stream has been applied, next to the effects or in one transaction with them. What a fence that
 * stores both together protects is applied exactly once, whoever delivers events and however often; a fence that stores
 * progress after the effect gives at least once.
 *
 * Implement it for the database of your read model; `docs/projections.md` shows one for PostgreSQL.
 * @typeParam Transaction What a projection's methods get as their third argument.
 */
export abstract class ProgressFence<Transaction = unknown> {
  /**
   * Whether effects and progress are stored in one transaction, so that a step that was made before changes nothing. Then
   * the progress of a stream that begins need not be looked up first. Default false.
   */
  readonly isAtomic: boolean = false;

  /** Version up to which the stream has been applied; 0 when nothing has been. Must not be a stale read. */
  abstract applied(key: ProgressKey): Promise<number>;

  /**
   * Runs `work` and moves the progress from `step.from` to `step.to`: both, or neither.
   * @returns `false` when the progress was not at `step.from` any more. Nothing has been changed then.
   * @throws What `work` throws, unchanged; nothing has been changed then.
   */
  abstract advance(step: ProgressStep, work: (transaction: Transaction) => Promise<void>): Promise<boolean>;
}
