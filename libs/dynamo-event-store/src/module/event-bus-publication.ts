import { Logger } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { EventBus, type AsyncContext, type IEvent } from '@nestjs/cqrs';
import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import { withheld } from '../errors/event-errors.js';
import { holdsPersonalData } from '../event/personal-fields.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { describeStream } from '../event/stream-id.js';
import type { EventPublication } from '../repository/event-publication.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';

/**
 * Publishes stored events on the application's `EventBus`. What a publisher or subscriber throws stays here: it is
 * reported, and neither fails the save nor becomes an unhandled rejection.
 */
export class EventBusPublication implements EventPublication {
  private readonly logger = new Logger('DynamoEventStoreModule');
  private readonly underWay = new Set<Promise<unknown>>();
  private bus: EventBus | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly options: Pick<DynamoEventStoreModuleOptions, 'publish' | 'onPublishError'>,
  ) {}

  /** Looks the bus up; not before `onModuleInit`, since until then Nest may give an object that is not ready. */
  connect(): void {
    if (this.options.publish === 'none') return;
    const buses = [...new Set(this.findBuses())];
    if (buses.length > 1) {
      this.logger.warn(
        'There are several event buses, so handlers may run twice or not at all. Import CqrsModule.forRoot() once, in the root module.',
      );
    }
    this.bus = buses[0];
  }

  publish(events: readonly RecordedEvent[], aggregate: AggregateRoot, asyncContext?: AsyncContext): void {
    if (this.bus === undefined) return;
    const publication = this.publishNow(this.bus, events, aggregate, asyncContext).catch((error: unknown) => {
      this.report(error, events);
    });
    this.underWay.add(publication);
    void publication.finally(() => this.underWay.delete(publication));
  }

  /** Resolves when every publication under way has ended. Never rejects. */
  async drain(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  private async publishNow(
    bus: EventBus,
    events: readonly RecordedEvent[],
    aggregate: AggregateRoot,
    context?: AsyncContext,
  ): Promise<void> {
    const bare = events.map(({ event }) => event as IEvent);
    if (context === undefined) {
      await settle(bus.publishAll(bare, aggregate));
      return;
    }
    // Without this a request-scoped event handler would be created with an empty REQUEST.
    this.moduleRef.registerRequestByContextId(context, context.id);
    await settle(bus.publishAll(bare, aggregate, context));
  }

  private report(given: unknown, events: readonly RecordedEvent[]): void {
    const [first] = events;
    const where = first === undefined ? '' : ` of ${describeStream(first.stream)} from version ${first.version}`;
    try {
      if (this.options.onPublishError !== undefined) this.options.onPublishError(given, events);
      else {
        const error = events.some(({ event }) => holdsPersonalData(event)) ? withheld(given) : given;
        this.logger.error(
          `${events.length} stored events${where} could not be published.`,
          error instanceof Error ? error.stack : error,
        );
      }
    } catch (failure) {
      this.logger.error(
        `onPublishError failed for events${where}.`,
        failure instanceof Error ? failure.stack : failure,
      );
    }
  }

  private findBuses(): EventBus[] {
    try {
      return this.moduleRef.get(EventBus, { strict: false, each: true });
    } catch {
      return [];
    }
  }
}

/** A publisher may answer nothing, a promise, or one promise per event; all of them are awaited. */
async function settle(outcome: unknown): Promise<void> {
  const results = await Promise.allSettled(Array.isArray(outcome) ? outcome : [outcome]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
