import { parseTypeLabel } from '../event/type-label.js';
import { decodeValue, encodeValue } from '../event/value-codec.js';
import { isRecord } from '../event/value-kind.js';
import type { JsonValue } from '../event/json-value.js';
import { checkUniqueValue } from '../event/unique-value.js';
import { checkCommitId } from '../store/arguments.js';
import { isTombstone, type Commit } from '../store/commit.js';
import { decodeBody, type BodyEntry } from '../store/commit-body.js';
import { keyIdsOf } from '../store/commit-sealing.js';
import { MAX_VERSION } from '../store/read-plan.js';
import type { ReservationChange } from '../store/reservation.js';

/** Latest time that a `Date` can hold, in seconds. */
const END_OF_TIME = 8.64e12;
const DIGEST = /^[\w-]{43}$/;
const KEY_ID = /^[\w-]+\.[1-9]\d*$/;

/**
 * Checks that a commit from outside can be read once it is stored: all that an append sees to. Throws a `SyntaxError`, or what
 * an append throws, that names the field.
 */
export function checkCommit(commit: Commit): void {
  const { commitId, metadata, ttl = 0 } = commit;
  checkCommitId(commitId);
  if (metadata !== undefined) {
    if (!isRecord(metadata)) throw new SyntaxError('metadata is not an object');
    encodeValue(metadata, 'metadata');
  }
  if (ttl > END_OF_TIME) throw new SyntaxError('ttl is beyond the end of time');
  if (commit.version > MAX_VERSION - commit.count) throw new SyntaxError('version is out of range');
  checkEvents(commit);
  checkReservations(commit.reservations ?? []);
}

function checkEvents(commit: Commit): void {
  const { body, count, types } = commit;
  for (const type of types)
    if (parseTypeLabel(type).name === '') throw new SyntaxError(`the type "${type}" has no name`);
  const { entries } = decodeBody(body);
  if (entries.length !== count || (count === 0 && !isTombstone(commit)))
    throw new SyntaxError(`count says ${count} events, but there are ${entries.length}`);
  for (const [index, entry] of entries.entries()) {
    try {
      checkEvent(entry, types);
    } catch (cause) {
      throw new SyntaxError(`event ${index} cannot be read: ${(cause as Error).message}`, { cause });
    }
  }
}

function checkEvent(entry: BodyEntry<JsonValue | Uint8Array>, types: readonly string[]): void {
  const { typeIndex, payload } = entry;
  const type = types[typeIndex];
  if (type === undefined) throw new SyntaxError(`there is no type ${typeIndex}`);
  // Also back, so that what is nested too deep is found.
  if (!(payload instanceof Uint8Array)) encodeValue(decodeValue(payload), parseTypeLabel(type).name);
  const stray = keyIdsOf([entry]).find((id) => !KEY_ID.test(id));
  if (stray !== undefined) throw new SyntaxError(`"${stray}" is not the id of a key`);
}

function checkReservations(reservations: readonly ReservationChange[]): void {
  const seen = new Set<string>();
  for (const { scope, digest } of reservations) {
    if (!DIGEST.test(digest)) throw new SyntaxError(`"${digest}" is not the digest of a value`);
    checkUniqueValue('reservations', { scope, value: digest });
    if (seen.has(digest)) throw new SyntaxError(`one value of "${scope}" is named twice`);
    seen.add(digest);
  }
}
