import { describe, expect, it } from '@jest/globals';
import {
  codec,
  commit,
  contiguous,
  HandMadeLog,
  opener,
  stream,
  tombstone,
} from '../../../../test/support/hand-made-log.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import { CommitIdReusedError, StreamClosedError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';
import { prepareCommit, type Commit, type PreparedCommit } from './commit.js';
import type { CommitWrite } from './commit-log.js';
import { CommitWriter } from './commit-writer.js';
import type { ExpectedVersion } from './event-store.js';
import { HeadLedger } from './stream-head.js';
import type { WriteRequest } from './write-request.js';

const other: StreamId = { aggregate: 'stock', id: 's-1' };
const heads = new HeadLedger();

interface Setting {
  readonly writer: CommitWriter;
  /** Attempts that were waited after. */
  readonly waits: number[];
}

function writerOn(log: HandMadeLog, now = 50_000): Setting {
  const waits: number[] = [];
  const backoff = (attempt: number): Promise<void> => {
    waits.push(attempt);
    return Promise.resolve();
  };
  return { writer: new CommitWriter({ log, opener, heads, clock: () => new Date(now), backoff }), waits };
}

function prepared(payloads: readonly unknown[], commitId = 'mine', of = stream): PreparedCommit {
  const events = payloads.map((payload) => codec.encode({ type: 'noted', payload }));
  return prepareCommit(of, events, { commitId, metadata: undefined, ttl: undefined });
}

function append(expected: ExpectedVersion, changes: Partial<WriteRequest> = {}): WriteRequest {
  return { stream, expected, commit: prepared(['a']), ...changes };
}

async function errorOf(write: Promise<unknown>): Promise<unknown> {
  return write.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
}

/** The same commit, as another process stored it. */
function stored(given: PreparedCommit, version: number, recordedAt = 40_000): Commit {
  return { ...given, version, recordedAt };
}

describe('a commit goes right after the version that its writer knows', () => {
  const commits = contiguous(2, 1);
  const known = heads.issue(stream, commits[1]);

  it.each<[string, readonly Commit[], ExpectedVersion, number, number]>([
    ['a new stream', [], 'none', 1, 0],
    ['a head, without a read', commits, known, 4, 0],
    ['a head of nothing, without a read', [], heads.issue(stream, undefined), 1, 0],
    ['a head made of JSON, after one read', commits, { stream, version: 3 }, 4, 1],
    ['a head of nothing made of JSON', [], { stream, version: 0 }, 1, 0],
    ['a bare version, after one read', commits, 3, 4, 1],
    ['anywhere, after one read', commits, 'any', 4, 1],
    ['anywhere, when there is nothing', [], 'any', 1, 1],
  ])('%s', async (_, existing, expected, version, reads) => {
    const log = new HandMadeLog(existing);
    const [head] = await writerOn(log).writer.write([append(expected)]);
    expect(head).toEqual({ stream, version, recordedAt: new Date(50_000) });
    expect(heads.proofOf(head!)?.mark).toEqual({ first: version, commitId: 'mine', recordedAt: 50_000 });
    expect(log.of(stream).at(-1)).toMatchObject({ version, commitId: 'mine', recordedAt: 50_000 });
    expect([log.queries.length, log.writes.length]).toEqual([reads, 1]);
    expect(log.queries.every(({ limit, consistency }) => limit === 1 && consistency === 'strong')).toBe(true);
  });

  it('and its time never lies before that of the commit before it', async () => {
    for (const expected of [known, 3, 'any'] as const) {
      const [head] = await writerOn(new HandMadeLog(commits), 1_000).writer.write([append(expected)]);
      expect(head?.recordedAt).toEqual(new Date(3000));
    }
  });

  it('of several events has the head at the last of them', async () => {
    const many = append(known, { commit: prepared(['a', 'b', 'c']) });
    const [head] = await writerOn(new HandMadeLog(commits)).writer.write([many]);
    expect(head?.version).toBe(6);
  });
});

