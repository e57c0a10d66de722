import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  codec,
  commit,
  contiguous,
  HandMadeLog,
  opener,
  stream,
  tombstone,
  type LogBehaviour,
} from '../../../../test/support/hand-made-log.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import { encodeBody } from './commit-body.js';
import { CommitOpener } from './commit-events.js';
import { endOf, isTombstone, type Commit } from './commit.js';
import type { Snapshot, StateType } from './snapshot.js';
import { StateReader } from './state-reader.js';
import type { StateQuery } from './state-reading.js';
import { HeadLedger, type StreamHead } from './stream-head.js';

const NOW = new Date(3_000_000_000_000);
const type: StateType = { name: 'order snapshot', schemaVersion: 2, eventClass: undefined };
const heads = new HeadLedger();

/** The state in these tests is the list of the versions that are folded into it. */
interface State {
  readonly versions: readonly number[];
}

function upTo(version: number): number[] {
  return Array.from({ length: version }, (_, index) => index + 1);
}

/** A true snapshot of the state after a commit. */
function snapshotAt(covered: Commit, changes: Partial<Snapshot> = {}): Snapshot {
  const version = endOf(covered);
  const state: State = { versions: upTo(version) };
  return {
    stream,
    version,
    commit: { first: covered.version, commitId: covered.commitId, recordedAt: covered.recordedAt },
    schemaVersion: type.schemaVersion,
    state: encodeBody([{ typeIndex: 0, payload: codec.encodeState(state, type) }]),
    ttl: undefined,
    ...changes,
  };
}

function logOf(stored: readonly Commit[], snapshot?: Snapshot, behaviour: LogBehaviour = {}): HandMadeLog {
  const log = new HandMadeLog(stored, behaviour);
  log.snapshot = snapshot;
  return log;
}

interface Read {
  readonly base: 'after' | 'snapshot' | 'start';
  readonly reason: string | undefined;
  readonly snapshotVersion: number | undefined;
  /** Versions in the state at the end. */
  readonly folded: readonly number[];
  readonly head: StreamHead | undefined;
}

/** Folds as a caller does: events onto the state that the answer names. `known`: the caller's own, for `after`. */
async function read(log: HandMadeLog, query: StateQuery = { type }, known: readonly number[] = []): Promise<Read> {
  const source = { log, opener, heads, consistency: 'strong', clock: () => NOW } as const;
  const { base, snapshot, useless, events } = await new StateReader(source).read(stream, query);
  const state = { start: [], snapshot: (snapshot?.state as State | undefined)?.versions ?? [], after: known }[base];
  const folded = [...state];
  for await (const { version, event } of events) {
    expect(event).toBe(version);
    folded.push(version);
  }
  return { base, reason: useless?.reason, snapshotVersion: snapshot?.version, folded, head: events.head };
}

