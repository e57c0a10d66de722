import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { ListQuery, Page, StreamInfo } from '../store/event-store.js';
import { decodeListCursor, encodeListCursor, type ListPosition } from './list-cursor.js';
import type { Item } from './item-size.js';
import { planQueryListing, type ListingBounds } from './requests.js';
import { ATTRIBUTES, commitSortKey, listingKey, parsePartitionKey } from './table-schema.js';

type SendQuery = (input: QueryCommandInput) => Promise<Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>>;

/** Latest time that a `Date` can hold, in ms. */
const END_OF_TIME = 8.64e15;

/** One page over all partitions of the listing index, merged by time of creation. */
export async function listStreamsPage(
  table: string,
  aggregate: string,
  query: ListQuery & { readonly limit: number },
  shards: number,
  send: SendQuery,
): Promise<Page<StreamInfo>> {
  const bounds: ListingBounds = {
    after: query.after?.getTime() ?? 0,
    before: query.before?.getTime() ?? END_OF_TIME,
    forward: query.order !== 'backward',
    limit: query.limit,
  };
  // DynamoDB refuses a range that ends before it begins; nothing lies in it.
  if (bounds.after > bounds.before) return { items: [] };
  const archived = query.archived ?? false;
  const scope = [aggregate, query.tenant ?? null, bounds.after, bounds.before, bounds.forward, shards, archived];
  const positions = query.cursor === undefined ? [] : decodeListCursor(query.cursor, scope);
  const readers = Array.from({ length: shards }, (_, shard) => {
    const partition = listingKey(aggregate, query.tenant, shard, archived);
    return new ShardReader(table, partition, bounds, send, positions[shard]);
  });
  const items = await merge(readers, bounds);
  const more = readers.some((reader) => reader.hasMore);
  return more
    ? {
        items,
        cursor: encodeListCursor(
          readers.map((reader) => reader.position),
          scope,
        ),
      }
    : { items };
}

async function merge(readers: readonly ShardReader[], { forward, limit }: ListingBounds): Promise<StreamInfo[]> {
  const items: StreamInfo[] = [];
  while (items.length < limit) {
    await Promise.all(readers.map((reader) => reader.fill()));
    const next = readers
      .filter((reader) => reader.next !== undefined)
      .sort((a, b) => compare(a.next, b.next, forward))[0];
    if (next === undefined) break;
    items.push(next.take());
  }
  return items;
}

interface Entry {
  readonly at: number;
  readonly key: string;
}

function compare(a: Entry | undefined, b: Entry | undefined, forward: boolean): number {
  if (a === undefined || b === undefined) return 0;
  const byTime = a.at - b.at || (a.key < b.key ? -1 : 1);
  return forward ? byTime : -byTime;
}

/** Reads one partition of the index from where the page before left it. */
class ShardReader {
  private buffer: Entry[] = [];
  private exhausted = false;
  private fetched: Item | undefined;

  constructor(
    private readonly table: string,
    private readonly partition: string,
    private readonly bounds: ListingBounds,
    private readonly send: SendQuery,
    public position: ListPosition,
  ) {
    this.fetched = position === null || position === undefined ? undefined : this.keyOf(position);
  }

  get next(): Entry | undefined {
    return this.buffer[0];
  }

  get hasMore(): boolean {
    return this.buffer.length > 0 || !this.exhausted;
  }

  async fill(): Promise<void> {
    while (this.buffer.length === 0 && !this.exhausted) {
      const page = await this.send(planQueryListing(this.table, this.partition, this.bounds, this.fetched));
      this.buffer = (page.Items ?? []).map((item) => ({
        at: Number(item[ATTRIBUTES.recordedAt]?.N),
        key: item[ATTRIBUTES.partitionKey]?.S ?? '',
      }));
      this.fetched = page.LastEvaluatedKey;
      this.exhausted = page.LastEvaluatedKey === undefined;
    }
  }

  take(): StreamInfo {
    const entry = this.buffer.shift();
    const stream = entry === undefined ? undefined : parsePartitionKey(entry.key);
    if (entry === undefined || stream === undefined)
      throw new Error(`The listing index holds a key of another kind: ${entry?.key ?? ''}`);
    this.position = [entry.at, entry.key];
    return { stream, createdAt: new Date(entry.at) };
  }

  private keyOf([at, key]: readonly [number, string]): Item {
    return {
      [ATTRIBUTES.listing]: { S: this.partition },
      [ATTRIBUTES.recordedAt]: { N: String(at) },
      [ATTRIBUTES.partitionKey]: { S: key },
      [ATTRIBUTES.sortKey]: { S: commitSortKey(1) },
    };
  }
}
