import { ExportDamagedError } from '../errors/transfer-errors.js';
import { parseCommitLine, type ExportedCommit } from './commit-line.js';
import { EXPORT_FORMAT, EXPORT_VERSION, ExportTally, type ExportCounts, type ExportHeader } from './export-format.js';

/** Lines of an export, each with or without its line feed. */
export type ExportLines = AsyncIterable<string> | Iterable<string>;

/**
 * Reads an export once, line by line. Where it ends without error, it was whole and unaltered; before that nothing is
 * known of its content.
 */
export class ExportReader implements AsyncIterable<ExportedCommit> {
  readonly tally = new ExportTally();
  header: ExportHeader | undefined;
  /** Whether the last line was met, and is right. */
  isComplete = false;
  /** Line at hand, from 1. */
  line = 0;

  /** @param options.open Whether the export may have been cut off, between two lines. */
  constructor(
    private readonly lines: ExportLines,
    private readonly options: { readonly open?: boolean } = {},
  ) {}

  /** @throws ExportDamagedError The lines are not an export, or not all of it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ExportedCommit, void, undefined> {
    for await (const text of this.lines) {
      this.line += 1;
      const line = text.endsWith('\n') ? text.slice(0, -1) : text;
      if (this.isComplete) throw this.damage('something follows the last line of the export');
      const parsed = this.parse(line);
      if (this.header === undefined) this.begin(line, parsed);
      else if (Object.hasOwn(parsed, 'sha256')) this.end(line);
      else yield this.commit(line, parsed);
    }
    this.line += 1;
    if (this.header === undefined) throw this.damage('the first line is missing');
    if (!this.isComplete && this.options.open !== true)
      throw this.damage('the last line, with counts and hash, is missing: the export was cut off');
  }

  private begin(line: string, parsed: object): void {
    const { format, version } = parsed as { format?: unknown; version?: unknown };
    if (format !== EXPORT_FORMAT) throw this.damage(`it does not begin an export ("format": "${EXPORT_FORMAT}")`);
    if (version !== EXPORT_VERSION)
      throw this.damage(
        `the format is of version ${String(version)}; this version of the library reads ${EXPORT_VERSION}`,
      );
    this.header = parsed as ExportHeader;
    this.tally.add(line);
  }

  private end(line: string): void {
    const expected = this.tally.trailer();
    if (line !== expected) throw this.damage(`counts and hash are ${line}, but those of the content are ${expected}`);
    this.isComplete = true;
  }

  private commit(line: string, parsed: object): ExportedCommit {
    let found: ExportedCommit;
    try {
      found = parseCommitLine(parsed);
    } catch (cause) {
      throw this.damage(`it is not a commit (${(cause as Error).message})`, cause);
    }
    this.tally.add(line, found);
    return found;
  }

  private parse(line: string): object {
    try {
      const parsed: unknown = JSON.parse(line);
      if (typeof parsed === 'object' && parsed !== null) return parsed;
    } catch (cause) {
      throw this.damage('it is not JSON', cause);
    }
    throw this.damage('it is not an object');
  }

  private damage(fault: string, cause?: unknown): ExportDamagedError {
    return new ExportDamagedError(this.line, fault, cause);
  }
}

/**
 * Reads an export from its first line to its last, and writes nothing.
 * @throws ExportDamagedError It is cut off, altered, or not an export.
 */
export async function verifyExport(
  lines: ExportLines,
): Promise<{ readonly header: ExportHeader; readonly counts: ExportCounts }> {
  const reader = new ExportReader(lines);
  const commits = reader[Symbol.asyncIterator]();
  while ((await commits.next()).done !== true);
  const { header, tally } = reader;
  if (header === undefined) throw new ExportDamagedError(1, 'the first line is missing');
  return { header, counts: tally.counts };
}
