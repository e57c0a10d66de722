import { createHash } from 'node:crypto';
import { describeStream, type StreamId } from '../../event/stream-id.js';
import type { RecordedEvent } from '../../event/recorded-event.js';

/** Option of the publishers to SNS and SQS. */
export interface MessageGroupOption {
  /**
   * Message group of an event. The events of one stream must have one group, or their order is lost. Text of more than 128
   * characters, or with others than ASCII letters, digits and punctuation, is replaced by its hash.
   * Default: the stream for FIFO topics and queues; none for standard ones, where a group makes the queue a fair one.
   */
  readonly messageGroup?: (envelope: RecordedEvent) => string;
}

/** What SNS and SQS take for message groups and deduplication ids: 1 to 128 ASCII letters, digits and punctuation. */
const FIFO_ID = /^[!-~]{1,128}$/;

/** Names of FIFO topics and queues end like this, and no others. */
export function isFifo(topicOrQueue: string): boolean {
  return topicOrQueue.endsWith('.fifo');
}

export interface FifoIds {
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
}

/** @param fifo Whether topic or queue are FIFO; only these take a deduplication id. */
export function fifoIdsOf(
  envelope: RecordedEvent,
  replay: boolean,
  fifo: boolean,
  messageGroup: MessageGroupOption['messageGroup'],
): FifoIds {
  const group = messageGroup?.(envelope) ?? (fifo ? groupOf(envelope.stream) : undefined);
  const ids: FifoIds = group === undefined ? {} : { MessageGroupId: valid(group) };
  return fifo ? { ...ids, MessageDeduplicationId: deduplicationIdOf(envelope.eventId, replay) } : ids;
}

/** The tenant is escaped, so that streams of two tenants are never in one group and never wait for each other. */
function groupOf(stream: StreamId): string {
  if (stream.tenant === undefined) return describeStream(stream);
  return describeStream({ ...stream, tenant: encodeURIComponent(stream.tenant) });
}

/** A replay within five minutes of the first delivery would be swallowed under the same id. */
function deduplicationIdOf(eventId: string, replay: boolean): string {
  return valid(replay ? `${eventId}:replay` : eventId);
}

function valid(id: string): string {
  return FIFO_ID.test(id) ? id : createHash('sha256').update(id).digest('hex');
}
