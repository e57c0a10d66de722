import type { Random } from '../random.js';

/** How the streams of a simulated database behave; the tables that have one say so in their `StreamSpecification`. */
export interface SimulatedStreamsOptions {
  /**
   * Shards that a stream begins with, from 1. Each takes the items of a range of hashes of the whole key, so that items of
   * one partition key may lie in different shards. Default 1.
   */
  readonly shards?: number;
  /**
   * ms until a record can be read, asked for each record. Records of different items, even of one partition key or one
   * transaction, overtake each other by it; those of one item never do. Only with `time`. Default: 20 to 200.
   */
  readonly delayMs?: (random: Random) => number;
  /**
   * ms, from 1, after which a shard closes and gets a child that takes its items from there on; asked for each shard. Only
   * with `time`. Default: never. On AWS it is about four hours.
   */
  readonly shardLifetimeMs?: (random: Random) => number;
  /** Probability that a shard whose lifetime is over gets two children, each with half of its items. Default 0. */
  readonly splits?: number;
  /** From so many open shards on, none is split for its lifetime. Default 8. */
  readonly maxOpenShards?: number;
  /** Probability that `GetRecords` finds nothing, although records follow. Default 0. */
  readonly emptyAnswers?: number;
}

/** What chance, or the options, make of a stream. */
export interface StreamBehaviour {
  readonly shards: number;
  delayMs(): number;
  /** Infinity for a shard that does not close by itself. */
  shardLifetimeMs(): number;
  splitsShard(openShards: number): boolean;
  leavesAnswerEmpty(): boolean;
  /** How far the next sequence number lies from the one before. */
  sequenceStep(): number;
}

const MAX_SEQUENCE_STEP = 1_000;

/** @throws RangeError */
export function checkStreamsOptions({ shards = 1 }: SimulatedStreamsOptions): void {
  if (!Number.isInteger(shards) || shards < 1)
    throw new RangeError(`streams.shards is ${shards}, but must be a whole number from 1.`);
}

/** @param random Of this stream alone. */
export function streamBehaviour(
  options: SimulatedStreamsOptions,
  timePasses: boolean,
  random: Random,
): StreamBehaviour {
  const { shards = 1, shardLifetimeMs, splits = 0, maxOpenShards = 8, emptyAnswers = 0 } = options;
  const { delayMs = (delays: Random) => 20 + 180 * delays.next() } = options;
  const [delays, lives, answers, steps] = ['delays', 'shards', 'answers', 'sequence'].map((label) =>
    random.fork(label),
  ) as [Random, Random, Random, Random];
  return {
    shards,
    delayMs: () => (timePasses ? delayMs(delays) : 0),
    // A shard that lived for no time at all would be followed by endless others at one instant.
    shardLifetimeMs: () => (shardLifetimeMs === undefined ? Infinity : Math.max(1, shardLifetimeMs(lives))),
    splitsShard: (openShards) => openShards < maxOpenShards && splits > 0 && lives.chance(splits),
    leavesAnswerEmpty: () => emptyAnswers > 0 && answers.chance(emptyAnswers),
    sequenceStep: () => 1 + steps.int(MAX_SEQUENCE_STEP),
  };
}
