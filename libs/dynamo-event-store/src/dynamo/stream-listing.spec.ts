import { describe, expect, it } from '@jest/globals';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { ListQuery } from '../store/event-store.js';
import type { Item } from './item-size.js';
import { listStreamsPage } from './stream-listing.js';
import { listingKey, listingShardOf, partitionKeyOf } from './table-schema.js';

interface Entry {
  readonly at: number;
  readonly id: string;
  readonly archived?: boolean;
}

/** The index as DynamoDB keeps it: by partition, then time; it may end a page early, and say that there is more when there is not. */
class HandMadeIndex {
  requests: QueryCommandInput[] = [];

  constructor(
    private readonly entries: readonly Entry[],
    private readonly shards: number,
    private readonly pageSize = Infinity,
  ) {}

  readonly send = async (input: QueryCommandInput): Promise<{ Items: Item[]; LastEvaluatedKey?: Item }> => {
    await Promise.resolve();
    this.requests.push(input);
    const { ':list': list, ':after': after, ':before': before } = input.ExpressionAttributeValues!;
    if (Number(after!.N) > Number(before!.N)) throw new Error('ValidationException: BETWEEN');
    const items = this.items(list!.S!).filter(
      ({ at }) => Number(at!.N) >= Number(after!.N) && Number(at!.N) <= Number(before!.N),
    );
    if (input.ScanIndexForward === false) items.reverse();
    const start =
      input.ExclusiveStartKey === undefined
        ? 0
        : items.findIndex(({ pk }) => pk!.S === input.ExclusiveStartKey!['pk']!.S) + 1;
    const page = items.slice(start, start + Math.min(input.Limit ?? Infinity, this.pageSize));
    const last = page.at(-1);
    const isFull = page.length === Math.min(input.Limit ?? Infinity, this.pageSize);
    return last === undefined || !isFull ? { Items: page } : { Items: page, LastEvaluatedKey: last };
  };

  private items(list: string): Item[] {
    return this.entries
      .map(({ at, id, archived }): Item => {
        const pk = partitionKeyOf({ aggregate: 'order', id });
        return {
          list: { S: listingKey('order', undefined, listingShardOf(pk, this.shards), archived) },
          at: { N: String(at) },
          pk: { S: pk },
          sk: { S: 'e#0000000000000001' },
        };
      })
      .filter((item) => item['list']!.S === list)
      .sort((a, b) => Number(a['at']!.N) - Number(b['at']!.N));
  }
}

async function all(index: HandMadeIndex, query: ListQuery & { limit: number }, shards: number): Promise<Entry[][]> {
  const pages: Entry[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listStreamsPage(
      'events',
      'order',
      { ...query, ...(cursor === undefined ? {} : { cursor }) },
      shards,
      index.send,
    );
    pages.push(page.items.map(({ stream, createdAt }) => ({ id: stream.id, at: createdAt.getTime() })));
    cursor = page.cursor;
    if (pages.length > 200) throw new Error('the list does not end');
  } while (cursor !== undefined);
  return pages;
}

describe('a list over the partitions of its index', () => {
  const entries = fc.uniqueArray(fc.record({ at: fc.integer({ min: 1, max: 12 }), id: fc.uuid() }), {
    selector: ({ id }) => id,
    maxLength: 30,
  });

  it('gives every stream once, in order of time, whatever the pages, the partitions and the direction', async () => {
    await fc.assert(
      fc.asyncProperty(
        entries,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('forward' as const, 'backward' as const),
        fc.option(fc.integer({ min: 0, max: 13 }), { nil: undefined }),
        fc.option(fc.integer({ min: 0, max: 13 }), { nil: undefined }),
        async (given, shards, limit, pageSize, order, after, before) => {
          const query = {
            limit,
            order,
            ...(after === undefined ? {} : { after: new Date(after) }),
            ...(before === undefined ? {} : { before: new Date(before) }),
          };
          const pages = await all(new HandMadeIndex(given, shards, pageSize), query, shards);
          expect(pages.every((page) => page.length <= limit)).toBe(true);
          const found = pages.flat();
          const inside = given.filter(({ at }) => at >= (after ?? 0) && at <= (before ?? Infinity));
          expect(found.map(({ id }) => id).sort()).toEqual(inside.map(({ id }) => id).sort());
          const times = found.map(({ at }) => at);
          expect(times).toEqual([...times].sort((a, b) => (order === 'forward' ? a - b : b - a)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('asks nothing where the range ends before it begins, which DynamoDB refuses', async () => {
    const index = new HandMadeIndex([{ at: 5, id: 'a' }], 2);
    expect(
      await listStreamsPage('events', 'order', { limit: 5, after: new Date(9), before: new Date(3) }, 2, index.send),
    ).toEqual({ items: [] });
    expect(index.requests).toEqual([]);
  });

  it('asks each partition once for a page that one answer fills', async () => {
    const index = new HandMadeIndex(
      Array.from({ length: 40 }, (_, at) => ({ at, id: `o-${at}` })),
      4,
    );
    await listStreamsPage('events', 'order', { limit: 10 }, 4, index.send);
    expect(index.requests.map(({ Limit }) => Limit)).toEqual([10, 10, 10, 10]);
  });

  it('refuses the cursor of another number of partitions', async () => {
    const index = new HandMadeIndex(
      [
        { at: 1, id: 'a' },
        { at: 2, id: 'b' },
      ],
      2,
    );
    const { cursor } = await listStreamsPage('events', 'order', { limit: 1 }, 2, index.send);
    await expect(
      listStreamsPage('events', 'order', { limit: 1, cursor: cursor! }, 4, index.send),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'cursor' });
  });

  it('gives either the archived streams or the others, and takes no cursor of the one for the other', async () => {
    const given = Array.from({ length: 9 }, (_, at) => ({ at, id: `o-${at}`, archived: at % 3 === 0 }));
    const listed = async (archived?: boolean): Promise<string[]> => {
      const query = { limit: 2, ...(archived === undefined ? {} : { archived }) };
      return (await all(new HandMadeIndex(given, 3), query, 3)).flat().map(({ id }) => id);
    };
    expect(await listed()).toEqual(['o-1', 'o-2', 'o-4', 'o-5', 'o-7', 'o-8']);
    expect(await listed(false)).toEqual(await listed());
    expect(await listed(true)).toEqual(['o-0', 'o-3', 'o-6']);
    const index = new HandMadeIndex(given, 3);
    const { cursor } = await listStreamsPage('events', 'order', { limit: 1 }, 3, index.send);
    await expect(
      listStreamsPage('events', 'order', { limit: 1, archived: true, cursor: cursor! }, 3, index.send),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'cursor' });
  });
});
