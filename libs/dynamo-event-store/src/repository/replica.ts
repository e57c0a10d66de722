import { copyAggregate, snapshotStateOf, type CapturedState } from '../aggregate/aggregate-state.js';
import { REPLAY, RESTORE, type AggregateClass, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { UncopyableValueError } from '../aggregate/copy-state.js';
import type { SnapshotProgress } from '../metadata/snapshot-options.js';
import type { StreamHead } from '../store/stream-head.js';

/** A stored event in its place. */
export interface PlacedEvent {
  readonly version: number;
  readonly recordedAt: Date;
  /** See `RecordedEvent.part`. */
  readonly part?: number;
  readonly event: object;
}

/** What was read along with events. */
export interface ReadFacts {
  /** Size of the events before compression. */
  readonly bytes?: number | undefined;
  /** First version of the first commit that was read. */
  readonly first?: number | undefined;
  /** Ids of the keys that personal data in them is encrypted with. */
  readonly keys?: Iterable<string> | undefined;
}

/**
 * State that comes from stored events only: a private aggregate that is never handed out, so that no command method and no
 * caller can touch it. Copies of it are decided on; caches and snapshots are made of it.
 */
export class Replica<A extends AggregateRoot = AggregateRoot> {
  private covered: number;
  private bytes = 0;
  private since: Date | undefined;
  private spent = false;
  /** Whether others may hold it too, as the cache does. */
  shared = false;
  /** Whether a snapshot that was due could not be written. */
  missesSnapshot = false;
  /** How often somebody had been forgotten when the events were read. */
  erasures = 0;
  /** Part of the last version that is in the state; all of them unless events are just being applied. */
  private part = Infinity;
  private readonly ids = new Set<string>();

  /**
   * @param aggregate State to start from; must be nobody else's.
   * @param head Proof of its version, when the store gave one.
   * @param useless Version of a stored snapshot that must be replaced.
   */
  constructor(
    private readonly aggregate: A,
    public head: StreamHead | undefined,
    public useless?: number,
    /** Time of the last event in the snapshot that the state was made of. */
    snapshotAt?: Date,
    keys: Iterable<string> = [],
  ) {
    this.since = snapshotAt;
    this.covered = aggregate.version;
    for (const key of keys) this.ids.add(key);
  }

  get version(): number {
    return this.aggregate.version;
  }

  get aggregateClass(): AggregateClass<A> {
    return this.aggregate.constructor as AggregateClass<A>;
  }

  /** A copy for a caller; `undefined` when the state cannot be copied. */
  checkOut(): A | undefined {
    try {
      return copyAggregate(this.aggregate);
    } catch (error) {
      if (error instanceof UncopyableValueError) return undefined;
      throw error;
    }
  }

  /** Gives the state itself away; what is decided on it no longer comes from stored events alone. */
  giveAway(): A {
    this.spent = true;
    return this.aggregate;
  }

  /** Why the state cannot be copied; `undefined` when it can. */
  get copyFault(): string | undefined {
    try {
      copyAggregate(this.aggregate);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Brings one stored event into the state. Events that it has already are passed over; the object must be nobody else's. */
  apply({ version, recordedAt, part = 0, event }: PlacedEvent): void {
    if (version < this.version || (version === this.version && part <= this.part)) return;
    this.aggregate[REPLAY](event, version);
    this.part = part;
    this.since ??= recordedAt;
  }

  /** Brings a commit into the state, if it is the next one; its events must be nobody else's. `false`: it is not. */
  advance(events: readonly PlacedEvent[], head: StreamHead | undefined, read: ReadFacts): boolean {
    if (this.spent || events[0]?.version !== this.version + 1) return false;
    for (const event of events) this.apply(event);
    this.moveTo(head, read);
    return true;
  }

  /** Notes the proof of the version that has been reached, and what was read to get there. */
  moveTo(head: StreamHead | undefined, { bytes = 0, first, keys = [] }: ReadFacts): void {
    this.head = head;
    this.bytes += bytes;
    this.part = Infinity;
    for (const key of keys) this.ids.add(key);
    // Commits were read, so an upcaster has dropped the last events; otherwise they have expired.
    if (first !== undefined && head !== undefined && head.version > this.version) this.aggregate[RESTORE](head.version);
  }

  /** Ids of the keys of data subjects whose data is in the state. */
  get keys(): ReadonlySet<string> {
    return this.ids;
  }

  /** What has happened since the last snapshot. */
  get progress(): SnapshotProgress {
    const { version, covered, bytes, since, aggregate } = this;
    return { version, events: version - covered, bytes, since, aggregate };
  }

  /** For being measured only. */
  get state(): A {
    return this.aggregate;
  }

  /** The state as it goes into a snapshot. */
  get snapshotState(): CapturedState {
    return snapshotStateOf(this.aggregate);
  }

  /** Counts anew from here: a snapshot has been taken. */
  markCovered(): void {
    this.covered = this.version;
    this.bytes = 0;
    this.since = this.head?.recordedAt;
    this.useless = undefined;
    this.missesSnapshot = false;
  }
}
