import type { RecordedEvent } from '../event/recorded-event.js';

const envelopes = new WeakMap<object, RecordedEvent>();

/**
 * The envelope of an event that this process has published on an `EventBus`, be it after a save or by a publisher: for
 * `@EventsHandler` classes and sagas, which get the bare event. `undefined` for any other object.
 */
export function recordedEventOf<E extends object>(event: E): RecordedEvent<E> | undefined {
  return envelopes.get(event) as RecordedEvent<E> | undefined;
}

/** @internal */
export function rememberEnvelope(recorded: RecordedEvent): void {
  envelopes.set(recorded.event, recorded);
}
