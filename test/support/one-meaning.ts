import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  EventHandler,
  EventSerializationError,
  type AggregateClass,
  type CommitLogStoreOptions,
  type EventClass,
  type EventStore,
  type SnapshotOptions,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';

let streams = 0;

/** An event as a store gives it back. */
export async function readBack<E extends object>(event: E, store: EventStore = storeOf(event)): Promise<E> {
  const stream = { aggregate: 'thing', id: `t-${++streams}` };
  await store.append(stream, [event], { expected: 'none' });
  for await (const recorded of store.read<E>(stream)) return recorded.event;
  throw new Error('The event is not there.');
}

/** The path at which a store refuses an event, and what the error says. */
export async function refusalOf(
  event: object,
  store: EventStore = storeOf(event),
): Promise<{ readonly path: string; readonly message: string }> {
  try {
    await readBack(event, store);
  } catch (error) {
    if (!(error instanceof EventSerializationError)) throw error;
    return { path: error.path, message: error.message };
  }
  throw new Error('The event was taken.');
}

export function storeOf(event: object, options: CommitLogStoreOptions = {}): InMemoryEventStore {
  const eventClass = (Object.getPrototypeOf(event) as { constructor: EventClass }).constructor;
  return new InMemoryEventStore({ events: [eventClass], ...options });
}

/** An aggregate that keeps what a reducer makes of its events. */
export interface Keeper extends AggregateRoot {
  value: unknown;
  record(...events: readonly object[]): this;
}

export type Reduce = (keeper: Keeper, event: never) => void;

/** A class of aggregates with one reducer for all of its events. */
export function keeperOf(
  events: readonly EventClass[],
  reduce: Reduce,
  options: { readonly snapshot?: SnapshotOptions; readonly value?: unknown } = {},
): AggregateClass<Keeper> {
  class KeeperClass extends AggregateRoot implements Keeper {
    value: unknown = structuredClone(options.value);
    record(...recorded: readonly object[]): this {
      for (const event of recorded) this.apply(event);
      return this;
    }
    reduce(event: object): void {
      reduce(this, event as never);
    }
  }
  const { prototype } = KeeperClass;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'reduce')!;
  for (const event of events)
    (EventHandler as (event: EventClass) => (target: object, key: string, descriptor: PropertyDescriptor) => void)(
      event,
    )(prototype, 'reduce', descriptor);
  Aggregate({ name: 'thing', ...(options.snapshot === undefined ? {} : { snapshot: options.snapshot }) })(KeeperClass);
  return KeeperClass;
}

/** One state as it is seen in four ways. */
export interface Meanings<V> {
  readonly atHand: V;
  readonly cached: V;
  readonly fromSnapshot: V;
  readonly folded: V;
}

/** The same in all ways. */
export function inAllWays<V>(value: V): Meanings<V> {
  return { atHand: value, cached: value, fromSnapshot: value, folded: value };
}

/**
 * Saves events, each in a commit of its own, and looks at the state that they lead to: in the aggregate itself, by the cache,
 * by the snapshot in another process, and by the fold of all events.
 */
export async function meaningsOf<V>(
  events: readonly object[],
  reduce: Reduce,
  view: (value: unknown) => V,
  options: { readonly store?: EventStore; readonly warnings?: string[]; readonly value?: unknown } = {},
): Promise<Meanings<V>> {
  const { warnings = [], value } = options;
  const classes = [...new Set(events.map((event) => (event as { constructor: EventClass }).constructor))];
  const store = options.store ?? new InMemoryEventStore({ events: classes });
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  const snapshotting = keeperOf(classes, reduce, { snapshot: { every: 1, write: 'await' }, value });
  const plain = keeperOf(classes, reduce, { value });
  const repository = new AggregateRepository(store, { cache: true, onWarning });
  const id = `k-${++streams}`;
  const aggregate = new snapshotting(id);
  for (const event of events) {
    aggregate.record(event);
    await repository.save(aggregate);
  }
  const load = async (from: AggregateRepository, by: AggregateClass<Keeper>): Promise<V> =>
    view((await from.load(by, id)).value);
  return {
    atHand: view(aggregate.value),
    cached: await load(repository, snapshotting),
    fromSnapshot: await load(new AggregateRepository(store, { onWarning }), snapshotting),
    folded: await load(new AggregateRepository(store, { onWarning }), plain),
  };
}
