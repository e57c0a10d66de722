import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codec, stream } from '../../../../test/support/hand-made-log.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { eventsOf } from '../../../../test/support/stored-events.js';
import { prepareCommit, type Commit } from '../store/commit.js';
import { fromCommitItems, partsOf, toCommitItems } from './commit-item.js';
import { itemBytes, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, type Item } from './item-size.js';
import { commitSortKey, partSortKey } from './table-schema.js';

function commitOf(payloads: readonly unknown[], changes: Partial<Commit> = {}, metadata?: EventMetadata): Commit {
  const events = payloads.map((payload) => codec.encode({ type: 'noted', payload }));
  const prepared = prepareCommit(stream, events, { commitId: 'c-1', metadata, ttl: undefined });
  return { ...prepared, version: 1, recordedAt: 1_712_345_678_910, ...changes };
}

/** Text of so many characters that gzip cannot make much shorter, with characters of one to four bytes. */
function noise(characters: number): string {
  const bytes = randomBytes(characters * 3);
  const alphabets = [0x20, 0xa0, 0x4e00, 0x20000];
  return Array.from({ length: characters }, (_, index) => {
    const start = alphabets[bytes[index]! % alphabets.length]!;
    return String.fromCodePoint(start + ((bytes[index + characters]! * 256 + bytes[index + 2 * characters]!) % 94));
  }).join('');
}

function attempt(commit: Commit): { readonly items: readonly [Item, ...Item[]] } | { readonly error: unknown } {
  try {
    return { items: toCommitItems(commit, 4) };
  } catch (error) {
    return { error };
  }
}

function expectWellMade(items: readonly Item[], commit: Commit): void {
  const [first, ...parts] = items;
  expect(items.every((item) => itemBytes(item) <= MAX_ITEM_BYTES)).toBe(true);
  expect(items.reduce((sum, item) => sum + itemBytes(item), 0)).toBeLessThanOrEqual(MAX_TRANSACTION_BYTES);
  expect([first!['sk'], partsOf(first!)]).toEqual([{ S: commitSortKey(commit.version) }, items.length]);
  expect('parts' in first!).toBe(parts.length > 0);
  const ttl = commit.ttl === undefined ? [] : ['ttl'];
  for (const [index, part] of parts.entries()) {
    expect(part['sk']).toEqual({ S: partSortKey(commit.version, index + 2) });
    expect(part['pk']).toEqual(first!['pk']);
    // A part must expire with its commit, and be neither listed nor taken for a commit.
    expect(Object.keys(part).sort()).toEqual(['events', 'pk', 'sk', ...ttl]);
    expect(part['ttl']).toEqual(first!['ttl']);
    expect(part['events']!.B!.byteLength).toBeGreaterThan(0);
  }
  // No item but the last has room left, so that there are no more of them than it takes.
  for (const item of items.slice(0, -1)) expect(MAX_ITEM_BYTES - itemBytes(item)).toBeLessThanOrEqual(1);
}

