import type { Memory } from '../contestants/contestant-process.js';
import type { Metered } from '../engine/meter.js';
import type { WorkId } from '../works/works.js';

/** A ratio over rounds: its median, and half the interquartile range. */
export interface Ratio {
  readonly median: number;
  readonly spread: number;
}

/** On the null engine. */
export interface ClientFigures {
  readonly cpuMicroseconds: number;
  readonly cpuSpread: number;
  /** To the floor, within each round. Absent when the floor did not take part. */
  readonly ratio?: Ratio;
  readonly operationsPerSecond: number;
  readonly operationsPerRound: number;
  readonly rounds: number;
}

/** On DynamoDB Local, in ms. */
export interface LocalFigures {
  readonly operationsPerSecond: number;
  readonly p50: number;
  /** Only where at least 100 operations were timed. */
  readonly p99?: number;
  readonly operations: number;
}

/** One work of one contestant. */
export interface Cell {
  readonly work: WorkId;
  readonly contestant: string;
  /** Why there are no figures: it cannot do this, or failed. */
  readonly missing?: string;
  /** Whether it tried and failed, or its answer is wrong; then what is wrong. */
  readonly fault?: string;
  /** A guarantee that it does not give. */
  readonly remark?: string;
  readonly wire?: Metered;
  readonly client?: ClientFigures;
  readonly local?: LocalFigures;
  readonly memory?: Memory;
}
