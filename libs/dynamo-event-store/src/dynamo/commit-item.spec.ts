import { randomBytes, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { CommitTooLargeError, EventTooLargeError, StreamCorruptedError } from '../errors/store-errors.js';
import { EventCodec } from '../event/event-codec.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { EventRegistry } from '../event/event-registry.js';
import { eventsOf } from '../../../../test/support/stored-events.js';
import { newCommitId, prepareCommit, type Commit } from '../store/commit.js';
import { fromCommitItems, partsOf, toCommitItems } from './commit-item.js';
import { itemBytes, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, writeUnits, type Item } from './item-size.js';
import { MAX_BODY_BYTES } from './packed-body.js';

const codec = new EventCodec(new EventRegistry());
const stream = { aggregate: 'order', id: 'o-1', tenant: 'acme' };

function commitOf(payloads: readonly unknown[], changes: Partial<Commit> = {}, metadata?: EventMetadata): Commit {
  const events = payloads.map((payload, index) => codec.encode({ type: `t-${index % 3}`, payload }));
  return {
    ...prepareCommit(stream, events, { commitId: 'c-1', metadata, ttl: undefined }),
    version: 3,
    recordedAt: 1_712_345_678_910,
    ...changes,
  };
}

/** Text that gzip cannot make much shorter. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64').slice(0, bytes);
/** The only item of a commit that fits into one. */
function toCommitItem(commit: Commit, listingShards: number): Item {
  const items = toCommitItems(commit, listingShards);
  expect(items).toHaveLength(1);
  return items[0];
}
const fromCommitItem = (of: typeof stream, item: Item): Commit => fromCommitItems(of, item);
const isCompressed = (item: Item): boolean => item['events']?.B?.[0] === 0x1f;

describe('a commit and its item', () => {
  const metadata = fc.option(
    fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constantFrom([{ $date: 'x' }], { a: { b: '' } })),
      { noNullPrototype: true },
    ),
    { nil: undefined },
  );

  it('hold the same, whatever the events and the metadata are', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryValue, { minLength: 1, maxLength: 5 }),
        metadata,
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 9 }),
        fc.option(fc.integer({ min: 1, max: 4e9 }), { nil: undefined }),
        (payloads, meta, version, ttl) => {
          const commit = commitOf(payloads, { version, ttl }, meta);
          const read = fromCommitItem(stream, toCommitItem(commit, 4));
          expect(read).toEqual({
            ...commit,
            metadata: Object.keys(meta ?? {}).length === 0 ? undefined : commit.metadata,
          });
          expect(eventsOf(read, codec).map(({ event }) => event)).toEqual(payloads);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('hold bytes of a serializer, alone and beside JSON, short and compressed', () => {
    for (const payloads of [
      [new Uint8Array([1])],
      [{ a: 1 }, new Uint8Array([0x1f, 0x8b])],
      [new Uint8Array(5_000), { a: 'x' }],
      [new Uint8Array([0x1f, 0x8b, 8]), new Uint8Array(3_000)],
    ]) {
      const commit = commitOf(payloads);
      const item = toCommitItem(commit, 4);
      expect(item['events']?.B).toBeInstanceOf(Uint8Array);
      expect(isCompressed(item)).toBe(
        payloads.some((payload) => payload instanceof Uint8Array && payload.length > 2_000),
      );
      expect(eventsOf(fromCommitItem(stream, item), codec).map(({ event }) => event)).toEqual(payloads);
    }
  });

  it('are listed if they are the first of their stream, and only then', () => {
    expect(toCommitItem(commitOf([1], { version: 1 }), 4)['list']).toEqual({
      S: expect.stringMatching(/^acme#order#[0-3]$/),
    });
    expect(toCommitItem(commitOf([1], { version: 2 }), 4)['list']).toBeUndefined();
  });

  it('keep events apart from what describes the commit (P30)', () => {
    const item = toCommitItem(commitOf([{ pk: 'x', sk: 'y', n: 9, events: [] }], { version: 1 }), 4);
    expect(Object.keys(item).sort()).toEqual(['at', 'commit', 'events', 'list', 'n', 'pk', 'sk', 'types']);
  });

  it('cost at most 150 bytes besides the payload and the key', () => {
    for (const version of [1, 2, Number.MAX_SAFE_INTEGER - 1]) {
      const events = [codec.encode({ type: 'order-placed', payload: { a: 1 } })];
      const plain: Commit = {
        ...prepareCommit(stream, events, { commitId: newCommitId(), metadata: undefined, ttl: undefined }),
        version,
        recordedAt: 1_712_345_678_911,
      };
      const item = toCommitItem(plain, 4);
      const keys = Buffer.byteLength(item['pk']!.S!) + Buffer.byteLength(item['sk']!.S!);
      expect(itemBytes(item) - JSON.stringify({ a: 1 }).length - keys).toBeLessThanOrEqual(150);
    }
  });
});

