import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import type { Commit } from './commit.js';
import type { EventSelection } from './commit-events.js';
import type { EventSequence } from './event-sequence.js';
import type { ReadRange } from './event-store.js';
import type { ErasureWatch } from './subject-keys.js';

/** Events of some types alone, for readers that do not know the others. */
export interface SelectedEvents {
  /**
   * In portions that are not empty, like `EventSequence.batches`.
   * @param from Version to begin with; what comes before need not be readable.
   */
  ofCommit(commit: Commit, wants: EventSelection, from: number): AsyncIterable<readonly RecordedEvent[]>;
  /** Strongly consistent, and checked to be contiguous. */
  ofStream(stream: StreamId, range: ReadRange, wants: EventSelection): EventSequence;
  /**
   * An event that came from here, decoded once more from its commit, with the keys that there are now: it shares nothing
   * with the first one.
   */
  again(event: RecordedEvent, wants: EventSelection): Promise<RecordedEvent>;
  /** Commits of a stream, whose events need not be known at all; strongly consistent. */
  commits(stream: StreamId, range: ReadRange): AsyncIterable<Commit>;
  /** See `SubjectKeys.watch`; `undefined` where nobody can be forgotten. */
  watchErasures(): ErasureWatch | undefined;
}
