import type { AttributeValue, DeleteItemCommandInput, Put, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import type { ReservationChange } from '../store/reservation.js';
import type { Item } from './item-size.js';
import {
  ATTRIBUTES,
  parsePartitionKey,
  partitionKeyOf,
  reservationPartitionKey,
  RESERVATION_SORT_KEY,
} from './table-schema.js';

type Reservation = Pick<ReservationChange, 'scope' | 'digest'>;

const SIGNS = { reserve: '+', release: '-' } as const;

export function reservationKey(tenant: string | undefined, { scope, digest }: Reservation): Item {
  return {
    [ATTRIBUTES.partitionKey]: { S: reservationPartitionKey(tenant, scope, digest) },
    [ATTRIBUTES.sortKey]: { S: RESERVATION_SORT_KEY },
  };
}

/** The stream that holds the value of a reservation. */
export function holderOfItem(item: Item): StreamId {
  const holder = parsePartitionKey(item[ATTRIBUTES.holder]?.S ?? '');
  if (holder === undefined)
    throw new Error(`The reservation ${item[ATTRIBUTES.partitionKey]?.S ?? ''} names no stream that holds it.`);
  return holder;
}

/** What a commit does to one value, as an action of its transaction: nobody else may hold it. */
export function planReservation(table: string, commit: Commit, reservation: ReservationChange): TransactWriteItem {
  const { stream } = commit;
  const key = reservationKey(stream.tenant, reservation);
  const condition = {
    TableName: table,
    ConditionExpression: `attribute_not_exists(${ATTRIBUTES.partitionKey}) OR #holder = :holder`,
    ExpressionAttributeNames: { '#holder': ATTRIBUTES.holder },
    ExpressionAttributeValues: { ':holder': { S: partitionKeyOf(stream) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } satisfies Omit<Put, 'Item'>;
  if (reservation.change === 'release') return { Delete: { ...condition, Key: key } };
  return { Put: { ...condition, Item: { ...key, ...proofOf(commit) } } };
}

/** Frees a value that a commit has reserved, if it is still that reservation: not one of another stream, or of a later commit. */
export function planFree(table: string, commit: ReservingCommit, reservation: Reservation): DeleteItemCommandInput {
  const proof = Object.entries(proofOf(commit));
  return {
    TableName: table,
    Key: reservationKey(commit.stream.tenant, reservation),
    ConditionExpression: proof.map((_, index) => `#f${index} = :f${index}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(proof.map(([name], index) => [`#f${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(proof.map(([, value], index) => [`:f${index}`, value])),
  };
}

/** Who holds a value, and since which commit; the time tells commits of one id in two lives of a stream apart. */
function proofOf({ stream, commitId, recordedAt }: ReservingCommit): Item {
  return {
    [ATTRIBUTES.holder]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.commitId]: { S: commitId },
    [ATTRIBUTES.recordedAt]: { N: String(recordedAt) },
  };
}

export type ReservingCommit = Pick<Commit, 'stream' | 'commitId' | 'recordedAt'>;

/** `+<digest>:<scope>` for what a commit reserves, `-…` for what it releases. */
export function encodeChanges(changes: readonly ReservationChange[]): AttributeValue {
  return { L: changes.map(({ change, scope, digest }) => ({ S: `${SIGNS[change]}${digest}:${scope}` })) };
}

/** Inverse of `encodeChanges`. Throws `SyntaxError` for anything else. */
export function decodeChanges(value: AttributeValue): ReservationChange[] {
  if (value.L === undefined) throw new SyntaxError('the reservations are not a list');
  return value.L.map(({ S: text = '' }) => {
    const [, sign, digest, scope] = /^([+-])([\w-]{43}):(.+)$/su.exec(text) ?? [];
    if (digest === undefined || scope === undefined) throw new SyntaxError(`"${text}" is no reservation`);
    return { change: sign === SIGNS.reserve ? 'reserve' : 'release', scope, digest };
  });
}
