import { createHash } from 'node:crypto';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { MAX_SORT_KEY_BYTES } from './view-schema.js';

/** The last item of a page. The generation is no part of it, so that paging goes on when another build is served. */
export interface ViewPosition {
  readonly sort: string;
  readonly key: string;
}

/** Opaque text for a position. It fits only a query of the same scope. */
export function encodeViewCursor({ sort, key }: ViewPosition, scope: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([fingerprint(scope), sort, key])).toString('base64url');
}

/** @throws InvalidArgumentError The cursor was not made by `encodeViewCursor` for the same scope. */
export function decodeViewCursor(cursor: string, scope: readonly unknown[]): ViewPosition {
  const [stamp, sort, key] = parse(cursor);
  if (stamp !== fingerprint(scope))
    throw new InvalidArgumentError(
      'cursor',
      'it belongs to another query: other view, index, bounds, order or tenant.',
    );
  if (!isPart(sort) || !isPart(key) || Buffer.byteLength(sort) > MAX_SORT_KEY_BYTES)
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a query.');
  return { sort, key };
}

/** DynamoDB rejects a position with an empty part; a lone surrogate would stand for another position. */
function isPart(text: string): boolean {
  return text !== '' && text.isWellFormed();
}

function parse(cursor: string): readonly [string, string, string] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a query.', cause);
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || !parsed.every((part) => typeof part === 'string'))
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a query.');
  return parsed as unknown as readonly [string, string, string];
}

function fingerprint(scope: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(scope)).digest('base64url').slice(0, 12);
}
