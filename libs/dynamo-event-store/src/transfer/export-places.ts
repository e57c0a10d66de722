import { type StreamId, streamKeyOf } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import type { ExportedCommit } from './commit-line.js';
import type { ExportSelection } from './export-format.js';

/** Where an export stands that is gone on with: the last commit of each share, or the streams that it has. */
export class ExportPlaces {
  private readonly lastOfShare = new Map<number, Commit>();
  private readonly streams = new Set<string>();
  private last: Commit | undefined;

  constructor(private readonly selection: ExportSelection) {}

  add({ commit, segment = 0 }: ExportedCommit): void {
    this.last = commit;
    if (this.selection.through === 'listing') this.streams.add(streamKeyOf(commit.stream));
    else this.lastOfShare.set(segment, commit);
  }

  /** Last commit of a share of the table. */
  ofShare(segment: number): Commit | undefined {
    return this.lastOfShare.get(segment);
  }

  /** Last commit of the last stream, which may go on. */
  get lastListed(): Commit | undefined {
    return this.last;
  }

  /** Notes a listed stream. `false`: it was there. */
  begin(stream: StreamId): boolean {
    const key = streamKeyOf(stream);
    if (this.streams.has(key)) return false;
    this.streams.add(key);
    return true;
  }
}