describe('a version from outside counts only where a commit ends, and nothing is written elsewhere', () => {
  const commits = contiguous(1, 3, 1);

  it.each<[number, object, number]>([
    [9, { actual: 5, reason: 'ahead', winner: [] }, 1],
    [2, { actual: 4, reason: 'inside-commit', winner: [] }, 2],
    [3, { actual: 4, reason: 'inside-commit' }, 2],
    [1, { actual: 4, reason: 'moved-on' }, 2],
    [4, { actual: 5, reason: 'moved-on' }, 1],
  ])('%j', async (expected, conflict, reads) => {
    for (const given of [expected, { stream, version: expected }]) {
      const log = new HandMadeLog(commits);
      const error = await errorOf(writerOn(log).writer.write([append(given)]));
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({ stream, expected, ...conflict });
      expect([log.writes, log.queries.length]).toEqual([[], reads]);
    }
  });

  it('and of a stream that is not there', async () => {
    const error = await errorOf(writerOn(new HandMadeLog([])).writer.write([append(3)]));
    expect(error).toMatchObject({ code: 'CONCURRENCY', expected: 3, actual: 0, reason: 'ahead' });
  });

  it.each([0, -1, 1.5, Number.NaN])('and %j is none', async (version) => {
    const log = new HandMadeLog(commits);
    expect(await errorOf(writerOn(log).writer.write([append(version)]))).toMatchObject({ code: 'INVALID_VERSION' });
    expect(log.queries).toEqual([]);
  });

  it('nor is the highest one of all, after which there is no room', async () => {
    const error = await errorOf(writerOn(new HandMadeLog(commits)).writer.write([append(Number.MAX_SAFE_INTEGER)]));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'expected' });
  });

  it('the winner comes with the conflict, with a head that proves its end', async () => {
    const log = new HandMadeLog(commits);
    const error = (await errorOf(writerOn(log).writer.write([append(1)]))) as ConcurrencyError;
    expect(error.winner.map(({ version, event }) => [version, event])).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    const [conflict] = error.conflicts;
    expect(heads.proofOf(conflict!.head as never)?.mark).toMatchObject({ first: 2, commitId: 'c-2' });
  });
});

describe('a lost race', () => {
  it('brings the winner, which is decoded where this process knows its events', async () => {
    const log = new HandMadeLog([commit(1, 2)]);
    const error = (await errorOf(writerOn(log).writer.write([append('none')]))) as ConcurrencyError;
    expect(error).toMatchObject({ stream, expected: 0, actual: 2, reason: 'moved-on' });
    expect(error.winner.map(({ event }) => event)).toEqual([1, 2]);
    expect(log.stored).toHaveLength(1);
    const unknown = new HandMadeLog([commit(1, 2, { types: ['unheard@1'] })]);
    expect(await errorOf(writerOn(unknown).writer.write([append('none')]))).toMatchObject({
      code: 'CONCURRENCY',
      actual: 2,
      winner: [],
    });
  });

  it('for the end of a stream, wherever that is, is run again from the new end', async () => {
    const log = new HandMadeLog(contiguous(1), {
      beforeWrite: (each, attempt) => {
        if (attempt <= 3) each.stored = [...each.stored, commit(attempt + 1, 1)];
      },
    });
    const { writer, waits } = writerOn(log);
    const [head] = await writer.write([append('any')]);
    expect([head?.version, waits, log.queries.length, log.writes.length]).toEqual([5, [1, 2, 3], 4, 4]);
    expect(log.of(stream).map(({ commitId }) => commitId)).toEqual(['c-1', 'c-2', 'c-3', 'c-4', 'mine']);
  });

  it('for the end of a stream is given up in the end', async () => {
    const log = new HandMadeLog([], {
      beforeWrite: (each, attempt) => {
        if (attempt > 1000) throw new Error('it does not give up');
        each.stored = [...each.stored, commit(attempt, 1)];
      },
    });
    const { writer, waits } = writerOn(log);
    expect(await errorOf(writer.write([append('any')]))).toMatchObject({
      code: 'CONCURRENCY',
      expected: 63,
      actual: 64,
    });
    expect(waits).toHaveLength(63);
  });
});

