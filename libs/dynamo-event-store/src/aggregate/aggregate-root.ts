import { AggregateRoot as CqrsAggregateRoot } from '@nestjs/cqrs';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { aggregateDefinitionOf } from './aggregate-definition.js';

// Symbols, so that a domain may have methods of these names: a payment, for one, is settled.
/** @internal */
export const REPLAY = Symbol('replay');
/** @internal */
export const SETTLE = Symbol('settle');

/** A class that the repository can create: its constructor takes the id. */
export type AggregateClass<A extends AggregateRoot = AggregateRoot> = new (id: string) => A;

/**
 * Base of event-sourced aggregates, on top of the one of `@nestjs/cqrs`. Methods decide and call `apply(event)`; methods
 * with `@EventHandler` bring the event into the state, on the spot and again on every load.
 *
 * @typeParam E Union of the events it may record. Default: any.
 */
export abstract class AggregateRoot<E extends object = object> extends CqrsAggregateRoot<E> {
  #version = 0;

  constructor(
    /** Identifies the aggregate among those of its kind. */
    readonly id: string,
  ) {
    super();
  }

  /** Version of the last stored event in the state; 0 before the first. Events not yet saved do not count. */
  get version(): number {
    return this.#version;
  }

  /**
   * Runs the reducer of the event, then records the event for `repository.save`. When the reducer throws, nothing is
   * recorded.
   * @throws InvalidDefinitionError The class has no `@EventHandler` for the event.
   */
  override apply<T extends E = E>(event: T, isFromHistory?: boolean): void;
  // eslint-disable-next-line @typescript-eslint/unified-signatures -- the overloads of the base class
  override apply<T extends E = E>(event: T, options?: { fromHistory?: boolean; skipHandler?: boolean }): void;
  override apply<T extends E = E>(
    event: T,
    options: boolean | { fromHistory?: boolean; skipHandler?: boolean } = {},
  ): void {
    const { fromHistory = false, skipHandler = false } =
      typeof options === 'boolean' ? { fromHistory: options } : options;
    const reducer = this.#reducerOf(event);
    if (!skipHandler) reducer.call(this, event);
    if (fromHistory) this.#version += 1;
    else super.apply(event, { skipHandler: true });
  }

  /** Events applied since the last save, oldest first; a copy. */
  override getUncommittedEvents(): E[] {
    return [...super.getUncommittedEvents()];
  }

  /** Brings past events into the state, for example in tests; the version grows with each. */
  override loadFromHistory(history: E[]): void {
    for (const event of history) this[REPLAY](event, this.#version + 1);
  }

  /** Not for aggregates of an event store: `repository.save` stores the events and publishes them afterwards. */
  override commit(): void {
    throw new InvalidArgumentError(
      'commit()',
      `it would publish events of ${this.constructor.name} that are not stored; call repository.save(aggregate).`,
    );
  }

  /** @internal Brings one stored event into the state. */
  [REPLAY](event: E, version: number): void {
    this.#reducerOf(event).call(this, event);
    this.#version = version;
  }

  /** @internal Called when the oldest `count` recorded events have become part of the stream; later ones stay. */
  [SETTLE](version: number, count: number): void {
    this.#version = version;
    super.getUncommittedEvents().splice(0, count);
  }

  #reducerOf(event: object): (event: object) => void {
    const { reducers } = aggregateDefinitionOf(this.constructor);
    const method = reducers.get(event.constructor);
    if (method === undefined) {
      throw new InvalidDefinitionError(`Aggregate ${this.constructor.name}`, [
        `It has no @EventHandler(${event.constructor.name}) method, so the event cannot be applied.`,
      ]);
    }
    return (this as unknown as Record<string | symbol, (event: object) => void>)[method] as (event: object) => void;
  }
}

// The accessor of the base class would publish events instead of recording them, so that nothing could be stored.
Object.defineProperty(AggregateRoot.prototype, 'autoCommit', {
  get: () => false,
  set(enabled: boolean) {
    if (enabled)
      throw new InvalidArgumentError(
        'autoCommit',
        'it publishes events that are not stored; call repository.save(aggregate).',
      );
  },
});
