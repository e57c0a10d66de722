import { CommitIdReusedError } from '../errors/store-errors.js';
import { endOf, markOf, sameEvents } from './commit.js';
import type { LogWrite, Obstacle } from './commit-log.js';
import { isSameCommand } from './receipt.js';
import type { HeadLedger, StreamHead } from './stream-head.js';
import { checkedHead, NOWHERE, type Position, type WriteRequest } from './write-request.js';

/** Recognises in what stands in the way of a write that it has been made before. */
export class StoredWrites {
  constructor(private readonly heads: HeadLedger) {}

  /**
   * The heads, when the refusal shows that everything is stored already: by an earlier attempt of this very write whose
   * answer was lost, or by an earlier command with the same keys. `undefined` when it does not.
   */
  settle(
    requests: readonly WriteRequest[],
    writes: readonly LogWrite[],
    positions: readonly Position[],
    obstacles: readonly Obstacle[],
  ): StreamHead[] | undefined {
    const stored = requests.map((request, index) => this.storedHead(request, writes[index], obstacles[index] ?? {}));
    const found = stored.find((head) => head !== undefined);
    if (found === undefined) return undefined;
    // Written in one transaction, they are all there; else this is another write that uses some of the same ids.
    const missing = requests.some(({ commit }, index) => commit !== undefined && stored[index] === undefined);
    const { commit, idempotencyKey } = requests[stored.indexOf(found)] ?? {};
    if (missing) throw new CommitIdReusedError(found.stream, commit?.commitId ?? '', found.version, idempotencyKey);
    return requests.map((request, index) => stored[index] ?? checkedHead(request, positions[index] ?? NOWHERE));
  }

  private storedHead(
    { stream, idempotencyKey }: WriteRequest,
    write: LogWrite | undefined,
    { commit, receipt }: Obstacle,
  ): StreamHead | undefined {
    if (write === undefined || !('commit' in write)) return undefined;
    const { heads } = this;
    const given = write.receipt?.receipt;
    const ownId = commit?.commitId === write.commit.commitId;
    // Not stored, but as good as: the events are the same.
    const { keys } = write.commit;
    if (receipt !== undefined) {
      if (!isSameCommand(receipt, given))
        throw new CommitIdReusedError(stream, receipt.commitId, receipt.first, idempotencyKey);
      return heads.issueAt(stream, receipt.last, receipt, {
        repeated: receipt.attempt !== given?.attempt,
        keys,
        ttl: receipt.ttl,
      });
    }
    if (commit === undefined || !ownId) return undefined;
    if (!sameEvents(commit, write.commit))
      throw new CommitIdReusedError(stream, commit.commitId, commit.version, idempotencyKey);
    return given === undefined
      ? heads.issue(stream, { ...commit, keys })
      : heads.issueAt(stream, endOf(commit), markOf(commit), { repeated: true, keys, ttl: commit.ttl });
  }
}
