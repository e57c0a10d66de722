import { StreamCorruptedError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';
import type { Receipt } from '../store/receipt.js';
import type { Item } from './item-size.js';
import { ATTRIBUTES, partitionKeyOf, receiptSortKey } from './table-schema.js';

export function toReceiptItem(stream: StreamId, id: string, receipt: Receipt, ttl: number | undefined): Item {
  return {
    [ATTRIBUTES.partitionKey]: { S: partitionKeyOf(stream) },
    [ATTRIBUTES.sortKey]: { S: receiptSortKey(id) },
    [ATTRIBUTES.commitId]: { S: receipt.commitId },
    [ATTRIBUTES.first]: { N: String(receipt.first) },
    [ATTRIBUTES.last]: { N: String(receipt.last) },
    [ATTRIBUTES.recordedAt]: { N: String(receipt.recordedAt) },
    [ATTRIBUTES.attempt]: { S: receipt.attempt },
    [ATTRIBUTES.digest]: { S: receipt.digest },
    ...(receipt.fingerprint === undefined ? {} : { [ATTRIBUTES.fingerprint]: { S: receipt.fingerprint } }),
    ...(ttl === undefined ? {} : { [ATTRIBUTES.ttl]: { N: String(ttl) } }),
  };
}

/** Inverse of `toReceiptItem`. Throws `StreamCorruptedError` for an item that is not a receipt. */
export function fromReceiptItem(stream: StreamId, item: Item): Receipt {
  const [first, last, recordedAt] = [ATTRIBUTES.first, ATTRIBUTES.last, ATTRIBUTES.recordedAt].map((name) =>
    Number(item[name]?.N),
  );
  const commitId = item[ATTRIBUTES.commitId]?.S;
  const attempt = item[ATTRIBUTES.attempt]?.S;
  const digest = item[ATTRIBUTES.digest]?.S;
  if (
    first === undefined ||
    last === undefined ||
    recordedAt === undefined ||
    ![first, last, recordedAt].every(Number.isSafeInteger) ||
    commitId === undefined ||
    attempt === undefined ||
    digest === undefined
  )
    throw new StreamCorruptedError(stream, 0, 'a receipt of an idempotency key cannot be read');
  const ttl = item[ATTRIBUTES.ttl]?.N;
  const receipt = { commitId, attempt, first, last, recordedAt, digest, fingerprint: item[ATTRIBUTES.fingerprint]?.S };
  return ttl === undefined ? receipt : { ...receipt, ttl: Number(ttl) };
}
