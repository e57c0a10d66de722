import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StreamId } from '../event/stream-id.js';
import {
  ATTRIBUTES,
  commitSortKey,
  lastSortKeyOf,
  listingKey,
  listingShardOf,
  MAX_LISTING_SHARDS,
  parseCommitSortKey,
  parsePartitionKey,
  parsePartSortKey,
  partitionKeyOf,
  partSortKey,
  receiptSortKey,
  SNAPSHOT_SORT_KEY,
} from './table-schema.js';

const part = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('#', '%', '2', '3', '5', ':', 'a', ' ', '\u0000', '😀'), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('')),
);
const streamId: fc.Arbitrary<StreamId> = fc.record(
  { aggregate: part, id: part, tenant: part },
  { requiredKeys: ['aggregate', 'id'] },
);

describe('the partition key', () => {
  it('is readable', () => {
    expect(partitionKeyOf({ aggregate: 'order', id: 'o-1' })).toBe('#order#o-1');
    expect(partitionKeyOf({ aggregate: 'order', id: 'o-1', tenant: 'acme' })).toBe('acme#order#o-1');
    expect(partitionKeyOf({ aggregate: 'a#b', id: '50%', tenant: '%23' })).toBe('%2523#a%23b#50%25');
  });

  it('reads back as the stream it was made of (P29)', () => {
    fc.assert(
      fc.property(streamId, (stream) => {
        expect(parsePartitionKey(partitionKeyOf(stream))).toEqual(stream);
      }),
      { numRuns: 2000 },
    );
  });

  it('is never shared by two streams (P29)', () => {
    fc.assert(
      fc.property(streamId, streamId, (a, b) => {
        const same = a.aggregate === b.aggregate && a.id === b.id && a.tenant === b.tenant;
        expect(partitionKeyOf(a) === partitionKeyOf(b)).toBe(same);
      }),
      { numRuns: 3000 },
    );
  });

  it('differs for streams whose parts, put side by side, are the same', () => {
    const streams: StreamId[] = [
      { aggregate: 'a', id: 'b#c' },
      { aggregate: 'a#b', id: 'c' },
      { aggregate: 'b', id: 'c', tenant: 'a' },
      { aggregate: 'a', id: 'b%23c' },
      { aggregate: 'a%23b', id: 'c' },
      { aggregate: 'b#c', id: 'd', tenant: 'a' },
      { aggregate: 'b', id: 'c#d', tenant: 'a' },
      { aggregate: 'b', id: 'c', tenant: 'A' },
    ];
    expect(new Set(streams.map(partitionKeyOf)).size).toBe(streams.length);
  });

  it.each(['', 'order', '#order', 'a#b#c#d', '##', '#order#', 'acme##o-1'])(
    'of something else, such as %j, is told apart',
    (key) => {
      expect(parsePartitionKey(key)).toBeUndefined();
    },
  );
});

describe('the sort key of a commit', () => {
  const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

  it('orders as versions do, and reads back', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(Buffer.compare(Buffer.from(commitSortKey(a)), Buffer.from(commitSortKey(b))))).toBe(
          Math.sign(a - b),
        );
        expect(parseCommitSortKey(commitSortKey(a))).toBe(a);
      }),
    );
  });

  it('keeps its order where a digit is added (P14)', () => {
    const versions = [1, 2, 9, 10, 11, 99, 100, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
    expect(versions.map(commitSortKey).sort()).toEqual(versions.map(commitSortKey));
    expect(commitSortKey(1)).toBe('e#0000000000000001');
    expect(commitSortKey(Number.MAX_SAFE_INTEGER)).toHaveLength(18);
  });

  it.each([
    '',
    'e#',
    'e#1',
    's#0000000000000001',
    'e#0000000000000000',
    'e#000000000000001x',
    'e#00000000000000001',
    'e#9999999999999999',
    ' e#0000000000000001',
    'e#-000000000000001',
  ])('of another item, such as %j, is told apart (P31)', (key) => {
    expect(parseCommitSortKey(key)).toBeUndefined();
  });
});

