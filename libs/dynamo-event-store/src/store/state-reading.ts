import type { EventSequence } from './event-sequence.js';
import type { StateShape } from './sealed-state.js';
import type { StateType } from './snapshot.js';
import type { StreamHead } from './stream-head.js';

/** What the caller of `readState` has, and can use. */
export interface StateQuery {
  /** What its snapshots are. Default: none is looked for. */
  readonly type?: StateType | undefined;
  /** Commits that follow a snapshot as a rule; the first request reads no more than these. Default 100. */
  readonly tail?: number | undefined;
  /** Looks at the state of a snapshot: why it is of no use, or `undefined` when it can be used. Default: it can. */
  readonly accepts?: ((state: StateShape & { readonly state: object }) => string | undefined) | undefined;
  /** Head whose state the caller has already. */
  readonly after?: StreamHead | undefined;
}

/** Events to fold, and what to fold them onto. */
export interface StateReading {
  /** `after`: the state that the caller has; `snapshot`: the one given here; `start`: an empty one. */
  readonly base: 'after' | 'snapshot' | 'start';
  readonly snapshot?: {
    readonly version: number;
    /** Time of the last commit in it. */
    readonly recordedAt: Date;
    readonly state: object;
    /** Fields that were `undefined`. */
    readonly absent: readonly string[];
    /** Fields that the class makes, but the state did not have. Default: none. */
    readonly deleted?: readonly string[] | undefined;
    /** Ids of the keys of data subjects whose data is in it. Default: none. */
    readonly keys?: ReadonlySet<string> | undefined;
  };
  /** A snapshot that cannot be used, and why; the next one replaces it. */
  readonly useless?: UselessSnapshot | undefined;
  readonly events: EventSequence;
}

export interface UselessSnapshot {
  readonly version: number;
  readonly reason: string;
  /** Whether that is nothing to worry about. */
  readonly isExpected?: boolean;
  readonly cause?: unknown;
}

/** State to keep as a snapshot. */
export interface StateSnapshot {
  /** Head that the state is at; issued by the same store. */
  readonly head: StreamHead;
  readonly type: StateType;
  readonly state: object;
  /** Ids of the keys of data subjects whose data is in it; with them it is encrypted. Default: none. */
  readonly keys?: ReadonlySet<string> | undefined;
  /** Fields that are `undefined`. Default: none. */
  readonly absent?: readonly string[] | undefined;
  /** Fields that the class makes, but the state does not have. Default: none. */
  readonly deleted?: readonly string[] | undefined;
  /** Tells the fields of the class; handed to `accepts` on reading. Default: nothing is known of them. */
  readonly fields?: string | undefined;
  /** Version of a useless snapshot that is to go, however new it is. */
  readonly replaces?: number | undefined;
}
