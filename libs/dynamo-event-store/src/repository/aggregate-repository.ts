import { aggregateDefinitionOf, type AggregateDefinition } from '../aggregate/aggregate-definition.js';
import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { AggregateNotFoundError } from '../errors/store-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { StreamId } from '../event/stream-id.js';
import { domainEventOf, type AnyClass } from '../metadata/metadata-storage.js';
import { jitteredBackoff, type Backoff } from '../store/backoff.js';
import type {
  CommandIdentity,
  EventStore,
  ListQuery,
  Page,
  ReadRange,
  StoredCommand,
  StreamInfo,
} from '../store/event-store.js';
import type { EventSequence } from '../store/event-sequence.js';
import { wholeNumber } from '../store/read-plan.js';
import { onlyHead, type StreamHead } from '../store/stream-head.js';
import { AggregateCache, type CacheOptions } from './aggregate-cache.js';
import { AggregateLoader, type WarningListener } from './aggregate-loader.js';
import { AggregateSaver } from './aggregate-saver.js';
import type { EventPublication } from './event-publication.js';
import type {
  CloseAggregateOptions,
  LoadOptions,
  RebuildOptions,
  RebuildResult,
  SaveAllOptions,
  SaveOptions,
  UpdateOptions,
} from './repository-options.js';
import { expiryOf } from './retention.js';
import { rebuildSnapshots } from './snapshot-rebuild.js';
import { SnapshotWriter } from './snapshot-writer.js';
import { inTurnOfAll, track } from './tracked-aggregate.js';
import { UpdateCommand, type Decision } from './update-command.js';
import { versionMismatch } from './version-mismatch.js';

export interface AggregateRepositoryOptions {
  /** Called on each save for metadata that every commit carries. */
  readonly metadata?: () => EventMetadata;
  readonly publication?: EventPublication;
  /** Keeps the states of recently used aggregates in memory. Default: none is kept. */
  readonly cache?: boolean | CacheOptions;
  /** Told of what was worked around, such as a snapshot that could not be taken. Default: `process.emitWarning`. */
  readonly onWarning?: WarningListener;
  /** Clock for retention. Default: the system's. */
  readonly clock?: () => Date;
  /** How to wait before a command is decided again; for simulations. Default: growing random pauses up to 500 ms. */
  readonly backoff?: Backoff;
}

const DEFAULT_ATTEMPTS = 10;

/** Loads and saves aggregates of any class. In Nest inject it by type; elsewhere create it on any `EventStore`. */
export class AggregateRepository {
  private readonly known = new Map<string, AnyClass>();
  private readonly cache: AggregateCache | undefined;
  private readonly loader: AggregateLoader;
  private readonly snapshots: SnapshotWriter;
  private readonly saver: AggregateSaver;
  private readonly backoff: Backoff;
  private readonly warn: WarningListener;
  private readonly clock: () => Date;

  constructor(
    private readonly store: EventStore,
    options: AggregateRepositoryOptions = {},
  ) {
    const { cache = false, metadata, publication, clock = () => new Date(), backoff = jitteredBackoff } = options;
    this.clock = clock;
    this.warn = options.onWarning ?? emitWarning;
    this.cache = cache === false ? undefined : new AggregateCache(cache === true ? {} : cache);
    this.backoff = backoff;
    this.loader = new AggregateLoader(store, this.cache, this.warn);
    this.snapshots = new SnapshotWriter(store, this.warn, clock);
    const { loader, snapshots, warn } = this;
    const keepsStates = this.cache !== undefined;
    this.saver = new AggregateSaver({ store, loader, snapshots, keepsStates, clock, warn, metadata, publication });
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
    if (aggregate === undefined) throw new AggregateNotFoundError(this.streamOf(aggregateClass, id));
    return aggregate;
  }

