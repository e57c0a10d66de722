import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { BatchPublisher, type OutgoingMessage, type PublishTarget } from '../projection/publisher/batch-publisher.js';
import { entryId, failuresOf } from '../projection/publisher/batch-results.js';
import { fifoIdsOf, isFifo, type MessageGroupOption } from '../projection/publisher/fifo-ids.js';
import { attributesOf, messageBytes, type MessageAttribute } from '../projection/publisher/message-attributes.js';
import { checkTarget, type PublisherOptions } from '../projection/publisher/publisher-options.js';
import type { ServiceFailure } from '../projection/publisher/service-failure.js';

/** What `SnsPublisher` takes. */
export interface SnsPublisherOptions extends PublisherOptions, MessageGroupOption {
  /** Used, and never destroyed. Its timeouts and `maxAttempts` bound how long a stream waits for an answer. */
  readonly client: SNSClient;
  /** A name that ends with `.fifo` is that of a FIFO topic: each stream is a message group, the event id deduplicates. */
  readonly topicArn: string;
}

/**
 * Base of reactors that publish events to an SNS topic: at least once; on a FIFO topic in the order of each stream. Message
 * attributes to filter subscriptions by: `type`, `aggregate`, `eventId`, `schemaVersion` (a number) and, in a replay only,
 * `replay` with the value `true`. Needs the permission `sns:Publish`.
 *
 * ```ts
 * @Reactor({ name: 'orders-to-sns', aggregates: ['order'], replayable: true })
 * export class OrdersToSns extends SnsPublisher {
 *   constructor() {
 *     super({ client: new SNSClient({}), topicArn: 'arn:aws:sns:eu-west-1:111122223333:orders.fifo' });
 *   }
 * }
 * ```
 */
export class SnsPublisher extends BatchPublisher<SnsEntry> {
  /** Throws `InvalidArgumentError` without a topic, `InvalidVersionError` for a number out of its range. */
  constructor(options: SnsPublisherOptions) {
    super(new SnsTopic(options), options);
  }
}

interface SnsEntry extends Omit<PublishBatchRequestEntry, 'Id'> {
  readonly Message: string;
  readonly MessageAttributes: Record<string, MessageAttribute>;
}

class SnsTopic implements PublishTarget<SnsEntry> {
  readonly name: string;
  readonly maxMessageBytes = 262_144;
  private readonly fifo: boolean;

  constructor(private readonly options: SnsPublisherOptions) {
    checkTarget('topicArn', options.topicArn);
    this.name = options.topicArn;
    this.fifo = isFifo(options.topicArn);
  }

  entryOf(message: OutgoingMessage): SnsEntry {
    return {
      Message: message.body,
      MessageAttributes: attributesOf(message),
      ...fifoIdsOf(message.envelope, message.replay, this.fifo, this.options.messageGroup),
    };
  }

  bytesOf({ Message, MessageAttributes }: SnsEntry): number {
    return messageBytes(Message, MessageAttributes);
  }

  async send(entries: readonly SnsEntry[]): Promise<readonly (ServiceFailure | undefined)[]> {
    const result = await this.options.client.send(
      new PublishBatchCommand({
        TopicArn: this.name,
        PublishBatchRequestEntries: entries.map((entry, index) => ({ ...entry, Id: entryId(index) })),
      }),
    );
    return failuresOf(result, entries.length);
  }
}
