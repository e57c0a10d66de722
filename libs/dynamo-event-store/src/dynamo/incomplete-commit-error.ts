import { StreamCorruptedError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';

/**
 * Some items of a commit are there and others are not. It may be damage, or a read that met the commit half way: a query
 * sees the items of a transaction one by one ("Transaction isolation levels", Developer Guide).
 */
export class IncompleteCommitError extends StreamCorruptedError {
  constructor(
    stream: StreamId,
    /** Version at which the commit begins. */
    override readonly version: number,
    fault: string,
  ) {
    super(stream, version, fault);
  }
}
