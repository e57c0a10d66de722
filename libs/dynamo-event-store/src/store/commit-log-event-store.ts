import { InvalidArgumentError } from '../errors/argument-errors.js';
import { AggregateNotFoundError, StreamClosedError } from '../errors/store-errors.js';
import { EventCodec } from '../event/event-codec.js';
import { EventRegistry } from '../event/event-registry.js';
import type { EventClass, EventSerializer } from '../event/event-serializer.js';
import type { StreamId } from '../event/stream-id.js';
import type { UpcasterDefinition } from '../event/upcaster.js';
import { checkAppend, checkAppends, checkClose, checkListQuery, checkStream } from './arguments.js';
import { jitteredBackoff, type Backoff } from './backoff.js';
import {
  digestOf,
  isTombstone,
  newCommitId,
  prepareCommit,
  prepareTombstone,
  selectedEventsOf,
  type Commit,
  type CommitDetails,
  type PreparedCommit,
} from './commit.js';
import { encodeBody } from './commit-body.js';
import type { CommitLog } from './commit-log.js';
import { CommitSequence, type SequenceSource } from './commit-sequence.js';
import { CommitWriter } from './commit-writer.js';
import {
  EventStore,
  type AppendOptions,
  type CloseOptions,
  type CommandIdentity,
  type ListQuery,
  type Page,
  type ReadRange,
  type StoredCommand,
  type StreamAppend,
  type StreamCheck,
  type StreamInfo,
} from './event-store.js';
import type { EventSequence } from './event-sequence.js';
import { hashOf, idempotentCommitId } from './receipt.js';
import type { SelectedEvents } from './selected-events.js';
import { StateReader } from './state-reader.js';
import type { StateQuery, StateReading, StateSnapshot } from './state-reading.js';
import { HeadLedger, onlyHead, type StreamHead } from './stream-head.js';
import type { WriteRequest } from './write-request.js';

/** Options that every store on a commit log has. */
export interface CommitLogStoreOptions {
  /** Event classes to know from the start; `register` adds more. Default: none, which suffices for events without classes. */
  readonly events?: readonly EventClass[];
  readonly upcasters?: readonly UpcasterDefinition[];
  /** Default: class-transformer, see `ClassTransformerSerializer`. */
  readonly serializer?: EventSerializer;
  /** Whether reads are strongly consistent. Default true. Reads that a decision rests on should be. */
  readonly consistentReads?: boolean;
  /** Clock for `recordedAt`, and to tell what has expired. Default: the system's. */
  readonly clock?: () => Date;
  /** How to wait between attempts; for simulations in virtual time. Default: growing random pauses up to 500 ms. */
  readonly backoff?: Backoff;
}

/** The rules of an `EventStore` over any `CommitLog`: how to append is in `CommitWriter`, how to read in `CommitSequence`. */
export abstract class CommitLogEventStore extends EventStore {
  protected abstract readonly log: CommitLog;
  protected readonly backoff: Backoff;
  private readonly registry = new EventRegistry();
  private readonly codec: EventCodec;
  private readonly heads = new HeadLedger();
  private readonly consistency: 'strong' | 'eventual';
  protected readonly clock: () => Date;

  protected constructor(options: CommitLogStoreOptions) {
    super();
    this.codec = new EventCodec(this.registry, options.serializer);
    this.consistency = options.consistentReads === false ? 'eventual' : 'strong';
    this.clock = options.clock ?? (() => new Date());
    this.backoff = options.backoff ?? jitteredBackoff;
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
    return onlyHead(await this.writer.write([this.prepare(stream, events, options)]));
  }

  async appendAll(appends: readonly (StreamAppend | StreamCheck)[]): Promise<StreamHead[]> {
    checkAppends(appends);
    const requests = appends.map((append) =>
      append.events === undefined
        ? { stream: append.stream, expected: append.expected }
        : this.prepare(append.stream, append.events, append),
    );
    return this.writer.write(requests);
  }

  read<E = object>(stream: StreamId, range: ReadRange = {}): EventSequence<E> {
    checkStream(stream);
    return CommitSequence.ofRange(this.source, stream, range) as EventSequence as EventSequence<E>;
  }

  /** @internal For feeds: only the wanted events of what is read, strongly consistent. */
  get selected(): SelectedEvents {
    const { codec } = this;
    const source = { ...this.source, consistency: 'strong' } as const;
    return {
      ofCommit: (commit, wants, from) => selectedEventsOf(commit, codec, wants, from),
      ofStream: (stream, range, wants) => CommitSequence.ofRange(source, stream, range, wants),
      commits: (stream, range) => CommitSequence.ofRange(source, stream, range).commits(),
    };
  }

  async head(stream: StreamId): Promise<StreamHead> {
    checkStream(stream);
    return this.heads.issue(stream, await this.writer.lastCommit(stream));
  }

