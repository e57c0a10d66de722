import { InvalidVersionError } from '../errors/argument-errors.js';
import { checkDate, oneOf } from './arguments.js';
import type { CommitQuery } from './commit-log.js';
import type { ReadRange } from './event-store.js';

/** Highest version that can be told apart from its neighbours. */
export const MAX_VERSION = Number.MAX_SAFE_INTEGER;

/** A query of a plan. `onlyFirst`: it is run for the first thing that it finds, be it a commit or a tombstone. */
export type PlannedQuery = CommitQuery & { readonly onlyFirst?: true };

export interface ReadPlan {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly order: 'forward' | 'backward';
  /** ms since the epoch. */
  readonly asOf: number;
  /** Queries to run one after the other; the second only if the first did not give enough. Empty: nothing can match. */
  readonly queries: readonly PlannedQuery[];
  /** Whether reading to the end of the plan reaches the end of the stream. */
  readonly toEnd: boolean;
}

/**
 * Commits are found by their first version. So a range that begins at `from` needs the commit that *covers* `from`,
 * which is the last one that begins at or before it: one more query that reads a single item.
 */
export function planRead(range: ReadRange, defaultConsistency: 'strong' | 'eventual'): ReadPlan {
  const from = wholeNumber('from', range.from) ?? 1;
  const to = wholeNumber('to', range.to) ?? MAX_VERSION;
  const limit = wholeNumber('limit', range.limit) ?? Infinity;
  const order = oneOf('order', range.order ?? 'forward', ['forward', 'backward']);
  const asOf = checkDate('asOf', range.asOf)?.getTime() ?? Infinity;
  const base = {
    consistency: oneOf('consistency', range.consistency ?? defaultConsistency, ['strong', 'eventual']),
  };
  const plan = { from, to, limit, order, asOf, toEnd: to === MAX_VERSION && asOf === Infinity };
  if (from > to) return { ...plan, queries: [] };

  const needed = commitsNeeded(from, to, limit, asOf, order);
  if (order === 'backward') return { ...plan, queries: [{ ...base, order, lowest: 1, highest: to, limit: needed }] };
  if (from === 1) return { ...plan, queries: [{ ...base, order, lowest: 1, highest: to, limit: needed }] };
  const covering: PlannedQuery = { ...base, order: 'backward', lowest: 1, highest: from, limit: 1, onlyFirst: true };
  if (from === to) return { ...plan, queries: [covering] };
  return { ...plan, queries: [covering, { ...base, order, lowest: from + 1, highest: to, limit: needed }] };
}

/** Every commit holds at least one event, so this many commits always suffice. */
function commitsNeeded(
  from: number,
  to: number,
  limit: number,
  asOf: number,
  order: 'forward' | 'backward',
): number | undefined {
  // Backward from the end, an unknown number of later commits has to be passed over first.
  if (asOf !== Infinity && order === 'backward') return undefined;
  const needed = Math.min(limit, to === MAX_VERSION ? Infinity : to - from + 1);
  return needed === Infinity ? undefined : needed;
}

export function wholeNumber(argument: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidVersionError(argument, value, 'a whole number from 1');
  return value;
}
