import { AssertionError, deepStrictEqual } from 'node:assert';
import { inspect } from 'node:util';
import { RESERVATIONS, type AggregateClass, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { aggregateDefinitionOf } from '../aggregate/aggregate-definition.js';
import { netOf } from '../aggregate/pending-reservations.js';
import { formOfEvent, recordedEvent, recordedFormOf } from '../event/recorded-form.js';
import type { UniqueValue } from '../event/unique-value.js';
import { AggregateRepository } from '../repository/aggregate-repository.js';
import { InMemoryEventStore } from './in-memory-event-store.js';

/** A class of errors, a pattern or part of the message, or a function that looks at the error. */
export type ErrorMatcher = (abstract new (...args: never[]) => Error) | RegExp | string | ((error: unknown) => boolean);

/**
 * Given past events, when something is decided, then these events follow, or a refusal. Needs no test runner: each
 * `then…` gives a promise that rejects with an `AssertionError` when it is otherwise.
 *
 * Past and new events go through the store and the serializer, so a scenario also fails for an event that could not be
 * stored and read back.
 *
 * ```ts
 * await scenario(Order).given(new OrderPlaced('c-1', lines), new OrderPaid()).when((order) => order.ship()).thenEvents(new OrderShipped());
 * ```
 *
 * @param id Id of the aggregate. Default `scenario`.
 */
export function scenario<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, id = 'scenario'): Given<A> {
  return new Given(aggregateClass, id, []);
}

/** The past of a scenario. */
export class Given<A extends AggregateRoot> {
  constructor(
    private readonly aggregateClass: AggregateClass<A>,
    private readonly id: string,
    private readonly past: readonly object[],
  ) {}

  /** Adds past events, oldest first. */
  given(...events: readonly object[]): Given<A> {
    return new Given(this.aggregateClass, this.id, [...this.past, ...events]);
  }

  /** Decides on the aggregate as its past has left it. */
  when(decide: (aggregate: A) => void | Promise<void>): When<A> {
    return new When(async () => {
      const repository = repositoryOn(await this.storeWithPast());
      const aggregate = (await repository.find(this.aggregateClass, this.id)) ?? new this.aggregateClass(this.id);
      return { repository, aggregate, refusal: await refusalOf(() => decide(aggregate)) };
    });
  }

  /** Creates the aggregate, for example by a static method; without past events. */
  whenCreated(create: () => A | Promise<A>): When<A> {
    return new When(async () => {
      const repository = repositoryOn(new InMemoryEventStore());
      let aggregate: A | undefined;
      const refusal = await refusalOf(async () => {
        aggregate = await create();
      });
      return { repository, aggregate: aggregate ?? new this.aggregateClass(this.id), refusal };
    });
  }

  private async storeWithPast(): Promise<InMemoryEventStore> {
    const { name, reducers } = aggregateDefinitionOf(this.aggregateClass);
    const store = new InMemoryEventStore({ events: [...reducers.keys()] });
    if (this.past.length > 0) await store.append({ aggregate: name, id: this.id }, this.past, { expected: 'none' });
    return store;
  }
}

interface Outcome<A extends AggregateRoot> {
  readonly repository: AggregateRepository;
  readonly aggregate: A;
  /** What was thrown, in a box since anything may be. */
  readonly refusal: { readonly error: unknown } | undefined;
}

/** The decision of a scenario; runs anew for each `then…`. */
export class When<A extends AggregateRoot> {
  constructor(private readonly run: () => Promise<Outcome<A>>) {}

  /** Exactly these events were recorded, in this order, of these classes and with these values. */
  async thenEvents(...expected: readonly object[]): Promise<void> {
    const { aggregate, repository } = await this.accepted();
    const recorded = aggregate.getUncommittedEvents();
    const wanted = expected.map(asRecorded);
    try {
      deepStrictEqual(recorded, wanted);
      // Values that hide what they hold, such as those of Temporal, show it in what is stored of them alone.
      deepStrictEqual(recorded.map(storedFormOf), wanted.map(storedFormOf));
    } catch (cause) {
      throw failure(`Expected ${list(wanted)}, but recorded ${list(recorded)}.`, recorded, wanted, cause);
    }
    await this.save(aggregate, repository);
  }

  /** Nothing was recorded, and nothing refused. */
  async thenNothing(): Promise<void> {
    await this.thenEvents();
  }

  /** Exactly these unique values were reserved, in any order, with the events that were recorded. */
  async thenReserves(...expected: readonly UniqueValue[]): Promise<void> {
    await this.thenPlans('reserve', expected);
  }

