import { StreamCorruptedError } from '../errors/store-errors.js';
import { endOf, isTombstone, type Commit } from './commit.js';
import { hasExpired } from './expiry.js';
import type { ReadPlan } from './read-plan.js';
import type { StreamHead } from './stream-head.js';

/** Follows the commits of a stream in the order of a plan, and sees that none is missing. */
export class CommitSuccession {
  /** The last commit that was met, whether it counts or not. */
  last: Commit | undefined;
  /** Whether what follows lies outside the plan. */
  isOver = false;
  private lastKept: Commit | undefined;
  private lastExpired: Commit | undefined;

  /**
   * @param base Head that the commits must follow on. Default: the beginning of the stream.
   * @param now ms since the epoch.
   */
  constructor(
    private readonly plan: ReadPlan,
    private readonly base: StreamHead | undefined,
    private readonly now: number,
  ) {}

  /** The commits that overlap the plan's range. Throws `StreamCorruptedError` at the first that does not follow. */
  *follow(commits: readonly Commit[]): Generator<Commit, void, undefined> {
    const { plan } = this;
    const isForward = plan.order === 'forward';
    for (const commit of commits) {
      this.last = commit;
      // DynamoDB deletes expired items in any order, so each counts as gone from the same instant on.
      if (hasExpired(commit, this.now)) {
        if (isForward && (this.lastKept ?? this.base) !== undefined) throw holeAt(commit);
        this.lastExpired = commit;
      } else {
        if (!isForward && this.lastExpired !== undefined) throw holeAt(this.lastExpired);
        this.check(commit);
        this.lastKept = commit;
        if (commit.recordedAt <= plan.asOf && endOf(commit) >= plan.from) yield commit;
        else this.isOver = isForward && commit.recordedAt > plan.asOf;
      }
      this.isOver ||= isForward ? endOf(commit) >= plan.to : commit.version <= plan.from;
      if (this.isOver) return;
    }
  }

  /** Called when the stream has no more commits. */
  end(): void {
    if (this.plan.order === 'backward' && this.lastKept !== undefined) checkBeginning(this.lastKept);
  }

  private check(commit: Commit): void {
    const { plan, base, lastKept: previous } = this;
    if (previous === undefined && base === undefined) {
      if (plan.order === 'forward' && commit.version > plan.from) checkBeginning(commit);
      return;
    }
    const [earlier, later] = plan.order === 'forward' ? [previous, commit] : [commit, previous];
    const expected = (earlier === undefined ? (base?.version ?? 0) : endOf(earlier)) + 1;
    if (later === undefined || later.version === expected) return;
    const fault =
      later.version > expected
        ? `versions ${expected} to ${later.version - 1} are missing`
        : `two commits hold version ${later.version}`;
    throw new StreamCorruptedError(commit.stream, expected, fault);
  }
}

/** Only the beginning of a stream may expire: what comes after a commit that counts was part of the stream too. */
function holeAt(commit: Commit): StreamCorruptedError {
  const versions = `versions ${commit.version} to ${endOf(commit)}`;
  const fault = `${versions} are missing: they have expired before what they follow on`;
  return new StreamCorruptedError(commit.stream, commit.version, fault);
}

/** A stream begins at version 1; only under retention may its beginning have expired, down to the tombstone. */
function checkBeginning(first: Commit): void {
  if (first.version === 1 || first.ttl !== undefined || isTombstone(first)) return;
  throw new StreamCorruptedError(first.stream, 1, `versions 1 to ${first.version - 1} are missing`);
}
