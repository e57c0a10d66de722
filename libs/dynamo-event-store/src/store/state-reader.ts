import type { StreamId } from '../event/stream-id.js';
import { endOf, isTombstone, type Commit } from './commit.js';
import type { LatestCommits } from './commit-log.js';
import { concatenated, type CommitPages } from './commit-pages.js';
import { CommitSequence, type SequenceSource } from './commit-sequence.js';
import { hasExpired } from './expiry.js';
import { MAX_VERSION, type ReadPlan } from './read-plan.js';
import { decodeState } from './sealed-state.js';
import type { CommitMark, Snapshot } from './snapshot.js';
import type { StateQuery, StateReading, UselessSnapshot } from './state-reading.js';
import type { StreamHead } from './stream-head.js';

const DEFAULT_TAIL = 100;

/**
 * Reads what a fold needs with as little as possible: after a head that the caller has the state of, nothing but what came
 * after it; with snapshots, the snapshot and its tail in one request; else the whole stream.
 *
 * A snapshot or a head counts only if the stream still goes through its very commit, which is read along. So neither a
 * purged and recreated stream nor a snapshot with a wrong version can lead to a wrong state.
 */
export class StateReader {
  constructor(private readonly source: SequenceSource) {}

  async read(stream: StreamId, { type, tail = DEFAULT_TAIL, after, accepts }: StateQuery): Promise<StateReading> {
    const since = after === undefined ? undefined : await this.readAfter(stream, after);
    if (since !== undefined) return since;
    if (type === undefined)
      return { base: 'start', events: this.sequence(stream, 1, () => this.all(stream, 1, MAX_VERSION)) };
    const latest = await this.source.log.latest(stream, tail + 1);
    const { snapshot, damaged } = latest;
    if (snapshot === undefined || hasExpired(snapshot, this.source.clock().getTime()))
      return this.fromStart(stream, latest, damaged);
    const { codec, keys } = this.source.opener;
    const state = await decodeState(codec, snapshot, type, keys);
    if ('reason' in state) return this.fromStart(stream, latest, { ...state, version: snapshot.version });
    const refusal = accepts?.(state);
    if (refusal !== undefined) return this.fromStart(stream, latest, uselessOf(snapshot, refusal));
    const following = await this.follow(snapshot, latest);
    if (following === undefined)
      return this.fromStart(stream, latest, uselessOf(snapshot, 'the stream does not go through its commit'));
    const base = this.source.heads.issueAt(stream, snapshot.version, snapshot.commit, { ttl: snapshot.ttl });
    return {
      base: 'snapshot',
      snapshot: {
        version: snapshot.version,
        recordedAt: new Date(snapshot.commit.recordedAt),
        ...state,
      },
      events: this.sequence(stream, snapshot.version + 1, () => following, base),
    };
  }

  private async readAfter(stream: StreamId, head: StreamHead): Promise<StateReading | undefined> {
    const proof = this.source.heads.proofOf(head);
    const mark = proof?.mark;
    // A state whose last event has expired has expired as well.
    if (mark === undefined || hasExpired({ ttl: proof?.ttl }, this.source.clock().getTime())) return undefined;
    const following = await this.followMark(stream, head.version, mark, MAX_VERSION);
    if (following === undefined) return undefined;
    return { base: 'after', events: this.sequence(stream, head.version + 1, () => following, head) };
  }

  /** Commits after a snapshot; `undefined` when the stream does not go through the commit that it covers. */
  private async follow(
    { stream, version, commit: mark }: Snapshot,
    { commits, complete }: LatestCommits,
  ): Promise<CommitPages | undefined> {
    const tail = commits.filter((commit) => commit.version > version).reverse();
    const oldest = commits.at(-1);
    const covered = commits.find((commit) => commit.version <= version);
    if (covered !== undefined) return endsAt(covered, version, mark) ? concatenated(tail) : undefined;
    if (!complete) return this.bridge(stream, version, mark, tail);
    // The covered commit has expired, and the snapshot stands for it.
    return oldest?.version === version + 1 && oldest.ttl !== undefined ? concatenated(tail) : undefined;
  }

  /** The tail was longer than what the first request read: reads what lies between. */
  private async bridge(
    stream: StreamId,
    version: number,
    mark: CommitMark,
    tail: readonly Commit[],
  ): Promise<CommitPages | undefined> {
    const between = await this.followMark(stream, version, mark, (tail[0]?.version ?? MAX_VERSION) - 1);
    return between === undefined ? undefined : concatenated(between, tail);
  }

  private async followMark(
    stream: StreamId,
    version: number,
    mark: CommitMark,
    highest: number,
  ): Promise<CommitPages | undefined> {
    if (mark.first > highest) return undefined;
    // The first commit may show that the rest is not wanted.
    const pages = this.all(stream, mark.first, highest, false)[Symbol.asyncIterator]();
    const page = await pages.next();
    const [first, ...others] = page.done === true ? [] : page.value;
    if (first !== undefined && endsAt(first, version, mark)) return rest(others, pages);
    await pages.return?.();
    return undefined;
  }

  private fromStart(stream: StreamId, latest: LatestCommits, useless: UselessSnapshot | undefined): StateReading {
    const { commits, complete } = latest.all?.() ?? latest;
    const oldest = commits.at(-1);
    const newest = [...commits].reverse();
    const highest = oldest === undefined ? MAX_VERSION : oldest.version - 1;
    const earlier = complete || highest === 0 ? [] : this.all(stream, 1, highest);
    return { base: 'start', useless, events: this.sequence(stream, 1, () => concatenated(earlier, newest)) };
  }

  /** All commits that begin in a range. @param whole Whether they will be taken to the last one for sure. */
  private all(stream: StreamId, lowest: number, highest: number, whole = true): CommitPages {
    const query = { order: 'forward', lowest, highest, limit: undefined, consistency: 'strong', whole } as const;
    return this.source.log.pages(stream, query);
  }

  private sequence(stream: StreamId, from: number, open: () => CommitPages, base?: StreamHead): CommitSequence {
    const plan: ReadPlan = {
      from,
      to: MAX_VERSION,
      limit: Infinity,
      order: 'forward',
      asOf: Infinity,
      queries: [],
      toEnd: true,
    };
    return new CommitSequence(this.source, stream, () => {
      const pages = open();
      return base === undefined ? { plan, pages } : { plan, pages, base };
    });
  }
}

function uselessOf({ version }: Snapshot, reason: string): UselessSnapshot {
  return { version, reason };
}

function endsAt(commit: Commit, version: number, mark: CommitMark): boolean {
  return (
    !isTombstone(commit) &&
    endOf(commit) === version &&
    commit.version === mark.first &&
    commit.commitId === mark.commitId
  );
}

async function* rest(
  first: readonly Commit[],
  pages: AsyncIterator<readonly Commit[]>,
): AsyncGenerator<readonly Commit[], void, undefined> {
  try {
    if (first.length > 0) yield first;
    for (let next = await pages.next(); next.done !== true; next = await pages.next()) yield next.value;
  } finally {
    await pages.return?.();
  }
}
