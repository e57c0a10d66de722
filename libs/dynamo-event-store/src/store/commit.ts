import { createHash, randomUUID } from 'node:crypto';
import type { EncodedEvent, EventCodec } from '../event/event-codec.js';
import type { EventMetadata, RecordedMetadata } from '../event/event-metadata.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { decodeValue, encodeValue } from '../event/value-codec.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { isEventError } from '../errors/event-errors.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import type { CommitMark } from './snapshot.js';
import { decodeBody, encodeBody, type CommitBody } from './commit-body.js';

/** The events of one append as they are stored: one immutable record. */
export interface Commit {
  readonly stream: StreamId;
  /** Version of the first event. */
  readonly version: number;
  /** Number of events; 0 for the tombstone that closes a stream. */
  readonly count: number;
  /** Type labels that occur, each once, in order of first use. The body refers to them by index. */
  readonly types: readonly string[];
  readonly commitId: string;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  /** As given; defaults are not stored. */
  readonly metadata: EventMetadata | undefined;
  readonly body: CommitBody;
  /** Seconds since the epoch after which the record may be deleted. */
  readonly ttl: number | undefined;
}

/** A commit without events stands at the end of a closed stream, where the next commit would go. */
export function isTombstone(commit: Pick<Commit, 'count'>): boolean {
  return commit.count === 0;
}

/** Everything of a commit that does not depend on where it goes. */
export type PreparedCommit = Omit<Commit, 'version' | 'recordedAt'>;

export interface CommitDetails {
  readonly commitId: string;
  readonly metadata: EventMetadata | undefined;
  readonly ttl: Date | undefined;
}

export function prepareCommit(
  stream: StreamId,
  events: readonly EncodedEvent[],
  details: CommitDetails,
): PreparedCommit {
  const types = [...new Set(events.map((event) => event.label))];
  const body = encodeBody(events.map(({ label, payload }) => ({ typeIndex: types.indexOf(label), payload })));
  const ttl = details.ttl === undefined ? undefined : Math.ceil(details.ttl.getTime() / 1000);
  // Copies, since a caller may go on to change what it gave while the append is under way.
  const metadata = copyOf(details.metadata);
  return { stream: { ...stream }, count: events.length, types, commitId: details.commitId, metadata, body, ttl };
}

/** The tombstone that closes a stream. */
export function prepareTombstone(stream: StreamId, details: CommitDetails): PreparedCommit {
  return { ...prepareCommit(stream, [], details), body: '[]' };
}

function copyOf(metadata: EventMetadata | undefined): EventMetadata | undefined {
  return metadata === undefined ? undefined : (decodeValue(encodeValue(metadata, 'metadata')) as EventMetadata);
}

export function newCommitId(): string {
  return randomUUID();
}

/** Version of the last event of a commit. */
export function endOf(commit: Pick<Commit, 'version' | 'count'>): number {
  return commit.version + commit.count - 1;
}

export function bodyBytes({ body }: Pick<Commit, 'body'>): number {
  return Buffer.byteLength(body);
}

export function markOf({ version, commitId, recordedAt }: Commit): CommitMark {
  return { first: version, commitId, recordedAt };
}

/** Whether two commits with one id hold the same events. */
export function sameEvents(a: PreparedCommit, b: PreparedCommit): boolean {
  return (
    a.count === b.count &&
    a.types.join('\n') === b.types.join('\n') &&
    Buffer.compare(bytesOf(a.body), bytesOf(b.body)) === 0
  );
}

/** Stands for the events of a commit, whatever their size: two commits with one digest hold the same events. */
export function digestOf({ types, body }: PreparedCommit): string {
  return createHash('sha256').update(types.join('\n')).update('\n').update(bytesOf(body)).digest('base64url');
}

/** Which types of events are wanted, by their current names; the others need not be known. */
export type EventSelection = (type: string) => boolean;

/** Turns a stored commit into its events. Throws `StreamCorruptedError` when its content does not fit its description. */
export function eventsOf(commit: Commit, codec: EventCodec): RecordedEvent[] {
  return [...selectedEventsOf(commit, codec)];
}

/**
 * Like `eventsOf`, one by one, so that what comes before an event that cannot be read can be used, and what comes after.
 * @param wants Default: every event.
 * @param from Version to begin with; what comes before need not be readable.
 */
export function* selectedEventsOf(
  commit: Commit,
  codec: EventCodec,
  wants?: EventSelection,
  from = commit.version,
): Generator<RecordedEvent, void, undefined> {
  const { entries, mayHoldTags } = openBody(commit);
  const metadata = withDefaults(commit);
  const recordedAt = new Date(commit.recordedAt);
  for (const [index, { typeIndex, payload }] of entries.entries()) {
    const version = commit.version + index;
    if (version < from) continue;
    const label = commit.types[typeIndex];
    if (label === undefined)
      throw new StreamCorruptedError(commit.stream, version, `the event has no type ${typeIndex}`);
    if (wants !== undefined && !wants(decode(commit, version, () => codec.typeOf(label)))) continue;
    const { type, schemaVersion, event } = decode(commit, version, () => codec.decode(label, payload, mayHoldTags));
    const eventId = `${commit.commitId}.${index}`;
    yield {
      stream: commit.stream,
      version,
      eventId,
      commitId: commit.commitId,
      type,
      schemaVersion,
      recordedAt,
      metadata,
      event,
    };
  }
}

/** What is known of an event that cannot be used passes through; text that no codec of ours wrote is damage. */
function decode<T>(commit: Commit, version: number, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (isEventError(cause)) throw cause.at(commit.stream, version);
    if (isEventStoreError(cause)) throw cause;
    throw new StreamCorruptedError(commit.stream, version, 'the event cannot be read', cause);
  }
}

function openBody(commit: Commit): ReturnType<typeof decodeBody> {
  let opened: ReturnType<typeof decodeBody>;
  try {
    opened = decodeBody(commit.body);
  } catch (cause) {
    throw new StreamCorruptedError(commit.stream, commit.version, 'the events of the commit cannot be read', cause);
  }
  if (opened.entries.length !== commit.count) {
    throw new StreamCorruptedError(
      commit.stream,
      commit.version,
      `the commit says ${commit.count} events, but holds ${opened.entries.length}`,
    );
  }
  return opened;
}

function withDefaults({ metadata, commitId }: Commit): RecordedMetadata {
  return {
    ...metadata,
    correlationId: metadata?.correlationId ?? commitId,
    causationId: metadata?.causationId ?? commitId,
  };
}

function bytesOf(body: CommitBody): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
