import type { StreamId } from '../event/stream-id.js';

/**
 * Proof that a version is the end of a commit. Issued by a store only; one that was rebuilt, for example from JSON, or
 * comes from another store is accepted too, but verified by one bounded read like a bare version.
 */
export interface StreamHead {
  readonly stream: StreamId;
  /** Version of the last event; 0 when there is none. */
  readonly version: number;
  /** Time of the last commit; absent when there is none. */
  readonly recordedAt?: Date;
}

/** Remembers which heads one store has issued, and when their commits were recorded; a caller may change the `Date` of a head. */
export class HeadLedger {
  private readonly issued = new WeakMap<StreamHead, number>();

  /** @param recordedAt Time of the commit that ends at `version`, in ms since the epoch; 0 for version 0. */
  issue(stream: StreamId, version: number, recordedAt: number): StreamHead {
    // A caller who goes on to change its own stream id must not move the proof to another stream.
    const own = Object.freeze({ ...stream });
    const head: StreamHead = Object.freeze(
      version === 0 ? { stream: own, version } : { stream: own, version, recordedAt: new Date(recordedAt) },
    );
    this.issued.set(head, recordedAt);
    return head;
  }

  /** Time of the commit under an issued head, in ms; `undefined` when this store did not issue it. */
  recordedAt(head: StreamHead): number | undefined {
    return this.issued.get(head);
  }
}
