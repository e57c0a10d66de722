import type { CommitNotice } from './commit-notice.js';
import type { UnreadableCommit } from './feed-source.js';

/** What reading the whole table will take, as far as DynamoDB tells; it counts a table's items every six hours or so. */
export interface ScanEstimate {
  /** Items of all kinds. */
  readonly items: number;
  readonly bytes: number;
  /** Read units: one per 4 KB, strongly consistent. */
  readonly readUnits: number;
}

/** A part of a segment: at most 1 MB. */
export interface ScanPage {
  readonly notices: readonly CommitNotice[];
  readonly unreadable: readonly UnreadableCommit[];
  /** Items read, of all kinds. */
  readonly items: number;
  readonly readUnits: number;
  /** Where the next page begins; absent on the last one. Text of our own, to be stored and handed back. */
  readonly cursor?: string;
}

/** Reads every commit of the table, in segments that can be read side by side. */
export interface TableScan {
  estimate(): Promise<ScanEstimate>;
  /** The pages of one segment from a cursor on; strongly consistent. The commits of a stream come one after the other. */
  pages(segment: number, segments: number, cursor?: string): AsyncIterable<ScanPage>;
}
