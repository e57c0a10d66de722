import type { LockedEvent } from './event-schemas.js';
import type { SchemaFinding } from './schema-finding.js';
import type { MissingStep, UpcasterGraph } from './upcaster-graph.js';

/** Stored events of every locked version, under every name that it ever had, must have a way to current events. */
export function checkRoutes(name: string, locked: LockedEvent, graph: UpcasterGraph): SchemaFinding[] {
  const versions = Object.keys(locked.versions).map(Number);
  const holder = graph.find(name);
  if (holder !== undefined && holder.version < locked.version)
    return [lowered(name, locked.version, holder.version, holder.at), ...checkAliases(name, locked, graph, versions)];
  if (versions.length > 0 && !versions.some((version) => graph.knows(name, version))) return [gone(name, locked)];
  return [
    ...uniqueSteps(versions.flatMap((version) => graph.routeOf(name, version).missing)).map((step) =>
      stepMissing(name, step),
    ),
    ...checkAliases(name, locked, graph, versions),
  ];
}

function checkAliases(
  name: string,
  { aliases }: LockedEvent,
  graph: UpcasterGraph,
  versions: number[],
): SchemaFinding[] {
  const dropped = aliases.filter((alias) => !versions.some((version) => graph.knows(alias, version)));
  return dropped.map((alias) => ({
    kind: 'alias-dropped',
    event: name,
    fault: `its alias "${alias}" is gone, under which events may be stored`,
    advice: `Put it back into aliases of @DomainEvent; it costs nothing`,
  }));
}

function lowered(event: string, locked: number, version: number, at: string): SchemaFinding {
  return {
    kind: 'version-lowered',
    event,
    version,
    fault: `version ${locked} is locked, so events of it may be stored, and this code cannot read them`,
    advice: `Go back to version ${locked}, or on to ${locked + 1}. If version ${locked} was never stored anywhere, run \`dynamo-event-store schemas write --relock ${event}\``,
    at,
  };
}

function gone(event: string, { version }: LockedEvent): SchemaFinding {
  return {
    kind: 'event-gone',
    event,
    version,
    fault: 'no class in the code has this name or alias, and no upcaster takes it',
    advice: `Add the name to aliases of the event that replaces it, or an upcaster with \`into\`. If its stored events may be given up, choose a policy for unknown events and run \`dynamo-event-store schemas write --retire ${event}\``,
  };
}

function stepMissing(name: string, step: MissingStep): SchemaFinding {
  const { event, version, current } = step;
  const route = event === name ? {} : { path: `by way of ${event} version ${version}` };
  return { kind: 'upcaster-missing', event: name, version, ...route, ...textOf(step, event, version, current) };
}

function textOf(
  { fault }: MissingStep,
  event: string,
  version: number,
  current: number | undefined,
): Pick<SchemaFinding, 'fault' | 'advice'> {
  switch (fault) {
    case 'no-upcaster':
      return {
        fault: `the event is at version ${current}, and nothing turns version ${version} into ${version + 1}`,
        advice: `Add an upcaster ({ event: '${event}', from: ${version} })`,
      };
    case 'no-class':
      return {
        fault: `upcasters lead to ${event} version ${version}, which no class in the code has`,
        advice: `Say with \`into\` which event the last of them makes`,
      };
    case 'newer':
      return {
        fault: `events of version ${version} may be stored, and the event that has this name now is at version ${current}`,
        advice: `Set a version of at least ${version}`,
      };
    case 'circle':
      return {
        fault: `the upcasters lead back to ${event} version ${version}`,
        advice: 'Let one of them end in a current event',
      };
  }
}

function uniqueSteps(steps: readonly MissingStep[]): MissingStep[] {
  return [...new Map(steps.map((step) => [`${step.version} ${step.event}`, step])).values()];
}
