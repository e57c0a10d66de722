import { aggregateDefinitionOf, type AggregateDefinition } from '../aggregate/aggregate-definition.js';
import { snapshotDoubtsOf } from '../aggregate/snapshot-doubts.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { domainEventOf, type AnyClass } from '../metadata/metadata-storage.js';
import type { EventStore } from '../store/event-store.js';
import type { WarningListener } from '../store/warnings.js';

/** The aggregate classes that a repository has met, by name. */
export class KnownAggregates {
  private readonly known = new Map<string, AnyClass>();

  constructor(
    private readonly store: EventStore,
    private readonly warn: WarningListener,
  ) {}

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
    if (definition.snapshot !== undefined) this.tellDoubts(aggregateClass);
    return definition;
  }

  private tellDoubts(aggregateClass: AnyClass): void {
    const doubts = snapshotDoubtsOf(aggregateClass);
    if (doubts.length === 0) return;
    const advice = 'Mark the fields to store with @SnapshotState, or leave the decorators to a class for answers.';
    this.warn(
      new Error(
        `Snapshots of ${aggregateClass.name} are taken only where its state would be the same again: ${doubts.join(' ')} ${advice}`,
      ),
    );
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
