/** How far everything is scaled, and how much of it is run. */
export interface ScalePlan {
  readonly name: 'full' | 'quick';
  readonly lengths: readonly number[];
  /** Streams longer than this are not timed on DynamoDB Local. */
  readonly longestLocally: number;
  readonly sizes: readonly number[];
  readonly hot: readonly number[];
  readonly projections: readonly number[];
  readonly builtEvents: number;
  /** Aggregates, and how many of them the cache holds, for its hit ratio. */
  readonly cached: { readonly aggregates: number; readonly updates: number; readonly entries: readonly number[] };
  readonly rounds: number;
  readonly buildRounds: number;
  /** ms of CPU of a point before it is measured, of one round, and on DynamoDB Local. */
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly localMs: number;
}

export const FULL: ScalePlan = {
  name: 'full',
  lengths: [10, 100, 1_000, 10_000, 100_000],
  longestLocally: 10_000,
  sizes: [100, 300, 1_000, 10_000, 100_000],
  hot: [1, 10, 100, 1_000, 10_000],
  projections: [1, 2, 5, 10, 20],
  builtEvents: 5_000,
  cached: { aggregates: 100, updates: 300, entries: [10, 25, 50, 100] },
  rounds: 5,
  buildRounds: 2,
  warmUpMs: 250,
  roundMs: 80,
  localMs: 200,
};

/** Less of everything: that it works, and about what it comes to. */
export const QUICK: ScalePlan = {
  ...FULL,
  name: 'quick',
  lengths: [10, 100, 1_000, 10_000],
  longestLocally: 1_000,
  sizes: [100, 1_000, 100_000],
  hot: [1, 100, 1_000],
  projections: [1, 5],
  builtEvents: 2_000,
  cached: { aggregates: 100, updates: 200, entries: [25, 100] },
  rounds: 3,
  buildRounds: 1,
  warmUpMs: 100,
  roundMs: 30,
  localMs: 60,
};
