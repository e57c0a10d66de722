import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SnapshotTooLargeError, StreamCorruptedError } from '../errors/store-errors.js';
import { encodeBody } from '../store/commit-body.js';
import type { Snapshot } from '../store/snapshot.js';
import { itemBytes, MAX_ITEM_BYTES, writeUnits, type Item } from './item-size.js';
import { MAX_BODY_BYTES } from './packed-body.js';
import { fromSnapshotItem, toSnapshotItem } from './snapshot-item.js';

const stream = { aggregate: 'order', id: 'o-1', tenant: 'acme' };

function snapshotOf(payload: string | Uint8Array, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    stream,
    version: 9,
    commit: { first: 7, commitId: 'c-7', recordedAt: 1_712_345_678_910 },
    schemaVersion: 2,
    state: encodeBody([{ typeIndex: 0, payload }]),
    ttl: undefined,
    ...changes,
  };
}
const isCompressed = (item: Item): boolean => item['state']?.B?.[0] === 0x1f;

describe('a snapshot and its item', () => {
  it('hold the same', () => {
    const whole = { min: 1, max: Number.MAX_SAFE_INTEGER };
    const payload = fc.oneof(fc.json(), fc.uint8Array(), fc.constant(`"${'x'.repeat(5_000)}"`));
    fc.assert(
      fc.property(
        payload,
        fc.integer(whole),
        fc.integer(whole),
        fc.integer(whole),
        fc.string({ minLength: 1 }),
        fc.option(fc.integer({ min: 1, max: 4e9 }), { nil: undefined }),
        (state, version, first, schemaVersion, commitId, ttl) => {
          const commit = { first, commitId, recordedAt: 1_712_345_678_910 };
          const snapshot = snapshotOf(state, { version, commit, schemaVersion, ttl });
          const { state: read, ...others } = fromSnapshotItem(stream, toSnapshotItem(snapshot));
          const { state: given, ...rest } = snapshot;
          expect(others).toEqual(rest);
          expect(Buffer.compare(Buffer.from(read), Buffer.from(given))).toBe(0);
          expect(typeof read).toBe(typeof given);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are found under one key of the stream, and carry nothing but what they say', () => {
    expect(toSnapshotItem(snapshotOf('{"a":1}', { ttl: 5 }))).toEqual({
      pk: { S: 'acme#order#o-1' },
      sk: { S: 's#' },
      first: { N: '7' },
      last: { N: '9' },
      commit: { S: 'c-7' },
      at: { N: '1712345678910' },
      schema: { N: '2' },
      state: { S: '[[0,{"a":1}]]' },
      ttl: { N: '5' },
    });
    expect(toSnapshotItem(snapshotOf('1'))).not.toHaveProperty('ttl');
  });

  it('are compressed exactly when that saves a write unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000 }), fc.boolean(), (length, repeats) => {
        const text = repeats ? 'x'.repeat(length) : randomBytes(length).toString('base64').slice(0, length);
        const snapshot = snapshotOf(`"${text}"`);
        const item = toSnapshotItem(snapshot);
        const plain = writeUnits(itemBytes({ ...item, state: { S: snapshot.state as string } }));
        expect(writeUnits(itemBytes(item))).toBeLessThanOrEqual(plain);
        expect(isCompressed(item)).toBe(writeUnits(itemBytes(item)) < plain);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a snapshot that is too large', () => {
  it('is refused above 400 KB after compression, with its size', () => {
    const base = itemBytes(toSnapshotItem(snapshotOf(new Uint8Array())));
    const most = MAX_ITEM_BYTES - base;
    expect(itemBytes(toSnapshotItem(snapshotOf(randomBytes(most))))).toBe(MAX_ITEM_BYTES);
    let error: unknown;
    try {
      toSnapshotItem(snapshotOf(randomBytes(most + 1)));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(SnapshotTooLargeError);
    expect(error).toMatchObject({ stream, version: 9, bytes: MAX_ITEM_BYTES + 1, limit: MAX_ITEM_BYTES });
    expect(isCompressed(toSnapshotItem(snapshotOf(`"${'x'.repeat(2_000_000)}"`)))).toBe(true);
  });

  it('is refused where it could be stored, but not be opened again', () => {
    const text = 'x'.repeat(MAX_BODY_BYTES);
    expect(() => toSnapshotItem(snapshotOf(`"${text}"`))).toThrow(SnapshotTooLargeError);
  });
});

describe('an item that is damaged, or of another kind, is StreamCorruptedError and nothing else', () => {
  const whole = toSnapshotItem(snapshotOf('{"a":1}', { ttl: 9 }));
  const without = (name: string): Item => Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name));

  it.each<[string, Item]>([
    ['nothing', {}],
    ...['first', 'last', 'commit', 'at', 'schema', 'state'].map((name): [string, Item] => [
      `without ${name}`,
      without(name),
    ]),
    ['with text for a version', { ...whole, last: { S: '9' } }],
    ['with half a version', { ...whole, last: { N: '9.5' } }],
    ['with a version that is none', { ...whole, first: { N: '1e300' } }],
    ['with a number for the commit', { ...whole, commit: { N: '7' } }],
    ['with a state that is a list', { ...whole, state: { L: [] } }],
    ['with a state that is cut off', { ...whole, state: { B: new Uint8Array([0x1f, 0x8b, 8, 0]) } }],
  ])('%s', (_, item) => {
    let error: unknown;
    try {
      fromSnapshotItem(stream, item);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(StreamCorruptedError);
    expect(error).toMatchObject({ stream, fault: 'the snapshot cannot be read' });
    expect((error as Error).message).not.toMatch(/NaN|undefined/);
  });
});
