import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commit, contiguous, HandMadeLog, opener, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import type { CommitLog } from './commit-log.js';
import type { Commit } from './commit.js';
import { CommitSequence } from './commit-sequence.js';
import type { ReadRange } from './event-store.js';
import { HeadLedger } from './stream-head.js';

const NOW = new Date(3_000_000_000_000);
const heads = new HeadLedger();

function sequence(log: CommitLog, range: ReadRange = {}): CommitSequence {
  return CommitSequence.ofRange({ log, opener, heads, consistency: 'strong', clock: () => NOW }, stream, range);
}

async function versions(log: CommitLog, range: ReadRange = {}): Promise<number[]> {
  const found: number[] = [];
  for await (const { version, event } of sequence(log, range)) {
    expect(event).toBe(version);
    found.push(version);
  }
  return found;
}

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });
const range = fc.record(
  {
    from: fc.integer({ min: 1, max: 20 }),
    to: fc.integer({ min: 1, max: 20 }),
    limit: fc.integer({ min: 1, max: 9 }),
    asOf: fc.integer({ min: 0, max: 20 }).map((version) => new Date(version * 1000)),
    order: fc.constantFrom('forward' as const, 'backward' as const),
  },
  { requiredKeys: [] },
);

function expected(commits: readonly Commit[], { from = 1, to = Infinity, limit, asOf, order }: ReadRange): number[] {
  const all = commits
    .filter(({ recordedAt }) => asOf === undefined || recordedAt <= asOf.getTime())
    .flatMap(({ version, count }) => Array.from({ length: count }, (_, index) => version + index))
    .filter((version) => version >= from && version <= to);
  if (order === 'backward') all.reverse();
  return all.slice(0, limit);
}

describe('a sequence', () => {
  it('gives exactly the events of its range, however they are spread over commits', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, range, fc.integer({ min: 1, max: 4 }), async (given, asked, perPage) => {
        const commits = contiguous(...given);
        const log = new HandMadeLog(commits, { perPage });
        expect(await versions(log, asked)).toEqual(expected(commits, asked));
        const batches: number[][] = [];
        for await (const batch of sequence(log, asked).batches()) batches.push(batch.map(({ version }) => version));
        expect(batches.flat()).toEqual(expected(commits, asked));
        expect(batches.every(({ length }) => length > 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('never gives a wrong range when a commit is missing: what is asked for, or damage', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, range, fc.nat(), async (given, asked, missing) => {
        const commits = contiguous(...given);
        const index = missing % commits.length;
        const rest = commits.filter((_, at) => at !== index);
        // Where nothing after it is read, a missing commit looks like the end of a shorter stream; see below.
        const { to = Infinity } = asked;
        const isEnd = !rest.some(({ version }) => version > commits[index]!.version && version <= to);
        const right = [expected(commits, asked), ...(isEnd ? [expected(rest, asked)] : [])];
        const outcome = await versions(new HandMadeLog(rest, { perPage: 1 + (missing % 3) }), asked).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof StreamCorruptedError) return;
        expect(right).toContainEqual(outcome);
      }),
      { numRuns: 1500 },
    );
  });

  it('gives what comes before damage first, in portions too, and then fails', async () => {
    const commits = contiguous(2, 1, 2, 1);
    const gap = commits.filter(({ version }) => version !== 3);
    const broken = commits.map((each) => (each.version === 4 ? { ...each, body: '[[0,1]' } : each));
    const untyped = commits.map((each) => (each.version === 4 ? { ...each, body: '[[0,4],[7,5]]' } : each));
    for (const [stored, readable] of [
      [gap, [1, 2]],
      [broken, [1, 2, 3]],
      [untyped, [1, 2, 3, 4]],
    ] as const) {
      const found: number[] = [];
      const reading = async () => {
        for await (const batch of sequence(new HandMadeLog(stored, { perPage: 9 })).batches())
          found.push(...batch.map(({ version }) => version));
      };
      await expect(reading()).rejects.toMatchObject({ code: 'STREAM_CORRUPTED' });
      expect(found).toEqual(readable);
    }
  });

  it('asks for keys only once what comes before them has been taken', async () => {
    let asked = 0;
    const fails = (): Promise<never> => {
      asked += 1;
      return Promise.reject(new Error('no keys to be had'));
    };
    const prepare = (each: Commit) => (each.version === 2 ? fails : opener.prepare(each));
    const source = {
      heads,
      consistency: 'strong',
      clock: () => NOW,
      opener: Object.assign(Object.create(opener), { prepare }),
    };
    const log = new HandMadeLog(contiguous(1, 1, 1), { perPage: 9 });
    const all = () => CommitSequence.ofRange({ ...source, log } as never, stream, {});
    for await (const { version } of all()) {
      expect(version).toBe(1);
      await new Promise(setImmediate);
      break;
    }
    expect(asked).toBe(0);
    const found: number[] = [];
    const reading = async () => {
      for await (const { version } of all()) {
        found.push(version);
        await new Promise(setImmediate);
      }
    };
    await expect(reading()).rejects.toThrow('no keys to be had');
    expect([found, asked]).toEqual([[1], 1]);
  });

  it('reads no more commits than its limit needs, and closes the log behind it (P2)', async () => {
    const log = new HandMadeLog(contiguous(1, 1, 3, 1, 1, 1));
    expect(await versions(log, { limit: 3 })).toEqual([1, 2, 3]);
    expect([log.handedOut, log.open]).toEqual([3, 0]);
    const newest = new HandMadeLog(contiguous(1, 1, 3));
    expect(await versions(newest, { order: 'backward', limit: 1 })).toEqual([5]);
    expect([newest.handedOut, newest.open, newest.queries.length]).toEqual([1, 0, 1]);
  });

  it('does not ask again when the commit that covers the range holds all of it', async () => {
    const log = new HandMadeLog(contiguous(1, 5, 1));
    expect(await versions(log, { from: 3, to: 5 })).toEqual([3, 4, 5]);
    expect(log.queries).toHaveLength(1);
  });

  it('closes the log when its reader stops, throws or goes away', async () => {
    const log = new HandMadeLog(contiguous(1, 2, 2));
    for await (const { version } of sequence(log)) if (version === 2) break;
    expect([log.open, log.handedOut]).toEqual([0, 2]);
    await expect(
      (async () => {
        for await (const { version } of sequence(log)) if (version === 1) throw new Error('reducer');
      })(),
    ).rejects.toThrow('reducer');
    expect(log.open).toBe(0);
    const iterator = sequence(log)[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return();
    expect(log.open).toBe(0);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('lets errors of the log pass as they are, after the events before them', async () => {
    const log = new HandMadeLog(contiguous(1, 1, 1), { failAt: 2 });
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const { version } of sequence(log)) seen.push(version);
      })(),
    ).rejects.toThrow('the network is down');
    expect(seen).toEqual([1, 2]);
    expect(log.open).toBe(0);
  });

  it('asks nothing before it is iterated, and everything anew each time', async () => {
    const log = new HandMadeLog(contiguous(1, 1));
    const twice = sequence(log);
    expect(log.queries).toEqual([]);
    for (let time = 1; time <= 2; time++) {
      const seen: number[] = [];
      for await (const { version } of twice) seen.push(version);
      expect(seen).toEqual([1, 2]);
      expect(log.queries).toHaveLength(time);
    }
  });
});

