import { ImportConflictError } from '../errors/transfer-errors.js';
import type { StreamId } from '../event/stream-id.js';
import { encodeValue } from '../event/value-codec.js';
import { endOf, isTombstone, sameEvents, type Commit } from './commit.js';
import type { CommitLog, CommitQuery } from './commit-log.js';
import { firstOf } from './commit-pages.js';
import { MAX_VERSION } from './read-plan.js';

/** `present`: the very same commit was there. `expired`: it would be gone at once, so it was left out. */
export type Restored = 'stored' | 'present' | 'expired';

/**
 * Puts the commits of one stream back under their own versions, ids and times. It is as safe as appending: a slot is
 * written at most once, and only after the version before it was seen to be the end of a commit.
 */
export class StreamRestoration {
  /** Version that the next commit must follow on, once it is known. */
  private end: number | undefined;
  private isClosed = false;
  /** In a dry run: nothing is stored of the stream, so nothing more needs to be read. */
  private isNew = false;

  constructor(
    private readonly log: CommitLog,
    private readonly stream: StreamId,
    private readonly clock: () => Date,
    private readonly dryRun: boolean,
  ) {}

  /**
   * Commits come in the order of their versions.
   * @throws ImportConflictError Another commit is in its place, or its predecessor is missing. Nothing was written.
   */
  async restore(commit: Commit): Promise<Restored> {
    this.log.check([{ commit, holdsLater: true }]);
    if (commit.ttl !== undefined && commit.ttl * 1000 <= this.clock().getTime()) {
      this.end = undefined;
      return 'expired';
    }
    if (this.end !== undefined && commit.version !== this.end + 1)
      throw conflict(commit, `it does not follow on version ${this.end}`);
    if (this.isClosed) throw conflict(commit, 'the stream is closed');
    if (this.end === undefined) await this.checkPlace(commit);
    const occupant = await (this.dryRun ? this.occupantOf(commit) : this.write(commit));
    if (occupant !== undefined && !isSame(occupant, commit))
      throw conflict(commit, `commit ${occupant.commitId} of ${new Date(occupant.recordedAt).toISOString()} is there`);
    this.end = endOf(commit);
    this.isClosed = isTombstone(commit);
    return occupant === undefined ? 'stored' : 'present';
  }

  /** What comes before must end where the commit begins; and nothing may lie behind a free place. */
  private async checkPlace(commit: Commit): Promise<void> {
    const { version } = commit;
    const before = version === 1 ? undefined : await this.nearest('backward', 1, version - 1);
    if (before !== undefined && endOf(before) !== version - 1)
      throw conflict(commit, `the commit before it begins at version ${before.version} and ends at ${endOf(before)}`);
    // Only under retention may a stream begin late, or go on behind a place that is free again.
    const mayBeginLate = commit.ttl !== undefined || isTombstone(commit);
    if (before === undefined && version > 1 && !mayBeginLate)
      throw conflict(commit, `nothing is stored of versions 1 to ${version - 1}`);
    if (before !== undefined || !(mayBeginLate || this.dryRun)) return;
    const next = await this.nearest('forward', version, MAX_VERSION);
    this.isNew = next === undefined;
    if (next !== undefined && next.version > version)
      throw conflict(commit, `the stream has a later commit at version ${next.version}`);
  }

  private async write(commit: Commit): Promise<Commit | undefined> {
    const outcome = await this.log.write([{ commit, holdsLater: true }]);
    return outcome.kind === 'stored' ? undefined : outcome.obstacles[0]?.commit;
  }

  private async occupantOf({ version }: Commit): Promise<Commit | undefined> {
    return this.isNew ? undefined : this.nearest('forward', version, version);
  }

  private async nearest(order: CommitQuery['order'], lowest: number, highest: number): Promise<Commit | undefined> {
    const query = { order, lowest, highest, limit: 1, consistency: 'strong' } as const;
    return firstOf(this.log.pages(this.stream, query));
  }
}

function isSame(a: Commit, b: Commit): boolean {
  return (
    a.commitId === b.commitId &&
    a.recordedAt === b.recordedAt &&
    a.ttl === b.ttl &&
    sameEvents(a, b) &&
    metadataText(a) === metadataText(b)
  );
}

function metadataText({ metadata = {} }: Commit): string {
  return JSON.stringify(encodeValue(metadata, 'metadata'));
}

function conflict({ stream, version, commitId }: Commit, fault: string): ImportConflictError {
  return new ImportConflictError(stream, version, commitId, fault);
}
