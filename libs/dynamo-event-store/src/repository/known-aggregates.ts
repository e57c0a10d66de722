import { aggregateDefinitionOf, type AggregateDefinition } from '../aggregate/aggregate-definition.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { domainEventOf, type AnyClass } from '../metadata/metadata-storage.js';
import type { EventStore } from '../store/event-store.js';

/** The aggregate classes that a repository has met, by name. */
export class KnownAggregates {
  private readonly known = new Map<string, AnyClass>();

  constructor(private readonly store: EventStore) {}

  /** Checks a class and makes its events known to the store, once. */
  define(aggregateClass: AnyClass): AggregateDefinition {
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

  get names(): readonly string[] {
    return [...this.known.keys()];
  }

  /** Names of those that have a reducer for an event. */
  withReducerFor(eventName: string): readonly string[] {
    return [...this.known].flatMap(([name, aggregateClass]) =>
      [...this.define(aggregateClass).reducers.keys()].some((event) => domainEventOf(event)?.name === eventName)
        ? [name]
        : [],
    );
  }
}

function isDerived(derived: AnyClass, base: AnyClass): boolean {
  return derived.prototype instanceof base;
}
