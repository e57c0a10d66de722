import { EventSerializationError } from '../errors/event-errors.js';
import type { EncodedEvent, StoredEvent } from './stored-event.js';
import type { EventRegistry } from './event-registry.js';

/**
 * Throws `EventSerializationError` for an event of an aggregate that upcasters make something else of when it is read: the
 * aggregate has it in its state as it was.
 * @param encoded The events of one commit.
 * @param open Makes of an encoded event what is read of it; a new one each time.
 */
export function refuseUpcast(
  registry: EventRegistry,
  encoded: readonly EncodedEvent[],
  index: number,
  open: (event: EncodedEvent) => StoredEvent,
): void {
  const event = encoded[index];
  if (event === undefined) return;
  const { name, schemaVersion, current } = registry.readingOf(event.label);
  if (current !== undefined || !registry.hasUpcasterFrom(name, schemaVersion)) return;
  const { events, merged } = registry.upcast(open(event), (offset) => {
    const next = encoded[index + 1 + offset];
    return next && open(next);
  });
  const [only] = events;
  if (events.length === 1 && merged === 0 && only?.name === name && only.version === schemaVersion) return;
  const fault =
    'an upcaster drops it, or makes another event of it, whenever it is read, so the state at hand would not be the stored one; record the event that it becomes.';
  throw new EventSerializationError(event.type, '', fault);
}
