import type { RecordedEvent } from '../../event/recorded-event.js';
import type { ReadRange } from '../../store/event-store.js';
import type { EventSequence } from '../../store/event-sequence.js';
import type { StreamHead } from '../../store/stream-head.js';
import type { ReadRecord, SeenEvent } from './history-record.js';
import type { EndOfRead } from './history-recorder.js';

/** A read whose every iteration is recorded, also one that is broken off or fails. */
export class RecordedSequence<E> implements EventSequence<E> {
  constructor(
    private readonly inner: EventSequence<E>,
    private readonly range: ReadRange,
    private readonly begin: () => EndOfRead,
  ) {}

  get head(): StreamHead | undefined {
    return this.inner.head;
  }

  get bytes(): number | undefined {
    return this.inner.bytes;
  }

  get first(): number | undefined {
    return this.inner.first;
  }

  get keys(): ReadonlySet<string> | undefined {
    return this.inner.keys;
  }

  [Symbol.asyncIterator](): AsyncGenerator<RecordedEvent<E>, void, undefined> {
    return this.recorded(this.inner, (event) => [event]);
  }

  batches(): AsyncGenerator<readonly RecordedEvent<E>[], void, undefined> {
    return this.recorded(this.inner.batches(), (batch) => batch);
  }

  private async *recorded<T>(
    portions: AsyncIterable<T>,
    eventsOf: (portion: T) => readonly RecordedEvent<E>[],
  ): AsyncGenerator<T, void, undefined> {
    const end = this.begin();
    const events: SeenEvent[] = [];
    let completed = false;
    let failure: { error?: unknown } = {};
    try {
      for await (const portion of portions) {
        for (const { version, eventId } of eventsOf(portion)) events.push({ version, eventId });
        yield portion;
      }
      completed = true;
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      end({ ...coverage(events, completed, this.range), ...failure });
    }
  }
}

/** Which versions a read in either direction has covered, and whether it saw that nothing follows them. */
function coverage(
  seen: readonly SeenEvent[],
  completed: boolean,
  { from = 1, to = Infinity, limit = Infinity, asOf, order }: ReadRange,
): Pick<ReadRecord, 'from' | 'events' | 'toEnd'> {
  const exhausted = completed && seen.length < limit;
  if (order === 'backward') {
    const events = seen.toReversed();
    const begun = exhausted || events.length > 0;
    const highest = events.at(-1)?.version ?? from - 1;
    return {
      from: exhausted ? from : (events[0]?.version ?? from),
      events,
      toEnd: begun && asOf === undefined && highest < to,
    };
  }
  const highest = seen.at(-1)?.version ?? from - 1;
  return { from, events: seen, toEnd: exhausted && asOf === undefined && highest < to };
}
