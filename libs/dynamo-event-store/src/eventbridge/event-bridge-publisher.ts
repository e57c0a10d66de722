import { PutEventsCommand, type EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { PublishRefusedError } from '../errors/publish-errors.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { BatchPublisher, type OutgoingMessage, type PublishTarget } from '../projection/publisher/batch-publisher.js';
import { checkTarget, type PublisherOptions } from '../projection/publisher/publisher-options.js';
import { failureOfEntry, NO_OUTCOME, type ServiceFailure } from '../projection/publisher/service-failure.js';

/** What `EventBridgePublisher` takes. */
export interface EventBridgePublisherOptions extends PublisherOptions {
  /** Used, and never destroyed. Its timeouts and `maxAttempts` bound how long a stream waits for an answer. */
  readonly client: EventBridgeClient;
  /** `source` of the events, such as `com.example.orders`. Not one that begins with `aws.`. */
  readonly source: string;
  /** Name or ARN of the event bus. Default: the account's default bus. */
  readonly eventBusName?: string;
  /** `detail-type` of an event: 1 to 128 characters. The same in a replay, so that the same rules match. Default: its type. */
  readonly detailType?: (envelope: RecordedEvent) => string;
  /** ARNs of what the event is about. Default: none. */
  readonly resources?: (envelope: RecordedEvent) => readonly string[];
}

/**
 * Base of reactors that publish events to an EventBridge bus: at least once. EventBridge keeps no order and drops no
 * duplicates: receivers go by `detail.eventId`, `detail.stream` and `detail.version`. `detail` is the message, `time` the
 * time of recording; a replay is told by `detail.replay`. Needs the permission `events:PutEvents`.
 *
 * ```ts
 * @Reactor({ name: 'orders-to-eventbridge', aggregates: ['order'] })
 * export class OrdersToEventBridge extends EventBridgePublisher {
 *   constructor() {
 *     super({ client: new EventBridgeClient({}), source: 'com.example.orders' });
 *   }
 * }
 * ```
 */
export class EventBridgePublisher extends BatchPublisher<EventBridgeEntry> {
  /** Throws `InvalidArgumentError` without a source, `InvalidVersionError` for a number out of its range. */
  constructor(options: EventBridgePublisherOptions) {
    super(new EventBridgeBus(options), options);
  }
}

interface EventBridgeEntry extends PutEventsRequestEntry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources: string[];
}

const MAX_DETAIL_TYPE = 128;
/** What EventBridge counts for the time of an event. */
const TIME_BYTES = 14;

class EventBridgeBus implements PublishTarget<EventBridgeEntry> {
  readonly name: string;
  /** The documentation says "less than 256 KB" for a request; this is so with either meaning of KB. */
  readonly maxMessageBytes = 256_000;

  constructor(private readonly options: EventBridgePublisherOptions) {
    checkTarget('source', options.source);
    if (options.eventBusName !== undefined) checkTarget('eventBusName', options.eventBusName);
    this.name = options.eventBusName ?? 'default';
  }

  entryOf({ envelope, body }: OutgoingMessage): EventBridgeEntry {
    const { source, eventBusName, resources } = this.options;
    return {
      Source: source,
      DetailType: this.detailTypeOf(envelope),
      Detail: body,
      Resources: [...(resources?.(envelope) ?? [])],
      Time: envelope.recordedAt,
      ...(eventBusName === undefined ? {} : { EventBusName: eventBusName }),
    };
  }

  bytesOf({ Source, DetailType, Detail, Resources }: EventBridgeEntry): number {
    const parts = [Source, DetailType, Detail, ...Resources];
    return parts.reduce((bytes, part) => bytes + Buffer.byteLength(part), TIME_BYTES);
  }

  async send(entries: readonly EventBridgeEntry[]): Promise<readonly (ServiceFailure | undefined)[]> {
    const { Entries: results = [] } = await this.options.client.send(new PutEventsCommand({ Entries: [...entries] }));
    return entries.map((_, index) => {
      const result = results[index];
      if (result?.ErrorCode !== undefined) return failureOfEntry(result.ErrorCode, result.ErrorMessage);
      return result?.EventId === undefined ? NO_OUTCOME : undefined;
    });
  }

  private detailTypeOf(envelope: RecordedEvent): string {
    const detailType = this.options.detailType?.(envelope) ?? envelope.type;
    if (detailType === '' || detailType.length > MAX_DETAIL_TYPE)
      throw new PublishRefusedError(
        { target: this.name, ...envelope },
        `the detail type has ${detailType.length} characters; EventBridge takes 1 to ${MAX_DETAIL_TYPE}.`,
      );
    return detailType;
  }
}
