import { AggregateRoot as CqrsAggregateRoot } from '@nestjs/cqrs';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { eventClassFaults } from '../event/event-registry.js';
import type { EventClass } from '../event/event-serializer.js';
import {
  aggregateOf,
  domainEventOf,
  reducersOf,
  type AggregateOptions,
  type AnyClass,
  type ReducerRecord,
} from '../metadata/metadata-storage.js';

/** What is known about an aggregate class, compiled once; replay does no reflection. */
export interface AggregateDefinition {
  readonly name: string;
  readonly options: AggregateOptions;
  /** Method to call for each event class. */
  readonly reducers: ReadonlyMap<EventClass, string | symbol>;
}

const compiled = new WeakMap<AnyClass, AggregateDefinition>();

/** The definition of a class, compiled on first use. Throws `InvalidDefinitionError` listing every fault of the class. */
export function aggregateDefinitionOf(aggregateClass: AnyClass): AggregateDefinition {
  let definition = compiled.get(aggregateClass);
  if (definition === undefined) {
    definition = compile(aggregateClass);
    compiled.set(aggregateClass, definition);
  }
  return definition;
}

function compile(aggregateClass: AnyClass): AggregateDefinition {
  const faults: string[] = [];
  const options = aggregateOf(aggregateClass);
  if (!(aggregateClass.prototype instanceof CqrsAggregateRoot)) faults.push('It does not extend AggregateRoot.');
  if (options === undefined) faults.push('It has no @Aggregate({ name }).');
  else faults.push(...optionFaults(options));
  const reducers = collectReducers(aggregateClass, faults);
  if (reducers.size === 0 && faults.length === 0)
    faults.push('It has no @EventHandler method, so no event could ever change it.');
  if (options === undefined || faults.length > 0)
    throw new InvalidDefinitionError(`Aggregate ${aggregateClass.name}`, faults);
  return Object.freeze({ name: options.name, options, reducers });
}

function optionFaults({ name, ttlSeconds }: AggregateOptions): string[] {
  const faults: string[] = [];
  if (typeof name !== 'string' || name === '' || !name.isWellFormed())
    faults.push('The name of @Aggregate must be well-formed text that is not empty.');
  if (ttlSeconds !== undefined && (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1)) {
    faults.push(`ttlSeconds of @Aggregate is ${ttlSeconds}, but must be a whole number from 1.`);
  }
  return faults;
}

function collectReducers(aggregateClass: AnyClass, faults: string[]): Map<EventClass, string | symbol> {
  const methods = new Map<EventClass, string | symbol>();
  const names = new Map<string, EventClass>();
  for (const { owner, reducers } of reducersOf(aggregateClass)) {
    const own = new Map<EventClass, string | symbol>();
    for (const record of reducers) {
      const place = `${owner.name}.${String(record.method)}`;
      const event = usableEvent(record, place, faults);
      if (event === undefined) continue;
      const duplicate = own.get(event);
      if (duplicate !== undefined && duplicate !== record.method) {
        faults.push(
          `${owner.name}.${String(duplicate)} and ${place} both handle ${event.name}; an event has one reducer.`,
        );
      }
      own.set(event, record.method);
      checkName(event, names, faults);
    }
    for (const [event, method] of own) methods.set(event, method);
  }
  return methods;
}

function usableEvent({ event, isStatic }: ReducerRecord, place: string, faults: string[]): EventClass | undefined {
  if (event === undefined) {
    faults.push(
      `${place}: the event class of @EventHandler is undefined; break the import cycle between the two files.`,
    );
    return undefined;
  }
  if (isStatic) faults.push(`${place} is static; a reducer is a method of the instance.`);
  faults.push(...eventClassFaults(event).map((fault) => `${place}: ${fault}`));
  return event;
}

function checkName(event: EventClass, names: Map<string, EventClass>, faults: string[]): void {
  const name = domainEventOf(event)?.name;
  if (name === undefined) return;
  const taken = names.get(name);
  if (taken !== undefined && taken !== event)
    faults.push(`${taken.name} and ${event.name} both use the event name "${name}".`);
  names.set(name, event);
}
