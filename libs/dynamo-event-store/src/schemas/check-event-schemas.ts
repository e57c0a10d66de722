import { checkAggregates } from './check-aggregates.js';
import { checkRoutes } from './check-routes.js';
import type { EventSchemaLock, EventSource, EventSources, LockedEvent } from './event-schemas.js';
import type { SchemaFinding } from './schema-finding.js';
import { changesBetween, type FieldChange } from './shape-changes.js';
import { UpcasterGraph } from './upcaster-graph.js';

const RUN_WRITE = 'Run `dynamo-event-store schemas write` and commit the file';

/**
 * Compares the code with the lock file. No findings: every stored event of every locked version is still read by the code
 * as it is, and the lock file is up to date.
 * @param lock What `readSchemaLock` gives; `undefined` when there is none yet.
 */
export function checkEventSchemas(lock: EventSchemaLock | undefined, current: EventSources): readonly SchemaFinding[] {
  const findings = current.problems.map(({ at, problem }): SchemaFinding => ({
    kind: 'not-readable',
    fault: problem,
    advice: 'The check reads the source without running it, so write it so that it can be read',
    at,
  }));
  if (lock === undefined) {
    const fault = 'there is no lock file of the event schemas';
    return [...findings, { kind: 'lock-missing', fault, advice: RUN_WRITE }];
  }
  const graph = new UpcasterGraph(current);
  for (const name of Object.keys(lock.events).sort()) {
    const locked = lock.events[name];
    if (locked !== undefined) findings.push(...checkLocked(name, locked, current, graph));
  }
  const added = Object.values(current.events).filter(({ name }) => !Object.hasOwn(lock.events, name));
  for (const { name, version, at } of added)
    findings.push({ kind: 'not-locked', event: name, version, fault: 'it is not locked yet', advice: RUN_WRITE, at });
  return findings;
}

function checkLocked(name: string, locked: LockedEvent, current: EventSources, graph: UpcasterGraph): SchemaFinding[] {
  const own = Object.hasOwn(current.events, name) ? current.events[name] : undefined;
  if (locked.retired === true) return own === undefined ? [] : [retiredInUse(own)];
  const holder = graph.find(name);
  const faults = [
    ...(holder === undefined ? [] : checkShape(name, locked, holder)),
    ...checkRoutes(name, locked, graph),
    ...checkAggregates(name, locked, current, graph),
  ];
  // What is wrong cannot be locked, so only one of the two is worth saying.
  return faults.length > 0 || own === undefined ? faults : checkIsLocked(own, locked);
}

/** The version that the code has now, if it is locked, must be what was locked; under an alias too. */
function checkShape(name: string, locked: LockedEvent, { version, shape, at }: EventSource): SchemaFinding[] {
  const before = locked.versions[version];
  if (before === undefined) return [];
  return changesBetween(before, shape).map((change) => ({
    kind: 'field-changed',
    event: name,
    version,
    path: change.path,
    ...(change.kind === 'added-optional' && { optionalAddition: true }),
    fault: change.change,
    advice: adviceFor(name, version, change),
    at,
  }));
}

function adviceFor(name: string, version: number, { kind }: FieldChange): string {
  const raise = `Set version: ${version + 1} in @DomainEvent, and add an upcaster ({ event: '${name}', from: ${version} })`;
  if (kind === 'added-optional')
    return `${raise}; or, if old events may go without it, run \`dynamo-event-store schemas write --allow-optional\``;
  return raise;
}

function retiredInUse({ name, version, at }: EventSource): SchemaFinding {
  return {
    kind: 'retired-in-use',
    event: name,
    version,
    fault: 'the lock says that it is retired, but it is in the code',
    advice: 'Give the new event a name of its own; to take the old one back, remove "retired" from the lock file',
    at,
  };
}

function checkIsLocked({ name, version, aliases, aggregates, at }: EventSource, locked: LockedEvent): SchemaFinding[] {
  if (!Object.hasOwn(locked.versions, version) && version > locked.version)
    return [{ kind: 'not-locked', event: name, version, fault: 'it is not locked yet', advice: RUN_WRITE, at }];
  const newAliases = aliases.filter((alias) => !locked.aliases.includes(alias));
  const newAggregates = aggregates.filter((aggregate) => !locked.aggregates.includes(aggregate));
  const news = [
    ...newAliases.map((alias) => `alias ${alias}`),
    ...newAggregates.map((aggregate) => `aggregate ${aggregate}`),
  ];
  if (news.length === 0) return [];
  const fault = `not locked yet: ${news.join(', ')}`;
  return [{ kind: 'lock-outdated', event: name, fault, advice: RUN_WRITE, at }];
}
