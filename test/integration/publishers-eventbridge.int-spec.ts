import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  EventBridgePublisher,
  type EventBridgePublisherOptions,
} from '../../libs/dynamo-event-store/src/eventbridge/index.js';
import { Reactor } from '../../libs/dynamo-event-store/src/projection/subscription.decorators.js';
import { EventBridgeServer } from '../support/aws-servers/eventbridge-server.js';
import {
  deliver,
  messageIn,
  mixedRequestFaults,
  OrderNoted,
  passingEntryFaults,
  publish,
  recorded,
  streamOf,
  versionsByStream,
} from '../support/aws-servers/publishing.js';

let bridge: EventBridgeServer;
let client: EventBridgeClient;

beforeEach(async () => {
  bridge = new EventBridgeServer();
  await bridge.start();
  client = new EventBridgeClient({ ...bridge.clientConfig(), maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await bridge.stop();
});

function publisher(options: Partial<EventBridgePublisherOptions> = {}): EventBridgePublisher {
  return new EventBridgePublisher({ client, source: 'com.example.orders', ...options });
}

describe('a publisher to EventBridge', () => {
  it('puts 1,000 events of 50 streams, each stream in order, and twice only what had its answer lost', async () => {
    bridge.requestFault = mixedRequestFaults;
    bridge.entryFault = passingEntryFaults('InternalFailure');
    await deliver(
      publisher(),
      Array.from({ length: 50 }, (_, index) => streamOf(`o-${index}`, 20)),
    );
    const messages = bridge.events.map(({ Detail }) => messageIn(Detail!));
    const lost = new Set(bridge.unanswered.map((text) => messageIn(text).eventId));
    const ids = messages.map(({ eventId }) => eventId);
    const duplicates = ids.filter((id, index) => ids.indexOf(id) !== index);
    expect(duplicates.length).toBeGreaterThan(0);
    for (const id of duplicates) expect(lost).toContain(id);
    expect(versionsByStream(messages).size).toBe(50);
    for (const [, versions] of versionsByStream(messages)) {
      expect([...new Set(versions)]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
    }
    expect(bridge.batches.length).toBeLessThan(500);
  });

  it('gives source, detail type, time, resources and bus; the message is the detail', async () => {
    // #region eventbridge
    @Reactor({ name: 'orders-to-eventbridge', aggregates: ['order'] })
    class OrdersToEventBridge extends EventBridgePublisher {
      constructor() {
        super({
          client,
          source: 'com.example.orders',
          eventBusName: 'orders',
          detailType: ({ type }) => `Order: ${type}`,
          resources: ({ stream }) => [`arn:example:order/${stream.id}`],
        });
      }
    }
    // #endregion
    await publish(new OrdersToEventBridge(), recorded('o-1', 1));
    await publish(publisher(), recorded('o-1', 2));
    expect(bridge.events).toMatchObject([
      {
        Source: 'com.example.orders',
        DetailType: 'Order: order-noted',
        Time: Date.parse('2026-01-02T03:04:05.678Z') / 1_000,
        Resources: ['arn:example:order/o-1'],
        EventBusName: 'orders',
      },
      { DetailType: 'order-noted', Resources: [] },
    ]);
    expect(bridge.events[1]).not.toHaveProperty('EventBusName');
    expect(messageIn(bridge.events[1]!.Detail!)).toMatchObject({
      eventId: 'commit-o-1-2.0',
      version: 2,
      replay: false,
    });
  });

  it('marks a replay inside the detail and leaves the detail type as it is (P24)', async () => {
    await publish(publisher(), recorded('o-1', 1), true);
    expect(bridge.events[0]!.DetailType).toBe('order-noted');
    expect(messageIn(bridge.events[0]!.Detail!).replay).toBe(true);
  });
});

describe('an entry that fails', () => {
  it.each([
    ['InternalFailure', 'PUBLISH_FAILED', 3],
    ['ThrottlingException', 'PUBLISH_FAILED', 3],
    ['AccessDeniedException', 'PUBLISH_REFUSED', 1],
    ['MalformedDetail', 'PUBLISH_REFUSED', 1],
  ])('with %s rejects alone with %s after %d tries (P23)', async (code, expected, tries) => {
    let count = 0;
    bridge.entryFault = (text) => {
      if (messageIn(text).stream.id !== 'o-2') return undefined;
      count++;
      return { code, senderFault: true };
    };
    const target = publisher({ attempts: 3 });
    const outcomes = await Promise.allSettled(['o-1', 'o-2', 'o-3'].map((id) => publish(target, recorded(id, 1))));
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: expected, target: 'default', eventId: 'commit-o-2-1.0' } },
      { status: 'fulfilled' },
    ]);
    expect(count).toBe(tries);
    expect(bridge.events).toHaveLength(2);
  });

  it('without a word in the answer is tried again', async () => {
    let left = 2;
    bridge.isSilentAbout = () => left-- > 0;
    await publish(publisher({ attempts: 3 }), recorded('o-1', 1));
    expect(bridge.batches).toHaveLength(3);
    expect(bridge.events).toHaveLength(1);
  });

  it('for its detail type is refused before it is sent', async () => {
    const long = publisher({ detailType: () => 'x'.repeat(129) });
    await expect(publish(long, recorded('o-1', 1))).rejects.toMatchObject({ code: 'PUBLISH_REFUSED', version: 1 });
    await publish(publisher({ detailType: () => 'x'.repeat(128) }), recorded('o-1', 2));
    expect(bridge.events).toHaveLength(1);
  });
});

describe('the size of a request', () => {
  it('counts time, source, detail type, detail and resources, and stays below what EventBridge takes', async () => {
    const resources = () => ['arn:example:ö'];
    const note = (length: number) => recorded('o-1', 1, new OrderNoted('x'.repeat(length)));
    const error = await publish(publisher({ resources }), note(300_000)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', limit: 256_000 });
    const room = 300_000 - ((error as { bytes: number }).bytes - 256_000);
    await expect(publish(publisher({ resources }), note(room + 1))).rejects.toMatchObject({ bytes: 256_001 });
    await publish(publisher({ resources }), note(room));
    const [{ Source, DetailType, Detail } = {}] = bridge.events;
    const parts = [Source!, DetailType!, Detail!, ...resources()];
    expect(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 14)).toBe(256_000);
  });

  it('is kept by sending large events in several requests', async () => {
    const target = publisher();
    await Promise.all(
      [1, 2, 3].map((id) => publish(target, recorded(`o-${id}`, 1, new OrderNoted('x'.repeat(100_000))))),
    );
    expect(bridge.batches.map(({ length }) => length)).toEqual([2, 1]);
  });
});