describe('events are compressed exactly when that saves a write unit', () => {
  it('at every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000 }), fc.boolean(), (length, repeats) => {
        const commit = commitOf([repeats ? 'x'.repeat(length) : noise(length)]);
        const item = toCommitItem(commit, 4);
        const plain = itemBytes({ ...item, events: { S: commit.body as string } });
        const zipped = itemBytes({ ...item, events: { B: gzipSync(commit.body, { level: 1 }) } });
        expect(isCompressed(item)).toBe(writeUnits(zipped) < writeUnits(plain));
        expect(writeUnits(itemBytes(item))).toBe(Math.min(writeUnits(plain), writeUnits(zipped)));
      }),
      { numRuns: 300 },
    );
  });

  it('so at 1,024 bytes they stay readable, and at 1,025 they may not', () => {
    const base = itemBytes(toCommitItem(commitOf(['']), 4));
    const fits = toCommitItem(commitOf(['x'.repeat(1024 - base)]), 4);
    expect([itemBytes(fits), isCompressed(fits)]).toEqual([1024, false]);
    expect(isCompressed(toCommitItem(commitOf(['x'.repeat(1025 - base)]), 4))).toBe(true);
  });
});

describe('the limits (P16)', () => {
  const thrown = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  /** A commit of one event with so many bytes, which gzip cannot make fewer. */
  const bytesOf = (bytes: number): Commit => commitOf([randomBytes(bytes)]);
  const sizeOf = (items: readonly Item[]): number => items.reduce((sum, item) => sum + itemBytes(item), 0);

  it('an item of exactly 400 KB stays one, and a byte more makes two', () => {
    const base = itemBytes(toCommitItem(bytesOf(0), 4));
    const whole = toCommitItem(bytesOf(MAX_ITEM_BYTES - base), 4);
    expect([itemBytes(whole), partsOf(whole), 'parts' in whole]).toEqual([MAX_ITEM_BYTES, 1, false]);
    const split = toCommitItems(bytesOf(MAX_ITEM_BYTES - base + 1), 4);
    expect([split.length, partsOf(split[0])]).toEqual([2, 2]);
  });

  it('all items of exactly 4 MB together are made, and a byte more is refused with its size', () => {
    const most = MAX_TRANSACTION_BYTES - (sizeOf(toCommitItems(bytesOf(4_190_000), 4)) - 4_190_000);
    expect(sizeOf(toCommitItems(bytesOf(most), 4))).toBe(MAX_TRANSACTION_BYTES);
    expect(thrown(() => toCommitItems(bytesOf(most + 1), 4))).toMatchObject({
      stream,
      bytes: MAX_TRANSACTION_BYTES + 1,
      limit: MAX_TRANSACTION_BYTES,
    });
  });

  it('one event among others that is too large alone is named, with its size', () => {
    const error = thrown(() => toCommitItems(commitOf([1, 2, randomBytes(MAX_TRANSACTION_BYTES), 3]), 4));
    expect(error).toBeInstanceOf(EventTooLargeError);
    expect(error).toMatchObject({ stream, eventType: 't-2', index: 2, limit: MAX_TRANSACTION_BYTES });
    expect((error as EventTooLargeError).bytes).toBeGreaterThan(MAX_TRANSACTION_BYTES);
    expect((error as EventTooLargeError).bytes).toBeLessThan(MAX_TRANSACTION_BYTES + 500);
  });

  it('events that are too large only together are counted', () => {
    const error = thrown(() => toCommitItems(commitOf(Array.from({ length: 5 }, () => randomBytes(900_000))), 4));
    expect(error).toBeInstanceOf(CommitTooLargeError);
    expect(error).toMatchObject({ stream, events: 5, limit: MAX_TRANSACTION_BYTES });
    expect((error as CommitTooLargeError).bytes).toBeGreaterThan(4_500_000);
  });

  it('metadata that is too large is not blamed on the event', () => {
    for (const payload of [1, randomBytes(2_000_000)]) {
      const error = thrown(() => toCommitItems(commitOf([payload], {}, { note: noise(500_000) }), 4));
      expect(error).toBeInstanceOf(CommitTooLargeError);
      expect(error).toMatchObject({ limit: MAX_ITEM_BYTES });
      expect((error as Error).message).toMatch(/metadata/);
    }
  });

  it('metadata that leaves too little room in an item for events is refused, and less of it is not', () => {
    const withNote = (bytes: number): readonly Item[] =>
      toCommitItems(commitOf([randomBytes(300_000)], {}, { note: noise(bytes) }), 4);
    expect(withNote(MAX_ITEM_BYTES / 2 - 1_000)).toHaveLength(2);
    expect(thrown(() => withNote(MAX_ITEM_BYTES / 2))).toBeInstanceOf(CommitTooLargeError);
  });

  it('what gzip would make small enough to store, but reading could not open, is refused', () => {
    const text = 'x'.repeat(MAX_BODY_BYTES);
    expect(gzipSync(text.slice(0, 1024 * 1024), { level: 1 }).length * (MAX_BODY_BYTES / 1024 / 1024)).toBeLessThan(
      MAX_ITEM_BYTES,
    );
    expect(thrown(() => toCommitItem(commitOf([1], { body: `[[0,"${text}"]]` }), 4))).toMatchObject({
      code: 'EVENT_TOO_LARGE',
      index: 0,
      limit: MAX_BODY_BYTES,
    });
    const body = `[[0,"${text.slice(9)}"]]`;
    expect(fromCommitItem(stream, toCommitItem(commitOf([1], { body }), 4)).body === body).toBe(true);
  });

  it('a stream id that makes too long a key is refused before anything else', () => {
    const long = (bytes: number): Commit =>
      commitOf([1], { stream: { aggregate: 'order', id: 'x'.repeat(bytes - '#order#'.length) } });
    expect(Buffer.byteLength(toCommitItem(long(2048), 4)['pk']!.S!)).toBe(2048);
    expect(thrown(() => toCommitItem(long(2049), 4))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'stream',
      message: expect.stringMatching(/2049 bytes.*2048/),
    });
  });

  it('a clock that gives no valid date is refused', () => {
    for (const recordedAt of [Number.NaN, Infinity, 8.64e15 + 1, 0.5])
      expect(thrown(() => toCommitItem(commitOf([1], { recordedAt }), 4))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        argument: 'clock',
      });
  });
});

