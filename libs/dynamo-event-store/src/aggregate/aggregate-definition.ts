import { AggregateRoot as CqrsAggregateRoot } from '@nestjs/cqrs';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { eventClassFaults } from '../event/event-registry.js';
import type { EventClass } from '../event/event-serializer.js';
import {
  aggregateOf,
  domainEventOf,
  personalFieldsOf,
  reducersOf,
  stateFieldsOf,
  type AggregateOptions,
  type AnyClass,
  type ReducerRecord,
} from '../metadata/metadata-storage.js';
import { hiddenStateFault } from './hidden-fields.js';
import { policyOf, type SnapshotOptions, type SnapshotPolicy } from '../metadata/snapshot-options.js';

/** What is known about an aggregate class, compiled once; replay does no reflection. */
export interface AggregateDefinition {
  readonly name: string;
  readonly options: AggregateOptions;
  /** Method to call for each event class. */
  readonly reducers: ReadonlyMap<EventClass, string | symbol>;
  readonly snapshot: SnapshotDefinition | undefined;
}

/** When and how snapshots are taken, with the defaults. */
export interface SnapshotDefinition {
  readonly policy: SnapshotPolicy;
  /** Events after a snapshot until the next one, if that is fixed. */
  readonly every: number | undefined;
  readonly schemaVersion: number;
  readonly write: 'background' | 'await';
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
  else faults.push(...optionFaults(options), ...snapshotFaults(aggregateClass, options.snapshot));
  const reducers = collectReducers(aggregateClass, faults);
  faults.push(...retentionFaults(options, reducers));
  if (reducers.size === 0 && faults.length === 0)
    faults.push('It has no @EventHandler method, so no event could ever change it.');
  if (options === undefined || faults.length > 0)
    throw new InvalidDefinitionError(`Aggregate ${aggregateClass.name}`, faults);
  return Object.freeze({ name: options.name, options, reducers, snapshot: snapshotDefinition(options.snapshot) });
}

/** A state whose first events have expired is in the snapshot alone, which is gone with the first person in it. */
function retentionFaults(
  options: AggregateOptions | undefined,
  reducers: ReadonlyMap<EventClass, string | symbol>,
): string[] {
  if (options?.ttlSeconds === undefined || options.snapshot === undefined) return [];
  const personal = [...reducers.keys()].find((event) => personalFieldsOf(event).size > 0);
  if (personal === undefined) return [];
  return [
    `ttlSeconds and snapshot exclude personal data, which ${personal.name} holds: once somebody is forgotten, the state could not be known any more.`,
  ];
}

function snapshotDefinition(options: SnapshotOptions | undefined): SnapshotDefinition | undefined {
  if (options === undefined) return undefined;
  const { every, version = 1, write = 'background' } = options;
  return { policy: policyOf(options), every, schemaVersion: version, write };
}

function snapshotFaults(aggregateClass: AnyClass, options: SnapshotOptions | undefined): string[] {
  if (options === undefined) return [];
  const faults: string[] = [];
  const { every, everyBytes, when, version, write } = options;
  for (const [name, value] of Object.entries({ every, everyBytes, version }))
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      faults.push(`snapshot.${name} of @Aggregate is ${value}, but must be a whole number from 1.`);
  if (when !== undefined && typeof when !== 'function') faults.push('snapshot.when of @Aggregate must be a function.');
  if (write !== undefined && !['background', 'await'].includes(write))
    faults.push(`snapshot.write of @Aggregate is "${write}", but must be "background" or "await".`);
  if (every === undefined && everyBytes === undefined && when === undefined)
    faults.push('snapshot of @Aggregate says not when: give every, everyBytes or when.');
  // Marked fields are all that is stored, so what others hide does not matter.
  const hidden = stateFieldsOf(aggregateClass).length > 0 ? undefined : hiddenStateFault(aggregateClass);
  return hidden === undefined ? faults : [...faults, `${hidden} Or mark the fields to store with @SnapshotState.`];
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