describe('a snapshot and its tail', () => {
  const commits = contiguous(2, 1, 3, 1);

  it('are read in one request that is no longer than a tail is as a rule', async () => {
    const log = logOf(commits, snapshotAt(commits[1]!));
    expect(await read(log, { type, tail: 4 })).toMatchObject({ base: 'snapshot', snapshotVersion: 3, folded: upTo(7) });
    expect([log.latestLimits, log.queries]).toEqual([[5], []]);
  });

  it('prove the head, also where the snapshot is the end', async () => {
    expect((await read(logOf(commits, snapshotAt(commits[1]!)))).head).toEqual({
      stream,
      version: 7,
      recordedAt: new Date(7000),
    });
    const { folded, head } = await read(logOf(commits, snapshotAt(commits[3]!)));
    expect([folded, head]).toEqual([upTo(7), { stream, version: 7, recordedAt: new Date(7000) }]);
    expect(heads.proofOf(head!)?.mark).toEqual({ first: 7, commitId: 'c-7', recordedAt: 7000 });
  });

  it('of a closed stream prove that it is closed', async () => {
    const { base, folded, head } = await read(logOf([...commits, tombstone(8)], snapshotAt(commits[3]!)));
    expect([base, folded, head]).toEqual([
      'snapshot',
      upTo(7),
      { stream, version: 7, recordedAt: new Date(8000), closed: true },
    ]);
  });

  it('longer than the first page are completed by one more read of what lies between', async () => {
    const log = logOf(contiguous(1, 1, 1, 1, 1, 1), snapshotAt(commit(1, 1)));
    expect(await read(log, { type, tail: 1 })).toMatchObject({ base: 'snapshot', folded: upTo(6) });
    expect(log.queries).toEqual([
      { order: 'forward', lowest: 1, highest: 4, limit: undefined, consistency: 'strong', whole: false },
    ]);
  });

  it('are used where one request returned no commit at all, as with large commits', async () => {
    const log = logOf(commits, snapshotAt(commits[1]!), { pageSize: 0 });
    expect(await read(log)).toMatchObject({ base: 'snapshot', folded: upTo(7) });
  });

  it('are used where the commit that it covers has expired, and stands for it', async () => {
    const ttl = NOW.getTime() / 1000 + 1;
    const [, ...rest] = contiguous(2, 1, 3).map((each) => ({ ...each, ttl }));
    expect(await read(logOf(rest, snapshotAt(commits[0]!)))).toMatchObject({ base: 'snapshot', folded: upTo(6) });
    const expired = [{ ...commits[0]!, ttl: 1 }, ...rest];
    expect(await read(logOf(expired, snapshotAt(commits[0]!)))).toMatchObject({ base: 'snapshot', folded: upTo(6) });
  });

  it('are of no use once the last commit has expired: then so has all that there was', async () => {
    const ttl = NOW.getTime() / 1000;
    const snapshot = snapshotAt(commits[1]!, { ttl });
    const expired = contiguous(2, 1).map((each) => ({ ...each, ttl }));
    for (const stored of [[], expired, expired.slice(1)])
      expect(await read(logOf(stored, snapshot))).toMatchObject({ base: 'start', folded: [] });
  });

  it('are of no use where events after the snapshot have expired before later ones: the state cannot be known', async () => {
    const ttl = NOW.getTime() / 1000;
    const stored = [commit(1, 1, { ttl }), commit(2, 1, { ttl }), commit(3, 1, { ttl: ttl + 1 })];
    for (const left of [stored, stored.slice(0, 1).concat(stored.slice(2))])
      await expect(read(logOf(left, snapshotAt(stored[0]!)))).rejects.toThrow('versions 2 to 2 are missing');
  });

  it('but not where that commit is missing and was to be kept for ever', async () => {
    const [, ...rest] = commits;
    const source = logOf(rest, snapshotAt(commits[0]!));
    await expect(read(source)).rejects.toThrow('versions 1 to 2 are missing');
  });
});

