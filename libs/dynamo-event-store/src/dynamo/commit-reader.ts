import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { FailedRequest } from '../errors/request-errors.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import type { CommitQuery, LatestCommits } from '../store/commit-log.js';
import { CommitAssembly } from './commit-assembly.js';
import type { DynamoRequests } from './dynamo-requests.js';
import { IncompleteCommitError } from './incomplete-commit-error.js';
import type { Item } from './item-size.js';
import { planQueryCommits, planQueryLatest } from './requests.js';
import { fromSnapshotItem } from './snapshot-item.js';
import { ATTRIBUTES, parseCommitSortKey, SNAPSHOT_SORT_KEY } from './table-schema.js';

/** Reads of a commit that lacks items before it counts as damaged. */
const HALF_WAY_ATTEMPTS = 4;

/** Reads pages of items and makes commits of them. */
export class CommitReader {
  constructor(
    private readonly requests: DynamoRequests,
    private readonly tableName: () => string,
    private readonly clock: () => Date,
  ) {}

  async *pages(stream: StreamId, query: CommitQuery): AsyncGenerator<readonly Commit[], void, undefined> {
    const table = this.tableName();
    const request = { operation: 'read', table, stream: describeStream(stream) };
    const assembly = new CommitAssembly(stream, query.order, this.clock().getTime());
    const ask = (left: number, startKey?: Item) => {
      const limit = left === Infinity ? undefined : Math.max(1, left) + Math.max(0, assembly.missing - 1);
      return this.query(planQueryCommits(table, stream, { ...query, limit }, startKey), request);
    };
    let left = query.limit ?? Infinity;
    let next: ReturnType<typeof ask> | undefined = ask(left);
    while (next !== undefined) {
      const { Items: items = [], LastEvaluatedKey: startKey }: Awaited<ReturnType<typeof ask>> = await next;
      next = startKey !== undefined && query.whole === true ? ask(left, startKey) : undefined;
      // Whether it fails, shows once its turn has come.
      next?.catch(() => undefined);
      for await (const commits of this.assemble(stream, assembly, items)) {
        yield commits;
        left -= commits.length;
      }
      if (startKey !== undefined) next ??= ask(left, startKey);
    }
    const end = (): undefined => {
      assembly.end();
    };
    try {
      end();
    } catch (error) {
      yield* this.recover(error, stream, end);
    }
  }

  /** The commits that the items of one page complete: all at once, unless some are met half way. */
  private async *assemble(
    stream: StreamId,
    assembly: CommitAssembly,
    items: readonly Item[],
  ): AsyncGenerator<readonly Commit[], void, undefined> {
    let commits: Commit[] = [];
    for (const item of items) {
      try {
        const commit = assembly.add(item);
        if (commit !== undefined) commits.push(commit);
      } catch (error) {
        if (commits.length > 0) yield commits;
        commits = [];
        yield* this.recover(error, stream, () => assembly.add(item), versionOf(item));
      }
    }
    if (commits.length > 0) yield commits;
  }

  /** Reads the commit again that was met half way, and repeats the step. @param own Whose item the step adds. */
  private async *recover(
    error: unknown,
    stream: StreamId,
    step: () => Commit | undefined,
    own?: number,
  ): AsyncGenerator<readonly Commit[], void, undefined> {
    if (!(error instanceof IncompleteCommitError)) throw error;
    const again = await this.readAgain(stream, error.version);
    if (again !== undefined) yield [again];
    const commit = error.version === own ? undefined : step();
    if (commit !== undefined) yield [commit];
  }

  /** Reads one commit until it is whole, since the transaction that writes it is over in a moment. */
  async readAgain(stream: StreamId, version: number): Promise<Commit | undefined> {
    const table = this.tableName();
    const request = { operation: 'read', table, stream: describeStream(stream) };
    const query = {
      order: 'forward',
      lowest: version,
      highest: version,
      limit: undefined,
      consistency: 'strong',
    } as const;
    for (let attempt = 1; ; attempt++) {
      const items: Item[] = [];
      let startKey: Item | undefined;
      do {
        const page = await this.query(planQueryCommits(table, stream, query, startKey), request);
        items.push(...(page.Items ?? []));
        startKey = page.LastEvaluatedKey;
      } while (startKey !== undefined);
      try {
        const assembly = new CommitAssembly(stream, 'forward', this.clock().getTime());
        const [commit] = items.flatMap((item) => assembly.add(item) ?? []);
        assembly.end();
        return commit;
      } catch (error) {
        if (!(error instanceof IncompleteCommitError) || attempt === HALF_WAY_ATTEMPTS) throw error;
      }
      await this.requests.pause(attempt + 1);
    }
  }

  async latest(stream: StreamId, limit: number): Promise<LatestCommits> {
    const table = this.tableName();
    const request = { operation: 'read', table, stream: describeStream(stream) };
    const { Items = [], LastEvaluatedKey } = await this.query(planQueryLatest(table, stream, limit + 1), request);
    const [first] = Items;
    const hasSnapshot = first?.[ATTRIBUTES.sortKey]?.S === SNAPSHOT_SORT_KEY;
    const assembly = new CommitAssembly(stream, 'backward', this.clock().getTime());
    const items = (hasSnapshot ? Items.slice(1) : Items)[Symbol.iterator]();
    const found = hasSnapshot ? readSnapshot(stream, first) : { snapshot: undefined };
    const until = (version: number, before: readonly Commit[] = []) => {
      const { commits, isWhole, isOver } = newest(assembly, items, version);
      const complete = isOver && isWhole && LastEvaluatedKey === undefined;
      return { commits: [...before, ...commits], complete, isOver };
    };
    // What the snapshot stands for is not looked at, unless the snapshot turns out to be of no use.
    const { isOver, ...latest } = until(found.snapshot?.version ?? 0);
    return isOver ? { ...found, ...latest } : { ...found, ...latest, all: () => until(0, latest.commits) };
  }

  private query(input: QueryCommandInput, request: FailedRequest) {
    return this.requests.send(request, (client) => client.send(new QueryCommand(input)));
  }
}

/**
 * The commits down to the first that is not whole; it and what lies before is for a read of its own. Goes no further than
 * a commit that begins at or before `version`; `isOver` when there is no item left.
 */
function newest(
  assembly: CommitAssembly,
  items: Iterator<Item>,
  version: number,
): { commits: Commit[]; isWhole: boolean; isOver: boolean } {
  const commits: Commit[] = [];
  try {
    for (let next = items.next(); next.done !== true; next = items.next()) {
      const commit = assembly.add(next.value);
      if (commit === undefined) continue;
      commits.push(commit);
      if (commit.version <= version) return { commits, isWhole: true, isOver: false };
    }
  } catch (error) {
    if (!(error instanceof IncompleteCommitError)) throw error;
    return { commits, isWhole: false, isOver: true };
  }
  return { commits, isWhole: assembly.missing === 0, isOver: true };
}

function versionOf(item: Item): number | undefined {
  return parseCommitSortKey(item[ATTRIBUTES.sortKey]?.S ?? '');
}

/** A damaged snapshot is no reason to fail: the events are there. */
function readSnapshot(stream: StreamId, item: Item): Pick<LatestCommits, 'snapshot' | 'damaged'> {
  try {
    return { snapshot: fromSnapshotItem(stream, item) };
  } catch (cause) {
    const version = Number(item[ATTRIBUTES.last]?.N);
    const known = Number.isSafeInteger(version) ? version : 0;
    return { snapshot: undefined, damaged: { version: known, reason: 'it cannot be read', cause } };
  }
}
