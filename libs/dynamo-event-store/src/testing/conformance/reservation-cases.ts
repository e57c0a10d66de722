import { strict as assert } from 'node:assert';
import type { UniqueValue } from '../../event/unique-value.js';
import type { AppendOptions } from '../../store/event-store.js';
import type { CaseDefinition } from './conformance-case.js';
import { amountsOf, amountsOfStream, Deposited, rejection } from './fixtures.js';
import { named, SCOPE } from './reservation-fixtures.js';

export const reservationCases: readonly CaseDefinition[] = [
  [
    'reserve: of two streams that want one value, the second is refused and told who holds it, and nothing of it is written',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      assert.equal(await holder('zuzana'), undefined);
      await append('a', { reserve: [name('zuzana')] });
      assert.equal(await holder('zuzana'), 'a');
      for (const expected of ['none', 'any'] as const) {
        const error = await rejection(append('b', { expected, reserve: [name('zuzana')] }), 'ValueTakenError');
        const facts = { stream: { aggregate, id: 'b' }, scope: SCOPE, holder: { aggregate, id: 'a' } };
        assert.deepEqual(error['taken'], [facts]);
        assert.deepEqual([error['stream'], error['scope'], error['holder']], Object.values(facts));
        assert.ok(!error.message.includes('zuzana'));
      }
      assert.equal((await store.head({ aggregate, id: 'b' })).version, 0);
      assert.deepEqual(await store.reservationOf(name('zuzana')), { aggregate, id: 'a' });
    },
  ],
  [
    'reserve: a commit reserves several values or none of them, and is not stored without them',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      await append('a', { reserve: [name('ada'), name('grace')] });
      const error = await rejection(
        append('b', { reserve: [name('free'), name('grace'), name('ada')] }),
        'ValueTakenError',
      );
      assert.equal((error['taken'] as unknown[]).length, 2);
      assert.equal(await holder('free'), undefined);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'b'), []);
    },
  ],
  [
    'reserve: a stream may reserve again what it holds; the value is not free before it is released',
    async (context) => {
      const { name, append, holder } = named(context);
      for (const amount of [1, 2, 3]) await append('a', { reserve: [name('ada')] }, amount);
      await append('a', { release: [name('ada')] });
      assert.equal(await holder('ada'), undefined);
      await append('b', { reserve: [name('ada')] });
      await rejection(append('a', { reserve: [name('ada')] }), 'ValueTakenError');
      assert.equal(await holder('ada'), 'b');
    },
  ],
  [
    'release: frees a value in the commit that takes another one, for any stream',
    async (context) => {
      const { name, append, holder } = named(context);
      await append('a', { reserve: [name('ada')] });
      await append('a', { release: [name('ada')], reserve: [name('grace')] });
      assert.deepEqual([await holder('ada'), await holder('grace')], [undefined, 'a']);
      await append('b', { expected: 'none', reserve: [name('ada')] });
      assert.equal(await holder('ada'), 'b');
    },
  ],
  [
    'release: of what nobody holds changes nothing; of what another stream holds it is an error, and nothing is written',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      await append('a', { release: [name('ada')] });
      await append('b', { reserve: [name('ada')] });
      const error = await rejection(
        append('a', { release: [name('ada')], reserve: [name('grace')] }, 9),
        'ValueNotHeldError',
      );
      assert.deepEqual([error['scope'], error['holder']], [SCOPE, { aggregate, id: 'b' }]);
      assert.deepEqual([await holder('ada'), await holder('grace')], ['b', undefined]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1]);
    },
  ],
  [
    'reserve: values of another scope, of another tenant, or that differ in one letter, are other values',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      await append('a', { reserve: [name('ada')] });
      await append('b', { reserve: [{ ...name('ada'), scope: `${SCOPE}#` }, name('Ada'), name('ada ')] });
      const tenants = ['t', 't#', '%23'];
      for (const tenant of tenants)
        await store.append({ aggregate, id: `of ${tenant}`, tenant }, [new Deposited(1)], {
          expected: 'none',
          reserve: [name('ada')],
        });
      assert.equal(await holder('ada'), 'a');
      for (const tenant of tenants)
        assert.deepEqual(await store.reservationOf({ ...name('ada'), tenant }), {
          aggregate,
          id: `of ${tenant}`,
          tenant,
        });
    },
  ],
  [
    'reserve: the parts of an atomic write reserve and release their own values, all or none',
    async (context) => {
      const { store, aggregate, name, append, holder } = named(context);
      const part = (id: string, options: Partial<AppendOptions>) => ({
        stream: { aggregate, id },
        events: [new Deposited(1)],
        expected: 'any' as const,
        ...options,
      });
      await store.appendAll([part('a', { reserve: [name('ada')] }), part('b', { reserve: [name('grace')] })]);
      assert.deepEqual([await holder('ada'), await holder('grace')], ['a', 'b']);
      const error = await rejection(
        store.appendAll([part('a', { release: [name('ada')] }), part('c', { reserve: [name('grace')] })]),
        'ValueTakenError',
      );
      assert.deepEqual(error['stream'], { aggregate, id: 'c' });
      assert.equal(await holder('ada'), 'a');
      for (const pair of [
        [part('x', { reserve: [name('free')] }), part('y', { reserve: [name('free')] })],
        [part('a', { release: [name('ada')] }), part('y', { reserve: [name('ada')] })],
      ])
        await rejection(store.appendAll(pair), 'InvalidArgumentError');
      await append('a', { release: [name('ada')] });
      assert.equal(await holder('free'), undefined);
    },
  ],
  [
    'reserve: what cannot be meant is refused without telling the value, and nothing is written',
    async (context) => {
      const { store, aggregate, name, append } = named(context);
      const faults: Partial<AppendOptions>[] = [
        { reserve: [name('ada'), name('ada')] },
        { reserve: [name('ada')], release: [name('ada')] },
        { release: [name('ada'), name('ada')] },
        { reserve: [{ scope: '', value: 'secret' }] },
        { reserve: [{ scope: 'x'.repeat(129), value: 'secret' }] },
        { reserve: [{ scope: '\ud800', value: 'secret' }] },
        { reserve: [{ scope: SCOPE, value: '' }] },
        { reserve: [{ scope: SCOPE, value: 'secret \ud800' }] },
        { release: [undefined as unknown as UniqueValue] },
        { reserve: name('ada') as unknown as UniqueValue[] },
      ];
      for (const options of faults) {
        const error = await rejection(append('a', options), 'InvalidArgumentError');
        assert.ok(!/secret|ada/.test(error.message), error.message);
      }
      await rejection(store.reservationOf({ scope: '', value: 'x' }), 'InvalidArgumentError');
      await rejection(store.reservationOf({ ...name('ada'), tenant: '' }), 'InvalidArgumentError');
      assert.equal((await store.head({ aggregate, id: 'a' })).version, 0);
    },
  ],
  [
    'reserve: a commit and its reservations fit into a transaction of 100 items, or are refused whole',
    async (context) => {
      const { name, append, holder } = named(context);
      const many = (count: number) => Array.from({ length: count }, (_, index) => name(`m-${index}`));
      const error = await rejection(append('a', { reserve: many(100) }), 'TransactionTooLargeError');
      assert.equal(error['items'], 101);
      assert.equal(await holder('m-0'), undefined);
      await append('a', { reserve: many(99) });
      assert.equal(await holder('m-98'), 'a');
      await append('a', { release: many(99) });
      assert.equal(await holder('m-98'), undefined);
    },
  ],
  [
    'reserve: reads, heads, lists and states of the stream know nothing of reservations',
    async (context) => {
      const { store, aggregate, name, append } = named(context);
      const head = await append('a', { reserve: [name('ada')] });
      await append('a', { expected: head, release: [name('ada')], reserve: [name('grace')] }, 2);
      assert.deepEqual(await amountsOf(store.read(head.stream)), [1, 2]);
      assert.deepEqual(await amountsOf(store.read(head.stream, { order: 'backward' })), [2, 1]);
      assert.deepEqual(await amountsOf((await store.readState(head.stream, {})).events), [1, 2]);
      assert.equal((await store.head(head.stream)).version, 2);
      assert.deepEqual(
        (await store.listStreams(aggregate)).items.map(({ stream }) => stream),
        [head.stream],
      );
    },
  ],
];
