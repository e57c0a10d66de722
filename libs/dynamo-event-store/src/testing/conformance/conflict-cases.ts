import { strict as assert } from 'node:assert';
import type { CaseDefinition } from './conformance-case.js';
import { amountsOf, collect, Deposited, rejection, versionsOf } from './fixtures.js';

export const conflictCases: readonly CaseDefinition[] = [
  [
    'conflict: a new stream that exists already is refused, with stream, expected and actual version (P17)',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [new Deposited(1), new Deposited(2)], { expected: 'none' });
      const error = await rejection(store.append(stream, [new Deposited(9)], { expected: 'none' }), 'ConcurrencyError');
      assert.deepEqual(
        [error['stream'], error['expected'], error['actual'], error['code'], error['retryable']],
        [stream, 0, 2, 'CONCURRENCY', false],
      );
      assert.deepEqual(
        (error['winner'] as { event: Deposited }[]).map(({ event }) => event.amount),
        [1, 2],
      );
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2]);
    },
  ],
  [
    'conflict: a stale head is refused however far the stream has gone (P7)',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const stale = await store.append(stream, [new Deposited(1)], { expected: 'none' });
      let head = await store.append(stream, [new Deposited(2), new Deposited(3)], { expected: stale });
      head = await store.append(stream, [new Deposited(4)], { expected: head });
      for (let repeat = 0; repeat < 3; repeat++) {
        const error = await rejection(
          store.append(stream, [new Deposited(9)], { expected: stale }),
          'ConcurrencyError',
        );
        assert.deepEqual([error['expected'], error['actual']], [1, 3]);
      }
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
      assert.equal(head.version, 4);
    },
  ],
  [
    'conflict: of many appends at one version exactly one succeeds, and the others change nothing',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const head = await store.append(stream, [new Deposited(0)], { expected: 'none' });
      const writers = Array.from({ length: 16 }, (_, writer) =>
        store.append(stream, [new Deposited(writer + 1), new Deposited(100)], { expected: head }),
      );
      const outcomes = await Promise.allSettled(writers);
      const winners = outcomes.flatMap((outcome, writer) => (outcome.status === 'fulfilled' ? [writer + 1] : []));
      assert.equal(winners.length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'ConcurrencyError');
      }
      assert.deepEqual(await amountsOf(store.read(stream)), [0, winners[0], 100]);
    },
  ],
  [
    'conflict: appends with "any" all succeed, each once',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
      const heads = await Promise.all(
        numbers.map((amount) => store.append(stream, [new Deposited(amount)], { expected: 'any' })),
      );
      assert.deepEqual(
        heads.map(({ version }) => version).sort((a, b) => a - b),
        numbers,
      );
      assert.deepEqual(
        (await amountsOf(store.read(stream))).sort((a, b) => a - b),
        numbers,
      );
    },
  ],
  [
    'version: a bare version that is the end of the stream is taken',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [new Deposited(1), new Deposited(2)], { expected: 'none' });
      const head = await store.append(stream, [new Deposited(3)], { expected: 2 });
      assert.equal(head.version, 3);
      assert.deepEqual(await versionsOf(store.read(stream)), [1, 2, 3]);
    },
  ],
  [
    'version: 0, -1, 1.5, NaN and unsafe numbers are range errors, and nothing is written (P6)',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      for (const existing of [false, true]) {
        if (existing) await store.append(stream, [new Deposited(1)], { expected: 'none' });
        for (const expected of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
          const error = await rejection(store.append(stream, [new Deposited(9)], { expected }), 'InvalidVersionError');
          assert.ok(error instanceof RangeError);
        }
        assert.equal((await store.head(stream)).version, existing ? 1 : 0);
      }
    },
  ],
  [
    'version: ahead of the stream, inside a commit, or on a stream that does not exist is a conflict, and nothing is written (P6)',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const empty = await rejection(store.append(stream, [new Deposited(9)], { expected: 7 }), 'ConcurrencyError');
      assert.deepEqual([empty['expected'], empty['actual'], empty['reason']], [7, 0, 'ahead']);
      await store.append(stream, [new Deposited(1)], { expected: 'none' });
      await store.append(stream, [new Deposited(2), new Deposited(3), new Deposited(4)], { expected: 1 });
      for (const [expected, reason] of [
        [7, 'ahead'],
        [5, 'ahead'],
        [2, 'inside-commit'],
        [3, 'inside-commit'],
        [1, 'moved-on'],
      ] as const) {
        const error = await rejection(store.append(stream, [new Deposited(9)], { expected }), 'ConcurrencyError');
        assert.deepEqual([error['expected'], error['actual'], error['reason']], [expected, 4, reason]);
      }
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
    },
  ],
  [
    'version: a head that was rebuilt from JSON is verified, not trusted; a head of another stream is refused',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const head = await store.append(stream, [new Deposited(1), new Deposited(2)], { expected: 'none' });
      const rebuilt = JSON.parse(JSON.stringify(head)) as typeof head;
      await rejection(
        store.append(stream, [new Deposited(9)], { expected: { ...rebuilt, version: 1 } }),
        'ConcurrencyError',
      );
      await rejection(
        store.append(stream, [new Deposited(9)], { expected: { ...rebuilt, version: 9 } }),
        'ConcurrencyError',
      );
      await rejection(
        store.append({ aggregate, id: 'b' }, [new Deposited(9)], { expected: head }),
        'InvalidArgumentError',
      );
      assert.equal((await store.append(stream, [new Deposited(3)], { expected: rebuilt })).version, 3);
    },
  ],
  [
    'commit id: an append that is sent again stores its events once and succeeds, also later (P4, P5)',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const first = await store.append(stream, [new Deposited(1)], { expected: 'none' });
      const again = { expected: first, commitId: 'again' };
      const head = await store.append(stream, [new Deposited(2), new Deposited(3)], again);
      assert.equal((await store.append(stream, [new Deposited(2), new Deposited(3)], again)).version, 3);
      await store.append(stream, [new Deposited(4)], { expected: head });
      assert.equal((await store.append(stream, [new Deposited(2), new Deposited(3)], again)).version, 3);
      assert.equal(
        (await store.append(stream, [new Deposited(2), new Deposited(3)], { ...again, expected: 1 })).version,
        3,
      );
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
    },
  ],
  [
    'commit id: concurrent copies of one append store it once and all succeed',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const copies = Array.from({ length: 8 }, () =>
        store.append(stream, [new Deposited(1), new Deposited(2)], { expected: 'none', commitId: 'same' }),
      );
      assert.deepEqual(
        (await Promise.all(copies)).map(({ version }) => version),
        Array.from({ length: 8 }, () => 2),
      );
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2]);
    },
  ],
  [
    'commit id: the same id with other events is an error that says so, never a silent success',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [new Deposited(1)], { expected: 'none', commitId: 'once' });
      for (const events of [
        [new Deposited(2)],
        [new Deposited(1), new Deposited(2)],
        [{ type: 'other', payload: { amount: 1 } }],
      ]) {
        const error = await rejection(
          store.append(stream, events, { expected: 'none', commitId: 'once' }),
          'CommitIdReusedError',
        );
        assert.deepEqual([error['commitId'], error['version']], ['once', 1]);
      }
      assert.equal((await collect(store.read(stream))).length, 1);
    },
  ],
];
