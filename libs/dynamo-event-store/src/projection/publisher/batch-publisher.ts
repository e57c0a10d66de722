import {
  MessageTooLargeError,
  PublishFailedError,
  PublishRefusedError,
  type FailedPublication,
} from '../../errors/publish-errors.js';
import { ClassTransformerSerializer } from '../../event/class-transformer-serializer.js';
import type { EventSerializer } from '../../event/event-serializer.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { jitteredBackoff } from '../../store/backoff.js';
import type { Reaction } from '../reaction.js';
import { OnAny } from '../subscription.decorators.js';
import { EntryBatcher, type SendEntries } from './entry-batcher.js';
import { messageOfEvent, messageText, referenceMessageOf } from './message-of-event.js';
import { checkPublisherOptions, type ClaimCheck, type PublisherOptions } from './publisher-options.js';
import type { ServiceFailure } from './service-failure.js';

/** An event on its way out. */
export interface OutgoingMessage {
  readonly envelope: RecordedEvent;
  readonly replay: boolean;
  /** JSON text. */
  readonly body: string;
}

/** A topic, queue or event bus. */
export interface PublishTarget<E> {
  /** Name for errors. */
  readonly name: string;
  /** Default of `maxMessageBytes`. */
  readonly maxMessageBytes: number;
  entryOf(message: OutgoingMessage): E;
  /** Size of an entry as the service counts it. */
  bytesOf(entry: E): number;
  /** @see SendEntries */
  send(entries: readonly E[]): ReturnType<SendEntries<E>>;
}

/** Entries that a request of SNS, SQS or EventBridge may hold. */
const ENTRIES_OF_REQUEST = 10;
const DEFAULT_BATCH_MS = 5;
const DEFAULT_ATTEMPTS = 5;

/**
 * Base of the publishers to AWS: reactors that send each event they get as a message. Events of one stream are sent one
 * after another, each after the service has accepted the one before; events of several streams share requests.
 */
export abstract class BatchPublisher<E> {
  private readonly batcher: EntryBatcher<E>;
  private readonly maxBytes: number;
  private readonly serializer: EventSerializer;

  protected constructor(
    private readonly target: PublishTarget<E>,
    private readonly options: PublisherOptions,
  ) {
    checkPublisherOptions(options);
    this.serializer = options.serializer ?? new ClassTransformerSerializer();
    this.maxBytes = options.maxMessageBytes ?? target.maxMessageBytes;
    const limits = { entries: ENTRIES_OF_REQUEST, bytes: this.maxBytes };
    this.batcher = new EntryBatcher((entries) => target.send(entries), limits, options.batchMs ?? DEFAULT_BATCH_MS);
  }

  /**
   * Resolves when the service has accepted the message, or the event has none. Called by the runtime, which awaits it
   * before it goes on with the stream.
   *
   * Throws `MessageTooLargeError` before anything is sent; `PublishRefusedError` when the service refuses the message;
   * `PublishFailedError` when it may take it later, or took it and the answer was lost; `EventSerializationError` for a
   * value without a JSON form; and whatever `message` throws.
   */
  @OnAny()
  async publish(_event: object, envelope: RecordedEvent, { replay }: Reaction): Promise<void> {
    const message = this.messageFor(envelope, replay);
    if (message === undefined) return;
    const { entry, bytes } = await this.fittingEntry({ envelope, replay, body: messageText(message) });
    const failure = await this.deliver(entry, bytes);
    if (failure !== undefined) throw this.errorOf(failure, envelope);
  }

  private messageFor(envelope: RecordedEvent, replay: boolean): object | undefined {
    const standardMessage = () => messageOfEvent(envelope, replay, this.serializer);
    return this.options.message === undefined
      ? standardMessage()
      : this.options.message(envelope, { replay, standardMessage });
  }

  /** The entry of the message, or of a reference to it when it is too large. */
  private async fittingEntry(message: OutgoingMessage): Promise<{ entry: E; bytes: number }> {
    const whole = this.measured(message);
    if (whole.bytes <= this.maxBytes) return whole;
    const { envelope, replay } = message;
    const { claimCheck } = this.options;
    if (claimCheck === undefined) throw this.tooLarge(whole.bytes, envelope);
    const reference = await this.storeElsewhere(claimCheck, message);
    const small = this.measured({ ...message, body: messageText(referenceMessageOf(envelope, replay, reference)) });
    if (small.bytes > this.maxBytes) throw this.tooLarge(small.bytes, envelope);
    return small;
  }

  private measured(message: OutgoingMessage): { entry: E; bytes: number } {
    const entry = this.target.entryOf(message);
    return { entry, bytes: this.target.bytesOf(entry) };
  }

  private async storeElsewhere(claimCheck: ClaimCheck, { envelope, replay, body }: OutgoingMessage): Promise<string> {
    const key = replay ? `${envelope.eventId}.replay` : envelope.eventId;
    try {
      return await claimCheck.store({ key, body });
    } catch (cause) {
      throw new PublishFailedError(this.publicationOf(envelope), 'the claim check could not store the message.', cause);
    }
  }

  private async deliver(entry: E, bytes: number): Promise<ServiceFailure | undefined> {
    const attempts = this.options.attempts ?? DEFAULT_ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      const failure = await this.batcher.add(entry, bytes);
      if (!failure?.retryable || failure.scope === 'request' || attempt === attempts) return failure;
      await jitteredBackoff(attempt);
    }
  }

  private errorOf({ code, message, retryable, cause }: ServiceFailure, envelope: RecordedEvent): Error {
    const what = `${code}: ${message.replace(/\.$/, '')}.`;
    const publication = this.publicationOf(envelope);
    return retryable
      ? new PublishFailedError(publication, what, cause)
      : new PublishRefusedError(publication, what, cause);
  }

  private tooLarge(bytes: number, envelope: RecordedEvent): MessageTooLargeError {
    return new MessageTooLargeError(this.publicationOf(envelope), bytes, this.maxBytes);
  }

  private publicationOf({ stream, version, eventId, type }: RecordedEvent): FailedPublication {
    return { target: this.target.name, stream, version, eventId, type };
  }
}