describe('a snapshot that cannot be used is told, and the whole stream is read', () => {
  const commits = contiguous(2, 1, 3, 1);
  const covered = commits[1]!;
  const other = { name: 'x', schemaVersion: 2, eventClass: undefined };
  const bodyOf = (payload: string): string => encodeBody([{ typeIndex: 0, payload }]) as string;

  it.each<[string, Partial<Snapshot>, string]>([
    ['of another schema version', { schemaVersion: 1 }, 'its schema version is 1, not 2'],
    ['of a newer schema version', { schemaVersion: 3 }, 'its schema version is 3, not 2'],
    ['that is empty', { state: '[]' }, 'it is empty'],
    ['that is no JSON', { state: '[[0,' }, 'its state cannot be read'],
    ['with a broken tag', { state: bodyOf('{"versions":{"$date":"never"}}') }, 'its state cannot be read'],
    ['in frames that are cut off', { state: new Uint8Array([0, 0, 0]) }, 'its state cannot be read'],
    [
      'of another commit id',
      { commit: { first: 3, commitId: 'x', recordedAt: 3000 } },
      'the stream does not go through its commit',
    ],
    [
      'of a commit that begins elsewhere',
      { commit: { first: 2, commitId: 'c-3', recordedAt: 3000 } },
      'the stream does not go through its commit',
    ],
    ['one version too low', { version: 2 }, 'the stream does not go through its commit'],
    ['one version too high', { version: 4 }, 'the stream does not go through its commit'],
    [
      'ahead of the stream',
      { version: 9, commit: { first: 9, commitId: 'c-9', recordedAt: 9000 } },
      'the stream does not go through its commit',
    ],
  ])('%s', async (_, changes, reason) => {
    for (const tail of [0, 1, 2, 3, 100]) {
      const log = logOf(commits, snapshotAt(covered, changes));
      expect(await read(log, { type, tail })).toMatchObject({
        base: 'start',
        reason,
        folded: upTo(7),
        head: { version: 7 },
      });
    }
  });

  it('with the version of the snapshot, so that the next one replaces it', async () => {
    const source = {
      log: logOf(commits, snapshotAt(covered, { schemaVersion: 1 })),
      opener,
      heads,
      consistency: 'strong',
      clock: () => NOW,
    } as const;
    const reading = await new StateReader(source).read(stream, { type });
    expect(reading).toMatchObject({ useless: { version: 3 } });
    expect(reading.snapshot).toBeUndefined();
  });

  it('with the cause, where the serializer failed', async () => {
    const failing = Object.assign(Object.create(codec) as typeof codec, {
      decodeState: () => {
        throw new RangeError('no such currency');
      },
    });
    const source = {
      log: logOf(commits, snapshotAt(covered)),
      opener: new CommitOpener(failing),
      heads,
      consistency: 'strong',
      clock: () => NOW,
    } as const;
    const { base, useless } = await new StateReader(source).read(stream, { type: other });
    expect([base, useless]).toEqual([
      'start',
      { version: 3, reason: 'its state cannot be read', cause: new RangeError('no such currency') },
    ]);
  });

  it('unless it has expired: then nothing is said', async () => {
    const ttl = NOW.getTime() / 1000;
    expect(await read(logOf(commits, snapshotAt(covered, { ttl })))).toMatchObject({
      base: 'start',
      reason: undefined,
    });
    expect(await read(logOf(commits, snapshotAt(covered, { ttl: ttl + 1 })))).toMatchObject({ base: 'snapshot' });
  });

  it('and a stream that was purged and written anew is not taken for the old one', async () => {
    const old = contiguous(1, 1, 1).map((each) => ({ ...each, commitId: `old-${each.version}` }));
    for (const purged of [contiguous(1), contiguous(3), contiguous(1, 1, 1), contiguous(1, 1, 1, 1, 1)])
      expect(await read(logOf(purged, snapshotAt(old[2]!)), { type, tail: 1 })).toMatchObject({
        base: 'start',
        folded: upTo(endOf(purged.at(-1)!)),
      });
  });

  it('nor is one that was purged and left empty', async () => {
    expect(await read(logOf([], snapshotAt(covered)))).toMatchObject({
      base: 'start',
      folded: [],
      head: { version: 0 },
    });
  });
});

describe('without a snapshot', () => {
  it('of a class that has none, the stream is read forward, as any range', async () => {
    const log = logOf(contiguous(1, 2), snapshotAt(commit(1, 1)));
    expect(await read(log, {})).toMatchObject({ base: 'start', folded: upTo(3), head: { version: 3 } });
    expect(log.latestLimits).toEqual([]);
    expect(log.queries).toHaveLength(1);
  });

  it('what the first request did not bring is read before it, and nothing where it brought all', async () => {
    const short = logOf(contiguous(1, 2));
    expect(await read(short)).toMatchObject({ base: 'start', reason: undefined, folded: upTo(3) });
    expect(short.queries).toEqual([]);
    const long = logOf(contiguous(1, 2, 1, 1));
    expect(await read(long, { type, tail: 1 })).toMatchObject({ folded: upTo(5), head: { version: 5 } });
    expect(long.queries).toEqual([
      { order: 'forward', lowest: 1, highest: 3, limit: undefined, consistency: 'strong', whole: true },
    ]);
  });

  it('there is nothing to read where the first request ends with the first commit', async () => {
    const log = logOf(contiguous(1, 1));
    expect(await read(log, { type, tail: 1 })).toMatchObject({ folded: upTo(2) });
    expect(log.queries).toEqual([]);
  });

  it('a stream that is not there has version 0', async () => {
    const log = logOf([]);
    expect(await read(log)).toMatchObject({ base: 'start', folded: [], head: { stream, version: 0 } });
    expect(log.queries).toEqual([]);
  });

  it('damage is found, wherever the pages end', async () => {
    for (const missing of [0, 1, 2])
      for (const tail of [0, 1, 2, 3]) {
        const stored = contiguous(1, 1, 1, 1).filter((_, index) => index !== missing);
        await expect(read(logOf(stored), { type, tail })).rejects.toMatchObject({ code: 'STREAM_CORRUPTED' });
      }
  });
});

