import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { AggregateNotFoundError } from '../errors/store-errors.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { AnyClass } from '../metadata/metadata-storage.js';
import type { EventStore, Page, StoredCommand, StreamInfo } from '../store/event-store.js';
import type { EventSequence } from '../store/event-sequence.js';
import { wholeNumber } from '../store/read-plan.js';
import { onlyHead, type StreamHead } from '../store/stream-head.js';
import type { TenantedCall } from './call-tenant.js';
import type {
  AggregateQuery,
  CloseAggregateOptions,
  HistoryOptions,
  LoadOptions,
  RebuildOptions,
  RebuildResult,
  SaveAllOptions,
  SaveOptions,
  StoredCommandOptions,
  TenantOptions,
  UpdateOptions,
} from './repository-options.js';
import { repositoryParts, type AggregateRepositoryOptions, type RepositoryParts } from './repository-parts.js';
import { expiryOf } from './retention.js';
import { rebuildSnapshots } from './snapshot-rebuild.js';
import { TenantPurge, type PurgeTenantOptions, type PurgeTenantResult } from './tenant-purge.js';
import { inTurnOfAll, track, trackingOf } from './tracked-aggregate.js';
import { UpdateCommand, type Decision } from './update-command.js';
import { versionMismatch } from './version-mismatch.js';

const DEFAULT_ATTEMPTS = 10;

/** Loads and saves aggregates of any class. In Nest inject it by type; elsewhere create it on any `EventStore`. */
export class AggregateRepository {
  constructor(store: EventStore, options?: AggregateRepositoryOptions);
  /** @internal */
  // eslint-disable-next-line @typescript-eslint/unified-signatures -- the third parameter is not published
  constructor(store: EventStore, options: AggregateRepositoryOptions, parts: RepositoryParts);
  constructor(
    private readonly store: EventStore,
    private readonly options: AggregateRepositoryOptions = {},
    private readonly parts: RepositoryParts = repositoryParts(store, options),
  ) {}

  /**
   * The same repository for one tenant, with the same cache and snapshots: for jobs, timers and reactors, which have no
   * request that would say the tenant. In a request of another tenant its calls are refused.
   * @throws TenantMismatchError It is bound to another tenant already.
   */
  forTenant(tenant: string): AggregateRepository {
    this.parts.tenants.of({ operation: 'forTenant', target: 'the repository', options: { tenant } });
    const { store, options, parts } = this;
    return new AggregateRepository(store, options, { ...parts, tenants: parts.tenants.boundTo(tenant) });
  }

