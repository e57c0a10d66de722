import { InvalidArgumentError, InvalidVersionError } from '../../errors/argument-errors.js';
import type { EventSerializer } from '../../event/event-serializer.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { EventMessage } from './message-of-event.js';

/** What `message` gets besides the event. */
export interface MessageContext {
  /** Whether the event was delivered before and is being replayed on request. */
  readonly replay: boolean;
  /** The message that would be sent without the hook. Throws `EventSerializationError` for values without a JSON form. */
  standardMessage(): EventMessage;
}

/**
 * Keeps messages that are above the limit, such as in S3. The target gets a `ReferenceMessage` in their place, and
 * receivers fetch the message by its reference.
 */
export interface ClaimCheck {
  /**
   * Called again with the same key when the event is sent again: writing it twice must do no harm.
   * @param message `key`: unique per event, made of its id, with `.replay` behind it in a replay. `body`: the JSON text.
   * @returns What receivers need to find the message, such as a URL.
   */
  store(message: { readonly key: string; readonly body: string }): Promise<string>;
}

/** What all publishers to AWS take. */
export interface PublisherOptions {
  /**
   * Makes the message of an event, or `undefined` to send none. What it returns is sent as JSON text, as `JSON.stringify`
   * makes it. Default: the `EventMessage` of the event.
   */
  readonly message?: (envelope: RecordedEvent, context: MessageContext) => object | undefined;
  /** Where messages above the limit go. Default: they fail with `MessageTooLargeError`. */
  readonly claimCheck?: ClaimCheck;
  /** The store's serializer, if it has one of its own, so that messages hold what the store holds. Default: class-transformer. */
  readonly serializer?: EventSerializer;
  /**
   * Bytes that a message may take with its attributes, and all messages of one request together: a whole number from
   * 1,024 to 1,048,576. Default: what every topic, queue and bus takes, 262,144; EventBridge 256,000.
   */
  readonly maxMessageBytes?: number;
  /** Milliseconds to wait for events of other streams to share a request with: from 0 to 1,000. Default 5. */
  readonly batchMs?: number;
  /**
   * Tries of a message that the service did not accept while it accepted others: a whole number from 1. Default 5, with
   * growing, random pauses. A request that fails as a whole is tried again by the client alone, as its `maxAttempts` says.
   */
  readonly attempts?: number;
}

const MAX_MESSAGE_BYTES = 1_048_576;

/** Throws `InvalidVersionError` for a number out of its range. */
export function checkPublisherOptions({ maxMessageBytes, batchMs, attempts }: PublisherOptions): void {
  checkWhole('maxMessageBytes', maxMessageBytes, 1_024, MAX_MESSAGE_BYTES);
  checkWhole('batchMs', batchMs, 0, 1_000);
  checkWhole('attempts', attempts, 1, Number.MAX_SAFE_INTEGER);
}

/** Throws `InvalidArgumentError` unless the option is text that is not empty: callers without types pass anything. */
export function checkTarget(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new InvalidArgumentError(option, 'must be a string that is not empty.');
}

function checkWhole(option: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new InvalidVersionError(option, value, `a whole number ${range}`);
}
