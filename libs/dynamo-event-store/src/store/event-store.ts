import type { EventMetadata } from '../event/event-metadata.js';
import type { EventClass } from '../event/event-serializer.js';
import type { StreamId } from '../event/stream-id.js';
import type { UniqueValue } from '../event/unique-value.js';
import type { UpcasterDefinition } from '../event/upcaster.js';
import type { EventSequence } from './event-sequence.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { ReservationOptions } from './reservation.js';
import type { StateQuery, StateReading, StateSnapshot } from './state-reading.js';
import type { StreamHead } from './stream-head.js';

/**
 * What the writer knows of the stream:
 * - a `StreamHead` from `append`, `head` or a finished `read` of this store: costs no read;
 * - a version from outside, such as an `If-Match` header: a whole number from 1, verified by one bounded read;
 * - `'none'`: the stream must not exist yet;
 * - `'any'`: append at the end, wherever that is; one read, and again after each lost race.
 */
export type ExpectedVersion = StreamHead | number | 'none' | 'any';

/** Makes a command repeatable. */
export interface CommandIdentity {
  /**
   * With the same key on the same stream, the events are stored once, however often and however much later the command
   * is repeated, and the head of the first time is returned, with `repeated`. Stored as a small item beside the commit,
   * in one transaction: twice the commit's write units, and 2 more. 1 character or more.
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * What the command asked for, such as a hash of the request's body. When a key is repeated, equal fingerprints are the
   * same command. Default: the events are compared, so they must not hold times or random ids of the moment.
   */
  readonly fingerprint?: string | undefined;
}

export interface AppendOptions extends CommandIdentity, ReservationOptions {
  readonly expected: ExpectedVersion;
  /**
   * Identifies this commit. Sending an append again with the same id, events and expectation stores it once, however
   * much later; with `expected: 'any'`, which may go elsewhere the next time, only an `idempotencyKey` does that.
   * Default: a new random id. 1 to 128 characters.
   */
  readonly commitId?: string | undefined;
  readonly metadata?: EventMetadata | undefined;
  /**
   * Time after which DynamoDB may delete the commit. Default: never. To the second. A commit never expires before the one
   * that it follows on, so it is kept for longer where that one is.
   */
  readonly ttl?: Date | undefined;
}

/** One stream's part of an atomic write. */
export interface StreamAppend extends AppendOptions {
  readonly stream: StreamId;
  readonly events: readonly object[];
}

/** A stream that must be where it is expected for the rest to be written; nothing is written to it. */
export interface StreamCheck {
  readonly stream: StreamId;
  readonly expected: StreamHead | number | 'none';
  readonly events?: undefined;
}

export interface CloseOptions extends Pick<AppendOptions, 'commitId' | 'metadata' | 'ttl'> {
  /** Default `any`: close it wherever it ends. */
  readonly expected?: ExpectedVersion | undefined;
}

export interface ReadRange {
  /** First version, inclusive: a whole number from 1. Default 1. */
  readonly from?: number | undefined;
  /** Last version, inclusive: a whole number from 1. Default: the last one. */
  readonly to?: number | undefined;
  /** Only what was recorded up to this time, inclusive. */
  readonly asOf?: Date | undefined;
  /**
   * At most so many events: a whole number from 1; more where an upcaster has made several of the last one. No more commits
   * than that are read and paid for. Default: all.
   */
  readonly limit?: number | undefined;
  /** Default `forward`: oldest first. */
  readonly order?: 'forward' | 'backward' | undefined;
  /** Default: the store's own setting, which is `strong` unless configured otherwise. */
  readonly consistency?: 'strong' | 'eventual' | undefined;
}

/** A command that was stored under an idempotency key. */
export interface StoredCommand {
  /** Head of the first time, with `repeated`. */
  readonly head: StreamHead;
  /** Version that it was decided on. */
  readonly decidedOn: number;
  /** Whether the fingerprints are equal; `undefined` when one of them is missing. */
  readonly sameFingerprint: boolean | undefined;
  /** Whether these are the events that were stored, and these the values that were reserved and released with them. */
  holds(events: readonly object[], reservations?: ReservationOptions): Promise<boolean>;
}

export interface CommitFacts {
  /** Size of the events before compression. */
  readonly bytes: number;
  /** Ids of the keys that personal data in the events is encrypted with. */
  readonly keys: readonly string[];
  /** When it may be deleted, in seconds since the epoch; absent: never. */
  readonly ttl?: number | undefined;
}

export interface ListQuery {
  /** Only this tenant's streams, and no others. Default: those without a tenant. */
  readonly tenant?: string | undefined;
  /** Only streams created at or after this time. */
  readonly after?: Date | undefined;
  /** Only streams created at or before this time. */
  readonly before?: Date | undefined;
  /** The archived streams instead of the others. Default false. */
  readonly archived?: boolean | undefined;
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
  /** Whether every stream must have a tenant. Default false. */
  readonly requiresTenant: boolean = false;

