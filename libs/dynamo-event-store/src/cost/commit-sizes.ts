import { ATTRIBUTES, commitSortKey, partitionKeyOf, partSortKey } from '../dynamo/table-schema.js';
import type { StreamId } from '../event/stream-id.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { CommitTooLargeError, EventTooLargeError } from '../errors/store-errors.js';
import { parseTypeLabel } from '../event/type-label.js';
import { checkName } from '../store/arguments.js';
import { checkCommon, checkedFacts, checkedFlag, checkedList, checkedStream, checkedWhole } from './arguments.js';
import { itemBytes, type ItemValues } from './item-bytes.js';
import { MAX_BODY_BYTES, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES } from './limits.js';
import { cheaperBytes, listingKeyOf } from './item-sizes.js';

/** A commit, as far as its size goes. */
export interface CommitShape {
  readonly stream: StreamId;
  /** Of the first event. 1: the commit begins the stream, and is listed. */
  readonly version: number;
  /** At least one, except of the commit that closes a stream. */
  readonly events: readonly EventShape[];
  /** Default: 36 characters, as of the ids that the store makes; 47 with an idempotency key. */
  readonly commitId?: string;
  /** Bytes of the metadata as JSON text, `{"actorId":"ada"}`; absent when there is none. */
  readonly metadataBytes?: number;
  /** Scopes of the values that it reserves and releases. */
  readonly reservations?: readonly string[];
  /** ms since the epoch. A time that ends in pairs of zeros takes a byte less for each. */
  readonly recordedAt?: number;
  /** Seconds since the epoch. */
  readonly ttl?: number;
  /** Bytes of the events after gzip. They are stored so when that saves a write unit. Default: they do not compress. */
  readonly compressedBytes?: number;
}

export interface EventShape {
  /** Name and schema version, as it is stored: `order-placed@1`. */
  readonly type: string;
  /**
   * Bytes of the payload as JSON text in UTF-8, with what is encrypted of it: `Buffer.byteLength(JSON.stringify(event))`. A value
   * that JSON lacks takes some more: a `Date` is stored as `{"$date":"2026-01-01T00:00:00.000Z"}`.
   */
  readonly bytes: number;
  /** Whether the serializer gives bytes instead of JSON text. Default `false`. */
  readonly binary?: boolean;
}

const COMMIT_ID = 'x'.repeat(36);
const RECORDED_AT = 1_767_225_612_345;
const DIGEST_CHARACTERS = 43;
const FRAME_HEADER_BYTES = 7;

/**
 * Bytes of the item of a commit; of one above 400 KB, all its items together. Equal to what the store writes.
 * @throws InvalidArgumentError, CommitTooLargeError, EventTooLargeError As of `commitItemBytes`.
 */
