import type { CommitNotice } from './commit-notice.js';

/** Whoever takes commits from a feed in this process: one generation of a projection or reactor. */
export interface FeedConsumer {
  /** Name and generation, such as `order-summary@1`. Positions in the feed are kept under it, the same in every process. */
  readonly key: string;
  /**
   * Resolves when every commit is applied, parked or known already. Rejects when that is not possible now; then they are
   * delivered again, later. May be called with the same commits by several processes at once.
   */
  deliver(notices: readonly CommitNotice[]): Promise<void>;
  /**
   * The source can no longer deliver some commits. Resolves once it is on record that they must be looked for in the
   * table; until then the source keeps its position.
   */
  missed(reason: string): Promise<void>;
  /**
   * An item that should be a commit cannot be read from the source. Resolves once its stream is read from the table to
   * the end, or parked where the table is damaged too.
   */
  unreadable(item: UnreadableCommit): Promise<void>;
}

export interface UnreadableCommit {
  /** Text of the partition key and the sort key. */
  readonly key: string;
  readonly stream: CommitNotice['stream'] | undefined;
  /** First version of the commit, or 0 when not even that is known. */
  readonly version: number;
  readonly cause: unknown;
}

/** What goes wrong without ending the feed. */
export interface FeedProblem {
  readonly what: string;
  readonly cause: unknown;
}

export interface FeedContext {
  /** Names this process in leases; unique. */
  readonly instance: string;
  /** Consumers that take commits at this moment; asked again and again, since some pause or start. */
  consumers(): readonly FeedConsumer[];
  report(problem: FeedProblem): void;
}

/** How far behind the newest commits a consumer is, as far as this feed knows. */
export interface FeedLag {
  /** Age in ms of the oldest commit that is known not to be delivered; 0 at the end of the feed. */
  readonly behindMs: number;
  /** Commits that were received but are not yet applied. */
  readonly pendingCommits: number;
}

/** Source of commits for the projections of a service. Several instances of a service share the work. */
export interface FeedSource {
  /**
   * From when this resolves on, every new commit will be delivered to the consumer, by whichever instance. Called once
   * for each consumer before the table is scanned for what was there before.
   */
  subscribe(key: string): Promise<void>;
  /** Drops the positions of a consumer that is gone for good. */
  unsubscribe(key: string): Promise<void>;
  /** Runs until the signal; resolves when the batch in hand is finished and positions and leases are stored. */
  run(context: FeedContext, signal: AbortSignal): Promise<void>;
  /** This process has just stored something: look now instead of after the pause. */
  nudge(): void;
  /** Over all instances, as they last reported; by consumer key. */
  lag(): Promise<ReadonlyMap<string, FeedLag>>;
}
