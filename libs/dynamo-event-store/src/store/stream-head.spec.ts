import { describe, expect, it } from '@jest/globals';
import { commit, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { HeadLedger } from './stream-head.js';

describe('a head', () => {
  const last = commit(2, 2, { recordedAt: 1000 });
  const mark = { first: 2, commitId: 'c-2', recordedAt: 1000 };

  it('is recognised by the ledger that issued it, and by no other; a copy of it is not', () => {
    const ledger = new HeadLedger();
    const head = ledger.issue(stream, last);
    expect(head).toEqual({ stream, version: 3, recordedAt: new Date(1000) });
    expect(ledger.proofOf(head)).toEqual({
      recordedAt: 1000,
      mark,
      bytes: Buffer.byteLength(last.body),
      ttl: undefined,
      keys: [],
    });
    expect(new HeadLedger().proofOf(head)).toBeUndefined();
    expect(ledger.proofOf({ ...head })).toBeUndefined();
    expect(ledger.proofOf(structuredClone(head))).toBeUndefined();
  });

  it('of a stream without events has no time and no commit', () => {
    const ledger = new HeadLedger();
    const head = ledger.issue(stream, undefined);
    expect(head).toEqual({ stream, version: 0 });
    expect(ledger.proofOf(head)).toEqual({ recordedAt: 0, mark: undefined, bytes: 0, ttl: undefined, keys: [] });
  });

  it('of a closed stream stands at the last event, says that it is closed, and names no commit to go on from', () => {
    const ledger = new HeadLedger();
    const head = ledger.issue(stream, tombstone(4, { recordedAt: 2000 }));
    expect(head).toEqual({ stream, version: 3, recordedAt: new Date(2000), closed: true });
    expect(ledger.proofOf(head)).toMatchObject({ recordedAt: 2000, mark: undefined });
  });

  it('of a commit that is known by its mark only is proved by it', () => {
    const ledger = new HeadLedger();
    const head = ledger.issueAt(stream, 3, mark);
    expect(head).toEqual({ stream, version: 3, recordedAt: new Date(1000) });
    expect(ledger.proofOf(head)).toEqual({ recordedAt: 1000, mark, bytes: 0, ttl: undefined, keys: [] });
    expect(ledger.issueAt(stream, 3, mark, { repeated: true })).toEqual({ ...head, repeated: true });
  });

  it('knows until when its commit is kept', () => {
    const ledger = new HeadLedger();
    expect(ledger.proofOf(ledger.issue(stream, { ...last, ttl: 77 }))?.ttl).toBe(77);
    expect(ledger.proofOf(ledger.issueAt(stream, 3, mark, { ttl: 77 }))?.ttl).toBe(77);
  });

  it('cannot be changed, nor moved to another stream by changing the id it was asked for with', () => {
    const ledger = new HeadLedger();
    const mutable = { ...stream };
    const head = ledger.issue(mutable, last);
    mutable.id = 'o-2';
    expect(head.stream).toEqual(stream);
    expect(() => {
      (head.stream as { id: string }).id = 'o-2';
    }).toThrow(TypeError);
    expect(() => {
      (head as { version: number }).version = 9;
    }).toThrow(TypeError);
    head.recordedAt?.setTime(0);
    expect(ledger.proofOf(head)?.recordedAt).toBe(1000);
    expect(ledger.proofOf(head)?.mark?.recordedAt).toBe(1000);
  });
});
