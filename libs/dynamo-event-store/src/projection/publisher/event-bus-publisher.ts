import { Injectable } from '@nestjs/common';
import { EventBus, type IEvent } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { rememberEnvelope } from '../../repository/recorded-events.js';
import { OnAny } from '../subscription.decorators.js';

/**
 * Base of reactors that publish stored events on the application's `EventBus`: durably, at least once and in the order of
 * versions, where a publication after a save is lost with the process. Set `publish: 'none'` in the module options, or
 * handlers see each event twice.
 *
 * An event counts as published when the bus has taken it. With Nest's own in-memory publisher that is when the handlers
 * have been started; what they throw goes to the `UnhandledExceptionBus`, and the event is not published again for it. A
 * publisher of the application that returns a promise is awaited, and its rejection makes the event be tried again.
 * `recordedEventOf(event)` gives handlers the envelope.
 *
 * Events without a class that are no objects are left out: the bus cannot tell them apart.
 */
@Injectable()
export class EventBusPublisher {
  constructor(private readonly bus: EventBus) {}

  /** Called by the runtime. Throws what the bus's publisher throws. */
  @OnAny()
  async publish(event: object, envelope: RecordedEvent): Promise<void> {
    if (!isObject(event)) return;
    rememberEnvelope(envelope);
    // Typed as returning nothing, but it returns what the publisher does.
    await (this.bus.publish(event as IEvent) as unknown);
  }
}

// The event of a stream without classes is its payload, of any type; `null` would end all handlers' subscriptions.
function isObject(event: unknown): boolean {
  return typeof event === 'object' && event !== null;
}
