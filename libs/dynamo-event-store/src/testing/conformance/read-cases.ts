import { strict as assert } from 'node:assert';
import type { ReadRange } from '../../store/event-store.js';
import { mergeEvents } from '../../store/merge-events.js';
import { reduceEvents } from '../../store/reduce-events.js';
import type { CaseDefinition, ConformanceContext } from './conformance-case.js';
import { collect, Deposited, Opened, rejection, versionsOf } from './fixtures.js';

/** Ten events in commits of 1, 3, 1, 4 and 1. */
async function tenEvents({ store, aggregate }: ConformanceContext): Promise<{ aggregate: string; id: string }> {
  store.register([Deposited]);
  const stream = { aggregate, id: 'ten' };
  let next = 1;
  for (const size of [1, 3, 1, 4, 1]) {
    await store.append(
      stream,
      Array.from({ length: size }, () => new Deposited(next++)),
      { expected: 'any' },
    );
  }
  return stream;
}

function expectedVersions({ from = 1, to = 10, limit = 10, order }: ReadRange): number[] {
  const versions = Array.from({ length: 10 }, (_, index) => index + 1).filter(
    (version) => version >= from && version <= to,
  );
  return (order === 'backward' ? versions.reverse() : versions).slice(0, limit);
}

export const readCases: readonly CaseDefinition[] = [
  [
    'read: a stream that does not exist is empty and at version 0',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'none' };
      const read = store.read(stream);
      assert.deepEqual(await collect(read), []);
      assert.equal(read.head?.version, 0);
      assert.deepEqual(await versionsOf(store.read(stream, { order: 'backward', limit: 1 })), []);
      assert.equal((await store.head(stream)).version, 0);
    },
  ],
  [
    'read: every range, order and limit gives exactly those events, also inside commits (P2, P3)',
    async (context) => {
      const stream = await tenEvents(context);
      for (const order of ['forward', 'backward'] as const) {
        for (const limit of [undefined, 1, 2, 4, 10, 11]) {
          for (let from = 1; from <= 11; from += 2) {
            for (const to of [undefined, 1, 3, 6, 9, 10, 12]) {
              const range = {
                order,
                from,
                ...(to === undefined ? {} : { to }),
                ...(limit === undefined ? {} : { limit }),
              };
              assert.deepEqual(
                await versionsOf(context.store.read(stream, range)),
                expectedVersions(range),
                JSON.stringify(range),
              );
            }
          }
        }
      }
    },
  ],
  [
    'read: only a read that has seen the end of the stream proves its head',
    async (context) => {
      const stream = await tenEvents(context);
      const cases: [ReadRange, number | undefined][] = [
        [{}, 10],
        [{ from: 4 }, 10],
        [{ order: 'backward', limit: 1 }, 10],
        [{ to: 9 }, undefined],
        [{ limit: 3 }, undefined],
        [{ order: 'backward', to: 5 }, undefined],
      ];
      for (const [range, version] of cases) {
        const read = context.store.read(stream, range);
        await collect(read);
        assert.equal(read.head?.version, version, JSON.stringify(range));
      }
    },
  ],
  [
    'read: may be stopped early and iterated again',
    async (context) => {
      const stream = await tenEvents(context);
      const read = context.store.read(stream);
      for await (const { version } of read) if (version === 3) break;
      const { head } = read;
      assert.equal(head, undefined);
      assert.deepEqual(await versionsOf(read), expectedVersions({}));
    },
  ],
  [
    'read: versions and limits that are not whole numbers from 1 are range errors',
    async ({ store, aggregate }) => {
      for (const range of [{ from: 0 }, { to: -1 }, { limit: 0 }, { limit: 1.5 }, { from: Number.NaN }]) {
        const error = await rejection(collect(store.read({ aggregate, id: 'a' }, range)), 'InvalidVersionError');
        assert.ok(error instanceof RangeError);
      }
    },
  ],
  [
    'read: asOf gives what was recorded up to that time, and time never runs backwards in a stream (P8)',
    async (context) => {
      const stream = await tenEvents(context);
      const all = await collect(context.store.read(stream));
      const times = all.map(({ recordedAt }) => recordedAt.getTime());
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
      for (const asOf of [...new Set(times), (times[0] ?? 0) - 1, (times.at(-1) ?? 0) + 1]) {
        const versions = all.filter(({ recordedAt }) => recordedAt.getTime() <= asOf).map(({ version }) => version);
        assert.deepEqual(await versionsOf(context.store.read(stream, { asOf: new Date(asOf) })), versions);
        assert.deepEqual(
          await versionsOf(context.store.read(stream, { asOf: new Date(asOf), order: 'backward', limit: 2 })),
          [...versions].reverse().slice(0, 2),
        );
      }
    },
  ],
  [
    'read: a stream of more than one page is complete in both directions (P1)',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'long' };
      let head = await store.append(stream, [{ type: 'chunk', payload: noise(0) }], { expected: 'none' });
      for (let index = 1; index < 36; index++)
        head = await store.append(stream, [{ type: 'chunk', payload: noise(index) }], { expected: head });
      const forward = await collect<string>(store.read(stream));
      assert.deepEqual(
        forward.map(({ event }) => event),
        Array.from({ length: 36 }, (_, index) => noise(index)),
      );
      assert.deepEqual(
        await versionsOf(store.read(stream, { order: 'backward' })),
        Array.from({ length: 36 }, (_, index) => 36 - index),
      );
    },
  ],
  [
    'read: streams with similar names and other tenants are kept apart (P29)',
    async ({ store, aggregate }) => {
      store.register([Opened]);
      const ids = [
        { aggregate, id: 'a' },
        { aggregate, id: 'a#b' },
        { aggregate: `${aggregate}#a`, id: 'b' },
        { aggregate, id: 'a%23b' },
        { aggregate, id: 'a', tenant: 't' },
        { aggregate, id: 'a', tenant: `t#${aggregate}` },
        { aggregate, id: 'A' },
        { aggregate, id: 'a ' },
        { aggregate, id: 'e#0000000000000001' },
        { aggregate, id: '😀' },
      ];
      for (const [index, stream] of ids.entries())
        await store.append(stream, [new Opened(String(index))], { expected: 'none' });
      for (const [index, stream] of ids.entries()) {
        const events = await collect<Opened>(store.read(stream));
        assert.deepEqual(
          events.map(({ event, stream: of }) => [event.owner, of]),
          [[String(index), stream]],
        );
      }
    },
  ],
  [
    'fold: a plain reducer and the merged view see every event in order',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'plain' };
      const given = [
        { type: 'created', payload: { name: 'x', qty: 1 } },
        { type: 'changed', payload: { qty: 2 } },
        { type: 'noted', payload: 'just text' },
        { type: 'changed', payload: { name: '', more: null } },
      ];
      await store.append(stream, given, { expected: 'none' });
      const reduced = await reduceEvents(
        store.read<unknown>(stream),
        (types: string[], { type }) => [...types, type],
        [],
      );
      assert.deepEqual(reduced, { state: ['created', 'changed', 'noted', 'changed'], version: 4 });
      assert.deepEqual(await mergeEvents(store.read(stream)), {
        fields: { name: '', qty: 2, more: null },
        eventTypes: ['created', 'changed', 'noted', 'changed'],
        version: 4,
      });
      assert.deepEqual(await mergeEvents(store.read({ aggregate, id: 'nothing' })), {
        fields: {},
        eventTypes: [],
        version: 0,
      });
    },
  ],
];

/** 60 KB that do not compress much, so that 36 of them need more than a page of 1 MB. */
function noise(seed: number): string {
  let state = seed + 1;
  const bytes = Buffer.from(
    Array.from({ length: 45_000 }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 24;
    }),
  );
  return bytes.toString('base64');
}