describe('the sort keys of the other items', () => {
  const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 });
  const part = fc.integer({ min: 2, max: 99 });
  const isSorted = (keys: readonly string[]): boolean =>
    keys.every((key, index) => index === 0 || Buffer.compare(Buffer.from(keys[index - 1]!), Buffer.from(key)) < 0);

  it('of the parts of a commit follow it in their order, before the next commit', () => {
    fc.assert(
      fc.property(version, part, (first, number) => {
        expect(
          isSorted([
            commitSortKey(first),
            partSortKey(first, 2),
            ...(number > 2 ? [partSortKey(first, number)] : []),
            lastSortKeyOf(first),
            commitSortKey(first + 1),
          ]),
        ).toBe(true);
        expect(partSortKey(first, number) < partSortKey(first, number + 1) || number === 99).toBe(true);
      }),
    );
  });

  it('of a part read back, and are none of a commit', () => {
    fc.assert(
      fc.property(version, part, (first, number) => {
        expect(parsePartSortKey(partSortKey(first, number))).toEqual({ version: first, part: number });
        expect(parseCommitSortKey(partSortKey(first, number))).toBeUndefined();
        expect(parsePartSortKey(commitSortKey(first))).toBeUndefined();
      }),
    );
  });

  it.each([
    '',
    's#',
    'e#0000000000000001#',
    'e#0000000000000001#2',
    'e#0000000000000001#002',
    'e#0000000000000000#02',
    'c#0000000000000001#02',
  ])('of something else, such as %j, are none of a part', (key) => {
    expect(parsePartSortKey(key)).toBeUndefined();
  });

  it('put receipts before every commit, and the snapshot after all', () => {
    const last = lastSortKeyOf(Number.MAX_SAFE_INTEGER);
    expect(isSorted([receiptSortKey('~~~'), commitSortKey(1), last, SNAPSHOT_SORT_KEY])).toBe(true);
    for (const key of [receiptSortKey('x'), SNAPSHOT_SORT_KEY])
      expect([parseCommitSortKey(key), parsePartSortKey(key)]).toEqual([undefined, undefined]);
  });
});

it('no two attributes share a name', () => {
  const names = Object.values(ATTRIBUTES);
  expect(new Set(names).size).toBe(names.length);
});

describe('the partitions of the listing index', () => {
  it('are the same for a stream for ever: other numbers would hide streams from lists', () => {
    expect(
      ['#order#o-1', 'acme#order#o-1', '#order#😀', ''].map((key) =>
        [4, 64].map((shards) => listingShardOf(key, shards)),
      ),
    ).toMatchInlineSnapshot(`
      [
        [
          2,
          38,
        ],
        [
          0,
          32,
        ],
        [
          2,
          50,
        ],
        [
          1,
          5,
        ],
      ]
    `);
  });

  it('get an equal share of streams, also of ids that are numbered', () => {
    for (const shards of [2, 4, 7, MAX_LISTING_SHARDS]) {
      const counts = new Array<number>(shards).fill(0);
      for (let index = 0; index < shards * 1000; index++)
        counts[listingShardOf(partitionKeyOf({ aggregate: 'order', id: `o-${index}` }), shards)]! += 1;
      expect(Math.min(...counts)).toBeGreaterThan(700);
      expect(Math.max(...counts)).toBeLessThan(1300);
    }
  });

  it('are within their number, and one takes all', () => {
    fc.assert(
      fc.property(streamId, fc.integer({ min: 1, max: MAX_LISTING_SHARDS }), (stream, shards) => {
        const shard = listingShardOf(partitionKeyOf(stream), shards);
        expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
        expect(listingShardOf(partitionKeyOf(stream), 1)).toBe(0);
      }),
    );
  });

  it('are never shared by two aggregates or tenants, nor by active and archived streams', () => {
    fc.assert(
      fc.property(
        part,
        part,
        fc.option(part, { nil: undefined }),
        fc.option(part, { nil: undefined }),
        fc.nat(63),
        fc.nat(63),
        fc.boolean(),
        fc.boolean(),
        (a, b, t, u, m, n, p, q) => {
          const same = a === b && t === u && m === n && p === q;
          expect(listingKey(a, t, m, p) === listingKey(b, u, n, q)).toBe(same);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
