import type { StreamId } from '../event/stream-id.js';
import { bodyBytes, endOf, isTombstone, markOf, type Commit } from './commit.js';
import type { CommitMark } from './snapshot.js';

/**
 * Proof that a version is the end of a commit. Issued by a store only; one that was rebuilt, for example from JSON, or
 * comes from another store is accepted too, but verified by one bounded read like a bare version.
 */
export interface StreamHead {
  readonly stream: StreamId;
  /** Version of the last event; 0 when there is none. */
  readonly version: number;
  /** Time of the last commit; of a closed stream, when it was closed. Absent when there is none. */
  readonly recordedAt?: Date;
  /** Present when the stream is closed: it takes no more events. */
  readonly closed?: true;
  /**
   * Present when an `idempotencyKey` was used before: nothing was written now, and `version` is that of the first time,
   * so the stream may be further by now.
   */
  readonly repeated?: true;
}

/** What a store remembers of a head it has issued. */
export interface ProvedHead {
  /** Time of the commit that ends at the head, in ms; 0 at version 0. */
  readonly recordedAt: number;
  /** The commit that ends there; absent at version 0 and for closed streams. */
  readonly mark: CommitMark | undefined;
  /** Size of that commit's events before compression; 0 when it is not known. */
  readonly bytes: number;
  /** Seconds since the epoch after which that commit may be deleted. */
  readonly ttl: number | undefined;
  /** Ids of the keys that personal data in that commit is encrypted with, as far as known. */
  readonly keys: readonly string[];
}

/** What is known of a commit beside its mark. */
interface MarkFacts extends Partial<Pick<ProvedHead, 'ttl'>> {
  readonly repeated?: boolean;
  readonly keys?: readonly string[] | undefined;
}

/** Remembers which heads one store has issued, and what it knew then; a caller may change the `Date` of a head. */
export class HeadLedger {
  private readonly issued = new WeakMap<StreamHead, ProvedHead>();

  /** @param last The last commit of the stream; `undefined` when there is none. */
  issue(stream: StreamId, last: Commit | undefined): StreamHead {
    if (last === undefined)
      return this.enter(stream, { version: 0 }, { recordedAt: 0, mark: undefined, bytes: 0, ttl: undefined, keys: [] });
    const closed = isTombstone(last);
    const { recordedAt } = last;
    const facts = { version: endOf(last), recordedAt: new Date(recordedAt) };
    return this.enter(stream, closed ? { ...facts, closed } : facts, {
      recordedAt,
      mark: closed ? undefined : markOf(last),
      bytes: bodyBytes(last),
      ttl: last.ttl,
      keys: last.keys ?? [],
    });
  }

  /** A head whose commit is known by its mark only. */
  issueAt(
    stream: StreamId,
    version: number,
    mark: CommitMark,
    { repeated = false, ttl, keys = [] }: MarkFacts = {},
  ): StreamHead {
    const facts = { version, recordedAt: new Date(mark.recordedAt) };
    return this.enter(stream, repeated ? { ...facts, repeated } : facts, {
      recordedAt: mark.recordedAt,
      mark,
      bytes: 0,
      ttl,
      keys,
    });
  }

  /** `undefined` when this store did not issue the head. */
  proofOf(head: StreamHead): ProvedHead | undefined {
    return this.issued.get(head);
  }

  private enter(stream: StreamId, facts: Omit<StreamHead, 'stream'>, proof: ProvedHead): StreamHead {
    // A caller who goes on to change its own stream id must not move the proof to another stream.
    const head: StreamHead = Object.freeze({ stream: Object.freeze({ ...stream }), ...facts });
    this.issued.set(head, proof);
    return head;
  }
}

/** The head of a write to one stream. */
export function onlyHead([head]: readonly StreamHead[]): StreamHead {
  if (head === undefined) throw new TypeError('A write to one stream has one head.');
  return head;
}
