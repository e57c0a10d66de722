import { strict as assert } from 'node:assert';
import type { CaseDefinition } from './conformance-case.js';
import { collect, Measured, Money, Opened, rejection, Renamed, renamedUpcasters } from './fixtures.js';

export const valueCases: readonly CaseDefinition[] = [
  [
    'values: Date, bigint, Map, Set, bytes, nested class, empty string, null and undefined in a list survive (P28)',
    async ({ store, aggregate }) => {
      store.register([Measured]);
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [Measured.sample()], { expected: 'none' });
      const [recorded] = await collect<Measured>(store.read(stream));
      assert.deepStrictEqual(recorded?.event, Measured.sample());
      assert.ok(recorded.event.price instanceof Money);
    },
  ],
  [
    'values: an event without a class may be any JSON, and reads back the same (P30)',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const payloads: unknown[] = [
        null,
        true,
        false,
        0,
        -1.5,
        '',
        'text',
        [],
        [[]],
        {},
        { pk: 'x', sk: 'y', version: 1, type: 't', events: [] },
        { a: { b: [null, { c: '' }] } },
        { $map: 1 },
        JSON.parse('{"__proto__":1,"constructor":"c","toString":"t"}'),
      ];
      await store.append(
        stream,
        payloads.map((payload, index) => ({ type: `t-${index}`, payload })),
        { expected: 'none' },
      );
      const events = await collect<unknown>(store.read(stream));
      assert.deepStrictEqual(
        events.map(({ event }) => event),
        payloads,
      );
      assert.deepEqual(
        events.map(({ type }) => type),
        payloads.map((_, index) => `t-${index}`),
      );
    },
  ],
  [
    'values: an event without a class may be bytes, beside others in one commit',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const bytes = Uint8Array.from({ length: 3000 }, (_, index) => (index * 7) % 256);
      await store.append(
        stream,
        [
          { type: 'raw', payload: bytes },
          { type: 'json', payload: { a: 1 } },
          { type: 'none', payload: new Uint8Array() },
        ],
        { expected: 'none' },
      );
      const events = await collect<unknown>(store.read(stream));
      assert.deepStrictEqual(
        events.map(({ event }) => event),
        [bytes, { a: 1 }, new Uint8Array()],
      );
    },
  ],
  [
    'values: what cannot be kept is refused with its path',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const circle: Record<string, unknown> = { name: 'loop' };
      circle['self'] = circle;
      const cases: [unknown, string][] = [
        [{ a: [1, { b: Number.NaN }] }, 'a[1].b'],
        [{ f: () => 1 }, 'f'],
        [{ s: Symbol('s') }, 's'],
        [{ d: new Date(Number.NaN) }, 'd'],
        [{ money: new Money(1n, 'EUR') }, 'money'],
        [circle, 'self'],
      ];
      for (const [payload, path] of cases) {
        const error = await rejection(
          store.append(stream, [{ type: 'bad', payload }], { expected: 'none' }),
          'EventSerializationError',
        );
        assert.equal(error['path'], path);
      }
      assert.equal((await store.head(stream)).version, 0);
    },
  ],
  [
    'types: names may hold any character, also those that the store uses itself',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const names = ['a@b', 'a~1', '100%', 'a#b', '%40', 'ä ö', '@', '~', 'x@1'];
      await store.append(
        stream,
        names.map((type) => ({ type, payload: {}, schemaVersion: 7 })),
        { expected: 'none' },
      );
      const events = await collect(store.read(stream));
      assert.deepEqual(
        events.map(({ type, schemaVersion }) => [type, schemaVersion]),
        names.map((name) => [name, 7]),
      );
    },
  ],
  [
    'types: stored events of older versions and former names are read as the current class',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const stored = [
        { type: 'conformance-old-name', payload: { name: 'Ada Lovelace' } },
        { type: 'conformance-renamed', schemaVersion: 2, payload: { first: 'Grace', last: 'Hopper' } },
        { type: 'conformance-renamed', schemaVersion: 3, payload: { first: 'Mary', last: 'Jackson', title: 'Ms' } },
      ];
      await store.append(stream, stored, { expected: 'none' });
      store.register([Renamed], renamedUpcasters);
      const expected = [
        new Renamed('Ada', 'Lovelace', 'none'),
        new Renamed('Grace', 'Hopper', 'none'),
        new Renamed('Mary', 'Jackson', 'Ms'),
      ];
      for (const order of ['forward', 'backward'] as const) {
        const events = await collect(store.read(stream, { order }));
        if (order === 'backward') events.reverse();
        assert.deepStrictEqual(
          events.map(({ event }) => event),
          expected,
        );
        assert.deepEqual(
          events.map(({ type, schemaVersion }) => [type, schemaVersion]),
          expected.map(() => ['conformance-renamed', 3]),
        );
      }
    },
  ],
  [
    'types: an event of a newer version, or one that an upcaster fails on, is an error and not a wrong object',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [{ type: 'conformance-renamed', schemaVersion: 9, payload: {} }], {
        expected: 'none',
      });
      await store.append({ aggregate, id: 'b' }, [{ type: 'conformance-renamed', payload: { no: 'name' } }], {
        expected: 'none',
      });
      store.register([Renamed], renamedUpcasters);
      const newer = await rejection(collect(store.read(stream)), 'UnknownEventError');
      assert.deepEqual([newer['eventType'], newer['schemaVersion']], ['conformance-renamed', 9]);
      assert.deepEqual([newer['stream'], newer['version']], [stream, 1]);
      const failed = await rejection(collect(store.read({ aggregate, id: 'b' })), 'UpcastError');
      assert.deepEqual([failed['eventType'], failed['from']], ['conformance-renamed', 1]);
    },
  ],
  [
    'types: two classes with one name, or a class without a name, are refused with every fault at once',
    async ({ store }) => {
      class Nameless {
        readonly a = 1;
      }
      const error = await rejection(
        Promise.resolve().then(() => {
          store.register([Nameless, Opened, Renamed], [...renamedUpcasters, ...renamedUpcasters]);
        }),
        'InvalidDefinitionError',
      );
      assert.equal((error['faults'] as string[]).length, 3);
    },
  ],
];
