import { EventCodec } from '../../libs/dynamo-event-store/src/event/event-codec.js';
import { EventRegistry } from '../../libs/dynamo-event-store/src/event/event-registry.js';
import { sameStream, type StreamId } from '../../libs/dynamo-event-store/src/event/stream-id.js';
import { CommitOpener } from '../../libs/dynamo-event-store/src/store/commit-events.js';
import { prepareCommit, prepareTombstone, type Commit } from '../../libs/dynamo-event-store/src/store/commit.js';
import type {
  CommitLog,
  CommitQuery,
  CommitWrite,
  LatestCommits,
  LogWrite,
  Obstacle,
  WriteOutcome,
} from '../../libs/dynamo-event-store/src/store/commit-log.js';
import type { Receipt } from '../../libs/dynamo-event-store/src/store/receipt.js';
import type { Snapshot } from '../../libs/dynamo-event-store/src/store/snapshot.js';

/** Knows no classes: the events are `{ type, payload }`. */
export const codec = new EventCodec(new EventRegistry());
export const opener = new CommitOpener(codec);
export const stream: StreamId = { aggregate: 'order', id: 'o-1' };

/** A commit of `count` events from `version` on; each event's payload is its version. */
export function commit(version: number, count: number, changes: Partial<Commit> = {}): Commit {
  const events = Array.from({ length: count }, (_, index) =>
    codec.encode({ type: 'counted', payload: version + index }),
  );
  const prepared = prepareCommit(stream, events, { commitId: `c-${version}`, metadata: undefined, ttl: undefined });
  return { ...prepared, version, recordedAt: version * 1000, ...changes };
}

/** Closes the stream that ends before `version`. */
export function tombstone(version: number, changes: Partial<Commit> = {}): Commit {
  const prepared = prepareTombstone(stream, { commitId: `closed-${version}`, metadata: undefined, ttl: undefined });
  return { ...prepared, version, recordedAt: version * 1000, ...changes };
}

/** Commits of these sizes, one after the other. */
export function contiguous(...sizes: number[]): Commit[] {
  let version = 1;
  return sizes.map((size) => {
    const next = commit(version, size);
    version += size;
    return next;
  });
}

export interface LogBehaviour {
  /** The read fails instead of handing out one commit more. */
  readonly failAt?: number;
  /** Commits that one request for the latest ones returns at most, whatever its limit. */
  readonly pageSize?: number;
  /** Commits on one page of a read. Default 1. */
  readonly perPage?: number;
  /** What another writer does just before a write arrives. */
  readonly beforeWrite?: (log: HandMadeLog, attempt: number) => void;
}

/** A log whose content is put there by hand. It answers as DynamoDB does, and writes down what it was asked. */
export class HandMadeLog implements CommitLog {
  readonly queries: CommitQuery[] = [];
  readonly writes: (readonly LogWrite[])[] = [];
  readonly receipts = new Map<string, Receipt>();
  snapshot: Snapshot | undefined;
  latestLimits: number[] = [];
  handedOut = 0;
  /** Reads that were begun and not ended. */
  open = 0;

  constructor(
    public stored: readonly Commit[],
    private readonly behaviour: LogBehaviour = {},
  ) {}

  async *pages(of: StreamId, query: CommitQuery): AsyncGenerator<readonly Commit[], void, undefined> {
    if (query.lowest > query.highest) throw new Error('ValidationException: BETWEEN from a higher to a lower value');
    this.queries.push(query);
    this.open += 1;
    try {
      const found = this.of(of).filter(({ version }) => version >= query.lowest && version <= query.highest);
      if (query.order === 'backward') found.reverse();
      // The limit says how many are needed; whoever asks for more gets more.
      for (let at = 0; at < found.length; at += this.behaviour.perPage ?? 1) {
        const page = found.slice(at, at + (this.behaviour.perPage ?? 1));
        await Promise.resolve();
        this.handedOut += page.length;
        if (this.handedOut > (this.behaviour.failAt ?? Infinity)) throw new Error('the network is down');
        yield page;
      }
    } finally {
      this.open -= 1;
    }
  }

  async latest(of: StreamId, limit: number): Promise<LatestCommits> {
    await Promise.resolve();
    this.latestLimits.push(limit);
    const newest = this.of(of).reverse();
    const size = Math.min(limit, this.behaviour.pageSize ?? Infinity);
    // A page that ends with the last commit exactly does not know that nothing follows.
    return { snapshot: this.snapshot, commits: newest.slice(0, size), complete: newest.length < size };
  }

  async write(writes: readonly LogWrite[]): Promise<WriteOutcome> {
    await Promise.resolve();
    this.writes.push(writes);
    this.behaviour.beforeWrite?.(this, this.writes.length);
    const obstacles = writes.map((write): Obstacle => this.obstacleOf(write));
    if (obstacles.some(({ commit, receipt }) => commit !== undefined || receipt !== undefined))
      return { kind: 'refused', obstacles };
    for (const write of writes) if ('commit' in write) this.store(write);
    return { kind: 'stored' };
  }

  receipt = (_: StreamId, id: string): Promise<Receipt | undefined> => Promise.resolve(this.receipts.get(id));
  check = (): void => undefined;
  scan = (): never => this.unexpected();
  putSnapshot = (): never => this.unexpected();
  streams = (): never => this.unexpected();
  setArchived = (): never => this.unexpected();
  purge = (): never => this.unexpected();
  holderOf = (): never => this.unexpected();
  hold = (): never => this.unexpected();

  /** Commits of one stream, oldest first. */
  of(stream: StreamId): Commit[] {
    return this.stored.filter((each) => sameStream(each.stream, stream)).sort((a, b) => a.version - b.version);
  }

  private obstacleOf(write: LogWrite): Obstacle {
    const { stream, version } = 'commit' in write ? write.commit : { stream: write.stream, version: write.slot };
    const receipt = 'commit' in write && write.receipt ? this.receipts.get(write.receipt.id) : undefined;
    return { commit: this.of(stream).find((each) => each.version === version), receipt };
  }

  private store({ commit: each, receipt }: CommitWrite): void {
    this.stored = [...this.stored, each];
    if (receipt !== undefined) this.receipts.set(receipt.id, receipt.receipt);
  }

  private unexpected(): never {
    throw new Error('nobody asks for this here');
  }
}
