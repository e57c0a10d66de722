import type { Work } from '../works/works.js';

/** How much is run of everything. */
export interface Plan {
  readonly rounds: number;
  /** ms of CPU that a contestant gets in one round of a work, about. */
  readonly roundMs: number;
  /** ms that a contestant runs a work before the rounds, and its very first work. */
  readonly warmUpMs: number;
  readonly firstWarmUpMs: number;
  /** ms of a work on DynamoDB Local, about; 0 leaves that out. */
  readonly localMs: number;
  readonly catchUpEvents: number;
  readonly catchUpRounds: number;
}

export const FULL: Plan = {
  rounds: 7,
  roundMs: 100,
  warmUpMs: 800,
  firstWarmUpMs: 4_000,
  localMs: 400,
  catchUpEvents: 100_000,
  catchUpRounds: 3,
};

export const QUICK: Plan = {
  rounds: 3,
  roundMs: 60,
  warmUpMs: 200,
  firstWarmUpMs: 500,
  localMs: 120,
  catchUpEvents: 10_000,
  catchUpRounds: 2,
};

/** So that it is seen to work; the figures mean nothing. */
export const SMOKE: Plan = {
  rounds: 1,
  roundMs: 5,
  warmUpMs: 1,
  firstWarmUpMs: 1,
  localMs: 5,
  catchUpEvents: 1_000,
  catchUpRounds: 1,
};

/** Streams that a conflict is made ready on at once. */
const RACES = 16;

/** Most operations that one session can run; sessions of these works are used up. */
export function limitOf({ kind }: Work): number | undefined {
  if (kind === 'conflict') return RACES;
  return kind === 'catch-up' ? 1 : undefined;
}
