import { SnapshotTooLargeError, StreamCorruptedError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';
import type { Snapshot } from '../store/snapshot.js';
import { itemBytes, MAX_ITEM_BYTES, type Item } from './item-size.js';
import { compressIfCheaper, MAX_BODY_BYTES, plainAttribute, unpackAttribute } from './packed-body.js';
import { ATTRIBUTES, partitionKeyOf, SNAPSHOT_SORT_KEY } from './table-schema.js';

/** The item of a snapshot. Throws `SnapshotTooLargeError` above 400 KB. */
export function toSnapshotItem({ stream, version, commit, schemaVersion, state, ttl }: Snapshot): Item {
  const item: Item = {
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: SNAPSHOT_SORT_KEY },
    [ATTRIBUTES.first]: { N: String(commit.first) },
    [ATTRIBUTES.last]: { N: String(version) },
    [ATTRIBUTES.commitId]: { S: commit.commitId },
    [ATTRIBUTES.recordedAt]: { N: String(commit.recordedAt) },
    [ATTRIBUTES.schema]: { N: String(schemaVersion) },
    [ATTRIBUTES.state]: plainAttribute(state),
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
  };
  const stored = compressIfCheaper(item, ATTRIBUTES.state, state);
  const bytes = itemBytes(stored);
  if (bytes > MAX_ITEM_BYTES || Buffer.byteLength(state) > MAX_BODY_BYTES)
    throw new SnapshotTooLargeError(stream, version, bytes, MAX_ITEM_BYTES);
  return stored;
}

/** Inverse of `toSnapshotItem`. Throws `StreamCorruptedError` for an item that is not a snapshot. */
export function fromSnapshotItem(stream: StreamId, item: Item): Snapshot {
  const [version, first, recordedAt, schemaVersion] = [
    ATTRIBUTES.last,
    ATTRIBUTES.first,
    ATTRIBUTES.recordedAt,
    ATTRIBUTES.schema,
  ].map((name) => Number(item[name]?.N));
  const commitId = item[ATTRIBUTES.commitId]?.S;
  const ttl = item[ATTRIBUTES.ttl]?.N;
  try {
    if (version === undefined || first === undefined || recordedAt === undefined || schemaVersion === undefined)
      throw new SyntaxError('it has no version');
    if (![version, first, recordedAt, schemaVersion].every(Number.isSafeInteger) || commitId === undefined)
      throw new SyntaxError('its versions are not numbers, or it does not name its commit');
    const state = unpackAttribute(item[ATTRIBUTES.state]);
    const commit = { first, commitId, recordedAt };
    return { stream, version, commit, schemaVersion, state, ttl: ttl === undefined ? undefined : Number(ttl) };
  } catch (cause) {
    throw new StreamCorruptedError(
      stream,
      Number.isSafeInteger(version) ? Number(version) : 0,
      'the snapshot cannot be read',
      cause,
    );
  }
}
