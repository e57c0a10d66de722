import type { RecordedEvent } from '../../event/recorded-event.js';
import type { StreamId } from '../../event/stream-id.js';
import type { ReadRecord, ReportedConflict, WriteRecord, WriteTarget } from './history-record.js';

/** A run of events with one commit id in the final stream. */
export interface StoredCommit {
  readonly commitId: string;
  readonly first: number;
  readonly last: number;
  readonly size: number;
  /** What its first event says about the operation that wrote it. */
  readonly operation: string | undefined;
  /** Whether all its events say the same. */
  readonly uniform: boolean;
  /** The write that it belongs to; `undefined` when no recorded operation wrote it here. */
  readonly write: LogicalWrite | undefined;
  /** The very record that wrote it; `undefined` also when all attempts of the write have one name. */
  readonly writer: Attempt | undefined;
  /** Earliest instant at which it can have been stored. */
  readonly startedAt: number;
}

export interface Attempt {
  readonly record: WriteRecord;
  readonly target: WriteTarget;
  /** Version that was acknowledged for this stream, when the answer says. */
  readonly version: number | undefined;
}

/** All attempts of one write at one stream: it may be stored there once. */
export interface LogicalWrite {
  readonly attempts: Attempt[];
  readonly commits: StoredCommit[];
}

/** Everything that is known of one stream. */
export class StreamHistory {
  readonly writes = new Map<string, LogicalWrite>();
  readonly reads: ReadRecord[] = [];
  readonly conflicts: { readonly record: WriteRecord; readonly conflict: ReportedConflict }[] = [];
  readonly commits: StoredCommit[] = [];
  events: readonly RecordedEvent[] = [];
  /** For each commit the one that started last among it and those before it. */
  private readonly newest: StoredCommit[] = [];
  /** For each event the place of its commit. */
  private readonly places: number[] = [];
  private byVersion: Map<number, number> | undefined;
  private byEventId: Map<string, number> | undefined;

  constructor(readonly stream: StreamId) {}

  /** Version of the last event; 0 when there is none. */
  get version(): number {
    return this.events.at(-1)?.version ?? 0;
  }

  addAttempt(attempt: Attempt): void {
    const name = writeNameOf(attempt.record);
    const write = this.writes.get(name);
    if (write === undefined) this.writes.set(name, { attempts: [attempt], commits: [] });
    else write.attempts.push(attempt);
  }

  /** The write of this stream that a record is an attempt of. */
  writeOf(record: WriteRecord): LogicalWrite | undefined {
    return this.writes.get(writeNameOf(record));
  }

  addCommit(commit: StoredCommit): void {
    const place = this.commits.push(commit) - 1;
    const before = this.newest.at(-1);
    this.newest.push(before !== undefined && before.startedAt > commit.startedAt ? before : commit);
    for (let index = 0; index < commit.size; index++) this.places.push(place);
    commit.write?.commits.push(commit);
  }

  eventAt(version: number): RecordedEvent | undefined {
    const index = this.indexOf(version);
    return index === undefined ? undefined : this.events[index];
  }

  commitAt(version: number): StoredCommit | undefined {
    const place = this.placeAt(version);
    return place === undefined ? undefined : this.commits[place];
  }

  /** Of the commits up to a version, the one that started last: who saw the version cannot have ended before that. */
  newestUpTo(version: number): StoredCommit | undefined {
    const place = this.placeAt(version);
    return place === undefined ? undefined : this.newest[place];
  }

  versionOfEvent(eventId: string): number | undefined {
    this.byEventId ??= new Map(this.events.map((event) => [event.eventId, event.version]));
    return this.byEventId.get(eventId);
  }

  private placeAt(version: number): number | undefined {
    const index = this.indexOf(version);
    return index === undefined ? undefined : this.places[index];
  }

  /** A sound stream has version 1 at index 0; what a broken one still holds is found by its version. */
  private indexOf(version: number): number | undefined {
    if (this.events[version - 1]?.version === version) return version - 1;
    if (version < 1 || version > this.version) return undefined;
    this.byVersion ??= new Map(this.events.map((event, index) => [event.version, index]));
    return this.byVersion.get(version);
  }
}

/** Keys and ids are told apart, since a caller may have a key that looks like an id. */
export function writeNameOf({ id, key }: Pick<WriteRecord, 'id' | 'key'>): string {
  return key === undefined ? `id ${id}` : `key ${key}`;
}

export function wasAcknowledged({ record }: Attempt): boolean {
  return record.outcome.kind === 'acknowledged';
}

/** Whether the attempt may have stored something, by what its caller was told. */
export function mayHaveWritten({ record }: Attempt): boolean {
  return record.outcome.kind === 'acknowledged' || record.outcome.kind === 'unknown';
}

/** Of the answers that say that the write is stored, the first. */
export function earliestAnswer({ attempts }: LogicalWrite): Attempt | undefined {
  return attempts
    .filter(wasAcknowledged)
    .reduce<Attempt | undefined>(
      (first, attempt) => (first === undefined || endOf(attempt) < endOf(first) ? attempt : first),
      undefined,
    );
}

function endOf({ record }: Attempt): number {
  return record.endedAt ?? Infinity;
}
