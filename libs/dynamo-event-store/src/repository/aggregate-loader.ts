import { aggregateDefinitionOf, type AggregateDefinition } from '../aggregate/aggregate-definition.js';
import { aggregateOfSnapshot, shapeFaultOf } from '../aggregate/aggregate-state.js';
import { CHANGED, type AggregateClass, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { EventStore } from '../store/event-store.js';
import type { EventSequence } from '../store/event-sequence.js';
import type { StateType } from '../store/snapshot.js';
import type { StateReading, UselessSnapshot } from '../store/state-reading.js';
import type { StreamHead } from '../store/stream-head.js';
import type { WarningListener } from '../store/warnings.js';
import type { AggregateCache } from './aggregate-cache.js';
import { Replica } from './replica.js';

/** An aggregate for a caller. */
export interface TakenOut<A extends AggregateRoot> {
  readonly aggregate: A;
  readonly head: StreamHead | undefined;
  /** State of the stored events alone; absent when the aggregate is that itself. */
  readonly replica: Replica<A> | undefined;
}

/** Brings aggregates up to date with as little reading as cache and snapshots allow. */
export class AggregateLoader {
  private readonly refused = new WeakSet<object>();
  private seenErasures = 0;

  constructor(
    private readonly store: EventStore,
    private readonly cache: AggregateCache | undefined,
    private readonly warn: WarningListener,
  ) {}

  /** The state of the whole stream; version 0 when there is none. */
  async load<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, stream: StreamId): Promise<Replica<A>> {
    const cached = await this.cached(aggregateClass, stream);
    const replica = await this.read(aggregateClass, stream, cached);
    if (replica !== cached && replica.version > 0) this.keep(stream, replica);
    return replica;
  }

  private async read<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    stream: StreamId,
    cached: Replica<A> | undefined,
  ): Promise<Replica<A>> {
    const definition = aggregateDefinitionOf(aggregateClass);
    const { erasures } = this;
    const reading = await this.store.readState(stream, {
      type: stateTypeOf(definition, aggregateClass),
      tail: definition.snapshot?.every,
      accepts: (state) => shapeFaultOf(aggregateClass, stream.id, state),
      after: cached?.head,
    });
    if (reading.useless !== undefined && reading.useless.isExpected !== true)
      this.warn(uselessWarning(stream, reading.useless));
    if (reading.base === 'after' && cached !== undefined) {
      await catchUpAtOnce(cached, reading.events);
      return cached;
    }
    const replica = replicaOf(aggregateClass, stream, reading);
    replica.erasures = erasures;
    await catchUp(replica, reading.events);
    return replica;
  }

  private refuse({ aggregateClass }: Replica, fault: string): void {
    if (this.refused.has(aggregateClass)) return;
    this.refused.add(aggregateClass);
    this.warn(new Error(`Aggregates of ${aggregateClass.name} are not cached: ${fault}`));
  }

  /** Takes a state into the cache, or measures it again; a state that cannot be copied is of no use there. */
  keep(stream: StreamId, replica: Replica): void {
    if (this.cache === undefined) return;
    // What was read before somebody was forgotten must not come back from the cache.
    if (replica.keys.size > 0 && replica.erasures !== this.seenErasures) return;
    const fault = replica.shared ? undefined : replica.copyFault;
    if (fault !== undefined) {
      this.refuse(replica, fault);
      return;
    }
    replica.shared = true;
    this.cache.put(stream, replica);
  }

  /**
   * An aggregate for a caller, with `replica` behind it where the state could be copied. A state that cannot be copied is
   * given away itself; if others hold it, it is read again.
   */
  async takeOut<A extends AggregateRoot>(replica: Replica<A>, stream: StreamId): Promise<TakenOut<A>> {
    const { head } = replica;
    const copy = replica.checkOut();
    if (copy !== undefined) return { aggregate: copy, head, replica };
    if (!replica.shared) return { aggregate: replica.giveAway(), head, replica: undefined };
    this.refuse(replica, replica.copyFault ?? '');
    this.forget(stream);
    const own = await this.read(replica.aggregateClass, stream, undefined);
    return { aggregate: own.giveAway(), head: own.head, replica: undefined };
  }

  /** How often somebody had been forgotten when the cache was last looked at. */
  get erasures(): number {
    return this.seenErasures;
  }

  /**
   * The state of an aggregate without events.
   * @param erasures As they were before the events that are to follow were stored.
   */
  begin<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, id: string, erasures: number): Replica<A> {
    const replica = new Replica(newAggregate(aggregateClass, id), undefined);
    replica.erasures = erasures;
    return replica;
  }

  forget(stream: StreamId): void {
    this.cache?.remove(stream);
  }

  /** The cached state, which may be behind the stream, but holds no personal data of anybody who was forgotten. */
  async cached<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    stream: StreamId,
  ): Promise<Replica<A> | undefined> {
    if (this.cache === undefined) return undefined;
    const erasures = await this.store.erasures();
    if (erasures !== this.seenErasures) this.cache.clear();
    this.seenErasures = erasures;
    return this.cache.get(aggregateClass, stream);
  }

  /** The state as it was after `version`, or at a time; without cache and snapshots. */
  async loadPast<A extends AggregateRoot>(
    aggregateClass: AggregateClass<A>,
    stream: StreamId,
    range: { readonly to?: number; readonly asOf?: Date },
  ): Promise<Replica<A>> {
    const replica = new Replica(newAggregate(aggregateClass, stream.id), undefined);
    if (range.to !== 0) await catchUp(replica, this.store.read(stream, range));
    return replica;
  }
}

