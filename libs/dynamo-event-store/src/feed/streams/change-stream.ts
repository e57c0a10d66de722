import type { CommitNotice } from '../commit-notice.js';
import type { UnreadableCommit } from '../feed-source.js';
import type { ShardPosition } from './shard-position.js';

export interface ShardInfo {
  readonly id: string;
  /** The shard whose records come before those of this one; it may be gone. */
  readonly parent: string | undefined;
}

export interface StreamDescription {
  /** Another one after the stream was switched off and on. */
  readonly id: string;
  readonly shards: readonly ShardInfo[];
}

export interface ChangeRecord {
  /** Digits; greater than those of all records before it in the shard. */
  readonly sequenceNumber: string;
  /** When the change was made: ms since the epoch, perhaps in whole seconds. */
  readonly at: number;
  /** `undefined` for a change that is no new commit. */
  readonly news: { readonly notice: CommitNotice } | { readonly unreadable: UnreadableCommit } | undefined;
}

export interface RecordPage {
  /** May be empty although records follow. */
  readonly records: readonly ChangeRecord[];
  /** Iterator of what follows; absent at the end of a closed shard. */
  readonly next: string | undefined;
}

/**
 * Why a place cannot be read. `trimmed`: records behind it have been dropped for their age. `gone`: there is no such shard
 * any more. `expired`: the iterator is too old, another one of the same place will do.
 */
export type Refusal = 'trimmed' | 'gone' | 'expired';

/**
 * The log of changes of a table, in shards, kept for a day. Throttling, outages and the like are thrown: the same call may
 * succeed later.
 */
export interface ChangeStream {
  /** @throws FeedSourceError The table has no stream that can be read. */
  describe(): Promise<StreamDescription>;
  /** An iterator of the records after a position. */
  iterator(
    stream: string,
    shard: string,
    position: ShardPosition,
  ): Promise<{ readonly iterator: string } | { readonly refused: Refusal }>;
  /** At most so many records, from 1 to 1,000. */
  records(iterator: string, limit: number): Promise<RecordPage | { readonly refused: Refusal }>;
  /** Frees what the stream made for itself. It makes it anew when it is used again. */
  close(): void;
}