describe('a commit above 400 KB', () => {
  const details = fc.record({
    version: fc.constantFrom(1, 2, Number.MAX_SAFE_INTEGER - 1),
    ttl: fc.constantFrom(undefined, 4_000_000_000),
    note: fc.constantFrom(undefined, 'x', noise(40_000)),
  });

  const plain = { version: 1, ttl: undefined, note: undefined };

  it('of bytes is split and joined to the same, whatever its size, or refused above 4 MB', () => {
    const around = fc.oneof(
      fc.integer({ min: 0, max: 4_300_000 }),
      ...[1, 2, 5, 10].map((items) => fc.integer({ min: -500, max: 500 }).map((more) => items * MAX_ITEM_BYTES + more)),
      fc.integer({ min: -1500, max: 500 }).map((more) => MAX_TRANSACTION_BYTES + more),
    );
    const seen = { whole: 0, split: 0, refused: 0 };
    fc.assert(
      fc.property(around, details, (size, { note, ...changes }) => {
        const commit = commitOf([randomBytes(size)], changes, note === undefined ? undefined : { note });
        const made = attempt(commit);
        if ('error' in made) {
          expect(made.error).toMatchObject({ limit: MAX_TRANSACTION_BYTES });
          expect(size).toBeGreaterThan(MAX_TRANSACTION_BYTES - 100_000 - 1_500);
          seen.refused += 1;
          return;
        }
        const { items } = made;
        seen[items.length === 1 ? 'whole' : 'split'] += 1;
        expectWellMade(items, commit);
        const read = fromCommitItems(stream, items[0], items.slice(1));
        expect(Buffer.compare(read.body as Uint8Array, commit.body as Uint8Array)).toBe(0);
        expect({ ...read, body: '' }).toEqual({ ...commit, body: '' });
      }),
      { numRuns: 25, examples: [0, 1_000_000, 4_300_000].map((size): [number, typeof plain] => [size, plain]) },
    );
    expect(Math.min(seen.whole, seen.split, seen.refused)).toBeGreaterThan(0);
  });

  it('of text is split inside characters too, and joined to the same text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 150_000, max: 600_000 }), details, (characters, { note, ...changes }) => {
        const commit = commitOf([noise(characters)], changes, note === undefined ? undefined : { note });
        const items = toCommitItems(commit, 4);
        expectWellMade(items, commit);
        expect(fromCommitItems(stream, items[0], items.slice(1)).body === commit.body).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  it('that gzip makes small enough is one item', () => {
    const commit = commitOf(['x'.repeat(30_000_000)]);
    const items = toCommitItems(commit, 4);
    expect(items).toHaveLength(1);
    expect(fromCommitItems(stream, items[0]).body === commit.body).toBe(true);
  });

  it('is listed once, by its first item', () => {
    const items = toCommitItems(commitOf([randomBytes(1_000_000)]), 4);
    expect(items.map((item) => 'list' in item)).toEqual([true, false, false]);
  });

  it('of several events comes back as these', () => {
    const payloads = [randomBytes(300_000), { a: 'x' }, randomBytes(300_000), new Date(5)];
    const items = toCommitItems(commitOf(payloads), 4);
    expect(items).toHaveLength(2);
    const events = eventsOf(fromCommitItems(stream, items[0], items.slice(1)), codec).map(({ event }) => event);
    expect(events.map((event) => (Buffer.isBuffer(event) ? Buffer.from(event) : event))).toEqual(
      payloads.map((payload) => (Buffer.isBuffer(payload) ? expect.anything() : payload)),
    );
    expect(Buffer.compare(events[2] as Uint8Array, payloads[2] as Buffer)).toBe(0);
  });

  it('is refused with the name of the event that is too large, else with the number of them', () => {
    const [one, all] = [
      [1, randomBytes(4_300_000)],
      [randomBytes(2_200_000), randomBytes(2_200_000)],
    ].map((payloads) => attempt(commitOf(payloads)));
    expect(one).toMatchObject({ error: { code: 'EVENT_TOO_LARGE', index: 1 } });
    expect(all).toMatchObject({ error: { code: 'COMMIT_TOO_LARGE', events: 2 } });
  });
});

describe('a commit in parts that are not all of it', () => {
  const items = toCommitItems(commitOf([randomBytes(1_500_000)]), 4);
  const [first, ...parts] = items;

  it.each<[string, readonly Item[]]>([
    ['none', []],
    ['too few', parts.slice(1)],
    ['too many', [...parts, parts[0]!]],
  ])('is damaged: %s', (_, given) => {
    expect(() => fromCommitItems(stream, first, given)).toThrow(/the commit has 4 parts, but \d were found/);
  });

  it('is damaged where a part is not as long as it was', () => {
    const cut = [...parts.slice(0, -1), { ...parts.at(-1)!, events: { B: parts.at(-1)!['events']!.B!.subarray(1) } }];
    expect(() => eventsOf(fromCommitItems(stream, first, cut), codec)).toThrow(
      expect.objectContaining({ code: 'STREAM_CORRUPTED' }),
    );
  });
});
