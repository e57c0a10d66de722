import type { RecordedEvent } from '../event/recorded-event.js';

/** All fields that the events of a stream have set, and what happened, in order. */
export interface MergedView {
  /** Fields of all events; where several set the same one, the last wins. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Types of the events in the order of the stream, repetitions included. */
  readonly eventTypes: readonly string[];
  /** Version of the last event; 0 when there was none. */
  readonly version: number;
}

/** Merged view of a stream: for audits and simple records that need no reducer. Payloads that are not objects add only their type. */
export async function mergeEvents(events: AsyncIterable<RecordedEvent<unknown>>): Promise<MergedView> {
  const fields = new Map<string, unknown>();
  const eventTypes: string[] = [];
  let version = 0;
  for await (const recorded of events) {
    eventTypes.push(recorded.type);
    version = recorded.version;
    if (!hasFields(recorded.event)) continue;
    for (const [name, value] of Object.entries(recorded.event)) fields.set(name, value);
  }
  return { fields: Object.fromEntries(fields), eventTypes, version };
}

function hasFields(payload: unknown): payload is object {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) && !(payload instanceof Uint8Array);
}
