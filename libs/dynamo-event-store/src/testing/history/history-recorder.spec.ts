import { beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { ConcurrencyError } from '../../errors/concurrency-error.js';
import { StoreAccessDeniedError, StoreUnavailableError, TableNotReadyError } from '../../errors/request-errors.js';
import { AggregateNotFoundError, CommitIdReusedError } from '../../errors/store-errors.js';
import type { HistoryRecord, WriteOutcome } from './history-record.js';
import { HistoryRecorder } from './history-recorder.js';
import type { WriteAnswer } from './write-outcome.js';

const a = { aggregate: 'order', id: 'a' };
const b = { aggregate: 'order', id: 'b' };
const request = { operation: 'append', table: 't' };

let recorder: HistoryRecorder;

beforeEach(() => {
  recorder = new HistoryRecorder({ run: 'x' });
});

async function outcomeOf(answer: WriteAnswer): Promise<WriteOutcome | false> {
  await recorder.write('p', [a, b], () => Promise.resolve(answer));
  return lastOutcome();
}

async function outcomeOfFailure(error: Error): Promise<WriteOutcome | false> {
  await expect(recorder.write('p', a, () => Promise.reject(error))).rejects.toBe(error);
  return lastOutcome();
}

function lastOutcome(): WriteOutcome | false {
  const record = recorder.records.at(-1);
  return record?.kind === 'write' && record.outcome;
}

describe('a recorded write', () => {
  it('hands on the answer, and is given the id that it is recorded under', async () => {
    const given: string[] = [];
    const answer = await recorder.write('p', { stream: a, expected: 2 }, (id) => {
      given.push(id);
      return Promise.resolve({ stream: a, version: 3, more: true });
    });
    expect(answer).toEqual({ stream: a, version: 3, more: true });
    expect(recorder.records).toMatchObject([
      { id: given[0], process: 'p', startedAt: 1, endedAt: 2, targets: [{ stream: a, expected: 2 }] },
    ]);
  });

  it('is acknowledged at the versions that it answers', async () => {
    expect(await outcomeOf([{ version: 3 }, { version: 1 }])).toEqual({ kind: 'acknowledged', versions: [3, 1] });
    expect(await outcomeOf([3, 1])).toEqual({ kind: 'acknowledged', versions: [3, 1] });
    expect(await outcomeOf(3)).toEqual({ kind: 'acknowledged', versions: [3, undefined] });
    expect(await outcomeOf(undefined)).toEqual({ kind: 'acknowledged', versions: [undefined, undefined] });
  });

  it('is acknowledged without a version when it only ends', async () => {
    await recorder.write('p', a, async () => {
      await Promise.resolve();
    });
    expect(lastOutcome()).toEqual({ kind: 'acknowledged', versions: [undefined] });
  });

  it('finds the version of a target by its stream, whatever the order', async () => {
    const heads = [
      { stream: b, version: 1 },
      { stream: a, version: 3 },
    ];
    expect(await outcomeOf(heads)).toEqual({ kind: 'acknowledged', versions: [3, 1] });
    expect(await outcomeOf(heads[0])).toEqual({ kind: 'acknowledged', versions: [undefined, 1] });
  });

  it('notes that an answer is a repetition', async () => {
    expect(await outcomeOf({ stream: a, version: 3, repeated: true })).toMatchObject({ repeated: true });
  });

  it('may answer with its outcome', async () => {
    expect(await outcomeOf({ kind: 'nothing' })).toEqual({ kind: 'nothing' });
    const refused: WriteOutcome = { kind: 'refused', conflicts: [{ stream: a, expected: 1 }] };
    expect(await outcomeOf(refused)).toBe(refused);
  });

  it('of a request that answers with a status is recorded with a few lines', async () => {
    const ship = (operationId: string) => Promise.resolve({ status: operationId === 'p-1-x' ? 412 : 200, version: 4 });
    const call = () =>
      recorder.write('p', { stream: a, expected: 3 }, async (operationId) => {
        const { status, version } = await ship(operationId);
        if (status === 412) return { kind: 'refused', conflicts: [{ stream: a, expected: 3 }] };
        return status === 200 ? version : { kind: 'unknown' };
      });
    await call();
    expect(lastOutcome()).toEqual({ kind: 'refused', conflicts: [{ stream: a, expected: 3 }] });
    await call();
    expect(lastOutcome()).toEqual({ kind: 'acknowledged', versions: [4] });
  });

  it('counts as unknown when its answer has no version', async () => {
    const response = { status: 200 } as unknown as WriteAnswer;
    await expect(recorder.write('p', a, () => Promise.resolve(response))).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(lastOutcome()).toEqual({ kind: 'unknown' });
  });

  it('is refused by a conflict, with every stream that the error names', async () => {
    const conflict = { stream: b, expected: 0, actual: 1, winner: [], reason: 'moved-on' } as const;
    const error = new ConcurrencyError({ stream: a, expected: 1, actual: 0, reason: 'ahead', others: [conflict] });
    expect(await outcomeOfFailure(error)).toEqual({
      kind: 'refused',
      error,
      conflicts: [
        { stream: a, expected: 1, actual: 0, reason: 'ahead' },
        { stream: b, expected: 0, actual: 1, reason: 'moved-on' },
      ],
    });
  });

  it.each([
    ['a reused commit id', new CommitIdReusedError(a, 'c', 1), 'refused'],
    ['a bad argument', new InvalidArgumentError('events', 'none'), 'refused'],
    ['an aggregate that is not there', new AggregateNotFoundError(a), 'refused'],
    ['a database that cannot be reached', new StoreUnavailableError(request, new Error('down')), 'unknown'],
    // Refused at last, but an earlier attempt of the same request may have been carried out.
    ['a request that was refused', new StoreAccessDeniedError(request, new Error('expired')), 'unknown'],
    ['a table that is not ready yet', new TableNotReadyError('t', 'CREATING', 1), 'unknown'],
    ['an error of the application or the network', new Error('socket hang up'), 'unknown'],
  ])('ends with %s', async (_what, error, kind) => {
    expect(await outcomeOfFailure(error)).toEqual({ kind, error });
  });

  it('that throws before it returns a promise is recorded too', async () => {
    const failing = () => {
      throw new Error('at once');
    };
    await expect(recorder.write('p', a, failing)).rejects.toThrow('at once');
    expect(lastOutcome()).toMatchObject({ kind: 'unknown' });
  });

  it('may have its own errors classified', async () => {
    class OrderNotPaid extends Error {}
    const classify = (error: unknown): WriteOutcome | undefined =>
      error instanceof OrderNotPaid ? { kind: 'refused', error } : undefined;
    recorder = new HistoryRecorder({ classify });
    expect(await outcomeOfFailure(new OrderNotPaid())).toMatchObject({ kind: 'refused' });
    expect(await outcomeOfFailure(new Error())).toMatchObject({ kind: 'unknown' });
  });

  it('is unknown, without an end, until it is answered, and for good once it is lost', async () => {
    const answers: (() => void)[] = [];
    const slow = () =>
      new Promise<number>((resolve) =>
        answers.push(() => {
          resolve(1);
        }),
      );
    const ids: string[] = [];
    const pending = [0, 1].map(() =>
      recorder.write('p', a, (id) => {
        ids.push(id);
        return slow();
      }),
    );
    const open = { endedAt: undefined, outcome: { kind: 'unknown' } };
    expect(recorder.records).toMatchObject([open, open]);
    recorder.lost(ids[0]!);
    for (const answer of answers) answer();
    await Promise.all(pending);
    expect(recorder.records).toMatchObject([open, { endedAt: 3, outcome: { kind: 'acknowledged' } }]);
  });

  it('carries the key that its attempts share', async () => {
    await recorder.write('p', a, () => Promise.resolve(1), { key: 'k' });
    expect(recorder.records).toMatchObject([{ key: 'k' }]);
  });

  it('names at least one stream', async () => {
    await expect(recorder.write('p', [], () => Promise.resolve(1))).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

describe('a recorded read', () => {
  async function recordOf(
    run: Parameters<HistoryRecorder['read']>[2],
    options = {},
  ): Promise<HistoryRecord | undefined> {
    await recorder.read('p', a, run, options);
    return recorder.records.at(-1);
  }

  it('of events notes which they are', async () => {
    const events = [{ version: 2, eventId: 'e', type: 'noted' }];
    expect(await recordOf(() => Promise.resolve(events), { from: 2, toEnd: false })).toEqual({
      kind: 'read',
      id: 'p-1-x',
      process: 'p',
      stream: a,
      startedAt: 1,
      endedAt: 2,
      consistency: 'strong',
      from: 2,
      toEnd: false,
      events: [{ version: 2, eventId: 'e' }],
    });
  });

  it('of a version or an aggregate notes the version', async () => {
    expect(await recordOf(() => Promise.resolve(7))).toMatchObject({ version: 7, events: [], toEnd: true });
    expect(await recordOf(() => Promise.resolve({ stream: a, version: 7 }))).toMatchObject({ source: 'events' });
    expect(await recordOf(() => Promise.resolve({ id: 'a', version: 7 }))).toMatchObject({
      version: 7,
      source: 'state',
    });
  });

  it('that finds nothing saw version 0', async () => {
    expect(await recordOf(() => Promise.resolve(undefined))).toMatchObject({ version: 0, toEnd: true });
    const missing = new AggregateNotFoundError(a);
    await expect(recorder.read('p', a, () => Promise.reject(missing))).rejects.toBe(missing);
    expect(recorder.records.at(-1)).toMatchObject({ version: 0, toEnd: true, events: [] });
  });

  it('ends once, however often it is told', () => {
    const end = recorder.beginRead('p', a, 'strong');
    for (const toEnd of [true, false]) end({ from: 1, events: [], toEnd });
    expect(recorder.records).toMatchObject([{ toEnd: true }]);
  });

  it('that fails saw nothing', async () => {
    const error = new Error('no network');
    await expect(recorder.read('p', a, () => Promise.reject(error))).rejects.toBe(error);
    expect(recorder.records.at(-1)).toMatchObject({ events: [], toEnd: false, error });
    expect(recorder.records.at(-1)).not.toHaveProperty('version');
  });
});

describe('instants and ids', () => {
  it('go up with each call, or come from the clock that is given', async () => {
    await Promise.all([0, 1].map(() => recorder.write('p', a, () => Promise.resolve(1))));
    const instants = recorder.records.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt]);
    expect(new Set(instants).size).toBe(4);
    const clocked = new HistoryRecorder({ now: () => 17 });
    await clocked.read('p', a, () => Promise.resolve(1));
    expect(clocked.records).toMatchObject([{ startedAt: 17, endedAt: 17 }]);
  });

  it('differ between recorders', async () => {
    const recorders = [new HistoryRecorder(), new HistoryRecorder()];
    for (const each of recorders) await each.write('p', a, () => Promise.resolve(1));
    const ids = recorders.flatMap(({ records }) => records.map(({ id }) => id));
    expect(new Set(ids).size).toBe(2);
  });
});
