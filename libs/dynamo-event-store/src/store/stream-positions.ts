import { InvalidArgumentError } from '../errors/argument-errors.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import type { StreamId } from '../event/stream-id.js';
import { endOf, isTombstone, type Commit } from './commit.js';
import type { CommitLog } from './commit-log.js';
import { firstOf } from './commit-pages.js';
import { closedError, type Conflicts } from './conflicts.js';
import { MAX_VERSION, wholeNumber } from './read-plan.js';
import type { HeadLedger } from './stream-head.js';
import { NOWHERE, type Position, type WriteRequest } from './write-request.js';

/** Finds out where commits go: from proofs without a read, from bare versions and `any` with one of a single commit. */
export class StreamPositions {
  constructor(
    private readonly log: CommitLog,
    private readonly heads: HeadLedger,
    private readonly conflicts: Conflicts,
  ) {}

  /** The last commit that begins at or before `highest`. */
  async lastCommit(stream: StreamId, highest = MAX_VERSION): Promise<Commit | undefined> {
    const query = { order: 'backward', lowest: 1, highest, limit: 1, consistency: 'strong' } as const;
    return firstOf(this.log.pages(stream, query));
  }

  /** Where each write goes. Throws one `ConcurrencyError` that names all streams that are seen to be elsewhere. */
  async resolveAll(requests: readonly WriteRequest[]): Promise<Position[]> {
    const [only] = requests;
    if (only !== undefined && requests.length === 1) return [await this.resolve(only, true)];
    const resolved = await Promise.allSettled(requests.map((request) => this.resolve(request, false)));
    const failures = resolved.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    const other = failures.find((failure) => !(failure instanceof ConcurrencyError));
    if (other !== undefined) throw other;
    const [first, ...others] = resolved.flatMap((each) =>
      each.status === 'fulfilled' ? (each.value.conflict ?? []) : (each.reason as ConcurrencyError).conflicts,
    );
    if (failures.length > 0 && first !== undefined) throw new ConcurrencyError({ ...first, others });
    return resolved.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  }

  private async resolve(request: WriteRequest, alone: boolean): Promise<Position> {
    const { expected } = request;
    if (expected === 'none') return this.resolveBeginning(request);
    if (expected === 'any') return this.resolveEnd(request);
    if (typeof expected === 'number') return this.verify(request, wholeNumber('expected', expected) ?? 1, alone);
    const proof = this.heads.proofOf(expected);
    if (proof !== undefined) return { version: expected.version, recordedAt: proof.recordedAt, ttl: proof.ttl };
    if (expected.version === 0) return NOWHERE;
    return this.verify(request, wholeNumber('expected.version', expected.version) ?? 1, alone);
  }

  /**
   * Under retention the first commit may have expired and gone while later ones are there: then its slot is free, and a new
   * stream would begin in front of the old one.
   */
  private async resolveBeginning(request: WriteRequest): Promise<Position> {
    if (request.commit?.ttl === undefined) return NOWHERE;
    const last = await this.lastCommit(request.stream);
    if (last === undefined) return NOWHERE;
    const conflict = { ...(await this.conflicts.of(request.stream, 0, last)), ...NO_WINNER };
    return { ...before(last), conflict };
  }

  private async resolveEnd(request: WriteRequest): Promise<Position> {
    const last = await this.lastCommit(request.stream);
    if (last === undefined) return NOWHERE;
    return isOwn(request, last) ? before(last) : after(last);
  }

  /** One read of one commit, the last, tells whether `version` is the end of the stream; a second one, who took its place. */
  private async verify(request: WriteRequest, version: number, alone: boolean): Promise<Position> {
    const { stream } = request;
    if (version >= MAX_VERSION)
      throw new InvalidArgumentError('expected', `version ${version} leaves no room for another event.`);
    const last = await this.lastCommit(stream);
    if (last === undefined) throw new ConcurrencyError({ stream, expected: version, actual: 0, reason: 'ahead' });
    const end = endOf(last);
    if (end === version) return after(last);
    if (end < version) throw new ConcurrencyError({ stream, expected: version, actual: end, reason: 'ahead' });
    return this.passed(request, version, alone, last);
  }

  /** The stream has gone on. The commit in the slot says whether it was by this very write. */
  private async passed(request: WriteRequest, version: number, alone: boolean, last: Commit): Promise<Position> {
    const { stream } = request;
    const nearest = last.version === version + 1 ? last : await this.lastCommit(stream, version + 1);
    const end = nearest === undefined ? 0 : endOf(nearest);
    if (nearest !== undefined && nearest.version <= version && end > version)
      throw new ConcurrencyError({ stream, expected: version, actual: end, reason: 'inside-commit' });
    // What lies in between has expired, or is being purged.
    const next = nearest !== undefined && nearest.version > version ? nearest : last;
    if (isOwn(request, next) || request.idempotencyKey !== undefined) return before(next);
    if (isTombstone(last)) throw closedError(last);
    const conflict = { ...(await this.conflicts.of(stream, version, next)), ...(next === nearest ? {} : NO_WINNER) };
    // Of a write to several streams the refusal tells more: all who lost, or that everything is stored already.
    if (!alone) return { ...before(next), conflict };
    throw new ConcurrencyError(conflict);
  }
}

/** Of a commit that does not follow on the version that the writer knows. */
const NO_WINNER = { winner: [], head: undefined } as const;

/** The place where a commit stands: writing there again tells whether it is our own, and if not, who won. */
function before(commit: Commit): Position {
  return { version: commit.version - 1, recordedAt: commit.recordedAt };
}

function after(last: Commit): Position {
  return { version: endOf(last), recordedAt: last.recordedAt, ttl: last.ttl };
}

function isOwn({ commit }: WriteRequest, stored: Commit): boolean {
  return commit?.commitId === stored.commitId;
}