  /**
   * The aggregate with all its stored events.
   * @throws AggregateNotFoundError There is none with this id.
   * @throws ConcurrencyError It is not at `expectedVersion`.
   * @throws StreamCorruptedError What is stored is not a complete, readable stream.
   */
  async load<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    options: LoadOptions = {},
  ): Promise<A> {
    const aggregate = await this.find(aggregateClass, id, options);
    if (aggregate === undefined) throw new AggregateNotFoundError(this.streamOf('load', aggregateClass, id, options));
    return aggregate;
  }

  /** Like `load`, but `undefined` when there is none. */
  async find<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    options: LoadOptions = {},
  ): Promise<A | undefined> {
    const { asOf, expectedVersion } = options;
    const stream = this.streamOf('load', aggregateClass, id, options);
    const aggregate = await (asOf === undefined
      ? this.loadNow(aggregateClass, stream)
      : this.loadPast(aggregateClass, stream, asOf));
    const mismatch = versionMismatch(stream, aggregate, expectedVersion);
    if (mismatch !== undefined) throw mismatch;
    return aggregate.version === 0 ? undefined : aggregate;
  }

  /**
   * Stores the recorded events as one commit, then publishes them. Without recorded events it does nothing. When it
   * fails the aggregate is as before, and saving the same object again is safe even if the outcome was unknown.
   *
   * @returns The new head. With a repeated `idempotencyKey`, the one of the first time, with `repeated`; the object at hand
   * must not be saved again then.
   * @throws ConcurrencyError Another commit came first. Load again and decide again, or use `update`.
   * @throws StreamClosedError The aggregate was closed.
   * @throws CommitIdReusedError `idempotencyKey` was used for another command on this aggregate.
   * @throws TenantMismatchError It was loaded for another tenant than the one of this call.
   * @throws ValueTakenError Another stream holds a value that the aggregate reserves.
   */
  async save(aggregate: AggregateRoot, options: SaveOptions = {}): Promise<StreamHead> {
    return onlyHead(await this.saveAll([aggregate], options));
  }

  /**
   * Stores the recorded events of several aggregates, of one or several classes, in one atomic write: all of them, or none.
   * Those without recorded events are left out. Up to 100 items and 4 MB; see `EventStore.appendAll` for the cost.
   *
   * @returns The heads, in the order of the aggregates.
   * @throws ConcurrencyError Some of them moved on; `conflicts` names each. Nothing was written.
   * @throws TransactionTooLargeError Above the limits. Nothing was sent.
   * @throws TenantMismatchError They belong to several tenants.
   */
  async saveAll(aggregates: readonly AggregateRoot[], options: SaveAllOptions = {}): Promise<StreamHead[]> {
    const { unchanged = [], ...saveOptions } = options;
    const all = [...aggregates, ...unchanged];
    if (new Set(all).size < all.length)
      throw new InvalidArgumentError('aggregates', 'the same aggregate occurs twice in one write.');
    if (all.length === 0) return [];
    const tenant = this.tenantOfSave(all, saveOptions);
    const located = (each: AggregateRoot) => ({ aggregate: each, stream: this.homeOf(each, tenant) });
    const [saved, checked] = [aggregates.map(located), unchanged.map(located)];
    return inTurnOfAll(all, () => this.parts.saver.save(saved, checked, saveOptions));
  }

  /**
   * Loads, decides, saves; on a conflict decides again on the newer state, a bounded number of times with growing random
   * pauses. With a cache, a state in it is decided on without a read: the append proves it.
   *
   * @returns The head after the commit; the current one when nothing was decided; with a repeated `idempotencyKey`, the one
   * of the first time, with `repeated`.
   * @throws AggregateNotFoundError There is none with this id.
   * @throws ConcurrencyError Still in conflict after all attempts, or not at `expectedVersion`.
   * @throws StreamClosedError The aggregate was closed.
   * @throws CommitIdReusedError `idempotencyKey` was used for another command on this aggregate.
   * @throws ValueTakenError Another stream holds a value that the aggregate reserves; it is not decided again.
   */
  async update<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    decide: Decision<A>,
    options: UpdateOptions = {},
  ): Promise<StreamHead> {
    const attempts = wholeNumber('attempts', options.attempts) ?? DEFAULT_ATTEMPTS;
    wholeNumber('expectedVersion', options.expectedVersion);
    const { store, loader, backoff } = this.parts;
    const stream = this.streamOf('update', aggregateClass, id, options);
    const save = (aggregate: AggregateRoot, saveOptions: SaveOptions) => this.save(aggregate, saveOptions);
    return new UpdateCommand({ store, loader, backoff, save }, aggregateClass, stream, decide, options).run(attempts);
  }

  /**
   * What a command with this key has stored on an aggregate, however long ago; one read. For commands that the domain
   * refuses before they can be saved, such as the creation of what exists already.
   */
  async storedCommand<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    { tenant, asyncContext, ...identity }: StoredCommandOptions,
  ): Promise<StoredCommand | undefined> {
    const stream = this.streamOf('storedCommand', aggregateClass, id, { tenant, asyncContext });
    return this.store.storedCommand(stream, identity);
  }

  /**
   * The stream of the aggregate that holds a unique value, strongly consistent; `undefined` when none does. For answers and
   * forms: whether a value can be had is decided by the save.
   */
  async holderOf(scope: string, value: string, options: TenantOptions = {}): Promise<StreamId | undefined> {
    const tenant = this.tenantOf({ operation: 'holderOf', target: `a value of "${scope}"`, options });
    return this.store.reservationOf({ scope, value, ...(tenant === undefined ? {} : { tenant }) });
  }

  /** The stored events with their envelopes. */
  history<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    { tenant, asyncContext, ...range }: HistoryOptions = {},
  ): EventSequence {
    return this.store.read(this.streamOf('history', aggregateClass, id, { tenant, asyncContext }), range);
  }

  /** Ids of the aggregates of a class, by time of creation; eventually consistent on DynamoDB. */
  async list<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    { asyncContext, ...query }: AggregateQuery = {},
  ): Promise<Page<StreamInfo>> {
    const { name } = this.parts.known.define(aggregateClass);
    const tenant = this.tenantOf({
      operation: 'list',
      target: name,
      options: { tenant: query.tenant, asyncContext },
    });
    return this.store.listStreams(name, { ...query, tenant });
  }

  /**
   * Closes an aggregate for ever: it can be loaded, but every later save fails with `StreamClosedError`.
   * @throws AggregateNotFoundError There is none with this id.
   */
  async close<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    options: CloseAggregateOptions = {},
  ): Promise<StreamHead> {
    const { expectedVersion, metadata } = options;
    const stream = this.streamOf('close', aggregateClass, id, options);
    const { known, loader, clock } = this.parts;
    loader.forget(stream);
    const ttl = expiryOf(known.define(aggregateClass).options, clock());
    return this.store.closeStream(stream, { expected: expectedVersion, metadata, ttl });
  }

  /** Moves an aggregate to the archived ones in `list`, or back; nothing else about it changes. */
  async archive<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    archived = true,
    options: TenantOptions = {},
  ): Promise<void> {
    await this.store.archiveStream(this.streamOf('archive', aggregateClass, id, options), archived);
  }

  /** Deletes everything that is stored of an aggregate; see `EventStore.purgeStream`. Returns how many items went. */
  async purge<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    options: TenantOptions = {},
  ): Promise<number> {
    const stream = this.streamOf('purge', aggregateClass, id, options);
    const deleted = await this.store.purgeStream(stream);
    this.parts.loader.forget(stream);
    return deleted;
  }

  /**
   * Deletes every aggregate of a tenant, the archived ones too, several side by side, and looks again until none is listed.
   * Nothing may write for the tenant meanwhile. After a failure call it again, it goes on. What projections, reactors and
   * timers have on record of the tenant stays; see `docs/tenants.md`.
   * @throws TenantMismatchError The call concerns another tenant: the repository is bound to it, or the request is its.
   */
  async purgeTenant(tenant: string, options: PurgeTenantOptions = {}): Promise<PurgeTenantResult> {
    this.tenantOf({ operation: 'purgeTenant', target: tenant, options: { tenant } });
    const { store, backoff, loader, known } = this.parts;
    const forget = (stream: StreamId) => {
      loader.forget(stream);
    };
    return new TenantPurge({ store, backoff, forget }, tenant, options).run(options.aggregates ?? known.names);
  }

  /**
   * Folds every aggregate of a class from all its events and stores the result as its snapshot: after a change of the
   * state's shape, to spare the first loads. What fails is counted and reported as a warning.
   */
  async rebuildSnapshots<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    options: RebuildOptions = {},
  ): Promise<RebuildResult> {
    const { name, snapshot } = this.parts.known.define(aggregateClass);
    if (snapshot === undefined)
      throw new InvalidDefinitionError(`Aggregate ${aggregateClass.name}`, [
        'It has no snapshot option, so no snapshots.',
      ]);
    const tenant = this.tenantOf({ operation: 'rebuildSnapshots', target: name, options });
    return rebuildSnapshots(this.parts, aggregateClass, { name, tenant }, options);
  }

  /** What the cache holds; zeros without one. */
  get cacheSize(): { readonly entries: number; readonly bytes: number } {
    return this.parts.cache?.size ?? { entries: 0, bytes: 0 };
  }

  /** Resolves when every snapshot under way has been written. Never rejects. The module calls it at shutdown. */
  async drain(): Promise<void> {
    await this.parts.snapshots.drain();
  }

  /**
   * Checks a class and makes its events known to the store, so that faults show at boot; otherwise this happens on first
   * use of the class.
   * @throws InvalidDefinitionError Lists every fault of the class.
   */
  register(aggregateClass: AggregateClass): void {
    this.parts.known.define(aggregateClass);
  }

  /** Names of the registered aggregates that have a reducer for an event. */
  aggregatesOf(eventName: string): readonly string[] {
    return this.parts.known.withReducerFor(eventName);
  }

  private async loadNow<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, stream: StreamId): Promise<A> {
    const { loader, known } = this.parts;
    const loaded = await loader.load(aggregateClass, stream);
    // Without cache and snapshots nobody needs the state apart from the caller.
    const keepsState = loaded.shared || known.define(aggregateClass).snapshot !== undefined;
    if (keepsState) return track(await loader.takeOut(loaded, stream), stream);
    return track({ aggregate: loaded.giveAway(), head: loaded.head, replica: undefined }, stream);
  }

  private async loadPast<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    stream: StreamId,
    asOf: Date,
  ): Promise<A> {
    const past = await this.parts.loader.loadPast(aggregateClass, stream, { asOf });
    return track({ aggregate: past.giveAway(), head: undefined, replica: undefined }, stream);
  }

  private streamOf(operation: string, aggregateClass: AggregateClass, id: string, options: TenantOptions): StreamId {
    const aggregate = this.parts.known.define(aggregateClass).name;
    const tenant = this.tenantOf({ operation, target: describeStream({ aggregate, id }), options });
    return tenant === undefined ? { aggregate, id } : { aggregate, id, tenant };
  }

  private tenantOfSave(aggregates: readonly AggregateRoot[], options: SaveOptions): string | undefined {
    const names = aggregates.map((each) => `${this.parts.known.define(each.constructor as AnyClass).name}/${each.id}`);
    return this.tenantOf({ operation: 'save', target: names.slice(0, 3).join(', '), options, aggregates });
  }

  private tenantOf(call: TenantedCall): string | undefined {
    return this.parts.tenants.of(call);
  }

  /** The stream that an aggregate is saved to; a new one stays with the tenant of its first save, whatever comes of it. */
  private homeOf(aggregate: AggregateRoot, tenant: string | undefined): StreamId {
    const { name } = this.parts.known.define(aggregate.constructor);
    const { id } = aggregate;
    const stream = tenant === undefined ? { aggregate: name, id } : { aggregate: name, id, tenant };
    trackingOf(aggregate).stream ??= stream;
    return stream;
  }
}