  /**
   * Stores at least one event as one commit: all of them or none, in one request.
   * Of several concurrent appends at one version exactly one succeeds.
   *
   * @returns The new head, for the next append.
   * @throws ConcurrencyError The stream is elsewhere. Nothing was written.
   * @throws StreamClosedError The stream is closed. Nothing was written.
   * @throws InvalidVersionError `expected` is not a whole number from 1.
   * @throws CommitTooLargeError, EventTooLargeError Above 4 MB after compression. Nothing was sent.
   * @throws EventSerializationError, UnknownEventError An event cannot be stored. Nothing was sent.
   * @throws CommitIdReusedError `commitId` or `idempotencyKey` is stored already with other events.
   * @throws ValueTakenError, ValueNotHeldError Another stream holds what was to be reserved or released. Nothing was written.
   * @throws StoreUnavailableError The outcome is unknown; repeat with the same `commitId`.
   */
  abstract append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead>;

  /**
   * Appends to several streams, or checks that they have not moved, in one request: all of it or nothing. Up to 100 items
   * and 4 MB; every item costs twice its write units. A single append without checks is a plain `append`.
   *
   * @returns The heads, in the order of the arguments.
   * @throws ConcurrencyError Some streams are elsewhere; `conflicts` names each. Nothing was written.
   * @throws TransactionTooLargeError Above the limits of a transaction. Nothing was sent.
   * @throws Everything that `append` throws.
   */
  abstract appendAll(appends: readonly (StreamAppend | StreamCheck)[]): Promise<StreamHead[]>;

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

  /**
   * Closes a stream for ever: it can be read, but every later append fails with `StreamClosedError`. Adds no event and
   * leaves the version as it is. Closing a closed stream changes nothing.
   * @throws ConcurrencyError It is not where `expected` says.
   */
  closeStream(_stream: StreamId, _options?: CloseOptions): Promise<StreamHead> {
    return unsupported('closeStream');
  }

  /**
   * Deletes all that is stored of a stream, closing it first. Not atomic: until it has ended, readers may see a
   * `StreamCorruptedError`; after a failure call it again, it goes on. The stream stays listed until its last item goes.
   * Afterwards the id is free again. Whoever still holds the stream in memory must have stopped using it.
   * @returns Items deleted by this call; 0 when there was nothing.
   */
  purgeStream(_stream: StreamId): Promise<number> {
    return unsupported('purgeStream');
  }

  /**
   * Moves a stream to the archived ones in listings, or back; nothing else about it changes.
   * @throws AggregateNotFoundError There is no such stream.
   */
  archiveStream(_stream: StreamId, _archived = true): Promise<void> {
    return unsupported('archiveStream');
  }

  /**
   * What a fold to the current state needs: a snapshot where there is a usable one, and the events after it. For one
   * iteration. A store without snapshots gives all events, as this default does.
   */
  readState(stream: StreamId, _query: StateQuery): Promise<StateReading> {
    return Promise.resolve({ base: 'start', events: this.read(stream) });
  }

  /**
   * Stores a snapshot unless a newer one is there.
   * @returns Whether it was stored; always `false` for a store without snapshots, as in this default.
   * @throws SnapshotTooLargeError, EventSerializationError The state cannot be stored.
   */
  saveSnapshot(_snapshot: StateSnapshot): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** What was stored under an idempotency key, however long ago; one read. A store without keys has nothing, as this default. */
  storedCommand(
    _stream: StreamId,
    _identity: CommandIdentity & { readonly idempotencyKey: string },
  ): Promise<StoredCommand | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * The stream that holds a unique value, strongly consistent, in one request; `undefined` when none does. The answer may be
   * out of date when it arrives: only `reserve` decides.
   */
  reservationOf(_value: UniqueValue & Pick<StreamId, 'tenant'>): Promise<StreamId | undefined> {
    return unsupported('reservationOf');
  }

  /** What the store knows of the commit that ends at a head that it has issued; zeros when it does not know. */
  commitFacts(_head: StreamHead): CommitFacts {
    return { bytes: 0, keys: [] };
  }

  /**
   * How often some data subject was forgotten. States that were read while it was lower must not be used any more, since
   * they may hold personal data. Asks the database now and then; 0 for ever in a store without personal data, as here.
   */
  erasures(): number | Promise<number> {
    return 0;
  }
}

function unsupported(operation: string): Promise<never> {
  return Promise.reject(new InvalidArgumentError(operation, 'this store does not support it.'));
}
