import type { StreamId } from '../event/stream-id.js';
import type { Commit } from './commit.js';
import type { ListQuery, Page, StreamInfo } from './event-store.js';

/** Which commits to read. Versions refer to the first event of a commit. */
export interface CommitQuery {
  readonly order: 'forward' | 'backward';
  /** Lowest first version, inclusive. */
  readonly lowest: number;
  /** Highest first version, inclusive. */
  readonly highest: number;
  /** No more commits than this are needed, so no more may be read. */
  readonly limit: number | undefined;
  readonly consistency: 'strong' | 'eventual';
}

export type PutOutcome = { readonly kind: 'stored' } | { readonly kind: 'occupied'; readonly by: Commit };

/**
 * What an adapter gives the store: commits under (stream, first version), each slot written at most once.
 */
export interface CommitLog {
  /**
   * Throws, before anything is sent, when the commit is above the adapter's size limits. The first commit of a stream
   * is what listings show.
   */
  put(commit: Commit): Promise<PutOutcome>;
  /** All commits of the range in order, page after page as they are asked for. */
  commits(stream: StreamId, query: CommitQuery): AsyncIterable<Commit>;
  /** One page of the streams of an aggregate. The query is validated. */
  streams(aggregate: string, query: ListQuery & { readonly limit: number }): Promise<Page<StreamInfo>>;
}
