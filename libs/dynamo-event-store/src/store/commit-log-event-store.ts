import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { AggregateNotFoundError, StreamClosedError } from '../errors/store-errors.js';
import { EventCodec } from '../event/event-codec.js';
import { EventValidation } from '../event/event-validation.js';
import { EventRegistry } from '../event/event-registry.js';
import { personalDataFaults } from '../event/personal-fields.js';
import type { EventClass } from '../event/event-serializer.js';
import type { StreamId } from '../event/stream-id.js';
import type { UniqueValue } from '../event/unique-value.js';
import type { UpcasterDefinition } from '../event/upcaster.js';
import { checkAppend, checkAppends, checkClose, checkListQuery, checkStream } from './arguments.js';
import { jitteredBackoff, type Backoff } from './backoff.js';
import { toDateClock } from './clock.js';
import {
  digestOf,
  isTombstone,
  newCommitId,
  prepareTombstone,
  type Commit,
  type CommitDetails,
  type PreparedCommit,
} from './commit.js';
import { withCause } from './cause.js';
import { CommitOpener } from './commit-events.js';
import type { CommitLog } from './commit-log.js';
import { inOnePortion } from './commit-pages.js';
import { prepareSealed } from './commit-sealing.js';
import { CommitSequence, type SequenceSource } from './commit-sequence.js';
import { CommitWriter } from './commit-writer.js';
import {
  EventStore,
  type AppendOptions,
  type CloseOptions,
  type CommitFacts,
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
import { RawCommits } from './raw-commits.js';
import { hashOf, idempotentCommitId } from './receipt.js';
import { checkSeparateValues, lookupOf, reservationChangesOf } from './reservation.js';
import { encodeState } from './sealed-state.js';
import type { SelectedEvents } from './selected-events.js';
import type { CommitLogStoreOptions } from './store-options.js';
import { StateReader } from './state-reader.js';
import type { StateQuery, StateReading, StateSnapshot } from './state-reading.js';
import { HeadLedger, onlyHead, type StreamHead } from './stream-head.js';
import type { SubjectKeys } from './subject-keys.js';
import { TenantRule } from './tenant-rule.js';
import { emitWarning } from './warnings.js';
import type { WriteRequest } from './write-request.js';

/** The rules of an `EventStore` over any `CommitLog`: how to append is in `CommitWriter`, how to read in `CommitSequence`. */
export abstract class CommitLogEventStore extends EventStore {
  protected abstract readonly log: CommitLog;
  protected readonly backoff: Backoff;
  /** @internal Keys of personal data; `undefined` in stores that are not to hold any. */
  abstract readonly subjectKeys: SubjectKeys | undefined;
  private readonly registry = new EventRegistry();
  private readonly codec: EventCodec;
  private readonly heads = new HeadLedger();
  /** @internal Whose calls are. */
  readonly tenants: TenantRule;
  override readonly requiresTenant: boolean;
  private readonly consistency: 'strong' | 'eventual';
  protected readonly clock: () => Date;

  private readonly takesPersonalData: boolean;
  // Made on first use: the log of a subclass exists only once its constructor has run.
  private madeOpener: CommitOpener | undefined;
  private madeWriter: CommitWriter | undefined;
  private madeSource: SequenceSource | undefined;

  protected constructor(options: CommitLogStoreOptions) {
    super();
    this.takesPersonalData = options.personalData !== undefined;
    this.codec = new EventCodec(this.registry, {
      serializer: options.serializer,
      validation: new EventValidation(options.validation),
      unknownEvents: options.unknownEvents,
      onWarning: options.onWarning ?? emitWarning,
    });
    this.tenants = TenantRule.of(options.tenancy);
    this.requiresTenant = this.tenants.isOn;
    this.consistency = options.consistentReads === false ? 'eventual' : 'strong';
    this.clock = toDateClock(options.clock);
    this.backoff = options.backoff ?? jitteredBackoff;
    this.register(options.events ?? [], options.upcasters);
  }

  /** The classes and upcasters that are known; for checks at boot. */
  get definitions(): Pick<EventRegistry, 'chainFaults' | 'uncoveredVersions' | 'upcastersWithoutEvent'> {
    return this.registry;
  }

  override register(events: readonly EventClass[], upcasters?: readonly UpcasterDefinition[]): void {
    const faults = events.flatMap((event) => personalDataFaults(event, this.takesPersonalData));
    if (faults.length > 0) throw new InvalidDefinitionError('The set of events', faults);
    this.registry.register(events, upcasters);
    this.codec.serializes(events);
  }

  async append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead> {
    checkAppend(stream, events, options);
    this.tenants.checkWrites('append', [{ stream, metadata: options.metadata }]);
    return onlyHead(await this.writer.write([await this.prepare(stream, events, options)]));
  }

  async appendAll(appends: readonly (StreamAppend | StreamCheck)[]): Promise<StreamHead[]> {
    checkAppends(appends);
    this.tenants.checkWrites('appendAll', appends);
    const requests = appends.map(async (append): Promise<WriteRequest> =>
      append.events === undefined
        ? { stream: append.stream, expected: append.expected }
        : this.prepare(append.stream, append.events, append),
    );
    const prepared = await Promise.all(requests);
    checkSeparateValues(prepared.flatMap(({ commit }) => commit ?? []));
    return this.writer.write(prepared);
  }

  read<E = object>(stream: StreamId, range: ReadRange = {}): EventSequence<E> {
    this.check('read', stream);
    return CommitSequence.ofRange(this.source, stream, range) as EventSequence as EventSequence<E>;
  }

  /** @internal For exports, imports and migrations: commits as they are stored. */
  get raw(): RawCommits {
    const { log, opener, registry, clock, tenants } = this;
    return new RawCommits(log, opener, registry, clock, tenants);
  }

  /** @internal For feeds: only the wanted events of what is read, strongly consistent. */
  get selected(): SelectedEvents {
    const { opener } = this;
    const source = { ...this.source, consistency: 'strong' } as const;
    return {
      async *ofCommit(commit, wants, from) {
        const opened = await opener.open(commit);
        yield* inOnePortion(opened.events({ wants, from }));
      },
      ofStream: (stream, range, wants) => CommitSequence.ofRange(source, stream, range, wants),
      again: (event, wants) => opener.again(event, wants),
      commits: (stream, range) => CommitSequence.ofRange(source, stream, range).commits(),
      watchErasures: () => this.subjectKeys?.watch(),
    };
  }

  async head(stream: StreamId): Promise<StreamHead> {
    this.check('head', stream);
    return this.heads.issue(stream, await this.writer.lastCommit(stream));
  }

  async listStreams(aggregate: string, query: ListQuery = {}): Promise<Page<StreamInfo>> {
    const checked = checkListQuery(aggregate, query);
    this.tenants.checkTenant('listStreams', aggregate, query.tenant);
    return this.log.streams(aggregate, checked);
  }

  override async closeStream(stream: StreamId, options: CloseOptions = {}): Promise<StreamHead> {
    checkClose(stream, options);
    const { expected = 'any', commitId = newCommitId(), ttl } = options;
    const metadata = withCause(options.metadata);
    this.tenants.checkWrites('closeStream', [{ stream, metadata }]);
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
    this.check('purgeStream', stream);
    const last = await this.writer.lastCommit(stream);
    const tombstone = last === undefined || isTombstone(last) ? last : await this.endOf(stream);
    return this.log.purge(stream, tombstone);
  }

  override async archiveStream(stream: StreamId, archived = true): Promise<void> {
    this.check('archiveStream', stream);
    if (!(await this.log.setArchived(stream, archived))) throw new AggregateNotFoundError(stream);
  }

  override readState(stream: StreamId, query: StateQuery): Promise<StateReading> {
    this.check('readState', stream);
    return new StateReader({ ...this.source, consistency: 'strong' }).read(stream, query);
  }

  override async saveSnapshot(snapshot: StateSnapshot): Promise<boolean> {
    const { head, type, state, keys = new Set<string>(), replaces } = snapshot;
    const { absent = [], deleted = [], fields } = snapshot;
    this.check('saveSnapshot', head.stream);
    const { mark, ttl } = this.heads.proofOf(head) ?? {};
    if (mark === undefined)
      throw new InvalidArgumentError('head', 'a snapshot needs the head of an open stream, issued by this store.');
    const { stream, version } = head;
    const encoded = this.codec.encodeState(state, type);
    const sealed = await encodeState(encoded, { absent, deleted, fields, keys }, { stream, version }, this.subjectKeys);
    if (sealed === undefined) return false;
    const { schemaVersion } = type;
    // Gone with the commit that it ends with, so that no aggregate outlives its last event.
    return this.log.putSnapshot({ stream, version, commit: mark, schemaVersion, state: sealed, ttl }, replaces);
  }

  override async storedCommand(
    stream: StreamId,
    { idempotencyKey, fingerprint }: CommandIdentity & { readonly idempotencyKey: string },
  ): Promise<StoredCommand | undefined> {
    this.check('storedCommand', stream);
    const receipt = await this.log.receipt(stream, hashOf(idempotencyKey));
    if (receipt === undefined) return undefined;
    const known = receipt.fingerprint !== undefined && fingerprint !== undefined;
    return {
      head: this.heads.issueAt(stream, receipt.last, receipt, { repeated: true, ttl: receipt.ttl }),
      decidedOn: receipt.first - 1,
      sameFingerprint: known ? receipt.fingerprint === hashOf(fingerprint) : undefined,
      holds: async (events, values = {}) => {
        const reservations = reservationChangesOf(stream, values);
        return digestOf(await this.encode(stream, events, { reservations })) === receipt.digest;
      },
    };
  }

  override async reservationOf(value: UniqueValue & Pick<StreamId, 'tenant'>): Promise<StreamId | undefined> {
    const lookup = lookupOf(value);
    this.tenants.checkTenant('reservationOf', `a value of "${value.scope}"`, value.tenant);
    return this.log.holderOf(value.tenant, lookup);
  }

  override commitFacts(head: StreamHead): CommitFacts {
    return this.heads.proofOf(head) ?? { bytes: 0, keys: [] };
  }

  override erasures(): number | Promise<number> {
    return this.subjectKeys?.erasures() ?? 0;
  }

  private check(operation: string, stream: StreamId): void {
    checkStream(stream);
    this.tenants.check(operation, stream);
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

  private async prepare(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<WriteRequest> {
    const { expected, ttl, idempotencyKey, fingerprint } = options;
    const metadata = withCause(options.metadata);
    const commitId =
      options.commitId ?? (idempotencyKey === undefined ? newCommitId() : idempotentCommitId(stream, idempotencyKey));
    const reservations = reservationChangesOf(stream, options);
    const commit = await this.encode(stream, events, { commitId, metadata, ttl, reservations });
    return { stream: commit.stream, expected, commit, idempotencyKey, fingerprint };
  }

  private encode(
    stream: StreamId,
    events: readonly object[],
    details: Partial<CommitDetails> = {},
  ): Promise<PreparedCommit> {
    const { commitId = '', metadata, ttl, reservations } = details;
    const encoded = this.codec.encodeAll(events);
    return prepareSealed(stream, encoded, { commitId, metadata, ttl, reservations }, this.subjectKeys);
  }

  private get opener(): CommitOpener {
    return (this.madeOpener ??= new CommitOpener(this.codec, this.subjectKeys));
  }

  private get writer(): CommitWriter {
    const { log, opener, heads, clock, backoff } = this;
    return (this.madeWriter ??= new CommitWriter({ log, opener, heads, clock, backoff }));
  }

  private get source(): SequenceSource {
    const { log, opener, heads, consistency, clock } = this;
    return (this.madeSource ??= { log, opener, heads, consistency, clock });
  }
}
