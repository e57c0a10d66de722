import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';

/** A row that cannot be used, and why. */
export interface BadRow {
  readonly file: string;
  /** As an editor counts, from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface CsvRow {
  readonly line: number;
  /** Number of fields, whatever the header says. */
  readonly fields: number;
  /** The trimmed value; `undefined` when it is empty or `NULL`. */
  value(column: string): string | undefined;
}

export interface CsvFile {
  readonly name: string;
  /** Number of columns in the header. */
  readonly columns: number;
  readonly rows: readonly CsvRow[];
}

/** The file as a whole cannot be used. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}

/** @throws UnusableFileError It cannot be read, lacks a column, or a quote in it is never closed. */
export async function readCsvFile(path: string, columns: readonly string[]): Promise<CsvFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UnusableFileError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return parseCsv(basename(path), text, columns);
}

/** @throws UnusableFileError */
export function parseCsv(name: string, text: string, columns: readonly string[]): CsvFile {
  const [header, ...records] = recordsOf(name, text);
  if (header === undefined) throw new UnusableFileError(`${name} is empty.`);
  const index = new Map(header.fields.map((column, place) => [column.trim(), place]));
  const missing = columns.filter((column) => !index.has(column));
  if (missing.length > 0)
    throw new UnusableFileError(`${name}:${header.line}: there is no column ${missing.join(', ')}.`);
  const rows = records.map(({ line, fields }) => ({
    line,
    fields: fields.length,
    value: (column: string) => present(fields[index.get(column) ?? -1]),
  }));
  return { name, columns: header.fields.length, rows };
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

function recordsOf(name: string, text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (fields: string[], { lines }) => {
        records.push({ line: lines, fields });
        return null;
      },
    });
    return records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // All that follows the quote has been swallowed by it, so that orders would lose lines without a trace.
    const fault =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? `a quote that is opened after line ${records.at(-1)?.line ?? 0} is never closed`
        : error.message;
    throw new UnusableFileError(`${name}: ${fault}.`, { cause: error });
  }
}

function present(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' || text === 'NULL' ? undefined : text;
}