describe('an own write whose answer was lost is recognised', () => {
  const own = stored(prepared(['a']), 4);
  const before = contiguous(2, 1);
  const known = heads.issue(stream, before[1]);

  it.each<[string, ExpectedVersion]>([
    ['by a head', known],
    ['by a bare version', 3],
    ['by a head made of JSON', { stream, version: 3 }],
  ])('%s, also when others have written since', async (_, expected) => {
    for (const later of [[], [commit(5, 1)]]) {
      const log = new HandMadeLog([...before, own, ...later]);
      const [head] = await writerOn(log).writer.write([append(expected)]);
      expect(head).toEqual({ stream, version: 4, recordedAt: new Date(40_000) });
      expect(log.stored).toHaveLength(3 + later.length);
    }
  });

  it('of a new stream', async () => {
    const log = new HandMadeLog([stored(prepared(['a']), 1), commit(2, 1)]);
    expect(await writerOn(log).writer.write([append('none')])).toMatchObject([{ version: 1 }]);
  });

  it('at the end of the stream, wherever that is', async () => {
    const log = new HandMadeLog([...before, own]);
    expect(await writerOn(log).writer.write([append('any')])).toMatchObject([{ version: 4 }]);
    expect(log.stored).toHaveLength(3);
  });

  it('but the same id with other events is not that write', async () => {
    for (const expected of [known, 3, 'any'] as const) {
      const log = new HandMadeLog([...before, own]);
      const error = await errorOf(writerOn(log).writer.write([append(expected, { commit: prepared(['b']) })]));
      expect(error).toBeInstanceOf(CommitIdReusedError);
      expect(error).toMatchObject({ stream, commitId: 'mine', version: 4, idempotencyKey: undefined });
      expect(log.stored).toHaveLength(3);
    }
  });

  it('and the same events under another id are another write', async () => {
    const log = new HandMadeLog([...before, own]);
    const error = await errorOf(writerOn(log).writer.write([append(known, { commit: prepared(['a'], 'other') })]));
    expect(error).toBeInstanceOf(ConcurrencyError);
  });
});

describe('a command with an idempotency key', () => {
  const keyed = (expected: ExpectedVersion, changes: Partial<WriteRequest> = {}): WriteRequest =>
    append(expected, { idempotencyKey: 'k-1', ...changes });

  /** A log on which the command was carried out once, and what has been appended since. */
  async function afterFirst(first: WriteRequest, ...later: Commit[]): Promise<HandMadeLog> {
    const log = new HandMadeLog([]);
    expect(await writerOn(log, 10_000).writer.write([first])).toMatchObject([{ version: 1 }]);
    log.stored = [...log.stored, ...later];
    return log;
  }

  it('stores a receipt beside its commit that does not tell the key', async () => {
    const log = await afterFirst(keyed('none', { fingerprint: 'POST /orders' }));
    const [[id, receipt]] = [...log.receipts] as [[string, unknown]];
    expect(receipt).toMatchObject({ commitId: 'mine', first: 1, last: 1, recordedAt: 10_000 });
    expect(JSON.stringify([id, receipt])).not.toMatch(/k-1|POST/);
  });

  it.each<[string, ExpectedVersion, Commit[]]>([
    ['at once', 'none', []],
    ['anywhere', 'any', []],
    ['after others have written', 'none', [commit(2, 3)]],
    ['anywhere, after others have written', 'any', [commit(2, 3)]],
    ['on the newest state', heads.issue(stream, commit(2, 3)), [commit(2, 3)]],
    ['on a bare version', 4, [commit(2, 3)]],
    ['on the stream that is closed by now', 'none', [tombstone(2)]],
    ['anywhere on the stream that is closed by now', 'any', [tombstone(2)]],
  ])('is carried out once, when it is repeated %s', async (_, expected, later) => {
    const log = await afterFirst(keyed('none'), ...later);
    const [head] = await writerOn(log).writer.write([keyed(expected)]);
    expect(head).toEqual({ stream, version: 1, recordedAt: new Date(10_000), repeated: true });
    expect(heads.proofOf(head!)?.mark).toMatchObject({ first: 1, commitId: 'mine', recordedAt: 10_000 });
    expect(log.stored).toHaveLength(1 + later.length);
  });

  it('is not called repeated when only the answer was lost', async () => {
    const arrivesTwice = (log: HandMadeLog): void => {
      for (const write of log.writes[0] as CommitWrite[]) {
        log.stored = [write.commit];
        log.receipts.set(write.receipt!.id, write.receipt!.receipt);
      }
    };
    const log = new HandMadeLog([], { beforeWrite: arrivesTwice });
    const [head] = await writerOn(log).writer.write([keyed('none')]);
    expect(head).toEqual({ stream, version: 1, recordedAt: new Date(50_000) });
    expect(heads.proofOf(head!)?.mark).toMatchObject({ first: 1, commitId: 'mine', recordedAt: 50_000 });
  });

  it.each<[string, ExpectedVersion, Commit[]]>([
    ['at the same place', 'none', []],
    ['after others have written', heads.issue(stream, commit(2, 3)), [commit(2, 3)]],
  ])('with other events is refused, %s', async (_, expected, later) => {
    const log = await afterFirst(keyed('none'), ...later);
    const error = await errorOf(writerOn(log).writer.write([keyed(expected, { commit: prepared(['b']) })]));
    expect(error).toBeInstanceOf(CommitIdReusedError);
    expect(error).toMatchObject({ stream, commitId: 'mine', version: 1, idempotencyKey: 'k-1' });
    expect(log.stored).toHaveLength(1 + later.length);
  });

  it.each<[string, ExpectedVersion, Commit[]]>([
    ['at the same place', 'none', []],
    ['after others have written', heads.issue(stream, commit(2, 3)), [commit(2, 3)]],
  ])('is the same one by its fingerprint, whatever its events are now, %s', async (_, expected, later) => {
    const log = await afterFirst(keyed('none', { fingerprint: 'f' }), ...later);
    const again = keyed(expected, { fingerprint: 'f', commit: prepared(['later']) });
    expect(await writerOn(log).writer.write([again])).toMatchObject([{ version: 1, repeated: true }]);
    expect(log.stored).toHaveLength(1 + later.length);
  });

  it.each<[string, ExpectedVersion, Commit[]]>([
    ['at the same place', 'none', []],
    ['after others have written', heads.issue(stream, commit(2, 3)), [commit(2, 3)]],
  ])('is another one by its fingerprint, although its events are the same, %s', async (_, expected, later) => {
    const log = await afterFirst(keyed('none', { fingerprint: 'f' }), ...later);
    const error = await errorOf(writerOn(log).writer.write([keyed(expected, { fingerprint: 'g' })]));
    expect(error).toBeInstanceOf(CommitIdReusedError);
  });

  it('is compared by its events where only one of the two has a fingerprint', async () => {
    const log = await afterFirst(keyed('none', { fingerprint: 'f' }), commit(2, 1));
    const [head] = await writerOn(log).writer.write([keyed('any')]);
    expect(head).toMatchObject({ version: 1, repeated: true });
    const error = await errorOf(writerOn(log).writer.write([keyed('any', { commit: prepared(['b']) })]));
    expect(error).toBeInstanceOf(CommitIdReusedError);
  });

  it('is written once when it races with itself', async () => {
    const log = new HandMadeLog([]);
    const outcomes = await Promise.all([
      writerOn(log, 1).writer.write([keyed('any')]),
      writerOn(log, 2).writer.write([keyed('any')]),
    ]);
    expect(log.stored).toHaveLength(1);
    expect(outcomes.map(([head]) => head?.version)).toEqual([1, 1]);
  });
});

