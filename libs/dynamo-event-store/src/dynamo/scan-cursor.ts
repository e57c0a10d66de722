import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { Item } from './item-size.js';
import { ATTRIBUTES } from './table-schema.js';

/** Which share of the table a scan reads; a place in one is none in another. */
export interface ScanSegment {
  readonly segment: number;
  readonly segments: number;
}

/** Opaque text for the key that a page of a segment ended with. */
export function encodeScanCursor(lastKey: Item, { segment, segments }: ScanSegment): string {
  const keys = [lastKey[ATTRIBUTES.partitionKey]?.S, lastKey[ATTRIBUTES.sortKey]?.S];
  return Buffer.from(JSON.stringify([segment, segments, ...keys])).toString('base64url');
}

/** @throws InvalidArgumentError The text was not made by `encodeScanCursor` for the same segment. */
export function decodeScanCursor(cursor: string, { segment, segments }: ScanSegment): Item {
  const [itsSegment, itsSegments, partitionKey, sortKey] = parse(cursor);
  if (typeof partitionKey !== 'string' || typeof sortKey !== 'string')
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a scan.');
  if (itsSegment !== segment || itsSegments !== segments)
    throw new InvalidArgumentError(
      'cursor',
      `it belongs to segment ${String(itsSegment)} of ${String(itsSegments)}, not to ${segment} of ${segments}.`,
    );
  return { [ATTRIBUTES.partitionKey]: { S: partitionKey }, [ATTRIBUTES.sortKey]: { S: sortKey } };
}

function parse(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch (cause) {
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a scan.', cause);
  }
}
