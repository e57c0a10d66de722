import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { domainEventOf } from '../metadata/metadata-storage.js';
import type { EventClass, SerializedEventType } from './event-serializer.js';
import { formatTypeLabel, parseTypeLabel, type TypeLabel } from './type-label.js';
import { UnknownEvent } from './unknown-event.js';
import type { UpcasterDefinition } from './upcaster.js';
import { range, UpcasterSet } from './upcaster-set.js';
import { Upcasting, type Following, type UpcastResult, type VersionedPayload } from './upcasting.js';

/** A registered event class under its stored name. */
export interface EventDefinition {
  readonly name: string;
  readonly version: number;
  readonly eventClass: EventClass;
  /** As it is stored with each event of the class. */
  readonly label: string;
  readonly type: SerializedEventType;
}

/** How events stored under a label are read. */
export interface Reading extends TypeLabel {
  /** Type that the event is read as; absent where upcasters have a say, or it is not known. */
  readonly current: SerializedEventType | undefined;
}

/** Far more labels than a store has types. */
const MAX_READINGS = 10_000;

/**
 * The event classes and upcasters that one store knows. Names and aliases are unique; registering the same class again
 * changes nothing, so that several feature modules may share an event.
 */
export class EventRegistry {
  private readonly byName = new Map<string, EventDefinition>();
  private readonly byClass = new Map<EventClass, EventDefinition>();
  private readonly upcasters = new UpcasterSet();
  private readonly readings = new Map<string, Reading>();
  private readonly upcasting = new Upcasting(this.upcasters, (name) => this.find(name));

  /** Adds classes and upcasters, or throws one `InvalidDefinitionError` that lists every fault and adds nothing. */
  register(events: readonly EventClass[], upcasters: readonly UpcasterDefinition[] = []): void {
    const faults: string[] = [];
    const fresh = this.collectEvents(events, faults);
    faults.push(...this.upcasters.faultsOf(upcasters));
    if (faults.length > 0) throw new InvalidDefinitionError('The set of events', faults);
    for (const [name, definition] of fresh) {
      this.byName.set(name, definition);
      this.byClass.set(definition.eventClass, definition);
    }
    for (const upcaster of upcasters) this.upcasters.add(upcaster);
    this.readings.clear();
  }

  /** Found once per label, since every event has one. Throws `SyntaxError` when it is no label. */
  readingOf(label: string): Reading {
    const known = this.readings.get(label);
    if (known !== undefined) return known;
    const parsed = parseTypeLabel(label);
    const reading = { ...parsed, current: this.currentOf(parsed) };
    if (this.readings.size < MAX_READINGS) this.readings.set(label, reading);
    return reading;
  }

  private currentOf({ name, schemaVersion, classless }: TypeLabel): SerializedEventType | undefined {
    const definition = this.find(name);
    if (this.upcasters.concern(definition?.name ?? name)) return undefined;
    if (definition !== undefined) return definition.version === schemaVersion ? definition.type : undefined;
    return classless ? { name, schemaVersion, eventClass: undefined } : undefined;
  }

  /** Faults of the upcasters once everything is registered: gaps, targets that are not there, circles. */
  chainFaults(): string[] {
    return this.upcasters.chainFaults((name) => this.find(name));
  }

  /** Versions of registered events that no upcaster covers: readable only if none was ever stored. */
  uncoveredVersions(): string[] {
    return [...new Set(this.byName.values())].flatMap(({ name, version }) =>
      range(1, version)
        .filter((from) => !this.upcasters.covers(name, from))
        .map((from) => `${name} version ${from}`),
    );
  }

  /** Whether an upcaster takes events of this version. */
  hasUpcasterFrom(name: string, version: number): boolean {
    return this.upcasters.allFrom(this.currentName(name), version).length > 0;
  }

  /** Names that upcasters are for, but no registered event has: misspelt, or events without a class. */
  upcastersWithoutEvent(): string[] {
    return this.upcasters.namesWithoutEvent((name) => this.find(name));
  }

  find(name: string): EventDefinition | undefined {
    return this.byName.get(name);
  }

  /** The current name of an event that was stored under a name. */
  currentName(stored: string): string {
    return this.find(stored)?.name ?? stored;
  }

  definitionOf(event: object): EventDefinition | undefined {
    // Not `event.constructor`, which may be a property of its own.
    const { constructor } = (Object.getPrototypeOf(event) ?? {}) as { readonly constructor?: EventClass };
    return constructor && this.byClass.get(constructor);
  }

  /** Brings a stored event, and those after it that are merged into it, to what the registered classes are. */
  upcast(stored: VersionedPayload, following?: Following): UpcastResult {
    return this.upcasting.run(stored, following);
  }

  /** Current names of what events stored under this name may become. */
  namesFrom(stored: string): ReadonlySet<string> {
    return this.upcasters.namesFrom(this.currentName(stored));
  }

  /** Whether events stored under this name may be merged with those after them. */
  mayMerge(stored: string): boolean {
    return this.upcasters.mayMerge(this.currentName(stored));
  }

  private collectEvents(events: readonly EventClass[], faults: string[]): Map<string, EventDefinition> {
    const fresh = new Map<string, EventDefinition>();
    for (const eventClass of new Set(events)) {
      if (this.byClass.has(eventClass) || eventClass === UnknownEvent) continue;
      const options = domainEventOf(eventClass);
      const ownFaults = eventClassFaults(eventClass);
      faults.push(...ownFaults);
      if (options === undefined || ownFaults.length > 0) continue;
      const definition = define(options.name, options.version ?? 1, eventClass);
      for (const name of [options.name, ...(options.aliases ?? [])]) {
        const taken = this.byName.get(name) ?? fresh.get(name);
        if (taken === undefined) fresh.set(name, definition);
        else faults.push(`${eventClass.name} and ${taken.eventClass.name} both use the event name "${name}".`);
      }
    }
    return fresh;
  }
}

function define(name: string, version: number, eventClass: EventClass): EventDefinition {
  const label = formatTypeLabel({ name, schemaVersion: version, classless: false });
  return { name, version, eventClass, label, type: { name, schemaVersion: version, eventClass } };
}

/** What is wrong with the `@DomainEvent` of a class; empty when it is usable. */
export function eventClassFaults(eventClass: EventClass): string[] {
  if (eventClass === UnknownEvent) return [];
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
  if (options.schema !== undefined && !isStandardSchema(options.schema))
    faults.push(`${eventClass.name}: the schema of @DomainEvent is not one of a Standard Schema library, such as zod.`);
  const version = options.version ?? 1;
  if (!Number.isSafeInteger(version) || version < 1)
    faults.push(`${eventClass.name}: version ${version} of @DomainEvent is not a whole number from 1.`);
  return faults;
}

function isStandardSchema(schema: unknown): boolean {
  const standard = (schema as { readonly '~standard'?: { readonly validate?: unknown } } | null)?.['~standard'];
  return typeof standard?.validate === 'function';
}