describe('a closed stream takes no more events', () => {
  const closed = [...contiguous(2), tombstone(3)];

  it.each<[string, ExpectedVersion]>([
    ['a head of before', heads.issue(stream, closed[0])],
    ['its head', heads.issue(stream, closed[1])],
    ['its version', 2],
    ['any', 'any'],
  ])('from a writer who knows %s', async (_, expected) => {
    const log = new HandMadeLog(closed);
    const { writer, waits } = writerOn(log);
    const error = await errorOf(writer.write([append(expected)]));
    expect(error).toBeInstanceOf(StreamClosedError);
    expect(error).toMatchObject({ stream, version: 2, closedAt: new Date(3000) });
    expect([log.stored.length, waits]).toEqual([2, []]);
  });

  it('and whoever is behind is told of the conflict first', async () => {
    expect(await errorOf(writerOn(new HandMadeLog(closed)).writer.write([append('none')]))).toBeInstanceOf(
      ConcurrencyError,
    );
  });

  it('nor do others in the same write', async () => {
    const log = new HandMadeLog(closed);
    const requests = [append('any', { stream: other, commit: prepared(['a'], 'mine', other) }), append('any')];
    expect(await errorOf(writerOn(log).writer.write(requests))).toBeInstanceOf(StreamClosedError);
    expect(log.stored).toHaveLength(2);
  });
});

