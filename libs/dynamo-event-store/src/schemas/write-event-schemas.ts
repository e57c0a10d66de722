import { InvalidArgumentError } from '../errors/argument-errors.js';
import { checkEventSchemas } from './check-event-schemas.js';
import type { EventSchemaLock, EventSource, EventSources, LockedEvent } from './event-schemas.js';
import type { SchemaFinding } from './schema-finding.js';
import { readSchemaLock, SCHEMA_LOCK_FILE, storeSchemaLock } from './schema-lock.js';

/** What `writeEventSchemas` may do beyond adding what is new. */
export interface WriteEventSchemasOptions {
  /** Path of the lock file. Default `event-schemas.json` in the current folder. */
  readonly lock?: string;
  /**
   * Events that are given up: they are no longer in the code, and what is stored of them is left to the policy for unknown
   * events. Default: none.
   */
  readonly retire?: readonly string[];
  /** Aggregates that are given up, with their streams: they are no longer in the code. Default: none. */
  readonly retireAggregates?: readonly string[];
  /**
   * Events whose current version was not stored anywhere yet, so that its shape may still be changed. Versions above it
   * are forgotten. Default: none.
   */
  readonly relock?: readonly string[];
  /** Whether fields may be added to a locked version when they are optional. Default false. */
  readonly allowOptional?: boolean;
}

/** What `writeEventSchemas` has done. */
export interface WrittenEventSchemas {
  /** Whether the file is another one now. */
  readonly written: boolean;
  /** Why nothing was written; empty when the lock file is up to date. */
  readonly refusals: readonly SchemaFinding[];
}

/**
 * Locks what is new in the code: events, versions, aliases, aggregates. Shapes that are locked are never changed, and
 * versions never forgotten, unless an option says so. Nothing is written while the check finds anything else.
 * @throws InvalidArgumentError The lock file is damaged, or an option names what is not locked.
 */
export function writeEventSchemas(current: EventSources, options: WriteEventSchemasOptions = {}): WrittenEventSchemas {
  const path = options.lock ?? SCHEMA_LOCK_FILE;
  const before = prepared(readSchemaLock(path) ?? { format: 1, events: {} }, current, options);
  const refusals = checkEventSchemas(before, current).filter((finding) => !isWritable(finding, options));
  if (refusals.length > 0) return { written: false, refusals };
  return { written: storeSchemaLock(path, withSources(before, current)), refusals: [] };
}

function isWritable({ kind, optionalAddition }: SchemaFinding, { allowOptional }: WriteEventSchemasOptions): boolean {
  return kind === 'not-locked' || kind === 'lock-outdated' || (optionalAddition === true && allowOptional === true);
}

/** The lock without what the options give up. */
function prepared(
  { events }: EventSchemaLock,
  current: EventSources,
  { retire = [], retireAggregates = [], relock = [] }: WriteEventSchemasOptions,
): EventSchemaLock {
  const known = (option: string, name: string, isKnown: boolean): void => {
    if (!isKnown) throw new InvalidArgumentError(option, `"${name}" is not in the lock file.`);
  };
  for (const name of retire) known('retire', name, Object.hasOwn(events, name));
  for (const name of relock) {
    known('relock', name, Object.hasOwn(events, name));
    if (!Object.hasOwn(current.events, name))
      throw new InvalidArgumentError('relock', `no class in the code has the event name "${name}".`);
  }
  for (const name of retireAggregates) {
    known(
      'retireAggregates',
      name,
      Object.values(events).some(({ aggregates }) => aggregates.includes(name)),
    );
    if (current.aggregates.includes(name))
      throw new InvalidArgumentError(
        'retireAggregates',
        `aggregate "${name}" is still in the code; remove its class first.`,
      );
  }
  const entries = Object.entries(events).map(([name, event]): [string, LockedEvent] => {
    const version = relock.includes(name) ? current.events[name]?.version : undefined;
    return [
      name,
      {
        ...(version === undefined ? event : withoutVersionsFrom(version, event)),
        aggregates: event.aggregates.filter((aggregate) => !retireAggregates.includes(aggregate)),
        ...(retire.includes(name) && { retired: true }),
      },
    ];
  });
  return { format: 1, events: Object.fromEntries(entries) };
}

function withoutVersionsFrom(first: number, event: LockedEvent): LockedEvent {
  const older = Object.entries(event.versions).filter(([version]) => Number(version) < first);
  return {
    ...event,
    version: Math.max(0, ...older.map(([version]) => Number(version))),
    versions: Object.fromEntries(older),
  };
}

function withSources({ events }: EventSchemaLock, current: EventSources): EventSchemaLock {
  const names = [...new Set([...Object.keys(events), ...Object.keys(current.events)])].sort();
  const entries = names.flatMap((name): [string, LockedEvent][] => {
    const source = Object.hasOwn(current.events, name) ? current.events[name] : undefined;
    const locked = Object.hasOwn(events, name) ? events[name] : undefined;
    if (source !== undefined) return [[name, lockedFrom(source, locked)]];
    return locked === undefined ? [] : [[name, ordered(locked)]];
  });
  return { format: 1, events: Object.fromEntries(entries) };
}

function lockedFrom(
  { version, aliases, aggregates, shape }: EventSource,
  locked: LockedEvent | undefined,
): LockedEvent {
  const both = (own: readonly string[], before: readonly string[] = []): string[] =>
    [...new Set([...own, ...before])].sort();
  return ordered({
    version,
    aliases: both(aliases, locked?.aliases),
    aggregates: both(aggregates, locked?.aggregates),
    versions: { ...locked?.versions, [version]: shape },
  });
}

function ordered({ version, aliases, aggregates, retired, versions }: LockedEvent): LockedEvent {
  return { version, aliases, aggregates, ...(retired === true && { retired }), versions };
}