describe('the head that a read proves', () => {
  async function headAfter(
    log: CommitLog,
    asked: ReadRange,
    upTo = Infinity,
  ): Promise<{ version: number; recordedAt?: Date } | undefined> {
    const read = sequence(log, asked);
    if (upTo > 0) for await (const { version } of read) if (version >= upTo) break;
    return read.head;
  }
  const log = new HandMadeLog(contiguous(1, 3, 2));

  it.each<[string, ReadRange, number | undefined]>([
    ['of a full read', {}, 6],
    ['of a read from the middle', { from: 3 }, 6],
    ['of a read beyond the end', { from: 100 }, 6],
    ['of a backward read, at once', { order: 'backward', limit: 1 }, 6],
    ['none of a read that ends by its limit', { limit: 2 }, undefined],
    ['none of a read that ends by its limit just at the end', { limit: 6 }, undefined],
    ['none of a read up to a version', { to: 6 }, undefined],
    ['none of a read as of a time', { asOf: new Date(1e9) }, undefined],
    ['none of a backward read from a version', { to: 6, order: 'backward' }, undefined],
    ['none of an empty range', { from: 4, to: 3 }, undefined],
  ])('%s', async (_, asked, version) => {
    expect((await headAfter(log, asked))?.version).toBe(version);
  });

  it('is 0 when there is nothing, forward and backward', async () => {
    const empty = new HandMadeLog([]);
    expect(await headAfter(empty, {})).toEqual({ stream, version: 0 });
    expect(await headAfter(empty, { order: 'backward' })).toEqual({ stream, version: 0 });
    expect(await headAfter(empty, { from: 5 })).toEqual({ stream, version: 0 });
  });

  it('is not there before the end, and is forgotten when the read begins again', async () => {
    expect(await headAfter(log, {}, 3)).toBeUndefined();
    const read = sequence(log);
    expect(read.head).toBeUndefined();
    for await (const { version } of read) expect(version).toBeGreaterThan(0);
    expect(read.head).toMatchObject({ version: 6, recordedAt: new Date(5000) });
    for await (const { version } of read) {
      if (version === 1) expect(read.head).toBeUndefined();
    }
    expect(read.head?.version).toBe(6);
  });
});

