import { InvalidArgumentError } from '../errors/argument-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { ImportConflictError, ImportInterruptedError } from '../errors/transfer-errors.js';
import type { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { ExportedCommit } from './commit-line.js';
import type { ExportCounts, ExportHeader } from './export-format.js';
import { ExportReader, type ExportLines } from './export-reader.js';
import { ImportRules } from './import-rules.js';
import { HeldValues } from './held-values.js';
import { RestorationQueue } from './restoration-queue.js';

export interface ImportOptions {
  /** Find out what would happen, and write nothing. Default `false`. */
  readonly dryRun?: boolean;
  /** Streams under way at the same time: 1 to 1,000. Default 16. */
  readonly concurrency?: number;
  /**
   * What to do when another commit is in the place of one: `fail` ends the import with an `ImportConflictError`;
   * `report` leaves out the rest of that stream, goes on with the others, and lists it. Default `fail`.
   */
  readonly onConflict?: 'fail' | 'report';
  /**
   * Confines the import to streams of this tenant, `null`: of none. An export with others is refused before anything is written.
   * Default: what `tenancy.tenant` of the store says; else streams of every tenant are taken.
   */
  readonly tenant?: string | null;
  readonly signal?: AbortSignal;
  /** Called after each commit. */
  readonly onProgress?: (report: ImportReport) => void;
}

/** What an import did, or, of a dry run, would do. */
export interface ImportReport {
  readonly dryRun: boolean;
  /** First line of the export. */
  readonly header: ExportHeader;
  /** What the export holds, as far as it was read. */
  readonly read: ExportCounts;
  /** Commits written. */
  readonly stored: number;
  /** Commits that were there, with the same id and content. */
  readonly present: number;
  /** Commits that have expired since the export, and were left out. */
  readonly expired: number;
  /** Commits left out since an earlier one of their stream was refused. */
  readonly skipped: number;
  /** Commits in whose place another one is, or whose predecessor is missing; one per stream. */
  readonly conflicts: readonly ImportConflictError[];
}

const DEFAULT_CONCURRENCY = 16;
const MAX_CONCURRENCY = 1_000;

/**
 * Writes the commits of an export into a store, each with one conditional write, under its own version, id and time;
 * streams side by side, the commits of a stream in order. Repeating is harmless: what is there is left as it is.
 *
 * Given a function that opens the lines, it reads them twice: an export that is cut off or altered, or holds what the store
 * cannot keep, is refused before anything is written. Given the lines themselves, it can tell only when it gets there; what was
 * written by then stays. Commits are checked as appends are, so that what is stored can be read.
 *
 * @throws ExportDamagedError The lines are not a whole, unaltered export, or hold a commit that could not be read.
 * @throws TenantRequiredError With tenancy, a stream has no tenant.
 * @throws TenantMismatchError A stream is of another tenant than the import.
 * @throws ImportConflictError Another commit is in the place of one. What was written before stays.
 * @throws ImportInterruptedError The database failed or throttled beyond the retries, or `signal` was aborted; run it again.
 */
export async function importCommits(
  store: CommitLogEventStore,
  lines: ExportLines | (() => ExportLines),
  options: ImportOptions = {},
): Promise<ImportReport> {
  const concurrency = checkConcurrency(options.concurrency);
  const open = typeof lines === 'function' ? lines : () => lines;
  const rules = new ImportRules(store.raw, options.tenant);
  if (typeof lines === 'function') await rules.checkAll(new ExportReader(lines()));
  return new Import(store, new ExportReader(open()), rules, { ...options, concurrency }).run();
}

/** @throws InvalidArgumentError Not a whole number from 1 to 1,000. */
export function checkConcurrency(concurrency = DEFAULT_CONCURRENCY): number {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MAX_CONCURRENCY) return concurrency;
  throw new InvalidArgumentError(
    'concurrency',
    `is ${concurrency}, but must be a whole number from 1 to ${MAX_CONCURRENCY}.`,
  );
}

class Import {
  private readonly settled = { stored: 0, present: 0, expired: 0, skipped: 0 };
  private readonly conflicts: ImportConflictError[] = [];
  private readonly queue: RestorationQueue<ExportedCommit>;
  private readonly values: HeldValues;

  constructor(
    store: CommitLogEventStore,
    private readonly reader: ExportReader,
    private readonly rules: ImportRules,
    private readonly options: ImportOptions & { readonly concurrency: number },
  ) {
    const { dryRun = false, concurrency } = options;
    this.values = new HeldValues(store.raw);
    this.queue = new RestorationQueue(store.raw, {
      dryRun,
      concurrency,
      onSettled: ({ commit }, outcome) => {
        this.settled[outcome] += 1;
        if (outcome !== 'skipped') this.values.note(commit);
        this.options.onProgress?.(this.report);
      },
      onRefused: (_, error) => this.isReported(error),
    });
  }

  async run(): Promise<ImportReport> {
    try {
      try {
        for await (const found of this.reader) {
          this.options.signal?.throwIfAborted();
          this.rules.check(found, this.reader.line);
          await this.queue.add(found);
        }
      } finally {
        // What is under way ends, whatever happened.
        await this.queue.drain();
      }
      this.options.signal?.throwIfAborted();
      await this.holdValues();
    } catch (cause) {
      throw this.isRepeatable(cause)
        ? new ImportInterruptedError(this.settled.stored, this.settled.present, cause)
        : cause;
    }
    return this.report;
  }

  private async holdValues(): Promise<void> {
    if (this.options.dryRun === true) return;
    const refused = (await this.values.hold()).find((conflict) => !this.isReported(conflict));
    if (refused !== undefined) throw refused;
  }

  private get report(): ImportReport {
    const { header } = this.reader;
    if (header === undefined) throw new TypeError('nothing was read yet');
    const { dryRun = false } = this.options;
    return { dryRun, header, read: this.reader.tally.counts, ...this.settled, conflicts: [...this.conflicts] };
  }

  private isReported(error: unknown): boolean {
    if (this.options.onConflict !== 'report' || !(error instanceof ImportConflictError)) return false;
    this.conflicts.push(error);
    return true;
  }

  private isRepeatable(cause: unknown): boolean {
    return this.options.signal?.aborted === true || (isEventStoreError(cause) && cause.retryable);
  }
}