describe('a write to several streams', () => {
  const third: StreamId = { aggregate: 'ledger', id: 'l-1' };
  const on = (of: StreamId, expected: ExpectedVersion, commitId = 'mine'): WriteRequest => ({
    stream: of,
    expected,
    commit: prepared(['a'], commitId, of),
  });
  const check = (of: StreamId, expected: ExpectedVersion): WriteRequest => ({ stream: of, expected });

  it('is all or nothing, and gives a head for each in order', async () => {
    const log = new HandMadeLog(contiguous(2));
    const written = await writerOn(log).writer.write([on(other, 'none'), on(stream, 2)]);
    expect(written).toMatchObject([
      { stream: other, version: 1 },
      { stream, version: 3 },
    ]);
    expect(log.writes).toHaveLength(1);
    const failed = await errorOf(writerOn(log).writer.write([on(third, 'none', 'x'), on(stream, 2, 'x')]));
    expect(failed).toMatchObject({ code: 'CONCURRENCY', stream, expected: 2, actual: 3 });
    expect(log.of(third)).toEqual([]);
  });

  it('that lost names each stream that did, with its winner', async () => {
    const log = new HandMadeLog([...contiguous(1), commit(1, 2, { stream: third })]);
    const error = (await errorOf(
      writerOn(log).writer.write([on(stream, 'none'), on(other, 'none'), on(third, 'none')]),
    )) as ConcurrencyError;
    expect(error.conflicts).toMatchObject([
      { stream, expected: 0, actual: 1, reason: 'moved-on', head: { version: 1 } },
      { stream: third, expected: 0, actual: 2, reason: 'moved-on', head: { version: 2 } },
    ]);
    expect(error.conflicts.map(({ winner }) => winner.length)).toEqual([1, 2]);
    expect(error).toMatchObject({ stream, expected: 0, actual: 1 });
  });

  it('that is seen to be wrong before anything is sent names each stream, too', async () => {
    const log = new HandMadeLog([...contiguous(1, 1), commit(1, 2, { stream: other })]);
    const error = await errorOf(writerOn(log).writer.write([on(stream, 1), on(third, 'none'), check(other, 1)]));
    expect(error).toMatchObject({
      code: 'CONCURRENCY',
      conflicts: [
        { stream, expected: 1, actual: 2, reason: 'moved-on' },
        { stream: other, expected: 1, actual: 2, reason: 'inside-commit' },
      ],
    });
    expect(log.writes).toEqual([]);
  });

  it('names a fault of the request rather than a conflict', async () => {
    const log = new HandMadeLog([]);
    const error = await errorOf(writerOn(log).writer.write([on(stream, 7), on(other, 0.5)]));
    expect(error).toMatchObject({ code: 'INVALID_VERSION' });
  });

  it('is run again only when all that it lost were ends of streams, wherever they are', async () => {
    const race = (each: HandMadeLog, attempt: number): void => {
      if (attempt === 1) each.stored = [...each.stored, commit(1, 1), commit(1, 1, { stream: other })];
    };
    const log = new HandMadeLog([], { beforeWrite: race });
    const { writer, waits } = writerOn(log);
    expect(await writer.write([on(stream, 'any'), on(other, 'any'), on(third, 'none')])).toMatchObject([
      { version: 2 },
      { version: 2 },
      { version: 1 },
    ]);
    expect(waits).toEqual([1]);
    const firm = new HandMadeLog([], { beforeWrite: race });
    const error = (await errorOf(
      writerOn(firm).writer.write([on(stream, 'any'), on(other, 'none')]),
    )) as ConcurrencyError;
    expect(error.conflicts.map((conflict) => conflict.stream)).toEqual([other]);
    expect(firm.writes).toHaveLength(1);
  });

  it('that was stored is recognised as a whole', async () => {
    const log = new HandMadeLog([]);
    const requests = [on(stream, 'none'), on(other, 'none')];
    const first = await writerOn(log).writer.write(requests);
    log.stored = [...log.stored, commit(2, 1)];
    expect(await writerOn(log, 90_000).writer.write(requests)).toEqual(first);
    expect(log.stored).toHaveLength(3);
  });

  it('is refused as another one when only a part of it is stored under its ids', async () => {
    const log = new HandMadeLog([stored(prepared(['a']), 1), commit(1, 1, { stream: other })]);
    const error = await errorOf(writerOn(log).writer.write([on(stream, 'none'), on(other, 'none')]));
    expect(error).toBeInstanceOf(CommitIdReusedError);
    expect(error).toMatchObject({ stream, commitId: 'mine', version: 1 });
  });

  it('with one key is carried out once, and repeated on all of them', async () => {
    const keyed = [on(stream, 'none'), on(other, 'none')].map((each) => ({
      ...each,
      idempotencyKey: `k ${each.stream.id}`,
    }));
    const log = new HandMadeLog([]);
    await writerOn(log, 10_000).writer.write(keyed);
    log.stored = [...log.stored, commit(2, 1), commit(2, 1, { stream: other })];
    const again = keyed.map((each) => ({ ...each, expected: 'any' }) as const);
    expect(await writerOn(log).writer.write(again)).toMatchObject([
      { stream, version: 1, repeated: true },
      { stream: other, version: 1, repeated: true },
    ]);
    expect(log.stored).toHaveLength(4);
  });
});

