import { describe, expect, it } from '@jest/globals';
import { HeadLedger } from './stream-head.js';

describe('a head', () => {
  const stream = { aggregate: 'order', id: 'o-1' };

  it('is recognised by the ledger that issued it, and by no other; a copy of it is not', () => {
    const ledger = new HeadLedger();
    const head = ledger.issue(stream, 3, 1000);
    expect(head).toEqual({ stream, version: 3, recordedAt: new Date(1000) });
    expect(ledger.recordedAt(head)).toBe(1000);
    expect(new HeadLedger().recordedAt(head)).toBeUndefined();
    expect(ledger.recordedAt({ ...head })).toBeUndefined();
    expect(ledger.recordedAt(structuredClone(head))).toBeUndefined();
  });

  it('of a stream without events has no time', () => {
    const ledger = new HeadLedger();
    const head = ledger.issue(stream, 0, 0);
    expect(head).toEqual({ stream, version: 0 });
    expect(ledger.recordedAt(head)).toBe(0);
  });

  it('cannot be changed, nor moved to another stream by changing the id it was asked for with', () => {
    const ledger = new HeadLedger();
    const mutable = { ...stream };
    const head = ledger.issue(mutable, 3, 1000);
    mutable.id = 'o-2';
    expect(head.stream).toEqual(stream);
    expect(() => {
      (head.stream as { id: string }).id = 'o-2';
    }).toThrow(TypeError);
    expect(() => {
      (head as { version: number }).version = 9;
    }).toThrow(TypeError);
    head.recordedAt?.setTime(0);
    expect(ledger.recordedAt(head)).toBe(1000);
  });
});
