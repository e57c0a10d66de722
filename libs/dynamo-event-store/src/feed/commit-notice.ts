import type { StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';

/** News of one commit as a source delivers it: perhaps again, late, or before an earlier one. */
export interface CommitNotice {
  readonly stream: StreamId;
  /** Version of the first event. */
  readonly first: number;
  /** Version of the last event. */
  readonly last: number;
  /** Type labels that occur in the commit. */
  readonly types: readonly string[];
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  /** The commit itself; absent when the source has seen only a part of it, so that it must be read from the store. */
  readonly commit: Commit | undefined;
}

/** The notice of a commit at hand; `undefined` for a tombstone, which holds no events. */
export function noticeOf(commit: Commit): CommitNotice | undefined {
  if (commit.count === 0) return undefined;
  const { stream, version, count, types, recordedAt } = commit;
  return { stream, first: version, last: version + count - 1, types, recordedAt, commit };
}