export function commitBytes(commit: CommitShape): number {
  return commitItemBytes(commit).reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Bytes of each item of a commit: one; above 400 KB a first one and its parts.
 * @throws InvalidArgumentError Something of it cannot be meant, such as a version that is not a whole number from 1.
 * @throws CommitTooLargeError, EventTooLargeError Above what the store takes: 4 MB after compression, 64 MB before; 200 KB
 * besides the events of a commit above 400 KB.
 */
export function commitItemBytes(commit: CommitShape): readonly [number, ...number[]] {
  checkCommit(commit);
  const events = Buffer.byteLength(ATTRIBUTES.events);
  const head = headBytes(commit);
  const frame = head + events;
  const body = bodyBytes(commit.events);
  if (body > MAX_BODY_BYTES) throw tooLarge(commit, body, MAX_BODY_BYTES);
  const bytes = cheaperBytes(frame + body, frame, commit.compressedBytes);
  // A first commit has room for the byte more that it has in the listing of archived streams.
  const room = MAX_ITEM_BYTES - (commit.version === 1 ? 1 : 0);
  if (bytes <= room) return [bytes];
  if (head > MAX_ITEM_BYTES / 2)
    throw new CommitTooLargeError(commit.stream, commit.events.length, bytes, MAX_ITEM_BYTES);
  const parts = itemBytes({ [ATTRIBUTES.parts]: { N: '99' } });
  let left = bytes + parts - room;
  const sizes: [number, ...number[]] = [room];
  while (left > 0) {
    const part = itemBytes(partOf(commit, sizes.length + 1)) + events;
    const content = Math.min(left, MAX_ITEM_BYTES - part);
    sizes.push(part + content);
    left -= content;
  }
  const total = sizes.reduce((sum, each) => sum + each, 0);
  if (total > MAX_TRANSACTION_BYTES) throw tooLarge(commit, total, MAX_TRANSACTION_BYTES);
  return sizes;
}

/** Says whether one event is to blame, or all together. What each one takes after gzip is not known of several. */
function tooLarge(commit: CommitShape, bytes: number, limit: number): CommitTooLargeError | EventTooLargeError {
  const { stream, events, metadataBytes = 0, compressedBytes } = commit;
  const [only, ...others] = events;
  if (only !== undefined && others.length === 0 && bytes - metadataBytes > limit)
    return new EventTooLargeError(stream, parseTypeLabel(only.type).name, 0, bytes - metadataBytes, limit);
  const isPlain = limit === MAX_BODY_BYTES || compressedBytes === undefined;
  const index = events.findIndex((event) => isPlain && event.bytes > limit);
  const event = events[index];
  return event === undefined
    ? new CommitTooLargeError(stream, events.length, bytes, limit)
    : new EventTooLargeError(stream, parseTypeLabel(event.type).name, index, event.bytes, limit);
}

function headBytes(commit: CommitShape): number {
  const { metadataBytes } = commit;
  const metadata = metadataBytes === undefined ? 0 : Buffer.byteLength(ATTRIBUTES.metadata) + metadataBytes;
  return itemBytes(headOf(commit)) + metadata;
}

/** Everything but the events and the metadata. */
function headOf({ stream, version, events, commitId = COMMIT_ID, recordedAt = RECORDED_AT, ...rest }: CommitShape) {
  const { reservations = [], ttl } = rest;
  const types = [...new Set(events.map(({ type }) => type))];
  const head: ItemValues = {
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: commitSortKey(version) },
    [ATTRIBUTES.count]: { N: String(events.length) },
    [ATTRIBUTES.types]: { L: types.map((type) => ({ S: type })) },
    [ATTRIBUTES.commitId]: { S: commitId },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
    ...(reservations.length === 0 ? {} : { [ATTRIBUTES.reservations]: { L: reservations.map(changeOf) } }),
    ...(version === 1 ? { [ATTRIBUTES.listing]: { S: listingKeyOf(stream) } } : {}),
  };
  return head;
}

/** A sign, the digest of the value, a colon and the scope. */
function changeOf(scope: string) {
  return { S: `+${'x'.repeat(DIGEST_CHARACTERS)}:${scope}` };
}

function partOf({ stream, version, ttl }: CommitShape, part: number): ItemValues {
  return {
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: partSortKey(version, part) },
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
  };
}

/**
 * Of `[[0,payload],[1,payload]]`, where the number is the place of the event's type among those of the commit; where one
 * payload is bytes, of all of them with a header each.
 */
function bodyBytes(events: readonly EventShape[]): number {
  const payloads = events.reduce((sum, { bytes }) => sum + bytes, 0);
  if (events.some(({ binary }) => binary === true)) return payloads + events.length * FRAME_HEADER_BYTES;
  const types = [...new Set(events.map(({ type }) => type))];
  const places = new Map(types.map((type, place) => [type, String(place).length]));
  const frames = events.reduce((sum, { type }) => sum + (places.get(type) ?? 1) + '[,]'.length, 0);
  return '[]'.length + payloads + frames + Math.max(0, events.length - 1);
}

function checkCommit(commit: CommitShape): void {
  const { stream, version, events, metadataBytes, reservations, compressedBytes, ...rest } = checkedFacts(
    'commit',
    commit,
    '{ stream, version, events }',
  );
  checkedStream(stream);
  checkedWhole('version', version, 1);
  checkedList('events', events).forEach((event, index) => {
    const name = `events[${index}]`;
    const { type, bytes, binary } = checkedFacts(name, event, '{ type, bytes }');
    checkType(`${name}.type`, type);
    checkedWhole(`${name}.bytes`, bytes);
    checkedFlag(`${name}.binary`, binary);
  });
  if (events.length === 0 && version === 1)
    throw new InvalidArgumentError('events', 'is empty, but only a stream that has begun can be closed.');
  if (metadataBytes !== undefined) checkedWhole('metadataBytes', metadataBytes);
  if (compressedBytes !== undefined) checkedWhole('compressedBytes', compressedBytes);
  if (reservations !== undefined)
    checkedList('reservations', reservations).forEach((scope, index) => {
      checkName(`reservations[${index}]`, scope);
    });
  checkCommon(rest);
}

function checkType(argument: string, type: string): void {
  checkName(argument, type);
  try {
    parseTypeLabel(type);
  } catch (cause) {
    throw new InvalidArgumentError(argument, `is "${type}", but must have its schema version, as in ${type}@1.`, cause);
  }
}
