import { createHash } from 'node:crypto';
import { streamKeyOf } from '../event/stream-id.js';
import type { ExportedCommit } from './commit-line.js';

/** Name and version of the format. A reader refuses a higher version than it knows. */
export const EXPORT_FORMAT = 'nestjs-dynamo-event-store/commits';
export const EXPORT_VERSION = 1;

/** What of a store was exported. */
export interface ExportSelection {
  /** Absent: of all tenants; `null`: only streams of no tenant. */
  readonly tenant?: string | null;
  /** Absent: all. */
  readonly aggregates?: readonly string[];
  /** How the commits were found. */
  readonly through: 'scan' | 'listing';
  /** Shares that the table was scanned in. */
  readonly segments: number;
}

/** First line of an export. */
export interface ExportHeader {
  readonly format: typeof EXPORT_FORMAT;
  readonly version: typeof EXPORT_VERSION;
  /** Table that it is from, if it was one. */
  readonly table?: string;
  readonly selection: ExportSelection;
  /** When the export began; ISO 8601, UTC. */
  readonly exportedAt: string;
}

/** What an export holds. */
export interface ExportCounts {
  readonly streams: number;
  readonly commits: number;
  readonly events: number;
}

/** Last line of an export. */
export interface ExportTrailer extends ExportCounts {
  /** SHA-256, in hex, over all lines before, each with its line feed. */
  readonly sha256: string;
}

/** Counts and hashes the lines of an export, for its last line. */
export class ExportTally implements ExportCounts {
  streams = 0;
  commits = 0;
  events = 0;
  private readonly hash = createHash('sha256');
  /** Last stream of each share, in which the commits of a stream stand together. */
  private readonly last = new Map<number, string>();

  /** @param found The commit that the line holds; none for the first line. */
  add(line: string, found?: ExportedCommit): void {
    this.hash.update(line).update('\n');
    if (found === undefined) return;
    const { commit, segment = 0 } = found;
    const stream = streamKeyOf(commit.stream);
    if (this.last.get(segment) !== stream) this.streams += 1;
    this.last.set(segment, stream);
    this.commits += 1;
    this.events += commit.count;
  }

  get counts(): ExportCounts {
    const { streams, commits, events } = this;
    return { streams, commits, events };
  }

  /** The last line for the lines so far. */
  trailer(): string {
    const trailer: ExportTrailer = { ...this.counts, sha256: this.hash.copy().digest('hex') };
    return JSON.stringify(trailer);
  }
}
