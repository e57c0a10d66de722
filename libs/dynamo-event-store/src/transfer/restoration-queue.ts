import pLimit, { type LimitFunction } from 'p-limit';
import { type StreamId, streamKeyOf } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import { bodyBytes } from '../store/commit.js';
import type { RawCommits } from '../store/raw-commits.js';
import type { Restored, StreamRestoration } from '../store/stream-restoration.js';

/** A commit to put back, and whether its stream is to be archived. */
export interface Restorable {
  readonly commit: Commit;
  readonly archived: boolean;
}

export interface RestorationOptions<T extends Restorable> {
  readonly dryRun: boolean;
  /** Streams under way at the same time. */
  readonly concurrency: number;
  /** Told of each commit that was not refused; `skipped`: an earlier one of its stream was. */
  readonly onSettled: (item: T, outcome: Restored | 'skipped') => void;
  /** Whether the others go on when one is refused; those of its stream never do. */
  readonly onRefused: (item: T, error: unknown) => boolean;
}

interface StreamQueue {
  readonly restoration: StreamRestoration;
  tail: Promise<void>;
  waiting: number;
}

/** Commits that wait for each stream under way, and their bytes altogether, so that a file of any length fits in memory. */
const WAITING_PER_STREAM = 8;
const WAITING_BYTES = 32 * 1024 * 1024;
/** Streams whose end is remembered; one that is forgotten costs a read when it goes on. */
const REMEMBERED = 1_000;

/** Puts commits back: those of a stream one after the other, streams side by side. */
export class RestorationQueue<T extends Restorable> {
  private readonly limit: LimitFunction;
  private readonly streams = new Map<string, StreamQueue>();
  private readonly refused = new Set<string>();
  private failure: { readonly cause: unknown } | undefined;
  private waiting = 0;
  private waitingBytes = 0;
  private wake: () => void = () => undefined;

  constructor(
    private readonly raw: RawCommits,
    private readonly options: RestorationOptions<T>,
  ) {
    this.limit = pLimit(options.concurrency);
  }

  /** Resolves when there is room for the next one. Throws what has failed, also of others. */
  async add(item: T): Promise<void> {
    const key = streamKeyOf(item.commit.stream);
    const queue = this.queueOf(key, item.commit.stream);
    const bytes = bodyBytes(item.commit);
    this.waiting += 1;
    this.waitingBytes += bytes;
    queue.waiting += 1;
    queue.tail = queue.tail.then(async () => {
      if (this.failure === undefined) await this.limit(() => this.restore(key, queue.restoration, item));
      this.waiting -= 1;
      this.waitingBytes -= bytes;
      queue.waiting -= 1;
      this.wake();
    });
    while (this.failure === undefined && this.isFull()) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.failure !== undefined) throw this.failure.cause;
  }

  /** Waits for all that is under way. @throws What has failed. */
  async drain(): Promise<void> {
    await Promise.all([...this.streams.values()].map(({ tail }) => tail));
    if (this.failure !== undefined) throw this.failure.cause;
  }

  private async restore(key: string, restoration: StreamRestoration, item: T): Promise<void> {
    if (this.refused.has(key)) {
      this.options.onSettled(item, 'skipped');
      return;
    }
    try {
      const outcome = await restoration.restore(item.commit);
      // Also of one that was there: an earlier run may have stopped in between.
      if (item.archived && !this.options.dryRun) await this.raw.archive(item.commit.stream);
      this.options.onSettled(item, outcome);
    } catch (cause) {
      this.refused.add(key);
      if (!this.options.onRefused(item, cause)) this.failure ??= { cause };
    }
  }

  private isFull(): boolean {
    return this.waiting >= this.options.concurrency * WAITING_PER_STREAM || this.waitingBytes >= WAITING_BYTES;
  }

  private queueOf(key: string, stream: StreamId): StreamQueue {
    const found = this.streams.get(key);
    const queue = found ?? {
      restoration: this.raw.restoration(stream, this.options.dryRun),
      tail: Promise.resolve(),
      waiting: 0,
    };
    // The one used last stands last.
    this.streams.delete(key);
    this.streams.set(key, queue);
    if (this.streams.size > REMEMBERED) this.forgetOne();
    return queue;
  }

  private forgetOne(): void {
    for (const [key, { waiting }] of this.streams)
      if (waiting === 0) {
        this.streams.delete(key);
        return;
      }
  }
}
