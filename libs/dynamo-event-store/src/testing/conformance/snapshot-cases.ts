import { strict as assert } from 'node:assert';
import type { StateType } from '../../store/snapshot.js';
import type { CaseDefinition } from './conformance-case.js';
import { Deposited, Measured, Money, noise, rejection, versionsOf } from './fixtures.js';
import { at, deposits, save, STATE, summaryOf } from './snapshot-fixtures.js';

export const snapshotCases: readonly CaseDefinition[] = [
  [
    'saveSnapshot: an older one, or one of the same version, never replaces what is there',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 5);
      const { stream } = at(heads, 1);
      assert.equal(await save(store, at(heads, 3), 6), true);
      for (const version of [1, 2, 3]) assert.equal(await save(store, at(heads, version), 0), false);
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), ['snapshot', 3, 6, [4, 5], 5]);
      const outcomes = await Promise.all(heads.map((head) => save(store, head, head.version)));
      assert.deepEqual(outcomes.slice(0, 3), [false, false, false]);
      assert.equal(outcomes[4], true);
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), ['snapshot', 5, 5, [], 5]);
    },
  ],
  [
    'saveSnapshot: one of another schema version is ignored, named as useless, and replaced by one of this schema',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 4);
      const { stream } = at(heads, 1);
      const next: StateType = { ...STATE, schemaVersion: 2 };
      await save(store, at(heads, 3), 6);
      const reading = await store.readState(stream, { type: next });
      assert.deepEqual(await summaryOf(reading), ['start', undefined, undefined, [1, 2, 3, 4], 4]);
      assert.equal(reading.useless?.version, 3);
      assert.match(reading.useless.reason, /schema version is 1, not 2/);
      assert.equal(await save(store, at(heads, 3), 60, { type: next }), true);
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: next })), ['snapshot', 3, 60, [4], 4]);
      assert.equal(await save(store, at(heads, 2), 3), false);
      assert.equal(await save(store, at(heads, 2), 3, { replaces: 4 }), false);
      assert.equal(await save(store, at(heads, 2), 3, { replaces: 3 }), true);
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), ['snapshot', 2, 3, [3, 4], 4]);
    },
  ],
  [
    'saveSnapshot: one that cannot be read is ignored with its cause, and replaced',
    async (context) => {
      const { store } = context;
      const [first] = await deposits(context, 1);
      assert.ok(first !== undefined);
      const { stream } = first;
      const type: StateType = { ...STATE, eventClass: Measured };
      await save(store, first, 1, { state: [1, 2, 3] });
      const reading = await store.readState(stream, { type });
      assert.deepEqual([reading.base, reading.useless?.version, await versionsOf(reading.events)], ['start', 1, [1]]);
      assert.ok(reading.useless?.cause instanceof Error);
      assert.equal(await save(store, first, 1, { type, state: Measured.sample(), replaces: 1 }), true);
      assert.equal((await store.readState(stream, { type })).base, 'snapshot');
    },
  ],
  [
    'saveSnapshot: values of the state survive: Date, bigint, Map, Set, bytes, nested classes, empty and missing ones',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const plain = {
        at: new Date(0),
        big: 2n ** 70n,
        map: new Map([[1, new Set(['x'])]]),
        list: [undefined, null, ''],
        $date: 'no',
      };
      const cases: [StateType, object][] = [
        [{ ...STATE, eventClass: Measured }, Measured.sample()],
        [STATE, plain],
        [STATE, { blank: '', long: 'again and again '.repeat(10_000) }],
      ];
      for (const [index, [type, state]] of cases.entries()) {
        const stream = { aggregate, id: `s-${index}` };
        const head = await store.append(stream, [new Deposited(1)], { expected: 'none' });
        assert.equal(await store.saveSnapshot({ head, type, state }), true);
        const { snapshot } = await store.readState(stream, { type });
        assert.deepStrictEqual([snapshot?.version, snapshot?.state], [1, state]);
        if (state instanceof Measured) assert.ok((snapshot?.state as Measured).price instanceof Money);
      }
    },
  ],
  [
    'saveSnapshot: above 400 KB, or with values that cannot be kept, it is refused, and the former one stays',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 2);
      const { stream } = at(heads, 1);
      await save(store, at(heads, 1), 1);
      const head = at(heads, 2);
      const large = await rejection(
        store.saveSnapshot({ head, type: STATE, state: { bytes: noise(420_000) } }),
        'SnapshotTooLargeError',
      );
      assert.deepEqual([large['stream'], large['version'], large['limit']], [stream, 2, 400 * 1024]);
      assert.ok(Number(large['bytes']) > 420_000);
      await rejection(store.saveSnapshot({ head, type: STATE, state: { total: () => 1 } }), 'EventSerializationError');
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), ['snapshot', 1, 1, [2], 2]);
      assert.equal(await store.saveSnapshot({ head, type: STATE, state: { bytes: noise(380_000) } }), true);
      assert.equal((await store.readState(stream, { type: STATE })).snapshot?.version, 2);
    },
  ],
];
