import { createHash } from 'node:crypto';
import { parsePartitionKey } from './table-schema.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';

/** Last stream taken from one partition of the listing index: time of creation and key. Nothing yet: `null`. */
export type ListPosition = readonly [at: number, key: string] | null | undefined;

/** Opaque text for the positions of all partitions. It fits only a query of the same scope. */
export function encodeListCursor(positions: readonly ListPosition[], scope: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([fingerprint(scope), positions.map((position) => position ?? null)])).toString(
    'base64url',
  );
}

/** Throws `InvalidArgumentError` for a cursor that was not made by `encodeListCursor` for the same scope. */
export function decodeListCursor(cursor: string, scope: readonly unknown[]): ListPosition[] {
  const [stamp, positions] = parse(cursor);
  if (stamp !== fingerprint(scope))
    throw new InvalidArgumentError('cursor', 'it belongs to a list with another aggregate or other options.');
  return positions;
}

function parse(cursor: string): [string, ListPosition[]] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a list.', cause);
  }
  if (!Array.isArray(parsed) || !Array.isArray(parsed[1]) || !parsed[1].every(isPosition)) {
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a list.');
  }
  return [String(parsed[0]), parsed[1]];
}

function isPosition(value: unknown): value is ListPosition {
  return (
    value === null ||
    (Array.isArray(value) &&
      value.length === 2 &&
      Number.isSafeInteger(value[0]) &&
      typeof value[1] === 'string' &&
      parsePartitionKey(value[1]) !== undefined)
  );
}

function fingerprint(scope: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(scope)).digest('base64url').slice(0, 12);
}
