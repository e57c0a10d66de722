import { setImmediate } from 'node:timers/promises';
import { fromCommitItem, toCommitItem } from '../dynamo/commit-item.js';
import { decodeListCursor, encodeListCursor } from '../dynamo/list-cursor.js';
import type { Item } from '../dynamo/item-size.js';
import { ATTRIBUTES, DEFAULT_LISTING_SHARDS, parsePartitionKey, partitionKeyOf } from '../dynamo/table-schema.js';
import type { CommitLog, CommitQuery, PutOutcome } from '../store/commit-log.js';
import type { Commit } from '../store/commit.js';
import type { ListQuery, Page, StreamInfo } from '../store/event-store.js';
import type { StreamId } from '../event/stream-id.js';

/** Commits as items, as DynamoDB would hold them: by partition key, then by first version. */
export class InMemoryCommitLog implements CommitLog {
  private readonly partitions = new Map<string, Map<number, Item>>();

  async put(commit: Commit): Promise<PutOutcome> {
    const item = toCommitItem(commit, DEFAULT_LISTING_SHARDS);
    await setImmediate();
    const commits = this.partition(partitionKeyOf(commit.stream));
    const occupant = commits.get(commit.version);
    if (occupant !== undefined) return { kind: 'occupied', by: fromCommitItem(commit.stream, occupant) };
    commits.set(commit.version, item);
    return { kind: 'stored' };
  }

  async *commits(
    stream: StreamId,
    { order, lowest, highest, limit = Infinity }: CommitQuery,
  ): AsyncGenerator<Commit, void, undefined> {
    await setImmediate();
    const commits = this.partitions.get(partitionKeyOf(stream)) ?? new Map<number, Item>();
    const versions = [...commits.keys()]
      .filter((version) => version >= lowest && version <= highest)
      .sort((a, b) => a - b);
    if (order === 'backward') versions.reverse();
    for (const version of versions.slice(0, limit)) {
      const item = commits.get(version);
      if (item !== undefined) yield fromCommitItem(stream, item);
    }
  }

  async streams(aggregate: string, query: ListQuery & { readonly limit: number }): Promise<Page<StreamInfo>> {
    await setImmediate();
    const { after, before, order = 'forward', limit, tenant } = query;
    const scope = [aggregate, tenant ?? null, after?.getTime(), before?.getTime(), order];
    const entries = this.entries(aggregate, tenant).filter(
      ({ at }) => at >= (after?.getTime() ?? 0) && at <= (before?.getTime() ?? Infinity),
    );
    if (order === 'backward') entries.reverse();
    const [last] = query.cursor === undefined ? [] : decodeListCursor(query.cursor, scope);
    const start =
      last === undefined || last === null
        ? 0
        : entries.findIndex(({ at, key }) => at === last[0] && key === last[1]) + 1;
    const page = entries.slice(start, start + limit);
    const items = page.map(({ stream, at }) => ({ stream, createdAt: new Date(at) }));
    const end = page.at(-1);
    if (end === undefined || start + limit >= entries.length) return { items };
    return { items, cursor: encodeListCursor([[end.at, end.key]], scope) };
  }

  clear(): void {
    this.partitions.clear();
  }

  private entries(aggregate: string, tenant: string | undefined): { stream: StreamId; at: number; key: string }[] {
    return [...this.partitions]
      .flatMap(([key, commits]) => {
        const stream = parsePartitionKey(key);
        const first = commits.get(1);
        if (stream?.aggregate !== aggregate || stream.tenant !== tenant || first === undefined) return [];
        return [{ stream, at: Number(first[ATTRIBUTES.recordedAt]?.N), key }];
      })
      .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  }

  private partition(key: string): Map<number, Item> {
    let commits = this.partitions.get(key);
    if (commits === undefined) this.partitions.set(key, (commits = new Map<number, Item>()));
    return commits;
  }
}
