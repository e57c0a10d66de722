import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidArgumentError,
  InvalidVersionError,
  MessageTooLargeError,
  PublishError,
} from 'nestjs-dynamo-event-store';
import { Reactor } from '../../libs/dynamo-event-store/src/projection/subscription.decorators.js';
import { SqsPublisher, type SqsPublisherOptions } from '../../libs/dynamo-event-store/src/sqs/index.js';
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
import { SqsServer } from '../support/aws-servers/sqs-server.js';

let sqs: SqsServer;
let fifo: string;
let standard: string;
const clients: SQSClient[] = [];

beforeEach(async () => {
  sqs = new SqsServer();
  await sqs.start();
  fifo = sqs.createQueue('orders.fifo');
  standard = sqs.createQueue('orders');
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await sqs.stop();
});

function connect(config: SQSClientConfig = {}): SQSClient {
  const client = new SQSClient({ ...sqs.clientConfig(), maxAttempts: 1, ...config });
  clients.push(client);
  return client;
}

function publisherTo(queueUrl: string, options: Partial<SqsPublisherOptions> = {}): SqsPublisher {
  return new SqsPublisher({ client: connect(), queueUrl, ...options });
}

/** Everything in the queue, as a consumer with the real client gets it. */
async function received(queueUrl: string): Promise<Message[]> {
  const client = connect();
  const all: Message[] = [];
  sqs.requestFault = () => undefined;
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return all;
    all.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

describe('a publisher to a FIFO queue', () => {
  it('delivers 1,000 events of 50 streams once each and in order, whatever requests and messages fail', async () => {
    sqs.requestFault = mixedRequestFaults;
    sqs.entryFault = passingEntryFaults('InternalError');
    const streams = Array.from({ length: 50 }, (_, index) => streamOf(`o-${index}`, 20));
    await deliver(publisherTo(fifo), streams);
    const versions = versionsByStream((await received(fifo)).map(({ Body }) => messageIn(Body!)));
    expect(versions.size).toBe(50);
    for (const [stream, found] of versions)
      expect([stream, found]).toEqual([stream, Array.from({ length: 20 }, (_, index) => index + 1)]);
    expect(sqs.unanswered.length).toBeGreaterThan(20);
    expect(sqs.batches.length).toBeLessThan(500);
  });

  it('delivers an event once when its answer is lost and it is sent again', async () => {
    sqs.requestFault = (index) => (index === 0 ? 'drop-answer' : undefined);
    await deliver(publisherTo(fifo), [streamOf('o-1', 1)]);
    expect(sqs.batches).toHaveLength(2);
    expect(await received(fifo)).toHaveLength(1);
  });

  it('makes the stream the message group and the event id the deduplication id', async () => {
    await publish(publisherTo(fifo), recorded('o-1', 1));
    const [message] = await received(fifo);
    expect(message!.Attributes).toEqual({
      MessageGroupId: 'order/o-1',
      MessageDeduplicationId: 'commit-o-1-1.0',
    });
  });

  it('hashes groups and ids that are too long or have other characters than SQS takes, each to one of its own', async () => {
    const publisher = publisherTo(fifo);
    await publish(publisher, recorded('ö 1', 1));
    await publish(publisher, recorded('ö 2', 1));
    await publish(publisher, recorded('x'.repeat(200), 1));
    await publish(publisher, recorded('x'.repeat(201), 1));
    const attributes = (await received(fifo)).map(({ Attributes }) => Attributes!);
    expect(new Set(attributes.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(4);
    expect(new Set(attributes.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).size).toBe(4);
    for (const { MessageGroupId } of attributes) expect(MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
  });

  it('marks a replay in message and attributes, and delivers it though the queue has seen the event', async () => {
    const publisher = publisherTo(fifo);
    await publish(publisher, recorded('o-1', 1));
    await publish(publisher, recorded('o-1', 1));
    await publish(publisher, recorded('o-1', 1), true);
    const messages = await received(fifo);
    expect(messages.map(({ Body }) => messageIn(Body!).replay)).toEqual([false, true]);
    expect(messages.map(({ MessageAttributes }) => MessageAttributes!['replay']?.StringValue)).toEqual([
      undefined,
      'true',
    ]);
    expect(messageIn(messages[0]!.Body!).eventId).toBe(messageIn(messages[1]!.Body!).eventId);
  });
});

describe('a publisher to a standard queue', () => {
  it('delivers every event, and an event twice only when its answer was lost, under the same id', async () => {
    sqs.requestFault = mixedRequestFaults;
    sqs.entryFault = passingEntryFaults('InternalError');
    await deliver(
      publisherTo(standard),
      Array.from({ length: 30 }, (_, index) => streamOf(`o-${index}`, 10)),
    );
    const ids = (await received(standard)).map(({ Body }) => messageIn(Body!).eventId);
    const lost = new Set(sqs.unanswered.map((text) => messageIn(text).eventId));
    expect(new Set(ids).size).toBe(300);
    expect(ids.length).toBeGreaterThan(300);
    for (const id of ids.filter((each, index) => ids.indexOf(each) !== index)) expect(lost).toContain(id);
  });

  it('gives no group, unless asked for one', async () => {
    await publish(publisherTo(standard), recorded('o-1', 1));
    await publish(
      publisherTo(standard, { messageGroup: ({ metadata }) => metadata.actorId ?? 'nobody' }),
      recorded('o-1', 2),
    );
    const groups = (await received(standard)).map(({ Attributes }) => Attributes!.MessageGroupId);
    expect(groups).toEqual([undefined, 'ada']);
  });
});

describe('a message', () => {
  it('is the envelope with the payload as the store keeps it, and attributes to filter by', async () => {
    await publish(publisherTo(standard), recorded('o-1', 7, new OrderNoted('\uFFFE\uFFFF')));
    const [message] = await received(standard);
    expect(JSON.parse(message!.Body!)).toEqual({
      eventId: 'commit-o-1-7.0',
      stream: { aggregate: 'order', id: 'o-1' },
      version: 7,
      type: 'order-noted',
      schemaVersion: 3,
      recordedAt: '2026-01-02T03:04:05.678Z',
      metadata: { correlationId: 'request-1', causationId: 'commit-o-1-7', actorId: 'ada' },
      replay: false,
      payload: { note: '\uFFFE\uFFFF', at: { $date: '2026-01-02T03:04:05.678Z' } },
    });
    expect(message!.MessageAttributes).toEqual({
      type: { DataType: 'String', StringValue: 'order-noted' },
      aggregate: { DataType: 'String', StringValue: 'order' },
      eventId: { DataType: 'String', StringValue: 'commit-o-1-7.0' },
      schemaVersion: { DataType: 'Number', StringValue: '3' },
    });
  });

  it('names the tenant of the stream, and takes the payload of an event without a class as it is', async () => {
    const stream = { tenant: 'acme', aggregate: 'order', id: 'o-1' };
    const payload = { at: new Date(0), size: 10n };
    await publish(publisherTo(fifo), recorded('o-1', 1, payload, { stream }));
    const [message] = await received(fifo);
    expect(messageIn(message!.Body!)).toMatchObject({
      stream,
      payload: { at: { $date: '1970-01-01T00:00:00.000Z' }, size: { $bigint: '10' } },
    });
    expect(message!.Attributes!.MessageGroupId).toBe('acme:order/o-1');
  });

  it('is shaped or left out by the hook', async () => {
    // #region shaped
    @Reactor({ name: 'orders-to-sqs', aggregates: ['order'], replayable: true })
    class OrdersToSqs extends SqsPublisher {
      constructor() {
        super({
          client: connect(),
          queueUrl: fifo,
          message: ({ version }, { standardMessage }) => {
            if (version === 1) return undefined;
            const { metadata, ...message } = standardMessage();
            return { ...message, requestId: metadata.correlationId };
          },
        });
      }
    }
    // #endregion
    await deliver(new OrdersToSqs(), [streamOf('o-1', 2)]);
    const messages = (await received(fifo)).map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>);
    expect(messages).toEqual([expect.objectContaining({ version: 2, requestId: 'request-1' })]);
    expect(messages[0]).not.toHaveProperty('metadata');
  });
});

describe('a failing message', () => {
  const noteOf = (text: string): string => (messageIn(text).payload as { note: string }).note;

  it('fails alone: the others of its request are delivered, and it is not tried again when that cannot help', async () => {
    sqs.entryFault = (text) =>
      noteOf(text) === 'note 3' ? { code: 'InvalidMessageContents', senderFault: true } : undefined;
    const publisher = publisherTo(fifo);
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((version) => publish(publisher, recorded(`o-${version}`, version))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    const { reason } = outcomes[2] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(PublishError);
    expect(reason).toMatchObject({
      code: 'PUBLISH_REFUSED',
      retryable: false,
      target: fifo,
      stream: { aggregate: 'order', id: 'o-3' },
      version: 3,
      eventId: 'commit-o-3-3.0',
      type: 'order-noted',
    });
    expect(sqs.batches.map((batch) => batch.map(noteOf))).toEqual([['note 1', 'note 2', 'note 3', 'note 4']]);
    expect(await received(fifo)).toHaveLength(3);
  });

  it('is tried as often as the options say when the service is at fault or throttles', async () => {
    for (const fault of [
      { code: 'InternalError', senderFault: false },
      { code: 'ThrottlingException', senderFault: true },
    ]) {
      sqs.batches.length = 0;
      sqs.entryFault = () => fault;
      await expect(publish(publisherTo(fifo, { attempts: 3 }), recorded('o-1', 1))).rejects.toMatchObject({
        code: 'PUBLISH_FAILED',
        retryable: true,
      });
      expect(sqs.batches).toHaveLength(3);
    }
  });

  it('does not get the others refused with which it shares a request', async () => {
    const small = sqs.createQueue('small', 2_000);
    const publisher = publisherTo(small);
    const outcomes = await Promise.allSettled([
      publish(publisher, recorded('o-1', 1)),
      publish(publisher, recorded('o-2', 1, new OrderNoted('x'.repeat(3_000)))),
      publish(publisher, recorded('o-3', 1)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'PUBLISH_REFUSED' });
    expect(await received(small)).toHaveLength(2);
  });

  it('of a request that fails as a whole is left to the client and the runtime to try again', async () => {
    for (const fault of ['throttle', 'server-error', 'drop-request', 'drop-answer'] as const) {
      let requests = 0;
      sqs.requestFault = () => (requests++, fault);
      const error = await publish(publisherTo(fifo), recorded('o-1', 1)).catch((thrown: unknown) => thrown);
      expect([fault, error]).toEqual([fault, expect.objectContaining({ code: 'PUBLISH_FAILED', retryable: true })]);
      expect((error as Error).cause).toBeDefined();
      expect(requests).toBe(1);
    }
  });

  it('for a queue that is not there is refused', async () => {
    const missing = `${sqs.endpoint}/111122223333/missing.fifo`;
    await expect(publish(publisherTo(missing), recorded('o-1', 1))).rejects.toMatchObject({
      code: 'PUBLISH_REFUSED',
      retryable: false,
      message: expect.stringContaining('QueueDoesNotExist'),
    });
  });
});

describe('a request', () => {
  it('is shared by at most ten messages of concurrent streams', async () => {
    const publisher = publisherTo(fifo);
    await Promise.all(Array.from({ length: 23 }, (_, index) => publish(publisher, recorded(`o-${index}`, 1))));
    expect(sqs.batches.map(({ length }) => length)).toEqual([10, 10, 3]);
  });

  it('holds messages up to the limit of bytes together, counted as the service counts them', async () => {
    const publisher = publisherTo(fifo);
    await Promise.all(
      [1, 2, 3].map((id) => publish(publisher, recorded(`o-${id}`, 1, new OrderNoted('ö'.repeat(50_000))))),
    );
    expect(sqs.batches.map(({ length }) => length)).toEqual([2, 1]);
  });
});

describe('a message above the limit', () => {
  /** An event whose message takes `bytes` with its attributes. */
  async function eventOf(bytes: number): Promise<ReturnType<typeof recorded>> {
    const error = await publish(publisherTo(fifo), recorded('o-1', 1, new OrderNoted('x'.repeat(300_000)))).catch(
      (thrown: unknown) => thrown,
    );
    const overhead = (error as MessageTooLargeError).bytes - 300_000;
    return recorded('o-1', 1, new OrderNoted('x'.repeat(bytes - overhead)));
  }

  it('fails with its facts before anything is sent; one byte less is delivered', async () => {
    const error = await publish(publisherTo(fifo), await eventOf(262_145)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ bytes: 262_145, limit: 262_144, target: fifo, version: 1, retryable: false });
    expect(sqs.batches).toHaveLength(0);
    await publish(publisherTo(fifo), await eventOf(262_144));
    expect(await received(fifo)).toHaveLength(1);
  });

  it('is sent whole when the queue takes more and the options say so', async () => {
    const large = sqs.createQueue('large.fifo', 1_048_576);
    await publish(publisherTo(large, { maxMessageBytes: 1_048_576 }), await eventOf(1_048_576));
    expect(await received(large)).toHaveLength(1);
  });

  it('goes to the claim check, and a reference to the queue', async () => {
    const stored = new Map<string, string>();
    const claimCheck = {
      store: ({ key, body }: { key: string; body: string }) => {
        stored.set(key, body);
        return Promise.resolve(`s3://messages/${key}`);
      },
    };
    const publisher = publisherTo(fifo, { claimCheck });
    await publish(publisher, await eventOf(500_000));
    await publish(publisher, await eventOf(500_000), true);
    const messages = (await received(fifo)).map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>);
    expect(messages[0]).toEqual({
      eventId: 'commit-o-1-1.0',
      stream: { aggregate: 'order', id: 'o-1' },
      version: 1,
      type: 'order-noted',
      schemaVersion: 3,
      recordedAt: '2026-01-02T03:04:05.678Z',
      replay: false,
      reference: 's3://messages/commit-o-1-1.0',
    });
    expect(messages[1]).toMatchObject({ replay: true, reference: 's3://messages/commit-o-1-1.0.replay' });
    expect([...stored.keys()]).toEqual(['commit-o-1-1.0', 'commit-o-1-1.0.replay']);
    expect(messageIn(stored.get('commit-o-1-1.0')!)).toMatchObject({ replay: false, metadata: { actorId: 'ada' } });
    expect(messageIn(stored.get('commit-o-1-1.0.replay')!).replay).toBe(true);
  });

  it('is not sent at all when the claim check fails', async () => {
    const claimCheck = { store: () => Promise.reject(new Error('no bucket')) };
    await expect(publish(publisherTo(fifo, { claimCheck }), await eventOf(500_000))).rejects.toMatchObject({
      code: 'PUBLISH_FAILED',
      cause: expect.objectContaining({ message: 'no bucket' }),
    });
    expect(sqs.batches).toHaveLength(0);
  });
});

describe('the options', () => {
  it('are checked', () => {
    expect(() => publisherTo('')).toThrow(InvalidArgumentError);
    for (const wrong of [{ maxMessageBytes: 1_048_577 }, { maxMessageBytes: 1_023 }, { batchMs: -1 }, { attempts: 0 }])
      expect(() => publisherTo(fifo, wrong)).toThrow(InvalidVersionError);
  });

  it('leave the client to its owner', async () => {
    const client = connect();
    await publish(publisherTo(fifo, { client }), recorded('o-1', 1));
    await expect(client.send(new ReceiveMessageCommand({ QueueUrl: fifo }))).resolves.toBeDefined();
  });
});