describe('after a head whose state the caller has', () => {
  const commits = contiguous(2, 1, 3, 1);
  const after = heads.issue(stream, commits[1]);

  it('only that commit and what came after it is read', async () => {
    const log = logOf(commits, snapshotAt(commits[2]!));
    expect(await read(log, { type, after }, upTo(3))).toMatchObject({
      base: 'after',
      folded: upTo(7),
      head: { version: 7 },
    });
    expect([log.latestLimits, log.handedOut]).toEqual([[], 3]);
    expect(log.queries).toMatchObject([{ lowest: 3 }]);
  });

  it('nothing new gives no events, and a head at the same place', async () => {
    const end = heads.issue(stream, commits[3]);
    expect(await read(logOf(commits), { after: end }, upTo(7))).toMatchObject({
      base: 'after',
      folded: upTo(7),
      head: { version: 7 },
    });
  });

  it('a stream that was closed since is seen to be', async () => {
    const read7 = await read(logOf([...commits, tombstone(8)]), { after }, upTo(3));
    expect(read7).toMatchObject({ base: 'after', folded: upTo(7), head: { version: 7, closed: true } });
  });

  it.each<[string, Commit[]]>([
    ['was purged', []],
    [
      'was purged and written anew',
      contiguous(2, 1, 3, 1).map((each) => ({ ...each, commitId: `new-${each.version}` })),
    ],
    ['was purged, and ends before by now', contiguous(1)],
    ['was purged, and has a larger commit there', contiguous(2, 2)],
    ['was purged and closed there', [...contiguous(2), tombstone(3, { commitId: 'c-3' })]],
  ])('a stream that %s is read from its start', async (_, stored) => {
    const end = stored.filter((each) => !isTombstone(each)).at(-1);
    for (const query of [{ after }, { after, type }])
      expect(await read(logOf(stored), query, [99])).toMatchObject({
        base: 'start',
        folded: upTo(end === undefined ? 0 : endOf(end)),
      });
  });

  it('a gap of expired events after it is damage: the state that the caller has cannot be brought further', async () => {
    const ttl = NOW.getTime() / 1000;
    const stored = [...commits.slice(0, 2), commit(4, 3, { ttl }), commit(7, 1, { ttl: ttl + 1 })];
    await expect(read(logOf(stored), { after }, upTo(3))).rejects.toThrow('versions 4 to 6 are missing');
  });

  it('a head of another store, of nothing or of a closed stream confirms nothing', async () => {
    const foreign = new HeadLedger().issue(stream, commits[1]);
    const closed = heads.issue(stream, tombstone(8));
    for (const head of [foreign, { ...after }, heads.issue(stream, undefined), closed])
      expect(await read(logOf(commits), { after: head }, [99])).toMatchObject({ base: 'start', folded: upTo(7) });
  });

  it('the log is closed behind it, where the commit is another, and where the caller stops early', async () => {
    const others = contiguous(2, 1, 3, 1).map((each) => ({ ...each, commitId: `new-${each.version}` }));
    const log = logOf(others);
    await read(log, { after });
    expect(log.open).toBe(0);
    const stopped = logOf(commits);
    const source = { log: stopped, opener, heads, consistency: 'strong', clock: () => NOW } as const;
    const { events } = await new StateReader(source).read(stream, { after });
    for await (const { version } of events) if (version === 4) break;
    expect(stopped.open).toBe(0);
  });
});