describe('a damaged stream is never read as a whole one', () => {
  const [one, two, three] = [commit(1, 1), commit(2, 2), commit(4, 1)];

  async function fault(stored: readonly Commit[], asked: ReadRange = {}): Promise<unknown> {
    try {
      return await versions(new HandMadeLog(stored), asked);
    } catch (error) {
      expect(error).toBeInstanceOf(StreamCorruptedError);
      const { version, fault: text } = error as StreamCorruptedError;
      return [version, text];
    }
  }

  it.each<[string, Commit[], ReadRange, unknown]>([
    ['a gap', [one, three], {}, [2, 'versions 2 to 3 are missing']],
    ['a gap, backward', [one, three], { order: 'backward' }, [2, 'versions 2 to 3 are missing']],
    ['an overlap', [commit(1, 3), two], {}, [4, 'two commits hold version 2']],
    ['an overlap, backward', [commit(1, 3), two], { order: 'backward' }, [4, 'two commits hold version 2']],
    ['the same commit twice', [one, one], {}, [2, 'two commits hold version 1']],
    ['a missing beginning', [two, three], {}, [1, 'versions 1 to 1 are missing']],
    ['a missing beginning, backward', [two, three], { order: 'backward' }, [1, 'versions 1 to 1 are missing']],
    ['a missing beginning, read from within', [three], { from: 2 }, [1, 'versions 1 to 3 are missing']],
    ['a gap right after the covering commit', [one, three], { from: 1, to: 4 }, [2, 'versions 2 to 3 are missing']],
    [
      'a gap after the commit that covers the first version asked for',
      [one, two, commit(5, 1)],
      { from: 3 },
      [4, 'versions 4 to 4 are missing'],
    ],
    ['a gap where the range begins', [one, three], { from: 2 }, [2, 'versions 2 to 3 are missing']],
    [
      'a commit of fewer events than it says',
      [one, commit(2, 2, { count: 3 })],
      {},
      [2, 'the commit says 3 events, but holds 2'],
    ],
    [
      'a commit of more events than it says',
      [one, commit(2, 2, { count: 1 }), commit(3, 1)],
      {},
      [2, 'the commit says 1 events, but holds 2'],
    ],
  ])('%s', async (_, stored, asked, outcome) => {
    expect(await fault(stored, asked)).toEqual(outcome);
  });

  it('after damage no head is proved', async () => {
    const read = sequence(new HandMadeLog([one, three]));
    await expect(
      (async () => {
        for await (const { version } of read) expect(version).toBe(1);
      })(),
    ).rejects.toThrow(StreamCorruptedError);
    expect(read.head).toBeUndefined();
  });

  it('except where nothing behind it is read: a range up to a version cannot tell a lost commit at its end from a shorter stream', async () => {
    expect(await versions(new HandMadeLog([one, three]), { to: 3 })).toEqual([1]);
    expect(await versions(new HandMadeLog([one, three]), { to: 3, order: 'backward' })).toEqual([1]);
    expect(await fault([one, three], { to: 4 })).toEqual([2, 'versions 2 to 3 are missing']);
  });

  it('damage outside the range does not keep the range from being read', async () => {
    expect(await versions(new HandMadeLog([one, two, commit(9, 1)]), { to: 3 })).toEqual([1, 2, 3]);
    expect(
      await versions(new HandMadeLog([commit(5, 1), commit(6, 1)]), { from: 6, order: 'backward', limit: 1 }),
    ).toEqual([6]);
  });
});

