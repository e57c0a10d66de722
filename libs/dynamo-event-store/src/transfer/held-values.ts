import { ImportConflictError } from '../errors/transfer-errors.js';
import { describeStream, streamKeyOf } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import type { RawCommits } from '../store/raw-commits.js';
import type { ReservationChange } from '../store/reservation.js';

/**
 * Unique values that imported streams hold in the end. Streams come in any order, so that one may reserve what another
 * releases only later in the export: values are held once everything is there.
 */
export class HeldValues {
  private readonly held = new Map<string, { readonly commit: Commit; readonly reservation: ReservationChange }>();

  constructor(private readonly raw: RawCommits) {}

  /** Commits of a stream come in the order of their versions. */
  note(commit: Commit): void {
    for (const reservation of commit.reservations ?? []) {
      const key = JSON.stringify([streamKeyOf(commit.stream), reservation.scope, reservation.digest]);
      if (reservation.change === 'release') this.held.delete(key);
      else this.held.set(key, { commit: { ...commit, body: '[]' }, reservation });
    }
  }

  /** Reserves them. @returns A conflict for each that another stream holds. */
  async hold(): Promise<ImportConflictError[]> {
    const conflicts: ImportConflictError[] = [];
    for (const { commit, reservation } of this.held.values()) {
      const holder = await this.raw.hold(commit, reservation);
      if (holder === undefined) continue;
      const fault = `${describeStream(holder)} holds the value of "${reservation.scope}" that it reserves`;
      conflicts.push(new ImportConflictError(commit.stream, commit.version, commit.commitId, fault));
    }
    return conflicts;
  }
}
