import { strict as assert } from 'node:assert';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { StreamAppend, StreamCheck } from '../../store/event-store.js';
import type { CaseDefinition } from './conformance-case.js';
import { account, amountsOfStream, Deposited, rejection } from './fixtures.js';

/** Stream, expected and actual version, reason, and the amounts of the winner. */
function summaryOf(error: Record<string, unknown>): unknown[] {
  const conflicts = error['conflicts'] as {
    stream: { id: string };
    expected: number;
    actual: number;
    reason: string;
    winner: RecordedEvent<Deposited>[];
  }[];
  return conflicts.map(({ stream, expected, actual, reason, winner }) => [
    stream.id,
    expected,
    actual,
    reason,
    winner.map(({ event }) => event.amount),
  ]);
}

export const transactionConflictCases: readonly CaseDefinition[] = [
  [
    'appendAll: when one stream has moved, whichever it is, none is written',
    async (context) => {
      const { store, aggregate } = context;
      const heads = [await account(context, 'a', 1), await account(context, 'b', 1), await account(context, 'c', 1)];
      for (const moved of heads) {
        await store.append(moved.stream, [new Deposited(2)], { expected: 'any' });
        const appends: StreamAppend[] = heads.map((head) => ({
          stream: head.stream,
          events: [new Deposited(9)],
          expected: head === moved ? moved : 'any',
        }));
        const fresh: StreamAppend = { stream: { aggregate, id: 'new' }, events: [new Deposited(9)], expected: 'none' };
        await rejection(store.appendAll([...appends, fresh]), 'ConcurrencyError');
      }
      for (const id of ['a', 'b', 'c']) assert.deepEqual(await amountsOfStream(store, aggregate, id), [1, 2]);
      assert.equal((await store.head({ aggregate, id: 'new' })).version, 0);
    },
  ],
  [
    'appendAll: a conflict names every stream that lost, with expected and actual version and the winner, and no other',
    async (context) => {
      const { store, aggregate } = context;
      const [a, b, c] = [
        await account(context, 'a', 1),
        await account(context, 'b', 1),
        await account(context, 'c', 1),
      ];
      await store.append(a.stream, [new Deposited(2), new Deposited(3)], { expected: a });
      await store.append(c.stream, [new Deposited(4)], { expected: c });
      await account(context, 'exists', 5, 6);
      const append = { events: [new Deposited(9)] };
      const error = await rejection(
        store.appendAll([
          { ...append, stream: a.stream, expected: a },
          { ...append, stream: b.stream, expected: b },
          { stream: c.stream, expected: c },
          { ...append, stream: { aggregate, id: 'exists' }, expected: 'none' },
          { ...append, stream: { aggregate, id: 'new' }, expected: 'none' },
        ]),
        'ConcurrencyError',
      );
      assert.deepEqual(summaryOf(error), [
        ['a', 1, 3, 'moved-on', [2, 3]],
        ['c', 1, 2, 'moved-on', [4]],
        ['exists', 0, 1, 'moved-on', [5]],
      ]);
      assert.deepEqual([error['stream'], error['expected'], error['actual']], [a.stream, 1, 3]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'b'), [1]);
    },
  ],
  [
    'appendAll: bare versions that are elsewhere are all named, with their reasons, and nothing is written',
    async (context) => {
      const { store, aggregate } = context;
      for (const id of ['right', 'moved', 'inside', 'ahead']) await account(context, id, 1);
      for (const id of ['moved', 'inside'])
        await store.append({ aggregate, id }, [new Deposited(2), new Deposited(3)], { expected: 1 });
      const append = (id: string, expected: number): StreamAppend => ({
        stream: { aggregate, id },
        events: [new Deposited(9)],
        expected,
      });
      const check: StreamCheck = { stream: { aggregate, id: 'ahead' }, expected: 5 };
      const error = await rejection(
        store.appendAll([append('right', 1), append('moved', 1), append('inside', 2), check, append('none', 7)]),
        'ConcurrencyError',
      );
      assert.deepEqual(summaryOf(error), [
        ['moved', 1, 3, 'moved-on', [2, 3]],
        ['inside', 2, 3, 'inside-commit', []],
        ['ahead', 5, 1, 'ahead', []],
        ['none', 7, 0, 'ahead', []],
      ]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'right'), [1]);
    },
  ],
  [
    'appendAll: a conflict names stale heads and stale versions together',
    async (context) => {
      const { store, aggregate } = context;
      const [a] = [await account(context, 'a', 1), await account(context, 'b', 1)];
      for (const id of ['a', 'b']) await store.append({ aggregate, id }, [new Deposited(2)], { expected: 'any' });
      const append = { events: [new Deposited(9)] };
      const error = await rejection(
        store.appendAll([
          { ...append, stream: a.stream, expected: a },
          { ...append, stream: { aggregate, id: 'b' }, expected: 1 },
        ]),
        'ConcurrencyError',
      );
      assert.deepEqual(summaryOf(error), [
        ['a', 1, 2, 'moved-on', [2]],
        ['b', 1, 2, 'moved-on', [2]],
      ]);
    },
  ],
  [
    'check: a stream that has not moved, or does not exist, lets the rest be written and stays as it is',
    async (context) => {
      const { store, aggregate } = context;
      const [a, b] = [await account(context, 'a', 1), await account(context, 'b', 1, 2)];
      await account(context, 'c', 1, 2, 3);
      const heads = await store.appendAll([
        { stream: b.stream, expected: b },
        { stream: a.stream, events: [new Deposited(2)], expected: a },
        { stream: { aggregate, id: 'nothing' }, expected: 'none' },
        { stream: { aggregate, id: 'c' }, expected: 3 },
      ]);
      assert.deepEqual(
        heads.map(({ stream, version }) => [stream.id, version]),
        [
          ['b', 2],
          ['a', 2],
          ['nothing', 0],
          ['c', 3],
        ],
      );
      for (const [id, amounts] of Object.entries({ a: [1, 2], b: [1, 2], c: [1, 2, 3], nothing: [] }))
        assert.deepEqual(await amountsOfStream(store, aggregate, id), amounts);
      for (const [index, expected] of heads.entries())
        assert.equal(
          (await store.append(expected.stream, [new Deposited(9)], { expected })).version,
          (heads[index]?.version ?? 0) + 1,
        );
    },
  ],
  [
    'check: alone it tells whether a stream is where it is expected, and writes nothing',
    async (context) => {
      const { store, aggregate } = context;
      const stale = await account(context, 'a', 1);
      const nothing = { aggregate, id: 'nothing' };
      assert.deepEqual(
        (await store.appendAll([{ stream: stale.stream, expected: stale }])).map(({ version }) => version),
        [1],
      );
      const head = await store.append(stale.stream, [new Deposited(2)], { expected: stale });
      for (const expected of [head, 2, await store.head(stale.stream)])
        assert.equal((await store.appendAll([{ stream: head.stream, expected }]))[0]?.version, 2);
      for (const expected of [stale, 1, 'none', 3] as const) {
        const error = await rejection(store.appendAll([{ stream: head.stream, expected }]), 'ConcurrencyError');
        assert.equal(error['actual'], expected === 'none' ? 1 : 2);
      }
      for (const expected of ['none', await store.head(nothing)] as const)
        assert.equal((await store.appendAll([{ stream: nothing, expected }]))[0]?.version, 0);
      await rejection(store.appendAll([{ stream: nothing, expected: 1 }]), 'ConcurrencyError');
      assert.equal((await store.head(nothing)).version, 0);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2]);
    },
  ],
  [
    'check: of two writes that each check what the other writes, never both succeed',
    async (context) => {
      const { store } = context;
      for (let round = 0; round < 8; round++) {
        const [a, b] = [await account(context, `a-${round}`, 1), await account(context, `b-${round}`, 1)];
        const outcomes = await Promise.allSettled([
          store.appendAll([
            { stream: a.stream, events: [new Deposited(2)], expected: a },
            { stream: b.stream, expected: b },
          ]),
          store.appendAll([
            { stream: b.stream, events: [new Deposited(2)], expected: b },
            { stream: a.stream, expected: a },
          ]),
        ]);
        const failures = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as Error] : [],
        );
        assert.deepEqual(
          failures.map(({ name }) => name),
          ['ConcurrencyError'],
        );
      }
    },
  ],
  [
    'appendAll: of many writes to the same streams at once exactly one succeeds, and all of it; with "any" all succeed',
    async (context) => {
      const { store, aggregate } = context;
      const ids = ['a', 'b', 'c'];
      const write = (writer: number, order: readonly string[], expected: 'none' | 'any') =>
        store.appendAll(order.map((id) => ({ stream: { aggregate, id }, events: [new Deposited(writer)], expected })));
      store.register([Deposited]);
      const writers = [1, 2, 3, 4, 5, 6];
      const orderOf = (writer: number) => (writer % 2 === 0 ? ids : [...ids].reverse());
      const outcomes = await Promise.allSettled(writers.map((writer) => write(writer, orderOf(writer), 'none')));
      const winners = writers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      assert.equal(winners.length, 1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'ConcurrencyError');
      for (const id of ids) assert.deepEqual(await amountsOfStream(store, aggregate, id), winners);
      await Promise.all(writers.slice(0, 4).map((writer) => write(writer * 10, orderOf(writer), 'any')));
      const [first, ...others] = await Promise.all(ids.map((id) => amountsOfStream(store, aggregate, id)));
      assert.deepEqual(
        [...(first ?? [])].sort((x, y) => x - y),
        [...winners, 10, 20, 30, 40],
      );
      for (const other of others) assert.deepEqual(other, first);
    },
  ],
  [
    'closing: an atomic write to a closed stream, or a check of it, is refused with StreamClosedError, and nothing is written',
    async (context) => {
      const { store, aggregate } = context;
      const [a, last] = [await account(context, 'a', 1), await account(context, 'closed', 1, 2)];
      const closed = await store.closeStream(last.stream);
      const other: StreamAppend = { stream: a.stream, events: [new Deposited(9)], expected: a };
      for (const expected of [last, closed, 2, 'any'] as const) {
        const append: StreamAppend = { stream: last.stream, events: [new Deposited(9)], expected };
        const error = await rejection(store.appendAll([other, append]), 'StreamClosedError');
        assert.deepEqual([error['stream'], error['version']], [last.stream, 2]);
        if (expected === 'any') continue;
        await rejection(store.appendAll([other, { stream: last.stream, expected }]), 'StreamClosedError');
        await rejection(store.appendAll([{ stream: last.stream, expected }]), 'StreamClosedError');
      }
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'closed'), [1, 2]);
    },
  ],
];
