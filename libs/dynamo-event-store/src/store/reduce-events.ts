import type { RecordedEvent } from '../event/recorded-event.js';
import type { EventSequence } from './event-sequence.js';

/** A state and the version of the last event in it; 0 when there was none. */
export interface Reduced<S> {
  readonly state: S;
  readonly version: number;
}

/**
 * Folds events with a plain function: state from a stream without an aggregate class.
 *
 * @example const { state } = await reduceEvents(store.read(stream), (total, { event }) => total + event.amount, 0);
 */
export async function reduceEvents<S, E = object>(
  events: AsyncIterable<RecordedEvent<E>>,
  reducer: (state: S, event: RecordedEvent<E>) => S,
  initial: S,
): Promise<Reduced<S>> {
  let state = initial;
  let version = 0;
  for await (const batch of batchesOf(events))
    for (const event of batch) {
      state = reducer(state, event);
      version = event.version;
    }
  return { state, version };
}

/** The events in portions, single ones where they come no other way. */
function batchesOf<E>(events: AsyncIterable<RecordedEvent<E>>): AsyncIterable<readonly RecordedEvent<E>[]> {
  return (events as Partial<EventSequence<E>>).batches?.() ?? alone(events);
}

async function* alone<T>(each: AsyncIterable<T>): AsyncGenerator<readonly T[], void, undefined> {
  for await (const one of each) yield [one];
}