  async listStreams(aggregate: string, query: ListQuery = {}): Promise<Page<StreamInfo>> {
    return this.log.streams(aggregate, checkListQuery(aggregate, query));
  }

  override async closeStream(stream: StreamId, options: CloseOptions = {}): Promise<StreamHead> {
    checkClose(stream, options);
    const { expected = 'any', commitId = newCommitId(), metadata, ttl } = options;
    const last = await this.writer.lastCommit(stream);
    if (last === undefined) throw new AggregateNotFoundError(stream);
    if (isTombstone(last)) return this.heads.issue(stream, last);
    const commit = prepareTombstone(stream, { commitId, metadata, ttl });
    try {
      return onlyHead(await this.writer.write([{ stream, expected, commit }]));
    } catch (error) {
      // Another caller closed it meanwhile, which is as good.
      if (error instanceof StreamClosedError) return this.head(stream);
      throw error;
    }
  }

  override async purgeStream(stream: StreamId): Promise<number> {
    checkStream(stream);
    const last = await this.writer.lastCommit(stream);
    const tombstone = last === undefined || isTombstone(last) ? last : await this.endOf(stream);
    return this.log.purge(stream, tombstone);
  }

  override async archiveStream(stream: StreamId, archived = true): Promise<void> {
    checkStream(stream);
    if (!(await this.log.setArchived(stream, archived))) throw new AggregateNotFoundError(stream);
  }

  override readState(stream: StreamId, query: StateQuery): Promise<StateReading> {
    checkStream(stream);
    return new StateReader({ ...this.source, consistency: 'strong' }).read(stream, query);
  }

  override async saveSnapshot({ head, type, state, absent = [], replaces }: StateSnapshot): Promise<boolean> {
    const { mark, ttl } = this.heads.proofOf(head) ?? {};
    if (mark === undefined)
      throw new InvalidArgumentError('head', 'a snapshot needs the head of an open stream, issued by this store.');
    const snapshot = {
      stream: head.stream,
      version: head.version,
      commit: mark,
      schemaVersion: type.schemaVersion,
      state: encodeBody([
        { typeIndex: 0, payload: this.codec.encodeState(state, type) },
        ...(absent.length === 0 ? [] : [{ typeIndex: 1, payload: JSON.stringify(absent) }]),
      ]),
      // Gone with the commit that it ends with, so that no aggregate outlives its last event.
      ttl,
    };
    return this.log.putSnapshot(snapshot, replaces);
  }

  override async storedCommand(
    stream: StreamId,
    { idempotencyKey, fingerprint }: CommandIdentity & { readonly idempotencyKey: string },
  ): Promise<StoredCommand | undefined> {
    checkStream(stream);
    const receipt = await this.log.receipt(stream, hashOf(idempotencyKey));
    if (receipt === undefined) return undefined;
    const known = receipt.fingerprint !== undefined && fingerprint !== undefined;
    return {
      head: this.heads.issueAt(stream, receipt.last, receipt, { repeated: true }),
      decidedOn: receipt.first - 1,
      sameFingerprint: known ? receipt.fingerprint === hashOf(fingerprint) : undefined,
      holds: (events) => digestOf(this.encode(stream, events)) === receipt.digest,
    };
  }

  override commitBytes(head: StreamHead): number {
    return this.heads.proofOf(head)?.bytes ?? 0;
  }

  /** The tombstone of a stream, which is closed for it; `undefined` when somebody else has purged it meanwhile. */
  private async endOf(stream: StreamId): Promise<Commit | undefined> {
    try {
      await this.closeStream(stream);
    } catch (error) {
      if (!(error instanceof AggregateNotFoundError)) throw error;
    }
    const last = await this.writer.lastCommit(stream);
    return last !== undefined && isTombstone(last) ? last : undefined;
  }

  private prepare(stream: StreamId, events: readonly object[], options: AppendOptions): WriteRequest {
    const { expected, metadata, ttl, idempotencyKey, fingerprint } = options;
    const commitId =
      options.commitId ?? (idempotencyKey === undefined ? newCommitId() : idempotentCommitId(stream, idempotencyKey));
    const commit = this.encode(stream, events, { commitId, metadata, ttl });
    return { stream: commit.stream, expected, commit, idempotencyKey, fingerprint };
  }

  private encode(stream: StreamId, events: readonly object[], details: Partial<CommitDetails> = {}): PreparedCommit {
    const { commitId = '', metadata, ttl } = details;
    const encoded = events.map((event) => this.codec.encode(event));
    return prepareCommit(stream, encoded, { commitId, metadata, ttl });
  }

  // The log of a subclass exists only once its constructor has run.
  private get writer(): CommitWriter {
    const { log, codec, heads, clock, backoff } = this;
    return new CommitWriter({ log, codec, heads, clock, backoff });
  }

  private get source(): SequenceSource {
    const { log, codec, heads, consistency, clock } = this;
    return { log, codec, heads, consistency, clock };
  }
}
