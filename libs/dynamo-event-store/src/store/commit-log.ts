import type { StreamId } from '../event/stream-id.js';
import type { Commit } from './commit.js';
import type { CommitPages } from './commit-pages.js';
import type { ListQuery, Page, StreamInfo } from './event-store.js';
import type { Receipt } from './receipt.js';
import type { ReservationChange } from './reservation.js';
import type { Snapshot } from './snapshot.js';
import type { UselessSnapshot } from './state-reading.js';

/** Which commits to read. Versions refer to the first event of a commit. */
export interface CommitQuery {
  readonly order: 'forward' | 'backward';
  /** Lowest first version, inclusive. */
  readonly lowest: number;
  /** Highest first version, inclusive. */
  readonly highest: number;
  /**
   * As many commits as are needed as a rule, so no request may read more at first. Whoever asks for further ones gets
   * them: some of the first may not count, since they have expired or hold no events.
   */
  readonly limit: number | undefined;
  readonly consistency: 'strong' | 'eventual';
  /** Whoever asks takes everything, so that the next page may be asked for while this one is worked on. Default false. */
  readonly whole?: boolean | undefined;
}

/** A commit to store with its reservations, and the receipt to store with it. */
export interface CommitWrite {
  readonly commit: Commit;
  readonly receipt?: { readonly id: string; readonly receipt: Receipt } | undefined;
  /** Whether its reservations are only noted in the commit, and `hold` follows. */
  readonly holdsLater?: boolean;
}

/** A slot that must be free: the stream has nothing after the version before. Nothing is written. */
export interface VacancyCheck {
  readonly stream: StreamId;
  readonly slot: number;
}

export type LogWrite = CommitWrite | VacancyCheck;

/** What stood in the way of one write. */
export interface Obstacle {
  /** The commit in its slot. */
  readonly commit?: Commit | undefined;
  /** The receipt under its id. */
  readonly receipt?: Receipt | undefined;
  /** Values that other streams hold, and that the commit was to reserve or to release. */
  readonly held?: readonly HeldObstacle[] | undefined;
}

export interface HeldObstacle extends Pick<ReservationChange, 'change' | 'scope'> {
  readonly holder: StreamId;
}

/** All writes were made, or none: then each has its obstacle, empty where there was none. */
export type WriteOutcome =
  { readonly kind: 'stored' } | { readonly kind: 'refused'; readonly obstacles: readonly Obstacle[] };

/** The end of a stream as one request saw it. */
export interface LatestCommits {
  readonly snapshot: Snapshot | undefined;
  /** A snapshot that is there, but cannot be read. */
  readonly damaged?: UselessSnapshot | undefined;
  /** Newest first, without a gap of the request's own making: down to the one that the snapshot ends with, or further. */
  readonly commits: readonly Commit[];
  /** Whether nothing lies before the last of them. */
  readonly complete: boolean;
  /** The same with what the request brought besides, which nearly nobody needs; absent when that is nothing. */
  readonly all?: (() => Pick<LatestCommits, 'commits' | 'complete'>) | undefined;
}

/** Which share of the whole log to read: `segment` from 0, of `segments`. */
export interface LogShare {
  readonly segment: number;
  readonly segments: number;
}

/** A commit as a scan of the log finds it. */
export interface ScannedCommit {
  readonly commit: Commit;
  /** Whether the stream is archived; told with its first commit only. */
  readonly archived: boolean;
}

/**
 * What an adapter gives the store: commits under (stream, first version), each slot written at most once; receipts and
 * snapshots beside them.
 */
export interface CommitLog {
  /**
   * Writes everything or nothing. Throws, before anything is sent, when a commit or the whole is above the adapter's size
   * limits. A refusal that is over in a moment, such as another transaction on the same item, is waited out.
   */
  write(writes: readonly LogWrite[]): Promise<WriteOutcome>;
  /** Throws what `write` would throw before anything is sent. */
  check(writes: readonly LogWrite[]): void;
  /**
   * All commits of a share of the log, strongly consistent, whether expired or not: those of a stream together and in order.
   * @param after Goes on after this commit, which came from the same share.
   */
  scan(share: LogShare, after?: Pick<Commit, 'stream' | 'version'>): AsyncIterable<ScannedCommit>;
  /** All commits of the range in order, page after page as they are asked for. */
  pages(stream: StreamId, query: CommitQuery): CommitPages;
  /** The snapshot, if any, and the newest commits, in one request: at most `limit` commits, fewer when a page is full. */
  latest(stream: StreamId, limit: number): Promise<LatestCommits>;
  receipt(stream: StreamId, id: string): Promise<Receipt | undefined>;
  /** The stream that holds a unique value, strongly consistent. */
  holderOf(
    tenant: string | undefined,
    value: Pick<ReservationChange, 'scope' | 'digest'>,
  ): Promise<StreamId | undefined>;
  /**
   * Stores a snapshot unless a newer one is there.
   * @param replaces Version of a useless snapshot that is to go, however new it is.
   * @returns Whether it was stored.
   */
  putSnapshot(snapshot: Snapshot, replaces: number | undefined): Promise<boolean>;
  /** Makes a reservation of a stored commit once more. @returns Another stream that holds the value; then nothing was written. */
  hold(commit: Commit, reservation: ReservationChange): Promise<StreamId | undefined>;
  /** One page of the streams of an aggregate. The query is validated. */
  streams(aggregate: string, query: ListQuery & { readonly limit: number }): Promise<Page<StreamInfo>>;
  /** Moves a stream between the lists of active and of archived ones. `false`: there is no such stream. */
  setArchived(stream: StreamId, archived: boolean): Promise<boolean>;
  /**
   * Deletes every item of a closed stream: the one that is listed, and the tombstone, last and together. Without a
   * tombstone there are no commits, and only what may be left beside them is deleted. What a commit has reserved and the
   * stream still holds goes before the commit.
   * Returns how many; may be repeated after a failure.
   */
  purge(stream: StreamId, tombstone: Commit | undefined): Promise<number>;
}
