import type { SummaryFilter, SummaryPosition } from './order-summary.store.js';

/** A cursor that was not issued for this list. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
  constructor() {
    super('cursor must be one from an earlier page of the same list, unchanged');
  }
}

/** Opaque to clients. Holds the filter too, so that it cannot be taken to another list, where it would skip orders. */
export function encodeCursor({ customerId, status }: SummaryFilter, { orderId, placedAt }: SummaryPosition): string {
  return Buffer.from(JSON.stringify([customerId ?? null, status ?? null, orderId, placedAt])).toString('base64url');
}

/** @throws InvalidCursorError */
export function decodeCursor(cursor: string, { customerId, status }: SummaryFilter): SummaryPosition {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts.length !== 4) throw new InvalidCursorError();
  const [cursorCustomer, cursorStatus, orderId, placedAt] = parts as unknown[];
  if (cursorCustomer !== (customerId ?? null) || cursorStatus !== (status ?? null)) throw new InvalidCursorError();
  if (typeof orderId !== 'string' || orderId === '' || typeof placedAt !== 'string') throw new InvalidCursorError();
  return { orderId, placedAt };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new InvalidCursorError();
  }
}
