import { SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { subscriptionMethodsOf } from '../../libs/dynamo-event-store/src/metadata/metadata-storage.js';
import { Reactor } from '../../libs/dynamo-event-store/src/projection/subscription.decorators.js';
import { SnsPublisher, type SnsPublisherOptions } from '../../libs/dynamo-event-store/src/sns/index.js';
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
import { SnsServer } from '../support/aws-servers/sns-server.js';

let sns: SnsServer;
let fifo: string;
let standard: string;
let client: SNSClient;

beforeEach(async () => {
  sns = new SnsServer();
  await sns.start();
  fifo = sns.createTopic('orders.fifo');
  standard = sns.createTopic('orders');
  client = new SNSClient({ ...sns.clientConfig(), maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await sns.stop();
});

function publisherTo(topicArn: string, options: Partial<SnsPublisherOptions> = {}): SnsPublisher {
  return new SnsPublisher({ client, topicArn, ...options });
}

describe('a publisher to a FIFO topic', () => {
  it('delivers 1,000 events of 50 streams once each and in order, whatever requests and messages fail', async () => {
    sns.requestFault = mixedRequestFaults;
    sns.entryFault = passingEntryFaults('InternalError');
    const streams = Array.from({ length: 50 }, (_, index) => streamOf(`o-${index}`, 20));
    await deliver(publisherTo(fifo), streams);
    const versions = versionsByStream(sns.messages(fifo).map(({ text }) => messageIn(text)));
    expect(versions.size).toBe(50);
    for (const [stream, found] of versions)
      expect([stream, found]).toEqual([stream, Array.from({ length: 20 }, (_, index) => index + 1)]);
    expect(sns.unanswered.length).toBeGreaterThan(20);
    expect(sns.batches.length).toBeLessThan(500);
  });

  it('gives stream and event id as group and deduplication id, and in a replay another one', async () => {
    const publisher = publisherTo(fifo);
    await publish(publisher, recorded('o-1', 1));
    await publish(publisher, recorded('o-1', 1));
    await publish(publisher, recorded('o-1', 1), true);
    expect(sns.messages(fifo)).toMatchObject([
      { group: 'order/o-1', deduplicationId: 'commit-o-1-1.0' },
      { group: 'order/o-1', deduplicationId: 'commit-o-1-1.0:replay' },
    ]);
  });
});

describe('a publisher to a standard topic', () => {
  it('delivers each stream in order, and an event twice only when its answer was lost, under the same id', async () => {
    sns.requestFault = mixedRequestFaults;
    await deliver(
      publisherTo(standard),
      Array.from({ length: 30 }, (_, index) => streamOf(`o-${index}`, 10)),
    );
    const messages = sns.messages(standard).map(({ text }) => messageIn(text));
    const lost = new Set(sns.unanswered.map((text) => messageIn(text).eventId));
    const ids = messages.map(({ eventId }) => eventId);
    const duplicates = ids.filter((id, index) => ids.indexOf(id) !== index);
    expect(duplicates.length).toBeGreaterThan(0);
    for (const id of duplicates) expect(lost).toContain(id);
    for (const [, versions] of versionsByStream(messages)) {
      expect([...new Set(versions)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
    }
  });

  it('sets attributes for the filters of subscriptions, and replay in a replay only', async () => {
    const publisher = publisherTo(standard);
    await publish(publisher, recorded('o-1', 1));
    await publish(publisher, recorded('o-1', 1), true);
    const common = {
      type: { DataType: 'String', StringValue: 'order-noted' },
      aggregate: { DataType: 'String', StringValue: 'order' },
      eventId: { DataType: 'String', StringValue: 'commit-o-1-1.0' },
      schemaVersion: { DataType: 'Number', StringValue: '3' },
    };
    expect(sns.messages(standard).map(({ attributes }) => attributes)).toEqual([
      common,
      { ...common, replay: { DataType: 'String', StringValue: 'true' } },
    ]);
    expect(sns.messages(standard).map(({ group }) => group)).toEqual([undefined, undefined]);
  });
});

describe('a failing message', () => {
  it('fails alone, is not tried again when the sender is at fault, and is when the service is', async () => {
    const tries = new Map<string, number>();
    sns.entryFault = (text) => {
      const { stream } = messageIn(text);
      tries.set(stream.id, (tries.get(stream.id) ?? 0) + 1);
      if (stream.id === 'o-1') return { code: 'InvalidParameter', senderFault: true };
      return stream.id === 'o-2' ? { code: 'Unavailable', senderFault: false } : undefined;
    };
    const publisher = publisherTo(fifo, { attempts: 4 });
    const outcomes = await Promise.allSettled(['o-1', 'o-2', 'o-3'].map((id) => publish(publisher, recorded(id, 1))));
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'PUBLISH_REFUSED', target: fifo } },
      { status: 'rejected', reason: { code: 'PUBLISH_FAILED', target: fifo } },
      { status: 'fulfilled' },
    ]);
    expect(Object.fromEntries(tries)).toEqual({ 'o-1': 1, 'o-2': 4, 'o-3': 1 });
  });

  it('for a topic that is not there is refused, and for a throttled or failing one may be tried again', async () => {
    const missing = publisherTo('arn:aws:sns:eu-west-1:111122223333:missing');
    await expect(publish(missing, recorded('o-1', 1))).rejects.toMatchObject({ code: 'PUBLISH_REFUSED' });
    for (const fault of ['throttle', 'server-error', 'drop-request', 'drop-answer'] as const) {
      sns.requestFault = () => fault;
      const error = await publish(publisherTo(fifo), recorded('o-1', 1)).catch((thrown: unknown) => thrown);
      expect([fault, error]).toEqual([fault, expect.objectContaining({ code: 'PUBLISH_FAILED', retryable: true })]);
    }
  });

  it('above the limit fails before anything is sent', async () => {
    const large = recorded('o-1', 1, new OrderNoted('x'.repeat(262_144)));
    await expect(publish(publisherTo(standard), large)).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      limit: 262_144,
      target: standard,
    });
    expect(sns.batches).toHaveLength(0);
  });
});

describe('a reactor that extends the publisher', () => {
  it('inherits the method that takes every event', async () => {
    // #region sns
    @Reactor({ name: 'orders-to-sns', aggregates: ['order'], replayable: true })
    class OrdersToSns extends SnsPublisher {
      constructor() {
        super({ client, topicArn: fifo });
      }
    }
    // #endregion
    expect(subscriptionMethodsOf(OrdersToSns)).toEqual([
      { method: 'publish', isStatic: false, trigger: { any: true } },
    ]);
    await publish(new OrdersToSns(), recorded('o-1', 1));
    expect(sns.messages(fifo)).toHaveLength(1);
  });
});
