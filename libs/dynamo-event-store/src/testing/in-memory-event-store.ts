import { CommitLogEventStore, type CommitLogStoreOptions } from '../store/commit-log-event-store.js';
import { InMemoryCommitLog } from './in-memory-commit-log.js';

/**
 * `EventStore` in the memory of the process, for tests without DynamoDB. It obeys the same rules, passes the same
 * conformance suite, stores the same items and refuses at the same limits; events go through the serializer, so what it
 * returns is never the object that was given.
 *
 * Every instance is a store of its own; two application instances share one by sharing the object.
 */
export class InMemoryEventStore extends CommitLogEventStore {
  protected override readonly log = new InMemoryCommitLog();

  constructor(options: CommitLogStoreOptions = {}) {
    super(options);
  }

  /** Forgets every stream; classes stay registered. */
  clear(): void {
    this.log.clear();
  }
}
