import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { codec, commit, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { newCommitId, prepareCommit, type Commit } from '../store/commit.js';
import { hashOf } from '../store/receipt.js';
import { reservationChangesOf, type ReservationChange } from '../store/reservation.js';
import { toCommitItems } from './commit-item.js';
import type { Item } from './item-size.js';
import { newsOfItem } from './notice-of-item.js';
import { toReceiptItem } from './receipt-item.js';
import { planReservation } from './reservation-item.js';
import { toSnapshotItem } from './snapshot-item.js';

const itemOf = (of: Commit): Item => toCommitItems(of, 4)[0];

function largeCommit(bytes: number): Commit {
  const payload = randomBytes(bytes).toString('base64');
  const details = { commitId: newCommitId(), metadata: { actorId: 'ada' }, ttl: undefined };
  const prepared = prepareCommit(stream, [codec.encode({ type: 'noted', payload })], details);
  return { ...prepared, version: 7, recordedAt: 7_000 };
}

describe('news of an item', () => {
  it('of a commit is its notice, the commit included', () => {
    const stored = commit(4, 3);
    expect(newsOfItem(itemOf(stored))).toEqual({
      notice: { stream, first: 4, last: 6, types: ['counted~1'], recordedAt: 4_000, commit: stored },
    });
  });

  it('of a compressed commit likewise', () => {
    const stored = { ...commit(1, 2), body: `[[0,${JSON.stringify('x'.repeat(5_000))}],[0,2]]` };
    const item = itemOf(stored);
    expect(item['events']?.B).toBeDefined();
    expect(newsOfItem(item)).toMatchObject({ notice: { first: 1, last: 2, commit: { body: stored.body } } });
  });

  it('of the first part of a commit in parts is a notice without the commit; of the others there is none', () => {
    const [first, ...parts] = toCommitItems(largeCommit(900_000), 4);
    expect(parts.length).toBeGreaterThan(1);
    expect(newsOfItem(first)).toEqual({
      notice: { stream, first: 7, last: 7, types: ['noted~1'], recordedAt: 7_000, commit: undefined },
    });
    expect(parts.map(newsOfItem)).toEqual(parts.map(() => undefined));
  });

  it('of a tombstone, a snapshot, a receipt, a reservation, and whatever else lies in the table there is none', () => {
    const mark = { first: 1, commitId: 'c-1', recordedAt: 1 };
    const snapshot = toSnapshotItem({
      stream,
      version: 1,
      commit: mark,
      schemaVersion: 1,
      state: '[]',
      ttl: undefined,
    });
    const written = { attempt: 'a', digest: hashOf('d'), fingerprint: undefined };
    const receipt = toReceiptItem(
      stream,
      hashOf('key'),
      { ...written, commitId: 'c-1', first: 1, last: 1, recordedAt: 1 },
      undefined,
    );
    const [change] = reservationChangesOf(stream, { reserve: [{ scope: 's', value: 'v' }] }) as [ReservationChange];
    const reservation = planReservation('events', commit(1, 1), change).Put!.Item!;
    const foreign: Item = { pk: { S: 'config' }, sk: { S: 'x' } };
    for (const item of [
      itemOf(tombstone(3)),
      snapshot,
      receipt,
      reservation,
      foreign,
      {},
      { pk: { N: '1' }, sk: { N: '2' } },
    ])
      expect(newsOfItem(item)).toBeUndefined();
  });

  it('whose key is that of a commit, but of no stream, names the key', () => {
    const item: Item = { ...itemOf(commit(2, 1)), pk: { S: 'a#b#c#d' } };
    expect(newsOfItem(item)).toEqual({
      unreadable: { key: 'a#b#c#d e#0000000000000002', stream: undefined, version: 2, cause: expect.any(SyntaxError) },
    });
  });

  it.each<[string, Item]>([
    ['no count', { n: { S: 'x' } }],
    ['no types', { types: { NULL: true } }],
    ['no time', { at: { N: '1e30' } }],
    ['broken gzip', { events: { B: Uint8Array.of(0x1f, 0x8b, 1, 2) } }],
    ['no events', { events: { NULL: true } }],
    ['broken metadata', { meta: { S: '{' } }],
  ])('with %s names stream, version and cause', (_, change) => {
    expect(newsOfItem({ ...itemOf(commit(2, 1)), ...change })).toEqual({
      unreadable: {
        key: '#order#o-1 e#0000000000000002',
        stream,
        version: 2,
        cause: expect.objectContaining({ code: 'STREAM_CORRUPTED' }),
      },
    });
  });

  it('in parts whose first item is damaged is unreadable too', () => {
    const [first] = toCommitItems(largeCommit(900_000), 4);
    expect(newsOfItem({ ...first, commit: { NULL: true } })).toMatchObject({ unreadable: { stream, version: 7 } });
  });
});
