import { StreamCorruptedError } from '../errors/store-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { JsonValue } from '../event/json-value.js';
import type { StreamId } from '../event/stream-id.js';
import { decodeValue, encodeValue } from '../event/value-codec.js';
import { isTombstone, type Commit } from '../store/commit.js';
import { decodeBody } from '../store/commit-body.js';
import type { ReservationChange } from '../store/reservation.js';
import { checkCommit } from './commit-checks.js';
import { CommitFields } from './commit-fields.js';

/** An event as an export shows it. */
export interface ExportedEvent {
  /** Type and schema version, such as `order-placed@1`; `order-placed~1` when it was written without a class. */
  readonly type: string;
  /** As it is stored: values that JSON lacks are tagged, such as `{ "$date": "…" }`. */
  readonly payload: JsonValue;
  /** Encrypted personal data, as it is stored. It can be read only under the same stream and version, with the same keys. */
  readonly sealed?: JsonValue;
}

/** What holds the events: readable, or exactly as stored where that would not read back the same. */
type ExportedBody =
  | { readonly events: readonly ExportedEvent[] }
  | { readonly count: number; readonly types: readonly string[]; readonly text: string }
  | { readonly count: number; readonly types: readonly string[]; readonly base64: string };

/** A line of an export: one commit. A commit without events closes its stream. */
export type CommitLine = {
  /** Share of the table that the commit is from; only when there are several. */
  readonly segment?: number;
  readonly stream: StreamId;
  /** Version of the first event. */
  readonly version: number;
  readonly commitId: string;
  /** ISO 8601, UTC. */
  readonly recordedAt: string;
  readonly metadata?: JsonValue;
  /** Seconds since the epoch after which the commit may be deleted. */
  readonly ttl?: number;
  /** What the commit did to unique values: scopes, and digests that stand for the values. */
  readonly reservations?: readonly ReservationChange[];
  /** Of the first commit of an archived stream. */
  readonly archived?: true;
} & ExportedBody;

/** A commit of an export, with what is said of its stream beside it. */
export interface ExportedCommit {
  readonly commit: Commit;
  readonly archived: boolean;
  readonly segment: number | undefined;
}

/** @throws StreamCorruptedError The body of the commit cannot be read. */
export function formatCommitLine({ commit, archived, segment }: ExportedCommit): string {
  const { stream, version, commitId, recordedAt, metadata, ttl, reservations } = commit;
  const { aggregate, id, tenant } = stream;
  const line: CommitLine = {
    ...(segment === undefined ? {} : { segment }),
    stream: tenant === undefined ? { aggregate, id } : { tenant, aggregate, id },
    version,
    commitId,
    recordedAt: new Date(recordedAt).toISOString(),
    ...(metadata === undefined ? {} : { metadata: encodeValue(metadata, 'metadata') }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(reservations === undefined ? {} : { reservations }),
    ...(archived ? { archived } : {}),
    ...exportBody(commit),
  };
  return JSON.stringify(line);
}

/** Inverse of `formatCommitLine`. Throws for anything else, and for what could not be read once it is stored. */
export function parseCommitLine(line: unknown): ExportedCommit {
  const fields = new CommitFields(line);
  const metadata = fields.optional('metadata');
  const { count, types, body } = importBody(fields);
  const commit: Commit = {
    stream: fields.stream(),
    version: fields.wholeNumber('version', 1),
    count,
    types,
    commitId: fields.text('commitId'),
    recordedAt: fields.instant('recordedAt'),
    metadata: metadata === undefined ? undefined : (decodeValue(metadata) as EventMetadata),
    body,
    ttl: fields.optional('ttl') === undefined ? undefined : fields.wholeNumber('ttl', 0),
    ...importReservations(fields),
  };
  checkCommit(commit);
  const segment = fields.optional('segment') === undefined ? undefined : fields.wholeNumber('segment', 0);
  return { commit, archived: fields.optional('archived') === true, segment };
}

function exportBody(commit: Commit): ExportedBody {
  const { body, count, types } = commit;
  if (typeof body !== 'string') {
    checkCount(commit, () => decodeBody(body).entries.length);
    return { count, types, base64: Buffer.from(body).toString('base64') };
  }
  let entries: readonly Entry[] = [];
  checkCount(commit, () => (entries = entriesOf(body)).length);
  const events = entries.map(([typeIndex, payload, ...sealed]): ExportedEvent => {
    const type = types[typeIndex];
    if (type === undefined)
      throw new StreamCorruptedError(commit.stream, commit.version, `it has no type ${typeIndex}`);
    return { type, payload, ...(sealed.length === 0 ? {} : { sealed: sealed[0] ?? null }) };
  });
  const again = bodyOf(events);
  const isExact = again.body === body && again.types.join('\n') === types.join('\n');
  return isExact ? { events } : { count, types, text: body };
}

function importBody(fields: CommitFields): Pick<Commit, 'count' | 'types' | 'body'> {
  if (fields.optional('events') !== undefined) {
    const events = fields.list('events').map((event): ExportedEvent => {
      const each = new CommitFields(event);
      const sealed = each.optional('sealed');
      return { type: each.text('type'), payload: each.value('payload'), ...(sealed === undefined ? {} : { sealed }) };
    });
    return { ...bodyOf(events), count: events.length };
  }
  const types = fields.list('types').map((type) => new CommitFields({ type }).text('type'));
  const count = fields.wholeNumber('count', 0);
  const text = fields.optional('text');
  if (text !== undefined) return { count, types, body: fields.text('text') };
  return { count, types, body: new Uint8Array(Buffer.from(fields.text('base64'), 'base64')) };
}

function importReservations(fields: CommitFields): Pick<Commit, 'reservations'> {
  if (fields.optional('reservations') === undefined) return {};
  const reservations = fields.list('reservations').map((reservation): ReservationChange => {
    const each = new CommitFields(reservation);
    const change = each.text('change');
    if (change !== 'reserve' && change !== 'release')
      throw new SyntaxError(`"${change}" is no change of a reservation`);
    return { change, scope: each.text('scope'), digest: each.text('digest') };
  });
  return { reservations };
}

/** Type, payload and, where there is personal data, what is sealed of it. */
type Entry = readonly [typeIndex: number, payload: JsonValue, sealed?: JsonValue];

function entriesOf(body: string): readonly Entry[] {
  const entries = JSON.parse(body) as unknown;
  const isEntry = (each: unknown) => Array.isArray(each) && (each.length === 2 || each.length === 3);
  if (!Array.isArray(entries) || !entries.every(isEntry)) throw new SyntaxError('it is not a list of events');
  return entries as Entry[];
}

function bodyOf(events: readonly ExportedEvent[]): { readonly types: string[]; readonly body: string } {
  const types = [...new Set(events.map(({ type }) => type))];
  const entries = events.map(({ type, payload, sealed }): Entry => {
    const index = types.indexOf(type);
    return sealed === undefined ? [index, payload] : [index, payload, sealed];
  });
  return { types, body: JSON.stringify(entries) };
}

function checkCount(commit: Commit, count: () => number): void {
  let found: number;
  try {
    found = count();
  } catch (cause) {
    throw new StreamCorruptedError(commit.stream, commit.version, 'the events of the commit cannot be read', cause);
  }
  if (found === commit.count && (found > 0 || isTombstone(commit))) return;
  throw new StreamCorruptedError(
    commit.stream,
    commit.version,
    `the commit says ${commit.count} events, but holds ${found}`,
  );
}
