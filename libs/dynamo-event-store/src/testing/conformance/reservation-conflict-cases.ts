import { strict as assert } from 'node:assert';
import type { AppendOptions } from '../../store/event-store.js';
import type { CaseDefinition } from './conformance-case.js';
import { account, amountsOf, amountsOfStream, Deposited, noise, note, rejection } from './fixtures.js';
import { named } from './reservation-fixtures.js';

/** Repetitions, races, and what is left when a stream ends. */
export const reservationConflictCases: readonly CaseDefinition[] = [
  [
    'reserve: an append that is sent again with its commit id is a success, also when the value has gone to another stream since',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      const write = () => append('a', { expected: 'none', commitId: 'c-1', reserve: [name('ada')] });
      const keyed = () => append('k', { idempotencyKey: 'k-1', reserve: [name('grace')] });
      assert.deepEqual([(await write()).version, (await write()).version], [1, 1]);
      assert.deepEqual([(await keyed()).repeated, (await keyed()).repeated], [undefined, true]);
      await append('a', { release: [name('ada')] }, 2);
      await append('k', { release: [name('grace')] }, 2);
      assert.deepEqual([(await write()).version, (await keyed()).version], [1, 1]);
      assert.deepEqual([await holder('ada'), await holder('grace')], [undefined, undefined]);
      await append('b', { reserve: [name('ada'), name('grace')] });
      assert.deepEqual([(await write()).version, (await keyed()).version], [1, 1]);
      assert.deepEqual([await holder('ada'), await holder('grace')], ['b', 'b']);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'k'), [1, 2]);
    },
  ],
  [
    'reserve: a commit id or a key that is used again for other values is an error, and changes no reservation',
    async (context) => {
      const { name, append, holder } = named(context);
      const identities = [{ commitId: 'c-1' }, { idempotencyKey: 'k-1' }];
      for (const [index, identity] of identities.entries()) {
        const id = String(index);
        const write = (options: Partial<AppendOptions>) => append(id, { expected: 'none', ...identity, ...options });
        await write({ reserve: [name(`ada-${id}`)] });
        for (const options of [
          { reserve: [name('grace')] },
          { release: [name(`ada-${id}`)] },
          { reserve: [name(`ada-${id}`), name('grace')] },
          {},
        ])
          await rejection(write(options), 'CommitIdReusedError');
        assert.deepEqual([await holder(`ada-${id}`), await holder('grace')], [id, undefined]);
      }
    },
  ],
  [
    'reserve: a stream that has moved on is a conflict, also where the value is taken, and never the other way round',
    async (context) => {
      const { store, aggregate, name, append } = named(context);
      await append('holder', { reserve: [name('ada')] });
      const head = await account(context, 'a', 1);
      const reserve = [name('ada')];
      await rejection(append('a', { expected: head, reserve }), 'ValueTakenError');
      await append('a', {}, 2);
      for (const expected of [head, 1, 'none'] as const)
        await rejection(append('a', { expected, reserve }), 'ConcurrencyError');
      const parts = [
        { stream: head.stream, events: [new Deposited(3)], expected: head },
        { stream: { aggregate, id: 'new' }, events: [new Deposited(1)], expected: 'none', reserve },
      ] as const;
      await rejection(store.appendAll(parts), 'ConcurrencyError');
      const [first, second] = parts;
      await rejection(store.appendAll([{ ...first, expected: 2 }, second]), 'ValueTakenError');
      await store.closeStream(head.stream);
      await rejection(append('a', { reserve }), 'StreamClosedError');
      assert.deepEqual(await amountsOf(store.read(head.stream)), [1, 2]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'new'), []);
    },
  ],
  [
    'reserve: appends with "any" that race at one stream lose no reservation',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      const names = Array.from({ length: 8 }, (_, index) => `n-${index}`);
      await Promise.all(names.map((each, amount) => append('a', { reserve: [name(each)] }, amount)));
      assert.equal((await store.head({ aggregate, id: 'a' })).version, names.length);
      for (const each of names) assert.equal(await holder(each), 'a');
    },
  ],
  [
    'reserve: of many streams that race for one value, exactly one gets it, and the others are told so',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      const ids = Array.from({ length: 20 }, (_, index) => `r-${index}`);
      const outcomes = await Promise.allSettled(ids.map((id) => append(id, { reserve: [name('ada')] })));
      const winners = ids.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      assert.equal(winners.length, 1);
      assert.equal(await holder('ada'), winners[0]);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'ValueTakenError');
      const versions = await Promise.all(ids.map((id) => store.head({ aggregate, id })));
      assert.deepEqual(
        versions.filter(({ version }) => version > 0).map(({ stream }) => stream.id),
        winners,
      );
    },
  ],
  [
    'reserve: closing keeps what a stream holds; purging frees it, and nothing that others hold',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      const stream = { aggregate, id: 'a' };
      await append('a', { reserve: [name('kept'), name('given'), name('back')] });
      await append('a', { release: [name('given'), name('back')] });
      for (let amount = 0; amount < 30; amount++) await append('a', {}, amount);
      await append('a', { reserve: [name('back'), name('kept')] });
      await append('b', { reserve: [name('given')] });
      await store.closeStream(stream);
      assert.equal(await holder('kept'), 'a');
      await rejection(append('c', { reserve: [name('kept')] }), 'ValueTakenError');
      // 33 commits and the end, and what the two reservations still held.
      assert.equal(await store.purgeStream(stream), 36);
      assert.deepEqual(await Promise.all(['kept', 'back', 'given'].map(holder)), [undefined, undefined, 'b']);
      assert.equal(await store.purgeStream(stream), 0);
      await append('c', { expected: 'none', reserve: [name('kept'), name('back')] });
      await append('a', { expected: 'none' });
      await store.purgeStream(stream);
      assert.equal(await holder('kept'), 'c');
    },
  ],
  [
    'reserve: purging a stream of several megabytes leaves alone what it gave up long after, and what it reserved again is freed',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      const stream = { aggregate, id: 'a' };
      await append('a', { reserve: [name('given'), name('again'), name('free')] });
      for (let index = 0; index < 2; index++) await store.append(stream, [note(noise(900_000))], { expected: 'any' });
      await append('a', { release: [name('given'), name('free')], reserve: [name('again')] });
      await append('b', { reserve: [name('given')] });
      await store.purgeStream(stream);
      assert.deepEqual(await Promise.all(['given', 'again', 'free'].map(holder)), ['b', undefined, undefined]);
    },
  ],
];
