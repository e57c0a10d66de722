import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { ConcurrencyError, type ConflictReason } from '../errors/concurrency-error.js';
import { CommitIdReusedError } from '../errors/store-errors.js';
import { EventCodec } from '../event/event-codec.js';
import { EventRegistry } from '../event/event-registry.js';
import type { EventClass, EventSerializer } from '../event/event-serializer.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import type { UpcasterDefinition } from '../event/upcaster.js';
import { backoffMs } from './backoff.js';
import { checkAppend, checkListQuery, checkStream } from './arguments.js';
import { endOf, eventsOf, newCommitId, prepareCommit, sameEvents, type Commit, type PreparedCommit } from './commit.js';
import type { CommitLog } from './commit-log.js';
import { CommitSequence } from './commit-sequence.js';
import {
  EventStore,
  type AppendOptions,
  type EventSequence,
  type ListQuery,
  type Page,
  type ReadRange,
  type StreamInfo,
} from './event-store.js';
import { MAX_VERSION, wholeNumber } from './read-plan.js';
import { HeadLedger, type StreamHead } from './stream-head.js';

/** Options that every store on a commit log has. */
export interface CommitLogStoreOptions {
  /** Event classes to know from the start; `register` adds more. Default: none, which suffices for events without classes. */
  readonly events?: readonly EventClass[];
  readonly upcasters?: readonly UpcasterDefinition[];
  /** Default: class-transformer, see `ClassTransformerSerializer`. */
  readonly serializer?: EventSerializer;
  /** Whether reads are strongly consistent. Default true. Reads that a decision rests on should be. */
  readonly consistentReads?: boolean;
  /** Clock for `recordedAt`. Default: the system's. */
  readonly clock?: () => Date;
}

/** Lost races after which an append with `expected: 'any'` gives up. */
const ANY_ATTEMPTS = 64;

/** Where the next commit goes. */
interface Position {
  readonly version: number;
  /** Time of the commit that ends there, in ms; 0 for none. */
  readonly recordedAt: number;
}

/**
 * The rules of appending and reading, over any `CommitLog`. The safety of an append rests on two facts: a slot (stream,
 * first version) is written at most once, and the version before it was seen to be the end of a commit. Two writers who
 * saw the same end compete for the same slot; a writer who saw an older end finds its slot taken.
 */
export abstract class CommitLogEventStore extends EventStore {
  protected abstract readonly log: CommitLog;
  private readonly registry = new EventRegistry();
  private readonly codec: EventCodec;
  private readonly heads = new HeadLedger();
  private readonly consistency: 'strong' | 'eventual';
  private readonly clock: () => Date;

  protected constructor(options: CommitLogStoreOptions) {
    super();
    this.codec = new EventCodec(this.registry, options.serializer);
    this.consistency = options.consistentReads === false ? 'eventual' : 'strong';
    this.clock = options.clock ?? (() => new Date());
    this.register(options.events ?? [], options.upcasters);
  }

  /** The classes and upcasters that are known; for checks at boot. */
  get definitions(): Pick<EventRegistry, 'chainFaults' | 'uncoveredVersions' | 'upcastersWithoutEvent'> {
    return this.registry;
  }

  override register(events: readonly EventClass[], upcasters?: readonly UpcasterDefinition[]): void {
    this.registry.register(events, upcasters);
  }

  async append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead> {
    checkAppend(stream, events, options);
    const encoded = events.map((event) => this.codec.encode(event));
    const commitId = options.commitId ?? newCommitId();
    const commit = prepareCommit(stream, encoded, { commitId, metadata: options.metadata, ttl: options.ttl });
    if (options.expected === 'any') return this.appendAnywhere(commit);
    const position = await this.resolve(commit, options.expected);
    return 'found' in position ? position.found : this.put(commit, position);
  }

  read<E = object>(stream: StreamId, range: ReadRange = {}): EventSequence<E> {
    checkStream(stream);
    const source = { log: this.log, codec: this.codec, heads: this.heads, consistency: this.consistency };
    return new CommitSequence(source, stream, range) as EventSequence as EventSequence<E>;
  }

  async head(stream: StreamId): Promise<StreamHead> {
    checkStream(stream);
    return this.issue(stream, await this.lastCommit(stream));
  }

  async listStreams(aggregate: string, query: ListQuery = {}): Promise<Page<StreamInfo>> {
    return this.log.streams(aggregate, checkListQuery(aggregate, query));
  }

  private async put(commit: PreparedCommit, position: Position): Promise<StreamHead> {
    const outcome = await this.tryPut(commit, position);
    return 'head' in outcome ? outcome.head : this.refuse(commit.stream, position.version, outcome.winner, 'moved-on');
  }