describe('under retention', () => {
  const ttl = 4_000_000_000;
  const gone = NOW.getTime() / 1000;
  const kept = [commit(4, 2, { ttl }), commit(6, 1, { ttl })];

  it('the beginning may be gone', async () => {
    expect(await versions(new HandMadeLog(kept))).toEqual([4, 5, 6]);
    expect(await versions(new HandMadeLog(kept), { order: 'backward' })).toEqual([6, 5, 4]);
    expect(await versions(new HandMadeLog(kept), { from: 2 })).toEqual([4, 5, 6]);
    expect(await versions(new HandMadeLog(kept), { from: 5 })).toEqual([5, 6]);
  });

  it('but not where the first commit that is left is to be kept for ever', async () => {
    await expect(versions(new HandMadeLog([commit(4, 2), commit(6, 1, { ttl })]))).rejects.toThrow(
      /versions 1 to 3 are missing/,
    );
    await expect(versions(new HandMadeLog([commit(1, 3, { ttl: gone }), commit(4, 2)]))).rejects.toThrow(
      /versions 1 to 3 are missing/,
    );
  });

  it('and a gap behind the beginning is damage all the same, whether a commit is missing or has expired', async () => {
    await expect(versions(new HandMadeLog([commit(4, 1, { ttl }), commit(6, 1, { ttl })]))).rejects.toThrow(
      /versions 5 to 5 are missing/,
    );
    const expired = [commit(4, 1, { ttl }), commit(5, 1, { ttl: gone }), commit(6, 1, { ttl })];
    for (const order of ['forward', 'backward'] as const)
      await expect(versions(new HandMadeLog(expired), { order })).rejects.toThrow(/versions 5 to 5 are missing/);
  });

  it('a commit counts as gone from the second of its ttl on, and not before', async () => {
    expect(await versions(new HandMadeLog([commit(1, 1, { ttl: gone }), commit(2, 1, { ttl })]))).toEqual([2]);
    expect(await versions(new HandMadeLog([commit(1, 1, { ttl: gone + 1 }), commit(2, 1, { ttl })]))).toEqual([1, 2]);
    expect(await versions(new HandMadeLog([commit(1, 1, { ttl: gone })]))).toEqual([]);
  });

  it('what has expired is not seen, whichever of it DynamoDB has deleted so far', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        range,
        fc.nat(8),
        fc.array(fc.boolean(), { maxLength: 8 }),
        async (given, asked, expired, deleted) => {
          const commits = contiguous(...given).map((each, index) => ({ ...each, ttl: index < expired ? gone : ttl }));
          const stored = commits.filter((_, index) => index >= expired || deleted[index] !== true);
          expect(await versions(new HandMadeLog(stored), asked)).toEqual(expected(commits.slice(expired), asked));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('a limit counts what has not expired', async () => {
    const stored = [
      commit(1, 1, { ttl: gone }),
      commit(2, 1, { ttl: gone }),
      commit(3, 1, { ttl }),
      commit(4, 1, { ttl }),
    ];
    const read = sequence(new HandMadeLog(stored), { limit: 1 });
    const seen: number[] = [];
    for await (const { version } of read) seen.push(version);
    expect(seen).toEqual([3]);
    expect(read.head).toBeUndefined();
  });
});

describe('a closed stream', () => {
  const closed = [...contiguous(1, 3), tombstone(5)];

  it.each<[string, ReadRange, number[]]>([
    ['whole', {}, [1, 2, 3, 4]],
    ['backward', { order: 'backward' }, [4, 3, 2, 1]],
    ['from within', { from: 3 }, [3, 4]],
    ['from beyond its end', { from: 5 }, []],
    ['up to beyond its end', { from: 5, to: 9 }, []],
  ])('is read %s: its tombstone is no event', async (_, asked, outcome) => {
    expect(await versions(new HandMadeLog(closed), asked)).toEqual(outcome);
  });

  it('has a head that says so, at the version of its last event', async () => {
    for (const asked of [{}, { order: 'backward' }, { from: 4 }, { from: 99 }] as const) {
      const read = sequence(new HandMadeLog(closed), asked);
      for await (const { version } of read) expect(version).toBeLessThan(5);
      expect(read.head).toEqual({ stream, version: 4, recordedAt: new Date(5000), closed: true });
      expect(heads.proofOf(read.head!)?.mark).toBeUndefined();
    }
  });

  it('is damaged where its last commits are missing', async () => {
    for (const order of ['forward', 'backward'] as const)
      await expect(versions(new HandMadeLog([commit(1, 1), tombstone(5)]), { order })).rejects.toThrow(
        /versions 2 to 4 are missing/,
      );
  });
});

describe('the size of what was read', () => {
  it('is that of the bodies so far, and is counted anew each time', async () => {
    const commits = contiguous(1, 2, 3);
    const sizeOf = (...given: Commit[]): number => given.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    const read = sequence(new HandMadeLog(commits));
    expect(read.bytes).toBe(0);
    for (let time = 1; time <= 2; time++) {
      for await (const { version } of read) if (version === 2) expect(read.bytes).toBe(sizeOf(...commits.slice(0, 2)));
      expect(read.bytes).toBe(sizeOf(...commits));
    }
  });
});
