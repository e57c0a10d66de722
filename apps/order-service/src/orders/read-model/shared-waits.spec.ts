import { describe, expect, it } from '@jest/globals';
import { SharedWaits } from './shared-waits.js';

/** A wait that ends when it is told to. */
function controlled() {
  const signals: AbortSignal[] = [];
  let end: (outcome: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const run = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string>((resolve, reject) => {
      [end, fail] = [resolve, reject];
    });
  };
  return {
    run,
    signals,
    end: (outcome: string) => {
      end(outcome);
    },
    fail: (error: Error) => {
      fail(error);
    },
  };
}

describe('join()', () => {
  it('begins one wait for all who want the same', async () => {
    const waits = new SharedWaits<string>();
    const { run, signals, end } = controlled();
    const all = Promise.all([waits.join('a', run), waits.join('a', run), waits.join('a', run)]);
    expect([signals.length, waits.size]).toEqual([1, 1]);
    end('shown');
    expect(await all).toEqual(['shown', 'shown', 'shown']);
    expect(waits.size).toBe(0);
  });

  it('aborts a wait when the last has left, and lets nobody join it then', async () => {
    const waits = new SharedWaits<string>();
    const first = controlled();
    const [a, b] = [new AbortController(), new AbortController()];
    const all = Promise.allSettled([waits.join('k', first.run, a.signal), waits.join('k', first.run, b.signal)]);
    a.abort();
    expect(first.signals[0]!.aborted).toBe(false);
    b.abort();
    expect(first.signals[0]!.aborted).toBe(true);
    const second = controlled();
    const late = waits.join('k', second.run);
    first.fail(new Error('given up'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(waits.size).toBe(1);
    second.end('shown');
    expect(await late).toBe('shown');
  });

  it('rejects for all, and begins anew for the next', async () => {
    const waits = new SharedWaits<string>();
    const { run, signals, end, fail } = controlled();
    const all = Promise.allSettled([waits.join('a', run), waits.join('a', run)]);
    fail(new Error('parked'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = waits.join('a', run);
    expect(signals).toHaveLength(2);
    end('shown');
    expect(await next).toBe('shown');
  });
});