  /** Like `load`, but `undefined` when there is none. */
  async find<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    { asOf, expectedVersion }: LoadOptions = {},
  ): Promise<A | undefined> {
    const stream = this.streamOf(aggregateClass, id);
    const aggregate =
      asOf === undefined
        ? await this.loadNow(aggregateClass, stream)
        : (await this.loader.loadPast(aggregateClass, stream, { asOf })).giveAway();
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
   */
  async saveAll(aggregates: readonly AggregateRoot[], options: SaveAllOptions = {}): Promise<StreamHead[]> {
    const { unchanged = [], ...saveOptions } = options;
    const located = (each: AggregateRoot) => ({
      aggregate: each,
      stream: this.streamOf(each.constructor as AggregateClass, each.id),
    });
    const all = [...aggregates, ...unchanged];
    if (new Set(all).size < all.length)
      throw new InvalidArgumentError('aggregates', 'the same aggregate occurs twice in one write.');
    return inTurnOfAll(all, () => this.saver.save(aggregates.map(located), unchanged.map(located), saveOptions));
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
   */
  async update<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    decide: Decision<A>,
    options: UpdateOptions = {},
  ): Promise<StreamHead> {
    const attempts = wholeNumber('attempts', options.attempts) ?? DEFAULT_ATTEMPTS;
    wholeNumber('expectedVersion', options.expectedVersion);
    const { store, loader, backoff } = this;
    const parts = {
      store,
      loader,
      backoff,
      save: (aggregate: AggregateRoot, saveOptions: SaveOptions) => this.save(aggregate, saveOptions),
    };
    return new UpdateCommand(parts, aggregateClass, this.streamOf(aggregateClass, id), decide, options).run(attempts);
  }

  /**
   * What a command with this key has stored on an aggregate, however long ago; one read. For commands that the domain
   * refuses before they can be saved, such as the creation of what exists already.
   */
  async storedCommand<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    identity: CommandIdentity & { readonly idempotencyKey: string },
  ): Promise<StoredCommand | undefined> {
    return this.store.storedCommand(this.streamOf(aggregateClass, id), identity);
  }

  /** The stored events with their envelopes. */
  history<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    range: ReadRange = {},
  ): EventSequence {
    return this.store.read(this.streamOf(aggregateClass, id), range);
  }

  /** Ids of the aggregates of a class, by time of creation; eventually consistent on DynamoDB. */
  async list<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    query: ListQuery = {},
  ): Promise<Page<StreamInfo>> {
    return this.store.listStreams(this.define(aggregateClass).name, query);
  }

  /**
   * Closes an aggregate for ever: it can be loaded, but every later save fails with `StreamClosedError`.
   * @throws AggregateNotFoundError There is none with this id.
   */
  async close<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    { expectedVersion, metadata }: CloseAggregateOptions = {},
  ): Promise<StreamHead> {
    const stream = this.streamOf(aggregateClass, id);
    this.loader.forget(stream);
    const ttl = expiryOf(this.define(aggregateClass).options, this.clock());
    return this.store.closeStream(stream, { expected: expectedVersion, metadata, ttl });
  }

  /** Moves an aggregate to the archived ones in `list`, or back; nothing else about it changes. */
  async archive<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    archived = true,
  ): Promise<void> {
    await this.store.archiveStream(this.streamOf(aggregateClass, id), archived);
  }

  /** Deletes everything that is stored of an aggregate; see `EventStore.purgeStream`. Returns how many items went. */
  async purge<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, id: string): Promise<number> {
    const stream = this.streamOf(aggregateClass, id);
    const deleted = await this.store.purgeStream(stream);
    this.loader.forget(stream);
    return deleted;
  }

  /**
   * Folds every aggregate of a class from all its events and stores the result as its snapshot: after a change of the
   * state's shape, to spare the first loads. What fails is counted and reported as a warning.
   */
  async rebuildSnapshots<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    options: RebuildOptions = {},
  ): Promise<RebuildResult> {
    const { name, snapshot } = this.define(aggregateClass);
    if (snapshot === undefined)
      throw new InvalidDefinitionError(`Aggregate ${aggregateClass.name}`, [
        'It has no snapshot option, so no snapshots.',
      ]);
    const { store, loader, snapshots, warn } = this;
    return rebuildSnapshots({ store, loader, snapshots, warn }, aggregateClass, name, options);
  }

  /** What the cache holds; zeros without one. */
  get cacheSize(): { readonly entries: number; readonly bytes: number } {
    return this.cache?.size ?? { entries: 0, bytes: 0 };
  }

  /** Resolves when every snapshot under way has been written. Never rejects. The module calls it at shutdown. */
  async drain(): Promise<void> {
    await this.snapshots.drain();
  }

  /**
   * Checks a class and makes its events known to the store, so that faults show at boot; otherwise this happens on first
   * use of the class.
   * @throws InvalidDefinitionError Lists every fault of the class.
   */
  register(aggregateClass: AggregateClass): void {
    this.define(aggregateClass);
  }

  /** Names of the registered aggregates that have a reducer for an event. */
  aggregatesOf(eventName: string): readonly string[] {
    return [...this.known].flatMap(([name, aggregateClass]) =>
      [...this.define(aggregateClass).reducers.keys()].some((event) => domainEventOf(event)?.name === eventName)
        ? [name]
        : [],
    );
  }

  private async loadNow<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, stream: StreamId): Promise<A> {
    const loaded = await this.loader.load(aggregateClass, stream);
    // Without cache and snapshots nobody needs the state apart from the caller.
    const keepsState = loaded.shared || this.define(aggregateClass).snapshot !== undefined;
    if (keepsState) return track(await this.loader.takeOut(loaded, stream));
    return track({ aggregate: loaded.giveAway(), head: loaded.head, replica: undefined });
  }

  private streamOf(aggregateClass: AggregateClass, id: string): StreamId {
    return { aggregate: this.define(aggregateClass).name, id };
  }

  private define(aggregateClass: AnyClass): AggregateDefinition {
    const definition = aggregateDefinitionOf(aggregateClass);
    const known = this.known.get(definition.name);
    if (known === aggregateClass) return definition;
    if (known !== undefined && !isDerived(aggregateClass, known) && !isDerived(known, aggregateClass)) {
      throw new InvalidDefinitionError('The set of aggregates', [
        `${known.name} and ${aggregateClass.name} both use the aggregate name "${definition.name}".`,
      ]);
    }
    this.store.register([...definition.reducers.keys()]);
    this.known.set(definition.name, aggregateClass);
    return definition;
  }
}

function emitWarning(warning: Error): void {
  process.emitWarning(warning);
}

function isDerived(derived: AnyClass, base: AnyClass): boolean {
  return derived.prototype instanceof base;
}
