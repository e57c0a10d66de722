import { InvalidArgumentError } from '../errors/argument-errors.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import { holdsPersonalData } from '../event/personal-fields.js';
import type { EventRegistry } from '../event/event-registry.js';
import { sameStream, type StreamId } from '../event/stream-id.js';
import { formatTypeLabel } from '../event/type-label.js';
import { endOf, isTombstone, placeCommit, type Commit } from './commit.js';
import type { CommitOpener } from './commit-events.js';
import { prepareSealed } from './commit-sealing.js';
import type { CommitLog, LogShare, ScannedCommit } from './commit-log.js';
import { eachOf } from './commit-pages.js';
import type { ReservationChange } from './reservation.js';
import { MAX_VERSION } from './read-plan.js';
import { StreamRestoration } from './stream-restoration.js';
import { withoutNewKeys } from './subject-keys.js';
import type { TenantRule } from './tenant-rule.js';

/** The commits of a store as they are stored: read whole, and put back under their own versions, ids and times. */
export class RawCommits {
  constructor(
    private readonly log: CommitLog,
    private readonly opener: CommitOpener,
    private readonly registry: EventRegistry,
    private readonly clock: () => Date,
    private readonly tenants: TenantRule,
  ) {}

  /** See `CommitLog.scan`; without what has expired. Throws `StreamCorruptedError` when a commit is missing. */
  async *scan(
    share: LogShare,
    after?: Pick<Commit, 'stream' | 'version' | 'count'>,
  ): AsyncGenerator<ScannedCommit, void, undefined> {
    let last = after;
    for await (const found of this.log.scan(share, after)) {
      if (this.isExpired(found.commit)) continue;
      checkFollows(found.commit, last);
      yield found;
      last = found.commit;
    }
  }

  /** The commits of one stream, oldest first, strongly consistent; without what has expired. */
  async *ofStream(
    stream: StreamId,
    after?: Pick<Commit, 'stream' | 'version' | 'count'>,
  ): AsyncGenerator<Commit, void, undefined> {
    const lowest = after === undefined ? 1 : after.version + 1;
    const query = { order: 'forward', lowest, highest: MAX_VERSION, limit: undefined, consistency: 'strong' } as const;
    let last = after;
    for await (const commit of eachOf(this.log.pages(stream, query))) {
      if (this.isExpired(commit)) continue;
      checkFollows(commit, last);
      yield commit;
      last = commit;
    }
  }

  /** Puts commits of one stream back, one after the other. @param dryRun Only finds out what would happen. */
  restoration(stream: StreamId, dryRun: boolean): StreamRestoration {
    return new StreamRestoration(this.log, stream, this.clock, dryRun);
  }

  /** Moves a stream to the archived ones. */
  async archive(stream: StreamId): Promise<void> {
    await this.log.setArchived(stream, true);
  }

  /** Label of a type: that of a class when one is registered under the name. */
  labelOf(name: string, schemaVersion: number): string {
    return formatTypeLabel({ name, schemaVersion, classless: this.registry.find(name) === undefined });
  }

  /**
   * A commit whose events come from elsewhere, as it is to be stored: with its personal data encrypted.
   * Throws what a reader of the commit would get to see.
   */
  async protect(commit: Commit, dryRun: boolean): Promise<Commit> {
    const { codec, keys } = this.opener;
    const opened = await this.opener.open(commit);
    const events = [...opened.events()].map(({ event }) => event);
    if (!events.some((event) => holdsPersonalData(event))) return commit;
    const { stream, commitId, metadata, version, recordedAt } = commit;
    const encoded = codec.encodeAll(events);
    if (encoded.length !== commit.count)
      throw new InvalidArgumentError(
        'map',
        'an upcaster makes several events, or none, of one that holds personal data.',
      );
    const usable = keys !== undefined && dryRun ? withoutNewKeys(keys) : keys;
    const prepared = await prepareSealed(stream, encoded, { commitId, metadata, ttl: undefined }, usable);
    return placeCommit(prepared, version, recordedAt);
  }

  /**
   * @throws TenantRequiredError, TenantMismatchError The store would refuse an append to the stream.
   */
  checkTenant(operation: string, { stream, metadata }: Pick<Commit, 'stream' | 'metadata'>): void {
    this.tenants.checkWrites(operation, [{ stream, metadata }]);
  }

  /** The tenant that the caller is confined to, by what it says or by its request; `undefined`: to none. */
  confinedTo(operation: string, what: string, tenant: string | undefined): string | undefined {
    return this.tenants.toldTo(operation, what, { tenant });
  }

  /** Throws what stands in the way of storing a commit, whatever is stored already: its size, or that of its key. */
  check(commit: Commit): void {
    this.log.check([{ commit, holdsLater: true }]);
  }

  /** Makes a reservation of a restored commit. @returns Another stream that holds the value. */
  hold(commit: Commit, reservation: ReservationChange): Promise<StreamId | undefined> {
    return this.log.hold(commit, reservation);
  }

  private isExpired({ ttl }: Commit): boolean {
    return ttl !== undefined && ttl * 1000 <= this.clock().getTime();
  }
}

/** Only under retention may the beginning of a stream be gone. */
function checkFollows(commit: Commit, last: Pick<Commit, 'stream' | 'version' | 'count'> | undefined): void {
  const previous = last !== undefined && sameStream(last.stream, commit.stream) ? last : undefined;
  const expected = previous === undefined ? 1 : endOf(previous) + 1;
  if (commit.version === expected) return;
  if (previous === undefined && (commit.ttl !== undefined || isTombstone(commit))) return;
  const fault =
    commit.version > expected
      ? `versions ${expected} to ${commit.version - 1} are missing`
      : `two commits hold version ${commit.version}`;
  throw new StreamCorruptedError(commit.stream, expected, fault);
}
