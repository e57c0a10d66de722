import pLimit, { type LimitFunction } from 'p-limit';
import type { StreamId } from '../event/stream-id.js';
import type { Backoff } from '../store/backoff.js';
import type { EventStore } from '../store/event-store.js';
import { wholeNumber } from '../store/read-plan.js';

export interface PurgeTenantOptions {
  /** Names of the aggregates to purge. Default: all that this repository knows; with Nest, those given to `forFeature`. */
  readonly aggregates?: readonly string[] | undefined;
  /** Aggregates that are purged side by side: a whole number from 1. Default 4. */
  readonly concurrency?: number | undefined;
  /** Called after each aggregate with what has been done so far. */
  readonly onProgress?: (progress: PurgeTenantResult) => void;
  /** Stops between two aggregates; call again to go on. */
  readonly signal?: AbortSignal;
}

const DEFAULT_CONCURRENCY = 4;

/** What a purge has deleted, or has deleted so far. */
export interface PurgeTenantResult {
  /** Streams of which something was deleted. */
  readonly streams: number;
  readonly items: number;
}

export interface TenantPurgeParts {
  readonly store: EventStore;
  readonly backoff: Backoff;
  /** Told of each stream that is gone. */
  forget(stream: StreamId): void;
}

/** One purge of the streams of one tenant. */
export class TenantPurge {
  private result: PurgeTenantResult = { streams: 0, items: 0 };
  private readonly limit: LimitFunction;

  constructor(
    private readonly parts: TenantPurgeParts,
    private readonly tenant: string,
    private readonly options: PurgeTenantOptions,
  ) {
    this.limit = pLimit(wholeNumber('concurrency', options.concurrency) ?? DEFAULT_CONCURRENCY);
  }

  async run(aggregates: readonly string[]): Promise<PurgeTenantResult> {
    for (const aggregate of aggregates) await this.purgeAll(aggregate);
    return this.result;
  }

  /** The listing may be behind, so it is looked at until nothing is in it any more. */
  private async purgeAll(aggregate: string): Promise<void> {
    for (let idle = 0; ;) {
      const before = this.result.items;
      const seen = (await this.purgeListed(aggregate, false)) + (await this.purgeListed(aggregate, true));
      if (seen === 0) return;
      idle = this.result.items > before ? 0 : idle + 1;
      if (idle > 0) await this.parts.backoff(idle);
    }
  }

  /** @returns How many streams were listed. */
  private async purgeListed(aggregate: string, archived: boolean): Promise<number> {
    const { tenant } = this;
    let seen = 0;
    let cursor: string | undefined;
    do {
      this.options.signal?.throwIfAborted();
      const page = await this.parts.store.listStreams(aggregate, { tenant, archived, cursor });
      await this.purgeStreams(page.items.map(({ stream }) => stream));
      seen += page.items.length;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return seen;
  }

  private async purgeStreams(streams: readonly StreamId[]): Promise<void> {
    // All have ended before the first failure is thrown: nothing goes on behind the caller's back.
    const ends = await Promise.allSettled(streams.map((stream) => this.limit(() => this.purge(stream))));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async purge(stream: StreamId): Promise<void> {
    this.options.signal?.throwIfAborted();
    const deleted = await this.parts.store.purgeStream(stream);
    this.parts.forget(stream);
    if (deleted === 0) return;
    const { streams, items } = this.result;
    this.result = { streams: streams + 1, items: items + deleted };
    this.options.onProgress?.(this.result);
  }
}