  /** Exactly these unique values were released, in any order, with the events that were recorded. */
  async thenReleases(...expected: readonly UniqueValue[]): Promise<void> {
    await this.thenPlans('release', expected);
  }

  /** The decision was refused with such an error. */
  async thenThrows(matcher?: ErrorMatcher): Promise<void> {
    const { aggregate, refusal } = await this.run();
    if (refusal === undefined) {
      throw failure(
        `Expected a refusal, but ${list(aggregate.getUncommittedEvents())} was recorded.`,
        undefined,
        matcher,
      );
    }
    if (matcher !== undefined && !matches(refusal.error, matcher)) {
      throw failure(
        `Expected a refusal like ${inspect(matcher)}, but got ${inspect(refusal.error)}.`,
        refusal.error,
        matcher,
      );
    }
  }

  /** Looks at the state after the new events were stored and the aggregate was loaded again. */
  async thenState(check: (aggregate: A) => void | Promise<void>): Promise<void> {
    const { aggregate, repository } = await this.accepted();
    await this.save(aggregate, repository);
    await check(await repository.load(aggregate.constructor as AggregateClass<A>, aggregate.id));
  }

  private async thenPlans(change: 'reserve' | 'release', expected: readonly UniqueValue[]): Promise<void> {
    const { aggregate, repository } = await this.accepted();
    const planned = netOf(aggregate[RESERVATIONS])[change] ?? [];
    try {
      deepStrictEqual(sorted(planned), sorted(expected));
    } catch (cause) {
      throw failure(`Expected to ${change} ${list(expected)}, but got ${list(planned)}.`, planned, expected, cause);
    }
    await this.save(aggregate, repository);
  }

  /** An aggregate with snapshots must have a state that a snapshot can hold, whenever it is taken. */
  private async save(aggregate: A, repository: AggregateRepository): Promise<void> {
    await repository.save(aggregate);
    const aggregateClass = aggregate.constructor as AggregateClass<A>;
    if (aggregateDefinitionOf(aggregateClass).snapshot === undefined) return;
    await repository.drain();
    await repository.rebuildSnapshots(aggregateClass);
    const [warning] = warningsOf(repository);
    if (warning !== undefined) throw failure(warning.message, undefined, undefined, warning);
  }

  private async accepted(): Promise<Outcome<A>> {
    const outcome = await this.run();
    if (outcome.refusal !== undefined) {
      throw failure(
        `Expected no refusal, but got ${inspect(outcome.refusal.error)}.`,
        outcome.refusal.error,
        undefined,
        outcome.refusal.error,
      );
    }
    return outcome;
  }
}

const warnings = new WeakMap<AggregateRepository, Error[]>();

/** What the library works around elsewhere, a scenario is to show. */
function repositoryOn(store: InMemoryEventStore): AggregateRepository {
  const given: Error[] = [];
  const repository = new AggregateRepository(store, { onWarning: (warning) => given.push(warning) });
  warnings.set(repository, given);
  return repository;
}

function warningsOf(repository: AggregateRepository): readonly Error[] {
  return warnings.get(repository) ?? [];
}

/** An event as it would be recorded, which decorators of its class may change. */
function asRecorded(event: object): object {
  const form = formOfEvent(event);
  return form === undefined ? event : recordedEvent(form);
}

function storedFormOf(event: object): unknown {
  const payload = recordedFormOf(event)?.payload;
  return typeof payload === 'string' ? (JSON.parse(payload) as unknown) : payload;
}

function sorted(values: readonly UniqueValue[]): string[][] {
  return values.map(({ scope, value }) => [scope, value]).sort();
}

async function refusalOf(decide: () => void | Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await decide();
    return undefined;
  } catch (error) {
    return { error };
  }
}

function matches(error: unknown, matcher: ErrorMatcher): boolean {
  const message = error instanceof Error ? error.message : String(error);
  if (typeof matcher === 'string') return message.includes(matcher);
  if (matcher instanceof RegExp) return matcher.test(message);
  if (isErrorClass(matcher)) return error instanceof matcher;
  return matcher(error);
}

function isErrorClass(matcher: object): matcher is abstract new (...args: never[]) => Error {
  const { prototype } = matcher as { prototype?: unknown };
  return matcher === Error || prototype instanceof Error;
}

function list(events: readonly object[]): string {
  return events.length === 0
    ? 'nothing'
    : `[${events.map((event) => inspect(event, { depth: 6, breakLength: Infinity })).join(', ')}]`;
}

function failure(message: string, actual: unknown, expected: unknown, cause?: unknown): AssertionError {
  return Object.assign(new AssertionError({ message, actual, expected }), { cause });
}
