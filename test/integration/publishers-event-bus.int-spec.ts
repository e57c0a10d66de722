import { Module } from '@nestjs/common';
import { CqrsModule, EventBus, EventsHandler, type IEventHandler, type IEventPublisher } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordedEventOf, type RecordedEvent } from 'nestjs-dynamo-event-store';
import { EventBusPublisher } from '../../libs/dynamo-event-store/src/projection/publisher/event-bus-publisher.js';
import { Reactor } from '../../libs/dynamo-event-store/src/projection/subscription.decorators.js';
import { deliver, OrderNoted, publish, recorded, streamOf } from '../support/aws-servers/publishing.js';

// #region event-bus
@Reactor({ name: 'orders-to-event-bus', aggregates: ['order'] })
class OrdersToEventBus extends EventBusPublisher {}
// #endregion

@EventsHandler(OrderNoted)
class NotesSeen implements IEventHandler<OrderNoted> {
  readonly envelopes: (RecordedEvent | undefined)[] = [];
  handle(event: OrderNoted): void {
    this.envelopes.push(recordedEventOf(event));
    if (event.note === 'bad') throw new Error('the handler failed');
  }
}

@Module({ imports: [CqrsModule.forRoot()], providers: [OrdersToEventBus, NotesSeen] })
class OrdersModule {}

let app: TestingModule;
let publisher: OrdersToEventBus;
let seen: NotesSeen;

beforeEach(async () => {
  app = await Test.createTestingModule({ imports: [OrdersModule] })
    .setLogger({ log: () => undefined, warn: () => undefined, error: () => undefined })
    .compile();
  await app.init();
  publisher = app.get(OrdersToEventBus);
  seen = app.get(NotesSeen);
});

afterEach(() => app.close());

describe('a publisher to the event bus', () => {
  it('gets the bus injected, and gives handlers the events of a stream in order, with their envelopes', async () => {
    const events = streamOf('o-1', 3);
    await deliver(publisher, [events]);
    expect(seen.envelopes).toEqual(events);
    expect(seen.envelopes.map((envelope) => envelope?.version)).toEqual([1, 2, 3]);
  });

  it('counts an event as published when a handler fails, as Nest does', async () => {
    await publish(publisher, recorded('o-1', 1, new OrderNoted('bad')));
    await publish(publisher, recorded('o-1', 2));
    expect(seen.envelopes.map((envelope) => envelope?.version)).toEqual([1, 2]);
  });

  it('leaves out events that no handler can name, which would end the subscriptions of all', async () => {
    for (const payload of [null, 'text', 7]) await publish(publisher, recorded('o-1', 1, payload as unknown as object));
    await publish(publisher, recorded('o-1', 2));
    expect(seen.envelopes.map((envelope) => envelope?.version)).toEqual([2]);
  });

  it('waits for a publisher that returns a promise, and fails when it does', async () => {
    const published: unknown[] = [];
    let release: () => void = () => undefined;
    const slow: IEventPublisher = {
      publish: (event) => new Promise<void>((resolve) => (release = resolve)).then(() => published.push(event)),
    };
    app.get(EventBus).publisher = slow;
    const event = recorded('o-1', 1);
    let isDone = false;
    const publication = publish(publisher, event).then(() => (isDone = true));
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    release();
    await publication;
    expect(published).toEqual([event.event]);

    app.get(EventBus).publisher = { publish: () => Promise.reject(new Error('the broker is away')) };
    await expect(publish(publisher, recorded('o-1', 2))).rejects.toThrow('the broker is away');
  });
});
