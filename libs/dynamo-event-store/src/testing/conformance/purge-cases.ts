import { strict as assert } from 'node:assert';
import type { CaseDefinition, ConformanceContext } from './conformance-case.js';
import { account, amountsOf, Deposited, noise, note, rejection, versionsOf } from './fixtures.js';
import { at, deposits, save, STATE, summaryOf } from './snapshot-fixtures.js';

const EMPTY = ['start', undefined, undefined, [], 0];

async function assertGone({ store, aggregate }: ConformanceContext, id: string): Promise<void> {
  const stream = { aggregate, id };
  assert.deepEqual(await versionsOf(store.read(stream)), []);
  assert.deepEqual(await versionsOf(store.read(stream, { order: 'backward' })), []);
  const head = await store.head(stream);
  assert.deepEqual([head.version, head.closed], [0, undefined]);
  for (const archived of [false, true]) {
    const { items } = await store.listStreams(aggregate, { archived });
    assert.ok(!items.some((item) => item.stream.id === id && item.stream.tenant === undefined));
  }
  assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), EMPTY);
  assert.equal(await store.storedCommand(stream, { idempotencyKey: 'k' }), undefined);
  await rejection(store.archiveStream(stream), 'AggregateNotFoundError');
}

export const purgeCases: readonly CaseDefinition[] = [
  [
    'purge: nothing is left of a stream: no event, key, snapshot or place in a list; and the id is free again',
    async (context) => {
      const { store, aggregate } = context;
      const command = { expected: 'any', idempotencyKey: 'k' } as const;
      for (const prepare of [
        () => Promise.resolve(),
        () => store.closeStream({ aggregate, id: 'a' }).then(() => undefined),
        () => store.archiveStream({ aggregate, id: 'a' }),
      ]) {
        const heads = await deposits(context, 3);
        const { stream } = at(heads, 1);
        await store.append(stream, [new Deposited(4)], command);
        await save(store, at(heads, 2), 3);
        await prepare();
        assert.ok((await store.purgeStream(stream)) > 0);
        await assertGone(context, 'a');
        const again = await store.append(stream, [new Deposited(9)], { ...command, expected: 'none' });
        assert.deepEqual([again.version, again.repeated], [1, undefined]);
        assert.deepEqual(await amountsOf(store.read(stream)), [9]);
        assert.equal((await store.listStreams(aggregate)).items.length, 1);
        await store.purgeStream(stream);
      }
    },
  ],
  [
    'purge: of nothing, and again, deletes nothing and says so',
    async (context) => {
      const { store, aggregate } = context;
      const { stream } = await account(context, 'a', 1);
      assert.equal(await store.purgeStream({ aggregate, id: 'nothing' }), 0);
      assert.ok((await store.purgeStream(stream)) > 0);
      assert.equal(await store.purgeStream(stream), 0);
      await assertGone(context, 'a');
    },
  ],
  [
    'purge: leaves every other stream alone, however similar its name',
    async (context) => {
      const { store, aggregate } = context;
      const { stream } = await account(context, 'a', 1, 2);
      const others = [
        { aggregate, id: 'a#' },
        { aggregate, id: 'a#e#0000000000000001' },
        { aggregate, id: 'A' },
        { aggregate, id: 'aa' },
        { aggregate, id: 'a', tenant: 't' },
        { aggregate: `${aggregate}#a`, id: 'a' },
      ];
      for (const other of others)
        await store.append(other, [new Deposited(1)], { expected: 'none', idempotencyKey: 'k' });
      await store.purgeStream(stream);
      await assertGone(context, 'a');
      for (const other of others) {
        assert.deepEqual(await amountsOf(store.read(other)), [1]);
        assert.equal((await store.storedCommand(other, { idempotencyKey: 'k' }))?.head.version, 1);
      }
    },
  ],
  [
    'purge: a stream of many commits, and of several megabytes, goes whole',
    async (context) => {
      const { store, aggregate } = context;
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [note(noise(1_500_000))], { expected: 'none' });
      for (let index = 0; index < 60; index++) {
        const keyed = index % 10 === 0 ? { idempotencyKey: `k-${index}` } : {};
        await store.append(stream, [note(index)], { expected: 'any', ...keyed });
      }
      await store.append(stream, [note(noise(2_000_000))], { expected: 'any' });
      assert.ok((await store.purgeStream(stream)) >= 62);
      await assertGone(context, 'a');
      assert.equal(await store.storedCommand(stream, { idempotencyKey: 'k-10' }), undefined);
    },
  ],
  [
    'purge: from several sides at once ends with nothing left, for all of them',
    async (context) => {
      const { store } = context;
      const { stream } = await account(context, 'a', 1, 2, 3);
      await Promise.all(Array.from({ length: 4 }, () => store.purgeStream(stream)));
      await assertGone(context, 'a');
      assert.equal((await account(context, 'a', 1)).version, 1);
    },
  ],
  [
    'purge: in a stream that is created anew, a snapshot of the former one is useless, whatever its version',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 4);
      const { stream } = at(heads, 1);
      await store.purgeStream(stream);
      for (const version of [1, 2, 3]) {
        await account(context, 'a', 10, 20);
        assert.equal(await save(store, at(heads, version), 99), true);
        for (const tail of [1, 2, 50]) {
          const reading = await store.readState(stream, { type: STATE, tail });
          assert.equal(reading.useless?.version, version);
          assert.deepEqual(await summaryOf(reading), ['start', undefined, undefined, [1, 2], 2]);
        }
        const head = await store.append(stream, [new Deposited(30)], { expected: 'any' });
        assert.equal(await save(store, head, 60, { replaces: version }), true);
        assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), ['snapshot', 3, 60, [], 3]);
        await store.purgeStream(stream);
      }
    },
  ],
  [
    'purge: a snapshot of the former stream that arrives later brings nothing back, and the purge can be repeated',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 3);
      const { stream } = at(heads, 1);
      await store.purgeStream(stream);
      await save(store, at(heads, 3), 6);
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), EMPTY);
      assert.equal(await store.purgeStream(stream), 1);
      await assertGone(context, 'a');
    },
  ],
  [
    'purge: in a stream that is created anew, a head of the former one is not gone on from, whatever its version',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 4);
      const { stream } = at(heads, 1);
      await store.purgeStream(stream);
      for (const after of heads) assert.deepEqual(await summaryOf(await store.readState(stream, { after })), EMPTY);
      await account(context, 'a', 10, 20);
      for (const after of heads)
        assert.deepEqual(await summaryOf(await store.readState(stream, { after })), [
          'start',
          undefined,
          undefined,
          [1, 2],
          2,
        ]);
    },
  ],
];
