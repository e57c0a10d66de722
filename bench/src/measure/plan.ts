import type { Work } from '../works/works.js';

/** How much is run of everything. */
export interface Plan {
  readonly rounds: number;
  /** ms of CPU that a contestant gets in one round of a work, about. */
  readonly roundMs: number;
  /** ms of CPU that a contestant runs its very first work before the rounds: until the SDK is compiled, in the main. */
  readonly firstWarmUpMs: number;
  /** The first work of a kind that brings code of its own, such as an update. */
  readonly newKindWarmUpMs: number;
  /** Any other. */
  readonly warmUpMs: number;
  /** ms of a work on DynamoDB Local, about; 0 leaves that out. */
  readonly localMs: number;
  readonly catchUpEvents: number;
  readonly catchUpRounds: number;
}

export const FULL: Plan = {
  rounds: 7,
  roundMs: 100,
  firstWarmUpMs: 8_000,
  newKindWarmUpMs: 4_000,
  warmUpMs: 800,
  localMs: 400,
  catchUpEvents: 100_000,
  catchUpRounds: 3,
};

export const QUICK: Plan = {
  rounds: 3,
  roundMs: 60,
  firstWarmUpMs: 500,
  newKindWarmUpMs: 300,
  warmUpMs: 200,
  localMs: 120,
  catchUpEvents: 10_000,
  catchUpRounds: 2,
};

/** So that it is seen to work; the figures mean nothing. */
export const SMOKE: Plan = {
  rounds: 1,
  roundMs: 5,
  firstWarmUpMs: 1,
  newKindWarmUpMs: 1,
  warmUpMs: 1,
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
