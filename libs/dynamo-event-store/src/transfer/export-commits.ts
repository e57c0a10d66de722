import { InvalidArgumentError } from '../errors/argument-errors.js';
import { checkName } from '../store/arguments.js';
import type { CommitLogEventStore } from '../store/commit-log-event-store.js';
import { formatCommitLine, type ExportedCommit } from './commit-line.js';
import {
  EXPORT_FORMAT,
  EXPORT_VERSION,
  ExportTally,
  type ExportCounts,
  type ExportHeader,
  type ExportSelection,
} from './export-format.js';
import { ExportReader, type ExportLines } from './export-reader.js';
import { ExportPlaces } from './export-places.js';
import { findListed, findScanned } from './found-commits.js';

export interface ExportOptions {
  readonly store: CommitLogEventStore;
  /** Only streams of this tenant; `null`: only those of no tenant. Default: all. */
  readonly tenant?: string | null;
  /** Only streams of these aggregates. Default: all. */
  readonly aggregates?: readonly string[];
  /**
   * `scan` reads the whole table, whatever is selected, and misses nothing. `listing` asks the listing index for the
   * streams of the aggregates and reads each one: cheaper when they are a small part of the table. The index is
   * eventually consistent, and lacks streams whose first commit has expired. Needs `aggregates` and `tenant`.
   * Default: `listing` when both are given, else `scan`.
   */
  readonly through?: 'scan' | 'listing';
  /** Shares in which the table is scanned at the same time: 1 to 1,000,000. Default 1. */
  readonly segments?: number;
  /** Lines of an export with the same selection that was interrupted; only what is missing of it is given. */
  readonly resume?: ExportLines;
  readonly signal?: AbortSignal;
  /** Called after each commit. Counts include what is resumed. */
  readonly onProgress?: (counts: ExportCounts) => void;
}

/**
 * The commits of a store as lines of NDJSON, each with its line feed: a first line that says what it is, one line per
 * commit, a last line with counts and a SHA-256 over all lines before. The commits of a stream stand in order, and what
 * was stored before the export began is there; of what is appended meanwhile, some may be. Closed and archived streams are
 * part of it; snapshots, idempotency receipts and what has expired are not.
 *
 * @throws InvalidArgumentError Options that exclude each other, or `resume` with lines of another export.
 * @throws ExportDamagedError `resume` does not hold lines of an export.
 * @throws StreamCorruptedError A commit is missing or unreadable: it is named, and the export ends.
 */
export async function* exportCommits(options: ExportOptions): AsyncGenerator<string, void, undefined> {
  const { store, resume, signal, onProgress } = options;
  const selection = selectionOf(options);
  const places = new ExportPlaces(selection);
  let tally = new ExportTally();
  if (resume === undefined) {
    const header = JSON.stringify(headerOf(store, selection));
    tally.add(header);
    yield `${header}\n`;
  } else {
    const reader = new ExportReader(resume, { open: true });
    for await (const found of reader) places.add(found);
    checkSameExport(reader.header, headerOf(store, selection));
    if (reader.isComplete) return;
    tally = reader.tally;
  }
  for await (const found of findCommits(store, selection, places)) {
    signal?.throwIfAborted();
    const line = formatCommitLine(found);
    tally.add(line, found);
    yield `${line}\n`;
    onProgress?.(tally.counts);
  }
  signal?.throwIfAborted();
  yield `${tally.trailer()}\n`;
}

function findCommits(
  store: CommitLogEventStore,
  selection: ExportSelection,
  places: ExportPlaces,
): AsyncIterable<ExportedCommit> {
  return selection.through === 'scan' ? findScanned(store, selection, places) : findListed(store, selection, places);
}

function selectionOf({ tenant, aggregates, through, segments = 1 }: ExportOptions): ExportSelection {
  if (typeof tenant === 'string') checkName('tenant', tenant);
  const canList = aggregates !== undefined && tenant !== undefined;
  const way = through ?? (canList ? 'listing' : 'scan');
  if (way === 'listing' && !canList)
    throw new InvalidArgumentError(
      'through',
      'the listing needs aggregates, and a tenant, or null for streams of none.',
    );
  if (!Number.isInteger(segments) || segments < 1 || segments > MAX_SEGMENTS)
    throw new InvalidArgumentError('segments', `is ${segments}, but must be a whole number from 1 to ${MAX_SEGMENTS}.`);
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(aggregates === undefined ? {} : { aggregates: [...new Set(aggregates)] }),
    through: way,
    segments: way === 'scan' ? segments : 1,
  };
}

/** Limit of DynamoDB. */
const MAX_SEGMENTS = 1_000_000;

function headerOf(store: CommitLogEventStore, selection: ExportSelection): ExportHeader {
  const table = 'tableName' in store && typeof store.tableName === 'string' ? { table: store.tableName } : {};
  return {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    ...table,
    selection,
    exportedAt: new Date().toISOString(),
  };
}

function checkSameExport(found: ExportHeader | undefined, wanted: ExportHeader): void {
  const describe = (header: ExportHeader | undefined) => JSON.stringify([header?.table, header?.selection]);
  if (describe(found) !== describe(wanted))
    throw new InvalidArgumentError(
      'resume',
      `the export is of ${describe(found)}, not of ${describe(wanted)}; go on with the same table and selection`,
    );
}
