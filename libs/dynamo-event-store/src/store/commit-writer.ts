import { randomUUID } from 'node:crypto';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import { AggregateNotFoundError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';
import type { Backoff } from './backoff.js';
import { digestOf, endOf, isTombstone, placeCommit, type Commit } from './commit.js';
import type { CommitOpener } from './commit-events.js';
import { expiryAfter } from './expiry.js';
import type { CommitLog, LogWrite, Obstacle } from './commit-log.js';
import { closedError, Conflicts, heldValueError } from './conflicts.js';
import { hashOf, type Receipt } from './receipt.js';
import { StoredWrites } from './stored-writes.js';
import type { HeadLedger, StreamHead } from './stream-head.js';
import { StreamPositions } from './stream-positions.js';
import { checkedHead, NOWHERE, type Position, type WriteRequest } from './write-request.js';

export interface WriterParts {
  readonly log: CommitLog;
  readonly opener: CommitOpener;
  readonly heads: HeadLedger;
  readonly clock: () => Date;
  readonly backoff: Backoff;
}

/** Lost races after which an append with `expected: 'any'` gives up. */
const ANY_ATTEMPTS = 64;

/**
 * The rules of appending. Their safety rests on two facts: a slot (stream, first version) is written at most once, and the
 * version before it was seen to be the end of a commit. Two writers who saw the same end compete for the same slot; a
 * writer who saw an older end finds its slot taken.
 */
export class CommitWriter {
  private readonly conflicts: Conflicts;
  private readonly positions: StreamPositions;
  private readonly storedWrites: StoredWrites;

  constructor(private readonly parts: WriterParts) {
    const { log, opener, heads } = parts;
    this.conflicts = new Conflicts(heads, opener);
    this.positions = new StreamPositions(log, heads, this.conflicts);
    this.storedWrites = new StoredWrites(heads);
  }

  /** Writes all or nothing; a head for each request, in order. */
  async write(requests: readonly WriteRequest[]): Promise<StreamHead[]> {
    for (let attempt = 1; ; attempt++) {
      const positions = await this.positions.resolveAll(requests);
      refuseToCloseNothing(requests, positions);
      const writes = requests.map((request, index) => this.place(request, positions[index] ?? NOWHERE));
      const outcome = await this.parts.log.write(writes);
      if (outcome.kind === 'stored')
        return requests.map((request, index) => this.headAfter(request, writes[index], positions[index]));
      const settled = this.storedWrites.settle(requests, writes, positions, outcome.obstacles);
      if (settled !== undefined) return settled;
      await this.refuseUnlessRetried(requests, positions, outcome.obstacles, attempt);
      await this.parts.backoff(attempt);
    }
  }

  /** The last commit that begins at or before `highest`; all of the stream by default. */
  lastCommit(stream: StreamId, highest?: number): Promise<Commit | undefined> {
    return this.positions.lastCommit(stream, highest);
  }

  private headAfter(request: WriteRequest, write: LogWrite | undefined, position = NOWHERE): StreamHead {
    return write !== undefined && 'commit' in write
      ? this.parts.heads.issue(request.stream, write.commit)
      : checkedHead(request, position);
  }

  private place({ stream, commit, idempotencyKey, fingerprint }: WriteRequest, position: Position): LogWrite {
    const slot = position.version + 1;
    if (commit === undefined) return { stream, slot };
    // A clock behind the one of the previous writer must not make time run backwards inside a stream.
    const recordedAt = Math.max(this.parts.clock().getTime(), position.recordedAt);
    const ttl = position.version === 0 ? commit.ttl : expiryAfter(position.ttl, commit);
    const placed: Commit = placeCommit({ ...commit, ttl }, slot, recordedAt);
    if (idempotencyKey === undefined) return { commit: placed };
    const { commitId } = commit;
    const receipt: Receipt = {
      commitId,
      attempt: randomUUID(),
      first: slot,
      last: endOf(placed),
      recordedAt,
      digest: digestOf(commit),
      fingerprint: fingerprint === undefined ? undefined : hashOf(fingerprint),
    };
    return { commit: placed, receipt: { id: hashOf(idempotencyKey), receipt } };
  }

  /** Returns only when every lost race was for the end of a stream, wherever that is, and may be run again. */
  private async refuseUnlessRetried(
    requests: readonly WriteRequest[],
    positions: readonly Position[],
    obstacles: readonly Obstacle[],
    attempt: number,
  ): Promise<void> {
    const lost = requests.flatMap((request, index) => {
      const found = obstacles[index]?.commit;
      return found === undefined ? [] : [{ request, found, position: positions[index] ?? NOWHERE }];
    });
    const closed = lost.find(({ found }) => isTombstone(found));
    if (closed !== undefined) throw closedError(closed.found);
    // Where the stream has moved on too, that comes first: the next decision may want another value.
    const held = lost.length === 0 ? heldValueError(requests, obstacles) : undefined;
    if (held !== undefined) throw held;
    const firm = lost.filter(({ request }) => request.expected !== 'any');
    if (firm.length === 0 && attempt < ANY_ATTEMPTS) return;
    const [first, ...others] = await Promise.all(
      (firm.length === 0 ? lost : firm).map(
        async ({ request, found, position }) =>
          position.conflict ?? (await this.conflicts.of(request.stream, position.version, found)),
      ),
    );
    if (first !== undefined) throw new ConcurrencyError({ ...first, others });
  }
}

/** A stream that was purged since it was looked at must not get an end: its id is free. */
function refuseToCloseNothing(requests: readonly WriteRequest[], positions: readonly Position[]): void {
  const gone = requests.find(
    ({ commit, expected }, index) =>
      expected === 'any' && commit !== undefined && isTombstone(commit) && positions[index]?.version === 0,
  );
  if (gone !== undefined) throw new AggregateNotFoundError(gone.stream);
}
