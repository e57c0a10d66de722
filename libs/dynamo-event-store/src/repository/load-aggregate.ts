import { REPLAY, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import type { EventSequence } from '../store/event-store.js';
import { wholeNumber } from '../store/read-plan.js';
import { trackingOf } from './tracked-aggregate.js';

/** Brings every event into the aggregate, and remembers what `save` needs: the proved head and the commits seen. */
export async function foldStream(events: EventSequence, aggregate: AggregateRoot): Promise<void> {
  if (aggregate.getUncommittedEvents().length > 0) {
    throw new InvalidDefinitionError(`Aggregate ${aggregate.constructor.name}`, [
      'Its constructor applies an event, so every load would add one; apply it in a static method that creates the aggregate.',
    ]);
  }
  const tracking = trackingOf(aggregate);
  for await (const recorded of events) {
    if (recorded.version !== aggregate.version + 1) throw incomplete(recorded);
    aggregate[REPLAY](recorded.event, recorded.version);
    tracking.commits.set(recorded.commitId, recorded.version);
  }
  tracking.head = events.head;
}

function incomplete({ stream, version }: RecordedEvent): StreamCorruptedError {
  return new StreamCorruptedError(
    stream,
    1,
    `it begins at version ${version}, the events before have expired, so its state cannot be known`,
  );
}

/** The error for an aggregate that is not at the version asked for; `undefined` when it is, or none was asked for. */
export function versionMismatch(
  stream: StreamId,
  aggregate: AggregateRoot,
  expected?: number,
): ConcurrencyError | undefined {
  if (wholeNumber('expectedVersion', expected) === undefined || expected === aggregate.version) return undefined;
  const reason = aggregate.version < Number(expected) ? 'ahead' : 'moved-on';
  return new ConcurrencyError({ stream, expected: Number(expected), actual: aggregate.version, reason });
}
