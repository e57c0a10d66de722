import { EventStoreError } from './event-store-error.js';

/** The event table has no stream that a feed can read. `table` names it; the message says what to set. */
export class FeedSourceError extends EventStoreError {
  static readonly code = 'FEED_SOURCE';
  constructor(
    readonly table: string,
    /** What is wrong, and what to set instead. */
    readonly fault: string,
  ) {
    super(`The changes of table ${table} cannot be read: ${fault}`, {
      name: 'FeedSourceError',
      code: FeedSourceError.code,
      retryable: false,
    });
  }
}