  private async tryPut(
    commit: PreparedCommit,
    position: Position,
  ): Promise<{ readonly head: StreamHead } | { readonly winner: Commit }> {
    const placed = this.place(commit, position);
    const outcome = await this.log.put(placed);
    if (outcome.kind === 'stored') return { head: this.issue(commit.stream, placed) };
    const head = this.acceptOwn(commit, outcome.by);
    return head === undefined ? { winner: outcome.by } : { head };
  }

  /** Walks to the end of the stream and tries again each time another writer got there first. */
  private async appendAnywhere(commit: PreparedCommit): Promise<StreamHead> {
    for (let attempt = 1; ; attempt++) {
      const last = await this.lastCommit(commit.stream);
      const own = last === undefined ? undefined : this.acceptOwn(commit, last);
      if (own !== undefined) return own;
      const position = positionAfter(last);
      const outcome = await this.tryPut(commit, position);
      if ('head' in outcome) return outcome.head;
      if (attempt === ANY_ATTEMPTS) return this.refuse(commit.stream, position.version, outcome.winner, 'moved-on');
      await delay(backoffMs(attempt, 100));
    }
  }

  private async resolve(
    commit: PreparedCommit,
    expected: StreamHead | number | 'none',
  ): Promise<Position | { readonly found: StreamHead }> {
    if (expected === 'none') return { version: 0, recordedAt: 0 };
    if (typeof expected === 'number') return this.verify(commit, wholeNumber('expected', expected) ?? 1);
    const recordedAt = this.heads.recordedAt(expected);
    if (recordedAt !== undefined) return { version: expected.version, recordedAt };
    if (expected.version === 0) return { version: 0, recordedAt: 0 };
    return this.verify(commit, wholeNumber('expected.version', expected.version) ?? 1);
  }

  /** One read of one commit, the last that begins at or before the slot, tells whether `version` is the end of the stream. */
  private async verify(commit: PreparedCommit, version: number): Promise<Position | { readonly found: StreamHead }> {
    const { stream } = commit;
    if (version >= MAX_VERSION)
      throw new InvalidArgumentError('expected', `version ${version} leaves no room for another event.`);
    const nearest = await this.lastCommit(stream, version + 1);
    if (nearest === undefined) throw new ConcurrencyError({ stream, expected: version, actual: 0, reason: 'ahead' });
    const end = endOf(nearest);
    if (end === version) return { version, recordedAt: nearest.recordedAt };
    if (end < version) throw new ConcurrencyError({ stream, expected: version, actual: end, reason: 'ahead' });
    if (nearest.version <= version) return this.refuse(stream, version, nearest, 'inside-commit');
    const own = this.acceptOwn(commit, nearest);
    return own === undefined ? this.refuse(stream, version, nearest, 'moved-on') : { found: own };
  }

  private async lastCommit(stream: StreamId, highest = MAX_VERSION): Promise<Commit | undefined> {
    const query = { order: 'backward', lowest: 1, highest, limit: 1, consistency: 'strong' } as const;
    for await (const commit of this.log.commits(stream, query)) return commit;
    return undefined;
  }

  /** The head after a stored commit, if that commit is the one being appended: then an earlier attempt got through. */
  private acceptOwn(commit: PreparedCommit, stored: Commit): StreamHead | undefined {
    if (stored.commitId !== commit.commitId) return undefined;
    if (!sameEvents(stored, commit)) throw new CommitIdReusedError(commit.stream, commit.commitId, stored.version);
    return this.issue(commit.stream, stored);
  }

  private refuse(stream: StreamId, expected: number, found: Commit, reason: ConflictReason): never {
    const winner = reason === 'moved-on' ? this.tryDecode(found) : [];
    throw new ConcurrencyError({ stream, expected, actual: endOf(found), winner, reason });
  }

  // The winner may hold events that this process does not know yet; the conflict is what matters.
  private tryDecode(commit: Commit): RecordedEvent[] {
    try {
      return eventsOf(commit, this.codec);
    } catch {
      return [];
    }
  }

  private place(commit: PreparedCommit, position: Position): Commit {
    // A clock behind the one of the previous writer must not make time run backwards inside a stream.
    const recordedAt = Math.max(this.clock().getTime(), position.recordedAt);
    return { ...commit, version: position.version + 1, recordedAt };
  }

  private issue(stream: StreamId, last: Commit | undefined): StreamHead {
    return last === undefined ? this.heads.issue(stream, 0, 0) : this.heads.issue(stream, endOf(last), last.recordedAt);
  }
}

function positionAfter(last: Commit | undefined): Position {
  return last === undefined ? { version: 0, recordedAt: 0 } : { version: endOf(last), recordedAt: last.recordedAt };
}
