import type { AsyncContext } from '@nestjs/cqrs';
import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import type { RecordedEvent } from '../event/recorded-event.js';

/** Where the repository hands stored events on. Must not throw: the events are stored, whatever becomes of them here. */
export interface EventPublication {
  publish(events: readonly RecordedEvent[], aggregate: AggregateRoot, asyncContext?: AsyncContext): void;
}
