import type { ConflictReason } from '../../errors/concurrency-error.js';
import type { StreamId } from '../../event/stream-id.js';

/** One stream that a write is for. */
export interface WriteTarget {
  readonly stream: StreamId;
  /** Events for it; 0 when a write to other streams only checks the version of this one. Default: not known. */
  readonly events?: number | undefined;
  /** Version that the write was decided on; 0 for a new stream. Default: not known, or any. */
  readonly expected?: number | undefined;
}

/** What a refusal says about one stream. */
export interface ReportedConflict {
  readonly stream: StreamId;
  /** Version that the write was decided on; 0 for a new stream. */
  readonly expected: number;
  /** Version that the stream was seen to have. Default: not known. */
  readonly actual?: number | undefined;
  /** Default: `ahead` when `actual` is below `expected`, otherwise `moved-on`. */
  readonly reason?: ConflictReason | undefined;
}

/**
 * How a write ended, as its caller saw it.
 * - `acknowledged`: it is stored. `versions` holds the version after it for each target, `undefined` where the answer
 *   does not say. `repeated`: the answer says that an earlier attempt had stored it.
 * - `refused`: nothing was written; `conflicts` says why when another write was first.
 * - `unknown`: no answer, or an error after which it may be stored or not.
 * - `nothing`: it ended well and there was nothing to write.
 */
export type WriteOutcome =
  | {
      readonly kind: 'acknowledged';
      readonly versions: readonly (number | undefined)[];
      readonly repeated?: boolean | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly error?: unknown;
      readonly conflicts?: readonly ReportedConflict[] | undefined;
    }
  | { readonly kind: 'unknown'; readonly error?: unknown }
  | { readonly kind: 'nothing' };

/** One write as its caller saw it. */
export interface WriteRecord {
  readonly kind: 'write';
  /** Unique. Found again in the metadata of what was stored, see `HistoryCheckOptions.operationOf`. */
  readonly id: string;
  /** Who called: a process, a client, a worker. */
  readonly process: string;
  /** Instant before the call, on a clock that all records of the history share. Any unit. */
  readonly startedAt: number;
  /** Instant after the answer; `undefined` when none came. */
  readonly endedAt: number | undefined;
  /** Attempts of one logical write share a key, such as an idempotency key: per stream they are stored once together. */
  readonly key?: string | undefined;
  readonly targets: readonly WriteTarget[];
  readonly outcome: WriteOutcome;
}

export interface SeenEvent {
  readonly version: number;
  readonly eventId: string;
}

/** One read as its caller saw it. */
export interface ReadRecord {
  readonly kind: 'read';
  /** Unique among all records. */
  readonly id: string;
  readonly process: string;
  readonly stream: StreamId;
  /** Instant before the call, on a clock that all records of the history share. Any unit. */
  readonly startedAt: number;
  /** Instant after the last event; `undefined` when the read never ended. */
  readonly endedAt: number | undefined;
  readonly consistency: 'strong' | 'eventual';
  /** First version that the read covers, from 1. */
  readonly from: number;
  /** Lowest version first, whichever way they were read. Empty when only `version` was asked for. */
  readonly events: readonly SeenEvent[];
  /** Whether the read says that nothing follows. */
  readonly toEnd: boolean;
  /** Version of the stream, when the read told that instead of events: a head, or a loaded aggregate. */
  readonly version?: number | undefined;
  /** `state` for what was computed from events and may come from a cache or snapshot. Default `events`. */
  readonly source?: 'events' | 'state' | undefined;
  /** Set when the read failed after the events it has. */
  readonly error?: unknown;
}

export type HistoryRecord = WriteRecord | ReadRecord;
