import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamHead } from './stream-head.js';

/** The events of one read, and the head that it proves. May be iterated more than once; each time reads anew. */
export interface EventSequence<E = object> extends AsyncIterable<RecordedEvent<E>> {
  /**
   * The same events in the portions in which they arrive, none of them empty: up to 1 MB of items on DynamoDB. A loop over
   * these takes a fraction of the time of one over single events; it is an iteration like any other.
   */
  batches(): AsyncIterable<readonly RecordedEvent<E>[]>;
  /**
   * Head of the stream as the last iteration saw it; pass it to `append`. `undefined` until an iteration has come to
   * the end of the stream, and for ranges that do not include the end.
   */
  readonly head: StreamHead | undefined;
  /** Size of the events that the last iteration has read so far, before compression; absent where it is not known. */
  readonly bytes?: number | undefined;
  /** First version of the first commit that the last iteration has read; absent where it is not known. */
  readonly first?: number | undefined;
  /** Ids of the keys with which the last iteration has read personal data so far; absent where there is none. */
  readonly keys?: ReadonlySet<string> | undefined;
}
