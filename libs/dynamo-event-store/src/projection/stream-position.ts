/** How far one stream has been taken by one runner. */
export interface StreamPosition {
  /** What the fence has on record. */
  readonly stored: number;
  /** Version up to which nothing is left to do; ahead of `stored` by events that nobody takes. */
  readonly done: number;
}

export const START: StreamPosition = { stored: 0, done: 0 };

/** Events to apply in one step, and the version that is reached by it. */
export interface Batch<E> {
  readonly events: readonly E[];
  readonly to: number;
  /** Whether the progress is worth storing even without an event: reading up to here has cost a query. */
  readonly wasRead: boolean;
}

/** Puts runs of events together until they hold `size` events, and splits longer ones, but never what shares a version. */
export async function* inBatches<E extends { readonly version: number }>(
  runs: AsyncIterable<Batch<E>>,
  size: number,
): AsyncGenerator<Batch<E>, void, undefined> {
  let held: Batch<E> | undefined;
  for await (const run of runs) {
    let events = [...(held?.events ?? []), ...run.events];
    const wasRead = run.wasRead || held?.wasRead === true;
    for (let end = endOfBatch(events, size); end < events.length; end = endOfBatch(events, size)) {
      yield { events: events.slice(0, end), to: events[end - 1]?.version ?? run.to, wasRead };
      events = events.slice(end);
    }
    held = { events, to: run.to, wasRead };
  }
  if (held !== undefined) yield held;
}

function endOfBatch(events: readonly { readonly version: number }[], size: number): number {
  let end = size;
  while (end < events.length && events[end]?.version === events[end - 1]?.version) end += 1;
  return end;
}
