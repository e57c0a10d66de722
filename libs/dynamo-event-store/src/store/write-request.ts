import type { StreamConflict } from '../errors/concurrency-error.js';
import type { StreamId } from '../event/stream-id.js';
import type { PreparedCommit } from './commit.js';
import type { ExpectedVersion } from './event-store.js';
import type { StreamHead } from './stream-head.js';

/** One stream's part of a write: a commit to append, or only the expectation to check. */
export interface WriteRequest {
  readonly stream: StreamId;
  readonly expected: ExpectedVersion;
  readonly commit?: PreparedCommit;
  readonly idempotencyKey?: string | undefined;
  readonly fingerprint?: string | undefined;
}

/** Where the next commit goes. */
export interface Position {
  readonly version: number;
  /** Time of the commit that ends there, in ms; 0 for none. */
  readonly recordedAt: number;
  /** When that commit may be deleted, in seconds since the epoch; `undefined`: never, or there is none. */
  readonly ttl?: number | undefined;
  /** Set when a commit was seen to stand there already. */
  readonly conflict?: StreamConflict;
}

export const NOWHERE: Position = { version: 0, recordedAt: 0 };

/** A stream that was only checked is where it was expected. */
export function checkedHead({ stream, expected }: WriteRequest, { version }: Position): StreamHead {
  return typeof expected === 'object' ? expected : Object.freeze({ stream, version });
}
