import { recordedMetadataOf, type EventMetadata } from '../event/event-metadata.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { domainEventOf } from '../metadata/metadata-storage.js';
import type { StreamHead } from '../store/stream-head.js';

/** Envelopes of events just stored, as a read would give them, around the very objects that the aggregate applied. */
export function recordSaved(
  events: readonly object[],
  head: StreamHead,
  commitId: string,
  metadata: EventMetadata,
): RecordedEvent[] {
  const first = head.version - events.length + 1;
  const filled = recordedMetadataOf(metadata, commitId, head.stream);
  const recordedAt = head.recordedAt ?? new Date();
  return events.map((event, index) => {
    const definition = domainEventOf(event.constructor);
    return {
      stream: head.stream,
      version: first + index,
      eventId: `${commitId}.${index}`,
      commitId,
      type: definition?.name ?? event.constructor.name,
      schemaVersion: definition?.version ?? 1,
      recordedAt,
      metadata: filled,
      event,
    };
  });
}