/** What the serializer is told about the state of a class; `undefined` for classes without snapshots. */
export function stateTypeOf(definition: AggregateDefinition, aggregateClass: AggregateClass): StateType | undefined {
  const { snapshot, name } = definition;
  if (snapshot === undefined) return undefined;
  return { name: `${name} snapshot`, schemaVersion: snapshot.schemaVersion, eventClass: aggregateClass };
}

/** A new aggregate without events. */
export function newAggregate<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, id: string): A {
  const aggregate = new aggregateClass(id);
  if (!aggregate[CHANGED]) return aggregate;
  throw new InvalidDefinitionError(`Aggregate ${aggregateClass.name}`, [
    'Its constructor applies an event or reserves a value, so every load would do so; do that in a static method that creates the aggregate.',
  ]);
}

function replicaOf<A extends AggregateRoot>(
  aggregateClass: AggregateClass<A>,
  stream: StreamId,
  { snapshot, useless }: StateReading,
): Replica<A> {
  if (snapshot === undefined) return new Replica(newAggregate(aggregateClass, stream.id), undefined, useless?.version);
  const { version, recordedAt, keys } = snapshot;
  const aggregate = aggregateOfSnapshot(aggregateClass, stream.id, snapshot, version);
  return new Replica(aggregate, undefined, undefined, recordedAt, keys);
}

async function catchUp(replica: Replica, events: EventSequence): Promise<void> {
  for await (const batch of events.batches())
    for (const recorded of batch) {
      // Where the first version is known, what is missing between the events was left out by an upcaster.
      const first = events.first ?? recorded.version;
      if (first > replica.version + 1)
        throw new StreamCorruptedError(
          recorded.stream,
          replica.version + 1,
          `versions ${replica.version + 1} to ${first - 1} have expired, so its state cannot be known`,
        );
      replica.apply(recorded);
    }
  replica.moveTo(events.head, events);
}

/** A state that others use meanwhile is never seen half way: it moves from one proved version to the next. */
async function catchUpAtOnce(replica: Replica, events: EventSequence): Promise<void> {
  const recorded: RecordedEvent[] = [];
  for await (const batch of events.batches()) for (const each of batch) recorded.push(each);
  const { head } = events;
  // Another load of the same state may have gone further meanwhile.
  if (head === undefined || head.version <= replica.version) return;
  for (const event of recorded) replica.apply(event);
  replica.moveTo(head, events);
}

function uselessWarning(stream: StreamId, { version, reason, cause }: UselessSnapshot): Error {
  const text = `The snapshot of ${describeStream(stream)} at version ${version} is not used and will be replaced: ${reason}.`;
  return cause === undefined ? new Error(text) : new Error(text, { cause });
}
