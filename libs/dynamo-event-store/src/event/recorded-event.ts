import type { RecordedMetadata } from './event-metadata.js';
import type { StreamId } from './stream-id.js';

/**
 * A stored event with its envelope.
 * @typeParam E Class of the event, or shape of the payload for streams without classes.
 */
export interface RecordedEvent<E = object> {
  readonly stream: StreamId;
  /** Place in the stream: 1 for the first event, without gaps, unless an upcaster drops or merges events. */
  readonly version: number;
  /**
   * Present where an upcaster has made several events of the stored one, which share the version: 1 for the second, and so
   * on.
   */
  readonly part?: number;
  /** Unique per event and stable: the commit id and the event's place in the commit. Use it to recognise duplicates. */
  readonly eventId: string;
  /** Shared by the events that were appended together. */
  readonly commitId: string;
  /** Name given by `@DomainEvent`, or the `type` of an event without a class. */
  readonly type: string;
  /** Schema version of `event` as it is here: after upcasting, the current one. */
  readonly schemaVersion: number;
  /** Time of the append by the writer's clock, to the millisecond; never earlier than that of the commit before it. */
  readonly recordedAt: Date;
  readonly metadata: RecordedMetadata;
  readonly event: E;
}
