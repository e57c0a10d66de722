import { streamKeyOf } from '../event/stream-id.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { isEventError } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { CommitTooLargeError, EventTooLargeError, TransactionTooLargeError } from '../errors/store-errors.js';
import { ImportConflictError, ImportInterruptedError } from '../errors/transfer-errors.js';
import type { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { RawCommits } from '../store/raw-commits.js';
import {
  mapForeignEvent,
  type EventMapping,
  type ForeignEvent,
  type ForeignFault,
  type ForeignSource,
  type MappedEvent,
} from './foreign-events.js';
import { describePlace, ForeignStream } from './foreign-stream.js';
import { checkConcurrency } from './import-commits.js';
import { interleave } from './interleave.js';
import { MigrationCounts, type MigrationProblem, type MigrationReport } from './migration-report.js';
import { RestorationQueue, type Restorable } from './restoration-queue.js';

export interface MigrationOptions {
  /** Turns a foreign event into one of ours; `undefined` leaves it out. Must give the same each time. Default: `mapForeignEvent`. */
  readonly map?: EventMapping;
  /** Find out what would happen, and write nothing. Default `false`. */
  readonly dryRun?: boolean;
  /** What to do where the sequence of a foreign stream has a gap: leave out its rest, or close it up. Default `refuse`. */
  readonly gaps?: 'refuse' | 'close';
  /** Streams under way at the same time: 1 to 1,000. Default 16. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Called after each event. */
  readonly onProgress?: (report: Pick<MigrationReport, 'events' | 'stored' | 'present' | 'refused'>) => void;
}

/**
 * Writes the events of a foreign table into a store: one commit per event, in the order of their streams, with ids that
 * follow from their places in the foreign table. A second run therefore finds what is there, and adds what is new.
 *
 * An event that cannot be taken over ends its stream, is reported, and stands in the way of no other stream. A dry run
 * reports what a run would, and writes nothing.
 *
 * @throws ImportInterruptedError The database failed or throttled beyond the retries, or `signal` was aborted; run it again.
 */
export function migrate(
  source: ForeignSource,
  store: CommitLogEventStore,
  options: MigrationOptions = {},
): Promise<MigrationReport> {
  return new Migration(source, store.raw, { ...options, concurrency: checkConcurrency(options.concurrency) }).run();
}

type Migrated = Restorable & { readonly event: ForeignEvent };

class Migration {
  private readonly counts = new MigrationCounts();
  private readonly queue: RestorationQueue<Migrated>;
  private readonly taken = new Set<string>();

  constructor(
    private readonly source: ForeignSource,
    private readonly raw: RawCommits,
    private readonly options: MigrationOptions & { readonly concurrency: number },
  ) {
    const { dryRun = false, concurrency } = options;
    this.queue = new RestorationQueue<Migrated>(raw, {
      dryRun,
      concurrency,
      onSettled: (_, outcome) => {
        this.counts[outcome === 'stored' || outcome === 'present' ? outcome : 'refused'] += 1;
        this.options.onProgress?.(this.counts);
      },
      onRefused: ({ event }, error) => this.isReported(event, error),
    });
  }

  async run(): Promise<MigrationReport> {
    const { signal } = this.options;
    try {
      try {
        for await (const item of interleave(this.source.shares.map((share) => this.commitsOf(share)))) {
          signal?.throwIfAborted();
          await this.queue.add(item);
        }
      } finally {
        await this.queue.drain();
      }
      signal?.throwIfAborted();
    } catch (cause) {
      const isRepeatable = signal?.aborted === true || (isEventStoreError(cause) && cause.retryable);
      throw isRepeatable ? new ImportInterruptedError(this.counts.stored, this.counts.present, cause) : cause;
    }
    return this.report();
  }

  private async *commitsOf(
    share: AsyncIterable<ForeignEvent | ForeignFault>,
  ): AsyncGenerator<Migrated, void, undefined> {
    let key: string | undefined;
    let stream = new ForeignStream(this.raw, this.source.name, this.options.dryRun ?? false);
    for await (const item of share) {
      const itsKey = JSON.stringify('fault' in item ? item.stream : { store: item.store, id: item.id });
      if (itsKey !== key) {
        key = itsKey;
        for (const target of stream.targets) this.taken.add(target);
        stream = new ForeignStream(this.raw, this.source.name, this.options.dryRun ?? false);
        this.counts.streams += 1;
      }
      if ('fault' in item) {
        this.refuseFault(stream, item);
        continue;
      }
      const migrated = await this.take(stream, item);
      if (migrated !== undefined) yield migrated;
    }
  }

  private async take(stream: ForeignStream, event: ForeignEvent): Promise<Migrated | undefined> {
    this.counts.events += 1;
    const fault = stream.faultOf(event);
    if (fault === 'duplicate' || (fault === 'gap' && this.options.gaps !== 'close'))
      this.refuse(stream, event, fault, `the events of a stream must be 1, 2, 3, …, but this one is ${event.sequence}`);
    if (stream.isRefused) {
      this.counts.refused += 1;
      return undefined;
    }
    const mapped = this.map(stream, event);
    return mapped && this.place(stream, event, mapped);
  }

  private map(stream: ForeignStream, event: ForeignEvent): MappedEvent | undefined {
    try {
      const mapped = (this.options.map ?? mapForeignEvent)(event);
      if (mapped === undefined) this.counts.dropped += 1;
      return mapped;
    } catch (error) {
      this.refuse(stream, event, 'unmappable', messageOf(error));
      this.counts.refused += 1;
      return undefined;
    }
  }

  private async place(stream: ForeignStream, event: ForeignEvent, mapped: MappedEvent): Promise<Migrated | undefined> {
    try {
      const commit = await stream.commitOf(event, mapped);
      if (this.taken.has(streamKeyOf(commit.stream))) {
        this.refuse(stream, event, 'merged', 'another foreign stream goes to the same stream here');
        this.counts.refused += 1;
        return undefined;
      }
      const { aggregate } = mapped;
      this.counts.note({ store: event.store, type: event.type, label: commit.types[0] ?? '', aggregate });
      if (event.recordedAt === undefined && mapped.recordedAt.getTime() === 0) this.counts.withoutTime += 1;
      return { commit, archived: false, event };
    } catch (error) {
      this.refuse(stream, event, isEventError(error) ? 'unstorable' : 'unmappable', messageOf(error));
      this.counts.refused += 1;
      return undefined;
    }
  }

  private refuseFault(stream: ForeignStream, { place, fault }: ForeignFault): void {
    stream.isRefused = true;
    this.counts.problems.push({ kind: 'unreadable', place, message: fault });
  }

  /** The first problem of a stream is told; what follows from it is not. */
  private refuse(stream: ForeignStream, event: ForeignEvent, kind: MigrationProblem['kind'], message: string): void {
    if (!stream.isRefused) this.counts.problems.push({ kind, place: describePlace(event), message });
    stream.isRefused = true;
  }

  private isReported(event: ForeignEvent, error: unknown): boolean {
    const kind = error instanceof ImportConflictError ? 'collision' : 'unstorable';
    if (kind === 'unstorable' && !isUnstorable(error)) return false;
    this.counts.refused += 1;
    this.counts.problems.push({ kind, place: describePlace(event), message: messageOf(error) });
    return true;
  }

  private report(): MigrationReport {
    const { streams, events, dropped, withoutTime, stored, present, refused, types, problems } = this.counts;
    const { name: source, table } = this.source;
    const counts = { streams, events, dropped, withoutTime, stored, present, refused };
    return { dryRun: this.options.dryRun ?? false, source, table, ...counts, types, problems: [...problems] };
  }
}

function isUnstorable(error: unknown): boolean {
  return [EventTooLargeError, CommitTooLargeError, TransactionTooLargeError, InvalidArgumentError].some(
    (each) => error instanceof each,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