describe('a stream that is only checked', () => {
  const commits = [commit(1, 2, { stream: other }), commit(3, 1, { stream: other })];
  const known = heads.issue(other, commits[1]);
  const write = (log: HandMadeLog, expected: ExpectedVersion): Promise<unknown> =>
    writerOn(log).writer.write([append('none'), { stream: other, expected }]);

  it('gets nothing written to it, and a head at its place', async () => {
    const log = new HandMadeLog(commits);
    const [, head] = (await write(log, known)) as [unknown, unknown];
    expect(head).toBe(known);
    expect(log.writes).toEqual([[expect.objectContaining({ commit: expect.anything() }), { stream: other, slot: 4 }]]);
    expect(log.stored).toHaveLength(3);
    expect(await write(new HandMadeLog(commits), 3)).toMatchObject([{}, { stream: other, version: 3 }]);
    expect(await write(new HandMadeLog([]), 'none')).toMatchObject([{}, { stream: other, version: 0 }]);
  });

  it('and has moved on is a conflict for the whole write', async () => {
    for (const expected of [heads.issue(other, commits[0]), 2, 'none'] as const) {
      const log = new HandMadeLog(commits);
      const error = (await errorOf(write(log, expected))) as ConcurrencyError;
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error.conflicts.map((conflict) => conflict.stream)).toEqual([other]);
      expect(log.of(stream)).toEqual([]);
    }
  });

  it('without anything to write beside it is checked all the same', async () => {
    const log = new HandMadeLog(commits);
    expect(await writerOn(log).writer.write([{ stream: other, expected: known }])).toEqual([known]);
    expect(log.writes).toEqual([[{ stream: other, slot: 4 }]]);
    const error = await errorOf(writerOn(log).writer.write([{ stream: other, expected: 'none' }]));
    expect(error).toBeInstanceOf(ConcurrencyError);
  });

  it.each<[string, ExpectedVersion, number]>([
    ['a head', known, 3],
    ['a bare version', 3, 3],
    ['none', 'none', 0],
  ])('does not keep a stored write from being recognised, known by %s', async (_, expected, version) => {
    const log = new HandMadeLog(version === 0 ? [] : commits);
    const first = await write(log, expected);
    expect(await write(log, expected)).toEqual(first);
    expect(first).toMatchObject([{ version: 1 }, { stream: other, version }]);
  });

  it.each<[string, ExpectedVersion, Commit]>([
    ['moved on since, known by a head', known, commit(4, 1, { stream: other })],
    ['moved on since, known by a bare version', 3, commit(4, 1, { stream: other })],
    ['been closed since, known by a head', known, tombstone(4, { stream: other })],
    ['been closed since, known by a bare version', 3, tombstone(4, { stream: other })],
  ])('does not keep it from that when it has %s', async (_, expected, later) => {
    const log = new HandMadeLog(commits);
    await write(log, expected);
    log.stored = [...log.stored, later];
    expect(await write(log, expected)).toMatchObject([
      { stream, version: 1 },
      { stream: other, version: 3 },
    ]);
  });
});

it('an error of the log passes as it is, after one try', async () => {
  const log = new HandMadeLog([], {
    beforeWrite: () => {
      throw new Error('the network is down');
    },
  });
  await expect(writerOn(log).writer.write([append('any')])).rejects.toThrow('the network is down');
  expect(log.writes).toHaveLength(1);
});

describe('under retention', () => {
  it('a new stream does not begin in front of what is left of an old one', async () => {
    const left = [2, 3].map((version) => ({ ...commit(version, 1), ttl: 9_000_000_000 }));
    const log = new HandMadeLog(left);
    const fresh = { ...prepared(['a']), ttl: 9_000_000_000 };
    const error = await errorOf(writerOn(log).writer.write([append('none', { commit: fresh })]));
    expect(error).toBeInstanceOf(ConcurrencyError);
    expect(error).toMatchObject({ expected: 0, actual: 3 });
    expect(log.stored).toHaveLength(2);
  });

  it('a new stream that is written again is recognised', async () => {
    const fresh = { ...prepared(['a']), ttl: 9_000_000_000 };
    const log = new HandMadeLog([stored(fresh, 1)]);
    expect(await writerOn(log).writer.write([append('none', { commit: fresh })])).toMatchObject([{ version: 1 }]);
  });
});
