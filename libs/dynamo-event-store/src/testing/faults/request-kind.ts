import type { FaultKind, FaultRequest } from './fault.js';

const PAGES = new Set(['Query', 'Scan']);
const BATCHES = new Set(['BatchGetItem', 'BatchWriteItem']);
const SINGLE_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Whether a fault of this kind can happen to such a request at all. */
export function canHappen(kind: FaultKind, request: FaultRequest): boolean {
  if (kind === 'staleRead') return isRead(request) && !isStronglyConsistent(request);
  if (kind === 'partialResult') return isPage(request) || BATCHES.has(request.operation);
  if (kind === 'transactionConflict') return transactionItems(request) > 0 || SINGLE_WRITES.has(request.operation);
  return true;
}

export function isPage({ operation }: FaultRequest): boolean {
  return PAGES.has(operation);
}

/** A read that can be eventually consistent; transactions cannot. */
export function isRead({ operation }: FaultRequest): boolean {
  return PAGES.has(operation) || operation === 'GetItem' || operation === 'BatchGetItem';
}

/** Number of items of a transaction; 0 for other requests. */
export function transactionItems({ operation, input }: FaultRequest): number {
  const isTransaction = operation === 'TransactWriteItems' || operation === 'TransactGetItems';
  return isTransaction ? ((input['TransactItems'] as readonly unknown[] | undefined)?.length ?? 0) : 0;
}

function isStronglyConsistent({ operation, input }: FaultRequest): boolean {
  const parts = operation === 'BatchGetItem' ? Object.values(input['RequestItems'] ?? {}) : [input];
  return parts.some((part) => (part as { ConsistentRead?: boolean }).ConsistentRead === true);
}