describe('whatever is stored, the state is the one of all events', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });
  const paging = fc.record({ tail: fc.nat(9), pageSize: fc.nat(9) });
  const damage = fc.constantFrom<Partial<Snapshot> & { readonly shift?: number }>(
    {},
    { shift: -1 },
    { shift: 1 },
    { shift: 5 },
    { schemaVersion: 1 },
    { state: '[]' },
    { state: 'x' },
    { commit: { first: 1, commitId: 'c-1', recordedAt: 1000 } },
    { commit: { first: 7, commitId: 'c-7', recordedAt: 7000 } },
  );

  it('with any snapshot, true or wrong, and any pages', async () => {
    const uses = { start: 0, snapshot: 0, after: 0 };
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.nat(7),
        damage,
        paging,
        fc.boolean(),
        async (given, at, { shift = 0, ...changes }, { tail, pageSize }, isClosed) => {
          const commits = contiguous(...given);
          const end = endOf(commits.at(-1)!);
          const snapshot = snapshotAt(commits[at % commits.length]!, changes);
          const stored = isClosed ? [...commits, tombstone(end + 1)] : commits;
          const log = logOf(stored, { ...snapshot, version: snapshot.version + shift }, { pageSize });
          const { base, folded, head } = await read(log, { type, tail });
          uses[base] += 1;
          expect(folded).toEqual(upTo(end));
          expect([head?.version, head?.closed]).toEqual([end, isClosed ? true : undefined]);
        },
      ),
      { numRuns: 2_200 },
    );
    expect(Math.min(uses.start, uses.snapshot)).toBeGreaterThan(200);
  });

  it('a true snapshot is always used', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(7), paging, async (given, at, { tail, pageSize }) => {
        const commits = contiguous(...given);
        const log = logOf(commits, snapshotAt(commits[at % commits.length]!), { pageSize });
        expect((await read(log, { type, tail })).base).toBe('snapshot');
      }),
      { numRuns: 300 },
    );
  });

  it('with any head that the caller had, on this stream or one that was purged since', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        sizes,
        fc.nat(7),
        paging,
        fc.boolean(),
        async (before, now, at, { tail, pageSize }, isPurged) => {
          const old = contiguous(...before);
          const head = old[at % old.length]!;
          const stored = isPurged
            ? contiguous(...now).map((each) => ({ ...each, commitId: `new-${each.version}` }))
            : old;
          const log = logOf(stored, snapshotAt(old[0]!), { pageSize });
          const { base, folded } = await read(log, { type, tail, after: heads.issue(stream, head) }, upTo(endOf(head)));
          expect(base === 'after').toBe(!isPurged);
          expect(folded).toEqual(upTo(endOf(stored.at(-1)!)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('under retention, or the place shows where what has expired is missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.nat(8),
        fc.array(fc.boolean(), { maxLength: 8 }),
        fc.nat(7),
        paging,
        async (given, expired, deleted, at, { tail, pageSize }) => {
          const ttl = NOW.getTime() / 1000 + 9;
          const commits = contiguous(...given).map((each, index) => ({ ...each, ttl: index < expired ? 1 : ttl }));
          const stored = commits.filter((_, index) => index >= expired || deleted[index] !== true);
          const covered = commits[at % commits.length]!;
          const snapshot = snapshotAt(covered, { ttl: covered.ttl });
          const outcome = await read(logOf(stored, snapshot, { pageSize }), { type, tail }).catch(
            (error: unknown) => error,
          );
          if (outcome instanceof StreamCorruptedError) {
            // The snapshot does not reach to what is left.
            expect(snapshot.version + 1).toBeLessThan(commits[expired]!.version);
            return;
          }
          const { folded } = outcome as Read;
          const [whole, kept] = [
            upTo(endOf(commits.at(-1)!)),
            upTo(endOf(commits.at(-1)!)).slice((commits[expired]?.version ?? Infinity) - 1),
          ];
          const gap = folded.findIndex((version, index) => version !== index + 1);
          // Either nothing is missing, or what is missing lies before an event, where the caller sees it.
          if (kept.length === 0) expect(folded).toEqual([]);
          else if (gap === -1) expect(folded).toEqual(whole);
          else expect(folded.slice(gap)).toEqual(kept);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
