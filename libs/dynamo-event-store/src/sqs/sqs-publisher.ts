import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { BatchPublisher, type OutgoingMessage, type PublishTarget } from '../projection/publisher/batch-publisher.js';
import { entryId, failuresOf } from '../projection/publisher/batch-results.js';
import { fifoIdsOf, isFifo, type MessageGroupOption } from '../projection/publisher/fifo-ids.js';
import { attributesOf, messageBytes, type MessageAttribute } from '../projection/publisher/message-attributes.js';
import { checkTarget, type PublisherOptions } from '../projection/publisher/publisher-options.js';
import type { ServiceFailure } from '../projection/publisher/service-failure.js';

/** What `SqsPublisher` takes. */
export interface SqsPublisherOptions extends PublisherOptions, MessageGroupOption {
  /** Used, and never destroyed. Its timeouts and `maxAttempts` bound how long a stream waits for an answer. */
  readonly client: SQSClient;
  /** A name that ends with `.fifo` is that of a FIFO queue: each stream is a message group, the event id deduplicates. */
  readonly queueUrl: string;
}

/**
 * Base of reactors that publish events to an SQS queue: at least once; on a FIFO queue in the order of each stream. Message
 * attributes: `type`, `aggregate`, `eventId`, `schemaVersion` (a number) and, in a replay only,
 * `replay` with the value `true`. Needs the permission `sqs:SendMessage`.
 *
 * ```ts
 * @Reactor({ name: 'orders-to-sqs', aggregates: ['order'], replayable: true })
 * export class OrdersToSqs extends SqsPublisher {
 *   constructor() {
 *     super({ client: new SQSClient({}), queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/orders.fifo' });
 *   }
 * }
 * ```
 */
export class SqsPublisher extends BatchPublisher<SqsEntry> {
  /** Throws `InvalidArgumentError` without a queue, `InvalidVersionError` for a number out of its range. */
  constructor(options: SqsPublisherOptions) {
    super(new SqsQueue(options), options);
  }
}

interface SqsEntry extends Omit<SendMessageBatchRequestEntry, 'Id'> {
  readonly MessageBody: string;
  readonly MessageAttributes: Record<string, MessageAttribute>;
}

class SqsQueue implements PublishTarget<SqsEntry> {
  readonly name: string;
  readonly maxMessageBytes = 262_144;
  private readonly fifo: boolean;

  constructor(private readonly options: SqsPublisherOptions) {
    checkTarget('queueUrl', options.queueUrl);
    this.name = options.queueUrl;
    this.fifo = isFifo(options.queueUrl);
  }

  entryOf(message: OutgoingMessage): SqsEntry {
    return {
      MessageBody: message.body,
      MessageAttributes: attributesOf(message),
      ...fifoIdsOf(message.envelope, message.replay, this.fifo, this.options.messageGroup),
    };
  }

  bytesOf({ MessageBody, MessageAttributes }: SqsEntry): number {
    return messageBytes(MessageBody, MessageAttributes);
  }

  async send(entries: readonly SqsEntry[]): Promise<readonly (ServiceFailure | undefined)[]> {
    const result = await this.options.client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.name,
        Entries: entries.map((entry, index) => ({ ...entry, Id: entryId(index) })),
      }),
    );
    return failuresOf(result, entries.length);
  }
}
