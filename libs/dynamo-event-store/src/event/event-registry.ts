import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { domainEventOf } from '../metadata/metadata-storage.js';
import { UnknownEventError, UpcastError } from '../errors/event-errors.js';
import type { EventClass } from './event-serializer.js';
import type { UpcasterDefinition } from './upcaster.js';

/** A registered event class under its stored name. */
export interface EventDefinition {
  readonly name: string;
  readonly version: number;
  readonly eventClass: EventClass;
}

/**
 * The event classes and upcasters that one store knows. Names and aliases are unique; registering the same class again
 * changes nothing, so that several feature modules may share an event.
 */
export class EventRegistry {
  private readonly byName = new Map<string, EventDefinition>();
  private readonly byClass = new Map<EventClass, EventDefinition>();
  private readonly upcasters = new Map<string, Map<number, UpcasterDefinition>>();

  /** Adds classes and upcasters, or throws one `InvalidDefinitionError` that lists every fault and adds nothing. */
  register(events: readonly EventClass[], upcasters: readonly UpcasterDefinition[] = []): void {
    const faults: string[] = [];
    const fresh = this.collectEvents(events, faults);
    this.collectUpcasters(upcasters, faults);
    if (faults.length > 0) throw new InvalidDefinitionError('The set of events', faults);
    for (const [name, definition] of fresh) {
      this.byName.set(name, definition);
      this.byClass.set(definition.eventClass, definition);
    }
    for (const upcaster of upcasters) this.upcastersOf(upcaster.event).set(upcaster.from, upcaster);
  }

  /** Faults of the upcaster chains once everything is registered: gaps, and upcasters that lead nowhere. */
  chainFaults(): string[] {
    return [...this.upcasters].flatMap(([name, chain]) => {
      const definition = this.byName.get(name);
      const versions = [...chain.keys()].sort((a, b) => a - b);
      const first = versions[0];
      if (first === undefined) return [];
      if (definition !== undefined && definition.name !== name)
        return [`Upcasters of "${name}" must name the event by its current name "${definition.name}".`];
      const target = definition?.version ?? Math.max(...versions) + 1;
      const tooHigh = versions
        .filter((from) => from >= target)
        .map(
          (from) => `The upcaster of "${name}" from version ${from} has no target: the event is at version ${target}.`,
        );
      const missing = range(first, target)
        .filter((from) => !chain.has(from))
        .map((from) => `The upcasters of "${name}" have a gap: none from version ${from} to ${from + 1}.`);
      return [...tooHigh, ...missing];
    });
  }

  /** Versions of registered events that no upcaster covers: readable only if none was ever stored. */
  uncoveredVersions(): string[] {
    return [...new Set(this.byName.values())].flatMap(({ name, version }) =>
      range(1, version)
        .filter((from) => this.upcasters.get(name)?.has(from) !== true)
        .map((from) => `${name} version ${from}`),
    );
  }

  /** Names that upcasters are for, but no registered event has: misspelt, or events without a class. */
  upcastersWithoutEvent(): string[] {
    return [...this.upcasters.keys()].filter((name) => !this.byName.has(name));
  }

  find(name: string): EventDefinition | undefined {
    return this.byName.get(name);
  }

  definitionOf(event: object): EventDefinition | undefined {
    return this.byClass.get(event.constructor);
  }

  /** Runs the chain from a stored version to the current one. */
  upcast(name: string, stored: number, payload: unknown): { readonly version: number; readonly payload: unknown } {
    const definition = this.byName.get(name);
    const chain = this.upcasters.get(definition?.name ?? name);
    const target = definition?.version ?? Math.max(stored, ...[...(chain?.keys() ?? [])].map((from) => from + 1));
    if (stored > target) {
      throw new UnknownEventError(
        name,
        stored,
        `It was written by a newer application; this one knows version ${target}.`,
      );
    }
    let current = payload;
    for (let from = stored; from < target; from++) current = runUpcaster(chain?.get(from), name, from, current);
    return { version: target, payload: current };
  }

  private collectEvents(events: readonly EventClass[], faults: string[]): Map<string, EventDefinition> {
    const fresh = new Map<string, EventDefinition>();
    for (const eventClass of new Set(events)) {
      if (this.byClass.has(eventClass)) continue;
      const options = domainEventOf(eventClass);
      const ownFaults = eventClassFaults(eventClass);
      faults.push(...ownFaults);
      if (options === undefined || ownFaults.length > 0) continue;
      const definition = { name: options.name, version: options.version ?? 1, eventClass };
      for (const name of [options.name, ...(options.aliases ?? [])]) {
        const taken = this.byName.get(name) ?? fresh.get(name);
        if (taken === undefined) fresh.set(name, definition);
        else faults.push(`${eventClass.name} and ${taken.eventClass.name} both use the event name "${name}".`);
      }
    }
    return fresh;
  }

  private collectUpcasters(upcasters: readonly UpcasterDefinition[], faults: string[]): void {
    const seen = new Set<string>();
    for (const upcaster of upcasters) {
      const label = `"${upcaster.event}" from version ${upcaster.from}`;
      if (!Number.isSafeInteger(upcaster.from) || upcaster.from < 1)
        faults.push(`The upcaster of ${label}: versions are whole numbers from 1.`);
      const known = this.upcasters.get(upcaster.event)?.get(upcaster.from);
      if (seen.has(label) || (known !== undefined && known.upcast !== upcaster.upcast))
        faults.push(`There are two upcasters of ${label}.`);
      seen.add(label);
    }
  }

  private upcastersOf(name: string): Map<number, UpcasterDefinition> {
    let chain = this.upcasters.get(name);
    if (chain === undefined) this.upcasters.set(name, (chain = new Map<number, UpcasterDefinition>()));
    return chain;
  }
}

/** What is wrong with the `@DomainEvent` of a class; empty when it is usable. */
export function eventClassFaults(eventClass: EventClass): string[] {
  const options = domainEventOf(eventClass);
  if (options === undefined) return [`${eventClass.name} has no @DomainEvent({ name }).`];
  const faults: string[] = [];
  const names = [options.name, ...(options.aliases ?? [])];
  if (names.some((name) => typeof name !== 'string' || name === ''))
    faults.push(`${eventClass.name}: the name and the aliases of @DomainEvent must not be empty.`);
  else if (!names.every((name) => name.isWellFormed()))
    faults.push(`${eventClass.name}: the name and the aliases of @DomainEvent must be well-formed Unicode.`);
  if (new Set(names).size < names.length)
    faults.push(
      `${eventClass.name}: @DomainEvent names "${options.name}" and its aliases must differ from each other.`,
    );
  const version = options.version ?? 1;
  if (!Number.isSafeInteger(version) || version < 1)
    faults.push(`${eventClass.name}: version ${version} of @DomainEvent is not a whole number from 1.`);
  return faults;
}

function runUpcaster(upcaster: UpcasterDefinition | undefined, name: string, from: number, payload: unknown): unknown {
  if (upcaster === undefined)
    throw new UnknownEventError(name, from, `Add an upcaster from version ${from} to ${from + 1}.`);
  let result: unknown;
  try {
    result = upcaster.upcast(payload);
  } catch (cause) {
    throw new UpcastError(name, from, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (result === undefined) throw new UpcastError(name, from, 'it returned nothing; return the new payload.');
  if (isThenable(result)) throw new UpcastError(name, from, 'it returned a promise; upcasters are synchronous.');
  return result;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
