import type { StreamId } from '../../event/stream-id.js';
import type { HistoryRecord } from './history-record.js';

/** The rules of a history, each with the guarantee that is broken with it. */
const GUARANTEE_OF = {
  /** Acknowledged or seen by a reader, but not in the stream. */
  lost: 2,
  /** In the stream more than once. */
  duplicated: 2,
  /** Refused, or ended with nothing to write, but in the stream. */
  resurrected: 1,
  /** Only a part of a commit, or of a write to several streams. */
  torn: 2,
  /** Versions of the stream are missing. */
  gap: 3,
  /** The order of the stream contradicts the order in which things happened. */
  order: 3,
  /** Refused for a conflict that there was not. */
  'false-conflict': 1,
  /** Stored elsewhere than where it was decided for, or than the answer says. */
  'wrong-version': 1,
  /** A strongly consistent read, or the check of a version, that does not know what was there before. */
  'stale-read': 3,
  /** A read that leaves out events in its middle or at its beginning, or calls a sound stream damaged. */
  'incomplete-read': 3,
  /** In the stream, but no operation wrote it there. */
  phantom: 2,
} as const satisfies Record<string, Guarantee>;

/**
 * 1: exactly one of several appends at a version succeeds, the others change nothing. 2: nothing acknowledged is lost,
 * nothing is stored twice. 3: a stream reads back complete and in order. 4: the same for state that is loaded through
 * snapshots or caches.
 */
export type Guarantee = 1 | 2 | 3 | 4;

export type ViolatedRule = keyof typeof GUARANTEE_OF;

export interface Violation {
  readonly rule: ViolatedRule;
  readonly guarantee: Guarantee;
  readonly stream: StreamId;
  /** Names the stream, the versions, the operations with their processes, and the instants. */
  readonly message: string;
  /** Ids of the operations that contradict each other or the stream. */
  readonly operations: readonly string[];
}

/** Collects what is found. */
export class Violations {
  readonly found: Violation[] = [];

  add(rule: ViolatedRule, stream: StreamId, message: string, operations: readonly HistoryRecord[] = []): void {
    const ids = [...new Set(operations.map(({ id }) => id))];
    const loaded = operations.some((operation) => operation.kind === 'read' && operation.source === 'state');
    const guarantee = loaded && GUARANTEE_OF[rule] === 3 ? 4 : GUARANTEE_OF[rule];
    this.found.push({ rule, guarantee, stream, message, operations: ids });
  }
}

/** An operation as messages name it: `write p1-3 of p1 (5 to 9)`. */
export function describeOperation({ kind, id, process, startedAt, endedAt }: HistoryRecord): string {
  return `${kind} ${id} of ${process} (${startedAt} to ${endedAt ?? 'no answer'})`;
}

export function describeVersions(first: number, last: number): string {
  return first === last ? `version ${first}` : `versions ${first} to ${last}`;
}
