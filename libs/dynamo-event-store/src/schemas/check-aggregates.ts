import type { EventSources, LockedEvent } from './event-schemas.js';
import type { SchemaFinding } from './schema-finding.js';
import type { UpcasterGraph } from './upcaster-graph.js';

/**
 * A stream belongs to one aggregate for ever. So every aggregate that could write an event must be able to load what
 * becomes of it.
 */
export function checkAggregates(
  name: string,
  locked: LockedEvent,
  current: EventSources,
  graph: UpcasterGraph,
): SchemaFinding[] {
  const ends = new Set(
    Object.keys(locked.versions).flatMap((version) => [...graph.routeOf(name, Number(version)).ends]),
  );
  return [...ends].flatMap((end) => {
    const event = current.events[end];
    if (event === undefined) return [];
    const { aggregates, at } = event;
    const left = locked.aggregates.filter((aggregate) => !aggregates.includes(aggregate));
    const come = aggregates.filter((aggregate) => !locked.aggregates.includes(aggregate));
    return left.map((aggregate) => {
      const now = end === name ? 'it' : `${end}, which it has become,`;
      const exists = current.aggregates.includes(aggregate);
      const [other] = come;
      return other === undefined
        ? reducerGone(name, now, aggregate, exists, at)
        : moved(name, now, aggregate, other, at);
    });
  });
}

function moved(event: string, now: string, aggregate: string, other: string, at: string): SchemaFinding {
  return {
    kind: 'event-moved',
    event,
    fault: `${now} is moved from aggregate ${aggregate} to ${other}. A stream belongs to one aggregate: the events that ${aggregate} has stored stay in its streams, and without the reducer these cannot be loaded`,
    advice: `Keep the reducer in ${aggregate}, and let ${other} record an event of its own from now on`,
    at,
  };
}

function reducerGone(event: string, now: string, aggregate: string, exists: boolean, at: string): SchemaFinding {
  return {
    kind: 'reducer-gone',
    event,
    fault: exists
      ? `aggregate ${aggregate} no longer has a reducer for ${now.replace(/,$/, '')}, so its streams that hold the event cannot be loaded`
      : `aggregate ${aggregate}, whose streams hold it, is no longer in the code`,
    advice: exists
      ? `Put the @EventHandler back, with an empty body if the state does not need it, or drop the event with an upcaster ({ into: [] })`
      : `If its streams are gone or no longer needed, run \`dynamo-event-store schemas write --retire-aggregate ${aggregate}\``,
    at,
  };
}
