import type { EventMetadata } from '../event/event-metadata.js';
import type { EventClass } from '../event/event-serializer.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import type { UpcasterDefinition } from '../event/upcaster.js';
import type { StreamHead } from './stream-head.js';

/**
 * What the writer knows of the stream:
 * - a `StreamHead` from `append`, `head` or a finished `read` of this store: costs no read;
 * - a version from outside, such as an `If-Match` header: a whole number from 1, verified by one bounded read;
 * - `'none'`: the stream must not exist yet;
 * - `'any'`: append at the end, wherever that is; one read, and again after each lost race.
 */
export type ExpectedVersion = StreamHead | number | 'none' | 'any';

export interface AppendOptions {
  readonly expected: ExpectedVersion;
  /**
   * Identifies this commit. Sending an append again with the same id, events and expectation stores it once, however
   * much later. Default: a new random id. 1 to 128 characters.
   */
  readonly commitId?: string | undefined;
  readonly metadata?: EventMetadata | undefined;
  /** Time after which DynamoDB may delete the commit. Default: never. To the second. */
  readonly ttl?: Date | undefined;
}

export interface ReadRange {
  /** First version, inclusive: a whole number from 1. Default 1. */
  readonly from?: number | undefined;
  /** Last version, inclusive: a whole number from 1. Default: the last one. */
  readonly to?: number | undefined;
  /** Only what was recorded up to this time, inclusive. */
  readonly asOf?: Date | undefined;
  /** At most so many events: a whole number from 1. No more commits than that are read and paid for. Default: all. */
  readonly limit?: number | undefined;
  /** Default `forward`: oldest first. */
  readonly order?: 'forward' | 'backward' | undefined;
  /** Default: the store's own setting, which is `strong` unless configured otherwise. */
  readonly consistency?: 'strong' | 'eventual' | undefined;
}

/** The events of one read, and the head that it proves. May be iterated more than once; each time reads anew. */
export interface EventSequence<E = object> extends AsyncIterable<RecordedEvent<E>> {
  /**
   * Head of the stream as the last iteration saw it; pass it to `append`. `undefined` until an iteration has come to
   * the end of the stream, and for ranges that do not include the end.
   */
  readonly head: StreamHead | undefined;
}

export interface ListQuery {
  readonly tenant?: string | undefined;
  /** Only streams created at or after this time. */
  readonly after?: Date | undefined;
  /** Only streams created at or before this time. */
  readonly before?: Date | undefined;
  /** By time of creation. Default `forward`: oldest first. */
  readonly order?: 'forward' | 'backward' | undefined;
  /** Streams per page: 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** From the page before; valid only with the same aggregate and the same other options, `limit` excepted. */
  readonly cursor?: string | undefined;
}

export interface StreamInfo {
  readonly stream: StreamId;
  /** Time of the first commit. */
  readonly createdAt: Date;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/**
 * Port to the store of events, and the token to inject it by. `DynamoEventStore` implements it for DynamoDB and
 * `InMemoryEventStore` (`./testing`) for tests; both pass the same conformance suite.
 */
export abstract class EventStore {
  /**
   * Stores at least one event as one commit: all of them or none, in one request.
   * Of several concurrent appends at one version exactly one succeeds.
   *
   * @returns The new head, for the next append.
   * @throws ConcurrencyError The stream is elsewhere. Nothing was written.
   * @throws InvalidVersionError `expected` is not a whole number from 1.
   * @throws CommitTooLargeError, EventTooLargeError Above the limit of one item. Nothing was sent.
   * @throws EventSerializationError, UnknownEventError An event cannot be stored. Nothing was sent.
   * @throws CommitIdReusedError `commitId` is stored already with other events.
   * @throws StoreUnavailableError The outcome is unknown; repeat with the same `commitId`.
   */
  abstract append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead>;

  /**
   * Events of a stream, complete, in order, without gaps; empty when there is no such stream. Pages are fetched as the
   * iteration goes on.
   * @throws StreamCorruptedError On iteration, when a commit is missing or unreadable.
   */
  abstract read<E = object>(stream: StreamId, range?: ReadRange): EventSequence<E>;

  /** Head of a stream, strongly consistent, in one request; version 0 when there is no such stream. */
  abstract head(stream: StreamId): Promise<StreamHead>;

  /** Streams of one aggregate, by time of creation; eventually consistent on DynamoDB. */
  abstract listStreams(aggregate: string, query?: ListQuery): Promise<Page<StreamInfo>>;

  /**
   * Makes event classes and upcasters known to the store; repeating changes nothing. A store that does not turn events
   * into classes may ignore it, as this default does.
   * @throws InvalidDefinitionError Lists all faults; nothing is registered then.
   */
  register(_events: readonly EventClass[], _upcasters?: readonly UpcasterDefinition[]): void {
    // Nothing to do for stores without classes.
  }
}
