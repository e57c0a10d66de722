import { ATTRIBUTES, commitSortKey, partitionKeyOf, partSortKey } from '../dynamo/table-schema.js';
import type { StreamId } from '../event/stream-id.js';
import { checkedAmount } from './amount.js';
import { itemBytes, MAX_ITEM_BYTES, type ItemValues } from './item-bytes.js';
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
  /** Bytes of the payload as JSON text in UTF-8, with what is encrypted of it. */
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
 * @throws InvalidArgumentError A number of bytes is negative or not a number.
 */
export function commitBytes(commit: CommitShape): number {
  return commitItemBytes(commit).reduce((sum, bytes) => sum + bytes, 0);
}

/** Bytes of each item of a commit: one; above 400 KB a first one and its parts. */
export function commitItemBytes(commit: CommitShape): readonly [number, ...number[]] {
  const events = Buffer.byteLength(ATTRIBUTES.events);
  const frame = itemBytes(headOf(commit)) + events;
  const bytes = cheaperBytes(frame + bodyBytes(commit.events), frame, commit.compressedBytes);
  // A first commit has room for the byte more that it has in the listing of archived streams.
  const room = MAX_ITEM_BYTES - (commit.version === 1 ? 1 : 0);
  if (bytes <= room) return [bytes];
  const parts = itemBytes({ [ATTRIBUTES.parts]: { N: '99' } });
  let left = bytes + parts - room;
  const sizes: [number, ...number[]] = [room];
  while (left > 0) {
    const part = itemBytes(partOf(commit, sizes.length + 1)) + events;
    const content = Math.min(left, MAX_ITEM_BYTES - part);
    sizes.push(part + content);
    left -= content;
  }
  return sizes;
}

/** Everything but the events. */
function headOf({ stream, version, events, commitId = COMMIT_ID, recordedAt = RECORDED_AT, ...rest }: CommitShape) {
  const { metadataBytes, reservations = [], ttl } = rest;
  const types = [...new Set(events.map(({ type }) => type))];
  const head: ItemValues = {
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: commitSortKey(version) },
    [ATTRIBUTES.count]: { N: String(events.length) },
    [ATTRIBUTES.types]: { L: types.map((type) => ({ S: type })) },
    [ATTRIBUTES.commitId]: { S: commitId },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
    ...(metadataBytes === undefined ? {} : { [ATTRIBUTES.metadata]: { S: 'x'.repeat(metadataBytes) } }),
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
  const payloads = events.reduce((sum, { bytes }) => sum + checkedAmount('bytes', bytes), 0);
  if (events.some(({ binary }) => binary === true)) return payloads + events.length * FRAME_HEADER_BYTES;
  const types = [...new Set(events.map(({ type }) => type))];
  const places = new Map(types.map((type, place) => [type, String(place).length]));
  const frames = events.reduce((sum, { type }) => sum + (places.get(type) ?? 1) + '[,]'.length, 0);
  return '[]'.length + payloads + frames + Math.max(0, events.length - 1);
}
