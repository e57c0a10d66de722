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
  /** Whether somebody was forgotten since the events were read: they may show that person, and are to be read again. */
  readonly isOutdated?: () => Promise<boolean>;
}

/** Puts runs of events together until they hold `size` events, and splits longer ones, but never what shares a version. */
export async function* inBatches<E extends { readonly version: number }>(
  runs: AsyncIterable<Batch<E>>,
  size: number,
): AsyncGenerator<Batch<E>, void, undefined> {
  let held: Batch<E> | undefined;
  for await (const run of runs) {
    const events = held === undefined || held.events.length === 0 ? run.events : [...held.events, ...run.events];
    const wasRead = run.wasRead || held?.wasRead === true;
    let start = 0;
    for (let end = endOfBatch(events, start, size); end < events.length; end = endOfBatch(events, start, size)) {
      yield { events: events.slice(start, end), to: events[end - 1]?.version ?? run.to, wasRead };
      start = end;
    }
    held = { events: events.slice(start), to: run.to, wasRead };
  }
  if (held !== undefined) yield held;
}

function endOfBatch(events: readonly { readonly version: number }[], start: number, size: number): number {
  let end = start + size;
  while (end < events.length && events[end]?.version === events[end - 1]?.version) end += 1;
  return end;
}
