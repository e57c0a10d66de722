import { AggregateRoot as CqrsAggregateRoot } from '@nestjs/cqrs';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { EventForm } from '../event/payload-codec.js';
import { formOfEvent, recordedEvent } from '../event/recorded-form.js';
import { checkUniqueValue } from '../event/unique-value.js';
import { isThenable } from '../event/value-kind.js';
import { aggregateDefinitionOf } from './aggregate-definition.js';
import type { PendingReservation } from './pending-reservations.js';

// Symbols, so that a domain may have methods of these names: a payment, for one, is settled.
/** @internal */
export const REPLAY = Symbol('replay');
/** @internal */
export const SETTLE = Symbol('settle');

/** @internal */
export const RESTORE = Symbol('restore');
/** @internal */
export const RESERVATIONS = Symbol('reservations');
/** @internal */
export const CHANGED = Symbol('changed');

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
  /** The method that is bringing an event into the state just now. */
  #reducing: string | undefined;
  /** In the form in which they are stored; an object that is no event is refused by the store. */
  readonly #recorded: (EventForm | object)[] = [];
  readonly #reservations: PendingReservation[] = [];

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
   * Runs the reducer of the event, then records the event for `repository.save`. When the reducer throws, no event is
   * recorded. Reducer, save and every later load get the event as it is stored and read back, never the object itself:
   * decorators of class-transformer have done their work, and changing the object afterwards changes nothing.
   * @throws InvalidDefinitionError The class has no `@EventHandler` for the event, or a reducer applied it.
   * @throws EventSerializationError The event holds a value that could not be stored and read back. Names its path.
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
    if (this.#reducing !== undefined)
      throw this.#misuse(`Its reducer ${this.#reducing} applied an event; reducers only change the state.`);
    // Before it is encoded, since an event without a reducer may well have no name either.
    this.#reducerOf(event);
    const form = formOfEvent(event);
    if (!skipHandler) this.#reduce(ownEventOf(form, event));
    if (fromHistory) this.#version += 1;
    else this.#recorded.push(form ?? event);
  }

  /** Events applied since the last save, oldest first, as they will be read back. Changing them changes nothing. */
  override getUncommittedEvents(): E[] {
    return this.#recorded.map((each) => (each instanceof EventForm ? recordedEvent(each) : each) as E);
  }

  /**
   * For command methods: with the events recorded for the next save, the aggregate gets hold of a value that no other stream
   * of its tenant may have then. The save fails with `ValueTakenError` when one has it, and nothing is stored. To be recorded
   * beside at least one event. What the aggregate holds already may be reserved again.
   * @param scope What the value is unique among, such as `customer-email`: 1 to 128 characters.
   * @param value 1 character or more, in normal form: it is compared letter by letter. Stored as a digest only.
   * @throws InvalidArgumentError Scope or value cannot be meant.
   * @throws InvalidDefinitionError A reducer called it.
   */
  protected reserveValue(scope: string, value: string): void {
    this.#plan({ change: 'reserve', scope, value });
  }

  /**
   * For command methods: with the events recorded for the next save, the aggregate gives up a value, so that other streams may
   * have it. Of several changes to one value before a save, the last one counts.
   * @throws InvalidArgumentError Scope or value cannot be meant.
   * @throws InvalidDefinitionError A reducer called it.
   */
  protected releaseValue(scope: string, value: string): void {
    this.#plan({ change: 'release', scope, value });
  }

  /** Brings past events into the state, for example in tests; the version grows with each. */
  override loadFromHistory(history: E[]): void {
    for (const event of history) this[REPLAY](ownEventOf(formOfEvent(event), event), this.#version + 1);
  }

  /** Not for aggregates of an event store: `repository.save` stores the events and publishes them afterwards. */
  override commit(): void {
    throw new InvalidArgumentError(
      'commit()',
      `it would publish events of ${this.constructor.name} that are not stored; call repository.save(aggregate).`,
    );
  }

  /** Not for aggregates of an event store: the state has the events in it already. Load the aggregate again instead. */
  override uncommit(): void {
    throw new InvalidArgumentError(
      'uncommit()',
      'it would forget events that are in the state already; load the aggregate again.',
    );
  }

  /** @internal Brings one stored event into the state, which may keep parts of it: it must be nobody else's. */
  [REPLAY](event: E, version: number): void {
    this.#reduce(event);
    this.#version = version;
  }

  /** @internal Called when the state has been set to that of a version. */
  [RESTORE](version: number): void {
    this.#version = version;
  }

  /** @internal Called when the oldest recorded events and reservations have been stored; later ones stay. */
  [SETTLE](version: number, events: number, reservations: number): void {
    this.#version = version;
    this.#recorded.splice(0, events);
    this.#reservations.splice(0, reservations);
  }

  /** @internal What is to be reserved and released with the recorded events, oldest first; a copy. */
  get [RESERVATIONS](): readonly PendingReservation[] {
    return [...this.#reservations];
  }

  /** @internal Whether there is anything to save. */
  get [CHANGED](): boolean {
    return this.#recorded.length > 0 || this.#reservations.length > 0;
  }

  #plan(reservation: PendingReservation): void {
    if (this.#reducing !== undefined)
      throw this.#misuse(`Its reducer ${this.#reducing} reserved or released a value; only command methods do that.`);
    checkUniqueValue(`${reservation.change}Value`, reservation);
    this.#reservations.push(reservation);
  }

  /** A list that goes from the event into the state is changed by later reducers, so `event` is never the recorded one. */
  #reduce(event: object): void {
    const method = this.#reducerOf(event);
    this.#reducing = String(method);
    try {
      const result = (this as unknown as Record<string | symbol, (event: object) => unknown>)[method]?.(event);
      if (!isThenable(result)) return;
      // A rejection that nobody waits for would end the process; the caller is told of the misuse.
      if (result instanceof Promise) result.catch(() => undefined);
      throw this.#misuse(`Its reducer ${String(method)} is asynchronous; reducers are synchronous.`);
    } finally {
      this.#reducing = undefined;
    }
  }

  #reducerOf(event: object): string | symbol {
    const method = aggregateDefinitionOf(this.constructor).reducers.get(
      (event as object | undefined)?.constructor as never,
    );
    if (method !== undefined) return method;
    const name = (event as object | undefined)?.constructor.name ?? 'undefined';
    throw this.#misuse(`It has no @EventHandler(${name}) method, so the event cannot be applied.`);
  }

  #misuse(fault: string): InvalidDefinitionError {
    return new InvalidDefinitionError(`Aggregate ${this.constructor.name}`, [fault]);
  }
}

/** The event for a reducer, which may keep parts of it in the state. */
function ownEventOf<E extends object>(form: EventForm | undefined, event: E): E {
  return form === undefined ? event : (form.revive() as E);
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
