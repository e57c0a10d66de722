import { defer, lastValueFrom, retry, throwError, timer } from 'rxjs';
import { aggregateDefinitionOf, type AggregateDefinition } from '../aggregate/aggregate-definition.js';
import { SETTLE, type AggregateClass, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { AggregateNotFoundError, CommitIdReusedError } from '../errors/store-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { StreamId } from '../event/stream-id.js';
import type { AnyClass } from '../metadata/metadata-storage.js';
import { backoffMs } from '../store/backoff.js';
import type {
  AppendOptions,
  EventSequence,
  EventStore,
  ListQuery,
  Page,
  ReadRange,
  StreamInfo,
} from '../store/event-store.js';
import { wholeNumber } from '../store/read-plan.js';
import type { StreamHead } from '../store/stream-head.js';
import type { EventPublication } from './event-publication.js';
import { foldStream, versionMismatch } from './load-aggregate.js';
import type { LoadOptions, SaveOptions, UpdateOptions } from './repository-options.js';
import { recordSaved } from './saved-events.js';
import { idempotentCommitId, trackingOf, type TrackedAggregate } from './tracked-aggregate.js';

/** Decides on a freshly loaded aggregate by calling its methods. May run several times; must have no effect elsewhere. */
export type Decision<A extends AggregateRoot> = (aggregate: A) => void | Promise<void>;

export interface AggregateRepositoryOptions {
  /** Called on each save for metadata that every commit carries. */
  readonly metadata?: () => EventMetadata;
  readonly publication?: EventPublication;
}

const DEFAULT_ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 500;

/** Loads and saves aggregates of any class. In Nest inject it by type; elsewhere create it on any `EventStore`. */
export class AggregateRepository {
  private readonly known = new Map<string, AnyClass>();

  constructor(
    private readonly store: EventStore,
    private readonly options: AggregateRepositoryOptions = {},
  ) {}

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
    options: LoadOptions = {},
  ): Promise<A | undefined> {
    const stream = this.streamOf(aggregateClass, id);
    const aggregate = new aggregateClass(id);
    await foldStream(this.store.read(stream, options.asOf === undefined ? {} : { asOf: options.asOf }), aggregate);
    const mismatch = versionMismatch(stream, aggregate, options.expectedVersion);
    if (mismatch !== undefined) throw mismatch;
    return aggregate.version === 0 ? undefined : aggregate;
  }

  /**
   * Stores the recorded events as one commit, then publishes them. Without recorded events it does nothing. When it
   * fails the aggregate is as before, and saving the same object again is safe even if the outcome was unknown.
   *
   * @returns The new head. With a repeated `idempotencyKey`, the version of the first time; the object at hand must not
   * be saved again then.
   * @throws ConcurrencyError Another commit came first. Load again and decide again, or use `update`.
   */
  async save(aggregate: AggregateRoot, options: SaveOptions = {}): Promise<StreamHead> {
    const tracking = trackingOf(aggregate);
    return tracking.inTurn(() => this.saveNow(aggregate, tracking, options));
  }

  /**
   * Loads, decides, saves; on a conflict loads and decides again, a bounded number of times with growing random pauses.
   *
   * @returns The head after the commit; the current one when nothing was decided.
   * @throws AggregateNotFoundError There is none with this id.
   * @throws ConcurrencyError Still in conflict after all attempts, or not at `expectedVersion`.
   */
  async update<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    id: string,
    decide: Decision<A>,
    options: UpdateOptions = {},
  ): Promise<StreamHead> {
    const { attempts = DEFAULT_ATTEMPTS, expectedVersion, ...saveOptions } = options;
    wholeNumber('attempts', attempts);
    let mismatch: ConcurrencyError | undefined;
    const decideOnce = async (): Promise<StreamHead> => {
      const stream = this.streamOf(aggregateClass, id);
      const repeated =
        options.idempotencyKey === undefined ? undefined : idempotentCommitId(stream, options.idempotencyKey);
      const aggregate = await this.load(aggregateClass, id, {});
      const earlier = repeated === undefined ? undefined : trackingOf(aggregate).commits.get(repeated);
      if (earlier !== undefined) return { stream, version: earlier };
      mismatch = versionMismatch(stream, aggregate, expectedVersion);
      if (mismatch !== undefined) throw mismatch;
      await decide(aggregate);
      return this.save(aggregate, saveOptions);
    };
    // A lost race is looked into again even with an expected version: the winner may be this very command, sent twice.
    const delay = (error: unknown, attempt: number) =>
      error !== mismatch && (error instanceof ConcurrencyError || isRepeatUnderWay(error, options))
        ? timer(backoffMs(attempt, LONGEST_PAUSE_MS))
        : throwError(() => error);
    return lastValueFrom(defer(decideOnce).pipe(retry({ count: attempts - 1, delay })));
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
   * Checks a class and makes its events known to the store, so that faults show at boot; otherwise this happens on first
   * use of the class.
   * @throws InvalidDefinitionError Lists every fault of the class.
   */
  register(aggregateClass: AggregateClass): void {
    this.define(aggregateClass);
  }

  private async saveNow(
    aggregate: AggregateRoot,
    tracking: TrackedAggregate,
    options: SaveOptions,
  ): Promise<StreamHead> {
    const stream = this.streamOf(aggregate.constructor as AggregateClass, aggregate.id);
    const { ttlSeconds } = this.define(aggregate.constructor).options;
    const events = aggregate.getUncommittedEvents();
    if (events.length === 0) return tracking.head ?? { stream, version: aggregate.version };
    if (tracking.stale)
      throw new InvalidArgumentError(
        'aggregate',
        'it was saved with a repeated idempotency key and does not follow from what is stored; load it again.',
      );
    const commitId = commitIdOf(stream, tracking, events, options);
    const earlier = tracking.commits.get(commitId);
    if (earlier !== undefined) {
      tracking.stale = true;
      return { stream, version: earlier };
    }
    const metadata = { ...this.options.metadata?.(), ...options.metadata };
    const head = await this.append(stream, events, options.idempotencyKey, {
      expected: tracking.head ?? (aggregate.version === 0 ? 'none' : aggregate.version),
      commitId,
      metadata,
      ...(ttlSeconds === undefined ? {} : { ttl: new Date(Date.now() + ttlSeconds * 1000) }),
    });
    aggregate[SETTLE](head.version, events.length);
    tracking.head = head;
    tracking.commits.set(commitId, head.version);
    const recorded = recordSaved(events, head, commitId, metadata);
    this.options.publication?.publish(recorded, aggregate, options.asyncContext);
    return head;
  }

  private async append(
    stream: StreamId,
    events: readonly object[],
    idempotencyKey: string | undefined,
    options: AppendOptions,
  ): Promise<StreamHead> {
    try {
      return await this.store.append(stream, events, options);
    } catch (error) {
      if (idempotencyKey === undefined || !(error instanceof CommitIdReusedError)) throw error;
      throw new CommitIdReusedError(error.stream, error.commitId, error.version, idempotencyKey);
    }
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

function commitIdOf(
  stream: StreamId,
  tracking: TrackedAggregate,
  events: readonly object[],
  { idempotencyKey }: SaveOptions,
): string {
  if (idempotencyKey === undefined) return tracking.commitIdFor(events);
  if (idempotencyKey === '') throw new InvalidArgumentError('idempotencyKey', 'must not be empty.');
  return idempotentCommitId(stream, idempotencyKey);
}

/** The same command ran elsewhere at the same time and decided first; loading again finds its result. */
function isRepeatUnderWay(error: unknown, { idempotencyKey }: SaveOptions): boolean {
  return idempotencyKey !== undefined && error instanceof CommitIdReusedError;
}

function isDerived(derived: AnyClass, base: AnyClass): boolean {
  return derived.prototype instanceof base;
}
