import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { StreamId } from '../event/stream-id.js';
import type { EventStore } from '../store/event-store.js';
import { wholeNumber } from '../store/read-plan.js';
import type { WarningListener } from '../store/warnings.js';
import type { AggregateLoader } from './aggregate-loader.js';
import type { RebuildOptions, RebuildResult } from './repository-options.js';
import type { SnapshotWriter } from './snapshot-writer.js';

export interface RebuildParts {
  readonly store: EventStore;
  readonly loader: AggregateLoader;
  readonly snapshots: SnapshotWriter;
  readonly warn: WarningListener;
}

type Outcome = keyof RebuildResult;

/** Folds every aggregate of a class from all its events, and stores the result as its snapshot. */
export async function rebuildSnapshots<A extends AggregateRoot>(
  parts: RebuildParts,
  aggregateClass: AggregateClass<A>,
  { name, tenant }: { readonly name: string; readonly tenant: string | undefined },
  { concurrency = 4, onProgress, signal }: RebuildOptions,
): Promise<RebuildResult> {
  wholeNumber('concurrency', concurrency);
  let result: RebuildResult = { written: 0, skipped: 0, failed: 0 };
  const streams = listAll(parts.store, name, tenant);
  const work = async (): Promise<void> => {
    for (let next = await streams.next(); next.done !== true; next = await streams.next()) {
      signal?.throwIfAborted();
      const outcome = await rebuild(parts, aggregateClass, next.value);
      result = { ...result, [outcome]: result[outcome] + 1 };
      onProgress?.(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return result;
}

async function rebuild<A extends AggregateRoot>(
  { loader, snapshots, warn }: RebuildParts,
  aggregateClass: AggregateClass<A>,
  stream: StreamId,
): Promise<Outcome> {
  try {
    const replica = await loader.loadPast(aggregateClass, stream, {});
    if (replica.version === 0) return 'skipped';
    return (await snapshots.write(replica, replica.version)) ? 'written' : 'skipped';
  } catch (error) {
    warn(error instanceof Error ? error : new Error(String(error)));
    return 'failed';
  }
}

async function* listAll(
  store: EventStore,
  name: string,
  tenant: string | undefined,
): AsyncGenerator<StreamId, void, undefined> {
  for (const archived of [false, true]) {
    let cursor: string | undefined;
    do {
      const page = await store.listStreams(name, { tenant, archived, cursor });
      for (const { stream } of page.items) yield stream;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}