describe('an item that is damaged, or of another kind, is StreamCorruptedError and nothing else', () => {
  const whole = toCommitItem(commitOf([{ a: new Date(0) }, 'x'], { ttl: 9 }, { actorId: 'ada' }), 4);
  const zipped = toCommitItem(commitOf(['x'.repeat(5_000)]), 4);
  const without = (name: string): Item => Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name));
  const read = (item: Item): unknown => eventsOf(fromCommitItem(stream, item), codec);

  it('the whole one can be read', () => {
    expect(read(whole)).toHaveLength(2);
    expect(read(zipped)).toHaveLength(1);
  });

  it.each<[string, Item]>([
    ['nothing', {}],
    ...['sk', 'n', 'types', 'commit', 'at', 'events'].map((name): [string, Item] => [`without ${name}`, without(name)]),
    ['of a snapshot', { ...whole, sk: { S: 's#1' } }],
    ['with text for a count', { ...whole, n: { S: '2' } }],
    ['with no events', { ...whole, n: { N: '0' } }],
    ['with fewer events than none', { ...whole, n: { N: '-1' } }],
    ['whose parts are missing', { ...whole, parts: { N: '2' } }],
    ['with a number of parts that is none', { ...whole, parts: { N: '0' } }],
    ['of a part', { ...whole, sk: { S: 'e#0000000000000003#02' } }],
    ['with half an event', { ...whole, n: { N: '1.5' } }],
    ['with a time that is none', { ...whole, at: { N: '1e300' } }],
    ['with a wrong count', { ...whole, n: { N: '3' } }],
    ['with types that are text', { ...whole, types: { S: 't-0~1' } }],
    ['with a type that is a number', { ...whole, types: { L: [{ N: '1' }, { N: '2' }] } }],
    ['with a type that is no label', { ...whole, types: { L: [{ S: '' }, { S: 't-1~1' }] } }],
    ['with too few types', { ...whole, types: { L: [{ S: 't-0~1' }] } }],
    ['with events that are a list', { ...whole, events: { L: [] } }],
    ['with events that are not JSON', { ...whole, events: { S: '[[0,' } }],
    ['with a tag that is broken', { ...whole, events: { S: '[[0,{"$date":"never"}],[1,1]]' } }],
    ['with metadata that is not JSON', { ...whole, meta: { S: '{' } }],
    ['with metadata that is text', { ...whole, meta: { S: '"ada"' } }],
    ['with metadata that is a list', { ...whole, meta: { S: '[1]' } }],
    ['with a broken tag in the metadata', { ...whole, meta: { S: '{"a":{"$bigint":"x"}}' } }],
    ['with compressed events that are cut off', { ...zipped, events: { B: zipped['events']!.B!.subarray(0, 20) } }],
    ['with compressed events that are not', { ...zipped, events: { B: new Uint8Array([0x1f, 0x8b, 8, 0, 0]) } }],
    ['with frames of an unknown kind', { ...zipped, events: { B: new Uint8Array([7, 0, 0, 0, 0, 0, 0]) } }],
    ['with no bytes', { ...zipped, events: { B: new Uint8Array() } }],
    ['with a bomb of zeros', { ...zipped, events: { B: gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1)) } }],
  ])('%s', (_, item) => {
    let error: unknown;
    try {
      read(item);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(StreamCorruptedError);
    expect(error).toMatchObject({ stream, code: 'STREAM_CORRUPTED', retryable: false });
  });

  it('one flipped bit in compressed events never gives other events', () => {
    const bytes = Buffer.from(zipped['events']!.B!);
    const right = read(zipped);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        let outcome: unknown;
        try {
          outcome = read({ ...zipped, events: { B: flipped } });
        } catch (error) {
          expect(error).toBeInstanceOf(StreamCorruptedError);
          return;
        }
        // The header of gzip has bits without a meaning.
        expect(outcome).toEqual(right);
      }),
      { numRuns: 300 },
    );
    expect(gunzipSync(bytes).toString()).toContain('xxx');
  });
});

it('two commits of one stream never have the same key, nor two streams', () => {
  const keyOf = (commit: Commit): string => {
    const item = toCommitItem(commit, 4);
    return `${item['pk']!.S!}|${item['sk']!.S!}`;
  };
  const keys = [1, 2, 10].flatMap((version) =>
    [{ stream }, { stream: { ...stream, id: 'o-2' } }, { stream: { aggregate: 'order', id: 'o-1' } }].map((changes) =>
      keyOf(commitOf([randomUUID()], { version, ...changes })),
    ),
  );
  expect(new Set(keys).size).toBe(keys.length);
});
