import { strict as assert } from 'node:assert';
import type { CaseDefinition } from './conformance-case.js';
import { account, amountsOf, Deposited, future, past, rejection, versionsOf } from './fixtures.js';
import { at, deposits, save, STATE, summaryOf } from './snapshot-fixtures.js';

export const stateReadingCases: readonly CaseDefinition[] = [
  [
    'readState: without a snapshot it gives all events, however short a tail was asked for; nothing for no stream',
    async (context) => {
      const { store, aggregate } = context;
      const heads = await deposits(context, 7);
      const { stream } = at(heads, 1);
      const all = [1, 2, 3, 4, 5, 6, 7];
      for (const query of [{}, { type: STATE }, { type: STATE, tail: 1 }, { type: STATE, tail: 7 }])
        assert.deepEqual(await summaryOf(await store.readState(stream, query)), [
          'start',
          undefined,
          undefined,
          all,
          7,
        ]);
      const nothing = await store.readState({ aggregate, id: 'nothing' }, { type: STATE });
      assert.deepEqual(await summaryOf(nothing), ['start', undefined, undefined, [], 0]);
    },
  ],
  [
    'readState: snapshot and tail are the whole, for every version of the snapshot and every tail asked for',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 6);
      const { stream } = at(heads, 1);
      for (let version = 1; version <= 6; version++) {
        const total = (version * (version + 1)) / 2;
        assert.equal(await save(store, at(heads, version), total), true);
        for (const tail of [undefined, 1, 2, 5, 50]) {
          const reading = await store.readState(stream, { type: STATE, tail });
          assert.deepEqual(
            [reading.base, reading.snapshot?.version, reading.snapshot?.state],
            ['snapshot', version, { total }],
          );
          const rest = await amountsOf(reading.events);
          assert.equal(
            rest.reduce((sum, amount) => sum + amount, total),
            21,
            JSON.stringify({ version, tail }),
          );
          assert.equal(reading.events.head?.version, 6);
        }
      }
      const { events } = await store.readState(stream, { type: STATE });
      assert.deepEqual(await versionsOf(events), []);
      assert.ok(events.head !== undefined);
      assert.equal((await store.append(stream, [new Deposited(7)], { expected: events.head })).version, 7);
      await rejection(store.append(stream, [new Deposited(8)], { expected: events.head }), 'ConcurrencyError');
    },
  ],
  [
    'readState: a tail longer than asked for, and in commits of several events, is complete',
    async (context) => {
      const { store } = context;
      const { stream } = await account(context, 'a', 1);
      const third = await store.append(stream, [new Deposited(2), new Deposited(3)], { expected: 1 });
      assert.equal(await save(store, third, 6), true);
      for (let next = 4; next < 40; next += 3)
        await store.append(stream, [new Deposited(next), new Deposited(next + 1), new Deposited(next + 2)], {
          expected: 'any',
        });
      const rest = Array.from({ length: 36 }, (_, index) => index + 4);
      for (const tail of [1, 2, 11, 12, 13, 14])
        assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE, tail })), [
          'snapshot',
          3,
          6,
          rest,
          39,
        ]);
    },
  ],
  [
    'readState: after a head of this store it gives what came later and nothing else, whatever snapshots there are',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 6);
      const { stream } = at(heads, 1);
      for (const snapshot of [2, 5]) {
        await save(store, at(heads, snapshot), 0);
        for (const after of heads) {
          const later = [1, 2, 3, 4, 5, 6].filter((version) => version > after.version);
          for (const query of [{ after }, { after, type: STATE, tail: 1 }])
            assert.deepEqual(await summaryOf(await store.readState(stream, query)), [
              'after',
              undefined,
              undefined,
              later,
              6,
            ]);
        }
      }
      const { events } = await store.readState(stream, { after: at(heads, 6) });
      assert.deepEqual(await versionsOf(events), []);
      assert.ok(events.head !== undefined);
      assert.equal((await store.append(stream, [new Deposited(7)], { expected: events.head })).version, 7);
    },
  ],
  [
    'readState: after a head that this store did not issue, it reads as if there were none',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 3);
      const { stream } = at(heads, 1);
      await save(store, at(heads, 2), 3);
      for (const after of [
        JSON.parse(JSON.stringify(at(heads, 2))),
        { stream, version: 2 },
        { stream, version: 99 },
      ] as never[]) {
        assert.deepEqual(await summaryOf(await store.readState(stream, { after, type: STATE })), [
          'snapshot',
          2,
          3,
          [3],
          3,
        ]);
        assert.deepEqual(await summaryOf(await store.readState(stream, { after })), [
          'start',
          undefined,
          undefined,
          [1, 2, 3],
          3,
        ]);
      }
      const nothing = await store.head({ ...stream, id: 'nothing' });
      assert.deepEqual(await summaryOf(await store.readState({ ...stream, id: 'nothing' }, { after: nothing })), [
        'start',
        undefined,
        undefined,
        [],
        0,
      ]);
    },
  ],
  [
    'readState: of a closed stream it works from a snapshot, after a head and from the start, and says that it is closed',
    async (context) => {
      const { store } = context;
      const heads = await deposits(context, 3);
      const { stream } = at(heads, 1);
      await save(store, at(heads, 2), 3);
      const closed = await store.closeStream(stream);
      for (const [query, expected] of [
        [{ type: STATE }, ['snapshot', 2, 3, [3], 3]],
        [{ type: STATE, tail: 1 }, ['snapshot', 2, 3, [3], 3]],
        [{ after: at(heads, 1) }, ['after', undefined, undefined, [2, 3], 3]],
        [{ after: at(heads, 3) }, ['after', undefined, undefined, [], 3]],
        [{}, ['start', undefined, undefined, [1, 2, 3], 3]],
      ] as const) {
        const reading = await store.readState(stream, query);
        assert.deepEqual(await summaryOf(reading), expected);
        assert.equal(reading.events.head?.closed, true);
      }
      await rejection(save(store, closed, 6), 'InvalidArgumentError');
      assert.equal(await save(store, at(heads, 3), 6), true);
      const last = await store.readState(stream, { type: STATE });
      assert.deepEqual(await summaryOf(last), ['snapshot', 3, 6, [], 3]);
      assert.equal(last.events.head?.closed, true);
    },
  ],
  [
    'saveSnapshot: needs a head that this store issued; the version 0 of no stream has no state',
    async (context) => {
      const { store, aggregate } = context;
      const head = await account(context, 'a', 1, 2);
      await rejection(save(store, JSON.parse(JSON.stringify(head)) as typeof head, 1), 'InvalidArgumentError');
      await rejection(save(store, await store.head({ aggregate, id: 'nothing' }), 1), 'InvalidArgumentError');
      assert.deepEqual(await summaryOf(await store.readState(head.stream, { type: STATE })), [
        'start',
        undefined,
        undefined,
        [1, 2],
        2,
      ]);
      const read = store.read(head.stream);
      await amountsOf(read);
      assert.ok(read.head !== undefined);
      assert.equal(await save(store, read.head, 3), true);
    },
  ],
  [
    'time to live: a snapshot expires with the last commit that it covers',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const append = (amount: number, ttl: Date) =>
        store.append(stream, [new Deposited(amount)], { expected: amount === 1 ? 'none' : amount - 1, ttl });
      const covered = await append(1, past());
      await save(store, covered, 1);
      const head = await append(2, future());
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), [
        'start',
        undefined,
        undefined,
        [2],
        2,
      ]);
      assert.equal(await save(store, head, 3), true);
      assert.deepEqual(await summaryOf(await store.readState(stream, { type: STATE })), ['snapshot', 2, 3, [], 2]);
    },
  ],
  [
    'time to live: a state whose last event has expired is not gone on with',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const first = await store.append(stream, [new Deposited(1)], { expected: 'none', ttl: past() });
      await store.append(stream, [new Deposited(2)], { expected: first, ttl: past() });
      for (const query of [{ type: STATE }, { after: first }])
        assert.equal((await summaryOf(await store.readState(stream, query)))[0], 'start');
    },
  ],
];
