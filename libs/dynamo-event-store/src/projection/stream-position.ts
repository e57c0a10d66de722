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

/** Puts runs of events together until they hold `size` events, and splits longer ones. */
export async function* inBatches<E extends { readonly version: number }>(
  runs: AsyncIterable<Batch<E>>,
  size: number,
): AsyncGenerator<Batch<E>, void, undefined> {
  let held: Batch<E> | undefined;
  for await (const run of runs) {
    let events = [...(held?.events ?? []), ...run.events];
    const wasRead = run.wasRead || held?.wasRead === true;
    while (events.length > size) {
      const batch = events.slice(0, size);
      events = events.slice(size);
      yield { events: batch, to: batch.at(-1)?.version ?? run.to, wasRead };
    }
    held = { events, to: run.to, wasRead };
  }
  if (held !== undefined) yield held;
}
