import type { ScanEstimate } from '../feed/table-scan.js';

/** What one segment of a scan has done so far. */
export interface SegmentProgress {
  /** Where it goes on; absent at the beginning. */
  readonly cursor?: string;
  readonly done: boolean;
  /** Items read, of all kinds. */
  readonly items: number;
  readonly events: number;
  readonly readUnits: number;
}

export interface ScanStart {
  readonly scanId: number;
  readonly segments: number;
  readonly estimate: ScanEstimate;
  /** ms since the epoch. */
  readonly startedAt: number;
}

/** How far the build of a read model is. */
export interface BuildProgress {
  readonly reason: string;
  readonly state: 'waiting' | 'running' | 'paused';
  /** 0 to 100, by items; DynamoDB's count of them may be six hours old, so it is at most 99 until all is read. */
  readonly percent: number;
  readonly items: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Estimated ms until the scan is done; `undefined` at the beginning. */
  readonly timeLeftMs: number | undefined;
  readonly readUnits: number;
  readonly estimate: ScanEstimate | undefined;
  readonly startedAt: Date | undefined;
}

export const NO_PROGRESS: SegmentProgress = { done: false, items: 0, events: 0, readUnits: 0 };

export function buildProgress(
  order: { readonly reason: string; readonly paused?: true },
  start: ScanStart | undefined,
  segments: readonly SegmentProgress[],
  now: number,
): BuildProgress {
  const sum = (value: (segment: SegmentProgress) => number) =>
    segments.reduce((total, segment) => total + value(segment), 0);
  const [items, events, readUnits] = [sum((s) => s.items), sum((s) => s.events), sum((s) => s.readUnits)];
  const elapsed = start === undefined ? 0 : Math.max(1, now - start.startedAt);
  const expected = Math.max(start?.estimate.items ?? 0, items);
  const isDone = segments.length === start?.segments && segments.every(({ done }) => done);
  const percent = isDone ? 100 : expected === 0 ? 0 : Math.min(99, Math.floor((100 * items) / expected));
  return {
    reason: order.reason,
    state: order.paused === true ? 'paused' : start === undefined ? 'waiting' : 'running',
    percent,
    items,
    events,
    eventsPerSecond: elapsed === 0 ? 0 : Math.round((1000 * events) / elapsed),
    timeLeftMs: isDone ? 0 : items === 0 ? undefined : Math.round((elapsed * (expected - items)) / items),
    readUnits,
    estimate: start?.estimate,
    startedAt: start === undefined ? undefined : new Date(start.startedAt),
  };
}
