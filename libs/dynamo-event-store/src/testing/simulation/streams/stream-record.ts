import type { StreamViewType } from '@aws-sdk/client-dynamodb';
import { itemBytes } from '../../../cost/item-bytes.js';
import type { Item } from '../../../dynamo/item-size.js';
import { hash } from '../random.js';
import type { ItemKey } from '../storage/item-key.js';
import { deepCopy, getOwn, setOwn } from '../values/attribute-value.js';
import type { RecordOutput } from './stream-shapes.js';

/** Who removed an item: somebody's request, or DynamoDB because it had expired. */
export type ChangeCause = 'request' | 'time-to-live';

/** A change of one item. Its items are those that were stored, which are never changed. */
export interface ItemChange {
  readonly key: ItemKey;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly cause: ChangeCause;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** A change as a stream of some view type shows it. */
export interface StreamRecord {
  readonly eventName: RecordOutput['eventName'];
  readonly keys: Item;
  readonly newImage: Item | undefined;
  readonly oldImage: Item | undefined;
  readonly bytes: number;
  readonly createdAt: number;
  readonly cause: ChangeCause;
}

export function streamRecord(change: ItemChange, keyNames: readonly string[], viewType: StreamViewType): StreamRecord {
  const { before, after, createdAt, cause } = change;
  const newImage = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? after : undefined;
  const oldImage = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? before : undefined;
  const keys = keysOf(after ?? before, keyNames);
  return {
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    keys,
    newImage,
    oldImage,
    bytes: itemBytes(keys) + itemBytes(newImage ?? {}) + itemBytes(oldImage ?? {}),
    createdAt,
    cause,
  };
}

/** A record as `GetRecords` returns it, in a copy that belongs to the caller. */
export function recordOutput(
  record: StreamRecord,
  { shardId, sequence, viewType }: { shardId: string; sequence: bigint; viewType: StreamViewType },
): RecordOutput {
  const { newImage, oldImage } = record;
  return {
    eventID: eventId(`${shardId}/${sequence}`),
    eventName: record.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'simulated',
    dynamodb: {
      // In whole seconds, as the service has it.
      ApproximateCreationDateTime: new Date(Math.floor(record.createdAt / 1_000) * 1_000),
      Keys: deepCopy(record.keys),
      ...(newImage === undefined ? {} : { NewImage: deepCopy(newImage) }),
      ...(oldImage === undefined ? {} : { OldImage: deepCopy(oldImage) }),
      SequenceNumber: String(sequence),
      SizeBytes: record.bytes,
      StreamViewType: viewType,
    },
    ...(record.cause === 'time-to-live'
      ? { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } }
      : {}),
  };
}

function keysOf(item: Item | undefined, names: readonly string[]): Item {
  const keys: Item = {};
  for (const name of names) setOwn(keys, name, getOwn(item, name));
  return keys;
}

function eventId(text: string): string {
  return [0, 1, 2, 3].map((salt) => hash(text, salt).toString(16).padStart(8, '0')).join('');
}
