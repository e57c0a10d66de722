import { CHANGED, RESERVATIONS, SETTLE, type AggregateClass, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { aggregateDefinitionOf } from '../aggregate/aggregate-definition.js';
import { netOf } from '../aggregate/pending-reservations.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { withheld } from '../errors/event-errors.js';
import { StreamClosedError } from '../errors/store-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { freshEvent } from '../event/recorded-form.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { EventStore, ExpectedVersion, StreamAppend, StreamCheck } from '../store/event-store.js';
import { withCause } from '../store/cause.js';
import { idempotentCommitId } from '../store/receipt.js';
import type { StreamHead } from '../store/stream-head.js';
import type { WarningListener } from '../store/warnings.js';
import type { AggregateLoader } from './aggregate-loader.js';
import type { EventPublication } from './event-publication.js';
import type { Replica } from './replica.js';
import type { SaveOptions } from './repository-options.js';
import { expiryOf, isKeptLonger } from './retention.js';
import { rememberEnvelope } from './recorded-events.js';
import { recordSaved } from './saved-events.js';
import type { SnapshotWriter } from './snapshot-writer.js';
import { trackingOf } from './tracked-aggregate.js';

export interface SaverParts {
  readonly store: EventStore;
  readonly loader: AggregateLoader;
  readonly snapshots: SnapshotWriter;
  readonly keepsStates: boolean;
  readonly clock: () => Date;
  readonly warn: WarningListener;
  readonly metadata: (() => EventMetadata) | undefined;
  readonly publication: EventPublication | undefined;
}

/** One aggregate with what it has recorded, on its way into the store. */
interface Saving {
  readonly aggregate: AggregateRoot;
  readonly stream: StreamId;
  readonly events: readonly object[];
  /** How many changes to reservations go with them. */
  readonly reservations: number;
  readonly append: StreamAppend;
  readonly commitId: string;
  /** See `AggregateLoader.erasures`; from before the append, since somebody may be forgotten while it is under way. */
  readonly erasures: number;
}

/** Stores what aggregates have recorded: append, settle the aggregate, take a snapshot if due, publish. */
export class AggregateSaver {
  constructor(private readonly parts: SaverParts) {}

  /** Saves the recorded events of aggregates in one atomic write; those without any are left out. */
  async save(
    aggregates: readonly { readonly aggregate: AggregateRoot; readonly stream: StreamId }[],
    unchanged: readonly { readonly aggregate: AggregateRoot; readonly stream: StreamId }[],
    options: SaveOptions,
  ): Promise<StreamHead[]> {
    const metadata = withCause({ ...this.parts.metadata?.(), ...options.metadata });
    const savings = aggregates
      .filter(({ aggregate }) => aggregate[CHANGED])
      .map((located) => this.prepare(located, metadata, options));
    const checks = unchanged.map(checkOf);
    const stored = savings.length === 0 ? [] : await this.append(savings, checks);
    const heads = new Map(savings.map(({ aggregate }, index) => [aggregate, stored[index]]));
    for (const saving of savings) {
      const head = heads.get(saving.aggregate);
      if (head !== undefined) await this.settle(saving, head, metadata, options);
    }
    return aggregates.map(({ aggregate, stream }) => heads.get(aggregate) ?? currentHead(aggregate, stream));
  }

  private prepare(
    { aggregate, stream }: { readonly aggregate: AggregateRoot; readonly stream: StreamId },
    metadata: EventMetadata,
    options: SaveOptions,
  ): Saving {
    const { clock, loader } = this.parts;
    return { ...prepare(aggregate, stream, metadata, options, clock()), erasures: loader.erasures };
  }

  private async append(savings: readonly Saving[], checks: readonly StreamCheck[]): Promise<StreamHead[]> {
    const [first] = savings;
    try {
      if (first !== undefined && savings.length + checks.length === 1)
        return [await this.parts.store.append(first.stream, first.events, first.append)];
      return await this.parts.store.appendAll([...savings.map(({ append }) => append), ...checks]);
    } catch (error) {
      // What has been closed may be purged next; a state of it that stays here must not be appended to then.
      if (error instanceof StreamClosedError) this.parts.loader.forget(error.stream);
      throw error;
    }
  }

  /** Nothing in here may fail: the events are stored. */
  private async settle(saving: Saving, head: StreamHead, metadata: EventMetadata, options: SaveOptions): Promise<void> {
    const { aggregate, stream, events, reservations, commitId, erasures } = saving;
    const tracking = trackingOf(aggregate);
    if (head.repeated) {
      tracking.stale = true;
      return;
    }
    aggregate[SETTLE](head.version, events.length, reservations);
    tracking.head = head;
    const recorded = recordSaved(events, head, commitId, metadata);
    const replica = this.tryAdvance(aggregate, recorded, head, erasures);
    const { publication } = this.parts;
    if (publication !== undefined) {
      for (const each of recorded) rememberEnvelope(each);
      publication.publish(recorded, aggregate, options.asyncContext);
    }
    if (replica !== undefined) await this.parts.snapshots.afterSave(stream, replica, this.outlives(saving, head));
  }

  private outlives({ append: { expected } }: Saving, head: StreamHead): boolean {
    if (typeof expected !== 'object') return false;
    const [before, after] = [expected, head].map((each) => ({
      recordedAt: each.recordedAt,
      ttl: this.parts.store.commitFacts(each).ttl,
    }));
    return before !== undefined && after !== undefined && isKeptLonger(before, after);
  }

  private tryAdvance(
    aggregate: AggregateRoot,
    recorded: readonly RecordedEvent[],
    head: StreamHead,
    erasures: number,
  ): Replica | undefined {
    try {
      return this.advance(aggregate, recorded, head, erasures);
    } catch (error) {
      trackingOf(aggregate).replica = undefined;
      this.parts.loader.forget(head.stream);
      const text = `The stored events of ${describeStream(head.stream)} could not be brought into its state once more; a reducer depends on more than state and event`;
      const isPersonal = this.parts.store.commitFacts(head).keys.length > 0;
      this.parts.warn(new Error(text, { cause: isPersonal ? withheld(error) : error }));
      return undefined;
    }
  }

  private advance(
    aggregate: AggregateRoot,
    recorded: readonly RecordedEvent[],
    head: StreamHead,
    erasures: number,
  ): Replica | undefined {
    const tracking = trackingOf(aggregate);
    const aggregateClass = aggregate.constructor as AggregateClass;
    const isNew = recorded[0]?.version === 1;
    if (isNew && (this.parts.keepsStates || aggregateDefinitionOf(aggregateClass).snapshot !== undefined))
      tracking.replica = this.parts.loader.begin(aggregateClass, aggregate.id, erasures);
    const { replica } = tracking;
    if (replica === undefined) return undefined;
    const own = recorded.map((each) => ({ ...each, event: freshEvent(each.event) }));
    if (!replica.advance(own, head, this.parts.store.commitFacts(head))) return undefined;
    this.parts.loader.keep(head.stream, replica);
    return replica;
  }
}

function prepare(
  aggregate: AggregateRoot,
  stream: StreamId,
  metadata: EventMetadata,
  options: SaveOptions,
  now: Date,
): Omit<Saving, 'erasures'> {
  const { idempotencyKey, fingerprint } = options;
  const tracking = trackingOf(aggregate);
  if (tracking.stale)
    throw new InvalidArgumentError(
      'aggregate',
      `${describeStream(stream)} was saved with a repeated idempotency key and does not follow from what is stored; load it again.`,
    );
  const events = aggregate.getUncommittedEvents();
  const reservations = aggregate[RESERVATIONS];
  if (events.length === 0)
    throw new InvalidArgumentError(
      'aggregate',
      `${describeStream(stream)} reserves or releases values, but has recorded no event to store them with; apply one that tells of it.`,
    );
  const keyed = idempotencyKey !== undefined;
  const commitId = keyed
    ? idempotentCommitId(stream, idempotencyKey)
    : tracking.commitIdFor([...events, ...reservations]);
  const expected = expectationOf(aggregate);
  const ttl = expiryOf(aggregateDefinitionOf(aggregate.constructor).options, now);
  const values = netOf(reservations);
  const append = { stream, events, expected, commitId, metadata, ttl, idempotencyKey, fingerprint, ...values };
  return { aggregate, stream, events, reservations: reservations.length, append, commitId };
}

function expectationOf(aggregate: AggregateRoot): Exclude<ExpectedVersion, 'any'> {
  return trackingOf(aggregate).head ?? (aggregate.version === 0 ? 'none' : aggregate.version);
}

function checkOf({ aggregate, stream }: { readonly aggregate: AggregateRoot; readonly stream: StreamId }): StreamCheck {
  if (aggregate[CHANGED])
    throw new InvalidArgumentError('unchanged', `${describeStream(stream)} has recorded events; save it instead.`);
  return { stream, expected: expectationOf(aggregate) };
}

function currentHead(aggregate: AggregateRoot, stream: StreamId): StreamHead {
  return trackingOf(aggregate).head ?? { stream, version: aggregate.version };
}
