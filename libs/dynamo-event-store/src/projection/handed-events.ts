import type { RecordedEvent } from '../event/recorded-event.js';
import type { EventSelection } from '../store/commit-events.js';
import type { SelectedEvents } from '../store/selected-events.js';

/** Gives every try of an event one of its own: what a method does to it is not seen by the next try. */
export class HandedEvents {
  private readonly handed = new WeakSet<RecordedEvent>();

  constructor(
    private readonly events: Pick<SelectedEvents, 'again'>,
    private readonly wants: EventSelection,
  ) {}

  /** A promise only where the event must be decoded again. */
  next(recorded: RecordedEvent): RecordedEvent | Promise<RecordedEvent> {
    if (this.handed.has(recorded)) return this.events.again(recorded, this.wants).then(inOwnEnvelope);
    this.handed.add(recorded);
    return inOwnEnvelope(recorded);
  }
}

/** What the runner goes by stays its own, and events of one commit share what is in their envelopes. */
function inOwnEnvelope(recorded: RecordedEvent): RecordedEvent {
  const { stream, recordedAt, metadata } = recorded;
  const isFlat = Object.values(metadata).every((value) => typeof value !== 'object' || value === null);
  return {
    ...recorded,
    stream: { ...stream },
    recordedAt: new Date(recordedAt),
    metadata: isFlat ? { ...metadata } : structuredClone(metadata),
  };
}
