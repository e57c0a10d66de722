import { createHash, randomUUID } from 'node:crypto';
import type { EncodedEvent } from '../event/event-codec.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { StreamId } from '../event/stream-id.js';
import { decodeValue, encodeValue } from '../event/value-codec.js';
import type { CommitMark } from './snapshot.js';
import { encodeBody, type CommitBody } from './commit-body.js';
import { sameReservations, textOf, type ReservationChange } from './reservation.js';

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
  /** What it does to unique values; absent when nothing. */
  readonly reservations?: readonly ReservationChange[] | undefined;
  /** Ids of the keys that personal data in the events is encrypted with; absent when not known, or none. Not stored. */
  readonly keys?: readonly string[] | undefined;
}

/** A commit without events stands at the end of a closed stream, where the next commit would go. */
export function isTombstone(commit: Pick<Commit, 'count'>): boolean {
  return commit.count === 0;
}

/** Everything of a commit that does not depend on where it goes. */
export interface PreparedCommit extends Omit<Commit, 'version' | 'recordedAt'> {
  /** The body at the version where the commit goes; absent where it is the same everywhere. */
  readonly bodyAt?: ((version: number) => CommitBody) | undefined;
}

/** Puts a prepared commit in its place. */
export function placeCommit({ bodyAt, ...prepared }: PreparedCommit, version: number, recordedAt: number): Commit {
  return { ...prepared, version, recordedAt, ...(bodyAt === undefined ? {} : { body: bodyAt(version) }) };
}

export interface CommitDetails {
  readonly commitId: string;
  readonly metadata: EventMetadata | undefined;
  readonly ttl: Date | undefined;
  readonly reservations?: readonly ReservationChange[] | undefined;
}

export function prepareCommit(
  stream: StreamId,
  events: readonly EncodedEvent[],
  details: CommitDetails,
): PreparedCommit {
  const types = typesOf(events);
  const indexOf = indexesOf(types);
  const body = encodeBody(events.map(({ label, payload }) => ({ typeIndex: indexOf(label), payload })));
  const ttl = details.ttl === undefined ? undefined : Math.ceil(details.ttl.getTime() / 1000);
  // Copies, since a caller may go on to change what it gave while the append is under way.
  const metadata = copyOf(details.metadata);
  const { commitId, reservations } = details;
  const prepared = { stream: { ...stream }, count: events.length, types, commitId, metadata, body, ttl };
  return reservations === undefined ? prepared : { ...prepared, reservations };
}

/** Places in a list of types. Looks short lists through. */
export function indexesOf(types: readonly string[]): (label: string) => number {
  if (types.length <= FEW_TYPES) return (label) => types.indexOf(label);
  const indexes = new Map(types.map((label, index) => [label, index]));
  return (label) => indexes.get(label) ?? -1;
}

const FEW_TYPES = 16;

/** Labels of events, each once, in order of first use. */
export function typesOf(events: readonly EncodedEvent[]): string[] {
  return [...new Set(events.map(({ label }) => label))];
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

/** Whether two commits with one id hold the same events, and change the same unique values. */
export function sameEvents(a: PreparedCommit, b: PreparedCommit): boolean {
  return (
    a.count === b.count &&
    a.types.join('\n') === b.types.join('\n') &&
    Buffer.compare(bytesOf(a.body), bytesOf(b.body)) === 0 &&
    sameReservations(a, b)
  );
}

/**
 * Stands for the events of a commit, whatever their size, and for its reservations: two commits with one digest hold the
 * same ones.
 */
export function digestOf({ types, body, reservations }: PreparedCommit): string {
  const hash = createHash('sha256').update(types.join('\n')).update('\n').update(bytesOf(body));
  if (reservations !== undefined) hash.update('\n').update(textOf({ reservations }));
  return hash.digest('base64url');
}

function bytesOf(body: CommitBody): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
