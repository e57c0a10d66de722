import { strict as assert } from 'node:assert';
import { MAX_TRANSACTION_BYTES } from '../../dynamo/item-size.js';
import type { CaseDefinition } from './conformance-case.js';
import { amountsOf, collect, Deposited, noise, Opened, rejection, versionsOf } from './fixtures.js';

export const appendCases: readonly CaseDefinition[] = [
  [
    'append: a stored event comes back with its whole envelope',
    async ({ store, aggregate }) => {
      store.register([Opened]);
      const stream = { aggregate, id: 'a' };
      const before = Date.now();
      const head = await store.append(stream, [new Opened('ada')], {
        expected: 'none',
        commitId: 'c-1',
        metadata: { actorId: 'ada', custom: [1, { x: 'y' }] },
      });
      assert.deepEqual({ stream: head.stream, version: head.version }, { stream, version: 1 });
      const [recorded] = await collect(store.read(stream));
      assert.ok(recorded !== undefined);
      const { recordedAt, eventId, ...rest } = recorded;
      assert.ok(recordedAt.getTime() >= before - 60_000 && recordedAt.getTime() <= Date.now() + 60_000);
      assert.ok(eventId.length > 0);
      assert.deepEqual(rest, {
        stream,
        version: 1,
        commitId: 'c-1',
        type: 'conformance-opened',
        schemaVersion: 1,
        metadata: { actorId: 'ada', custom: [1, { x: 'y' }], correlationId: 'c-1' },
        event: new Opened('ada'),
      });
      assert.ok(recorded.event instanceof Opened);
    },
  ],
  [
    'append: the events of one commit share its id and time, and each has an id of its own',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [new Deposited(1), new Deposited(2), new Deposited(3)], { expected: 'none' });
      await store.append(stream, [new Deposited(4)], { expected: 'any' });
      const events = await collect(store.read<Deposited>(stream));
      assert.deepEqual(
        events.map(({ version, event }) => [version, event.amount]),
        [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
        ],
      );
      assert.equal(new Set(events.map(({ eventId }) => eventId)).size, 4);
      assert.equal(new Set(events.slice(0, 3).map(({ commitId }) => commitId)).size, 1);
      assert.notEqual(events[3]?.commitId, events[0]?.commitId);
      assert.equal(new Set(events.slice(0, 3).map(({ recordedAt }) => recordedAt.getTime())).size, 1);
    },
  ],
  [
    'append: equal events in one commit are all kept, in their order (P9)',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const names = ['zeta', 'alpha', 'mid', 'alpha', 'alpha', 'zeta'];
      await store.append(
        stream,
        names.map((payload) => ({ type: 'noted', payload })),
        { expected: 'none' },
      );
      const events = await collect<unknown>(store.read(stream));
      assert.deepEqual(
        events.map(({ event }) => event),
        names,
      );
    },
  ],
  [
    'append: the returned head, and the head of a finished read, take the next append',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const first = await store.append(stream, [new Deposited(1), new Deposited(2)], { expected: 'none' });
      await store.append(stream, [new Deposited(3)], { expected: first });
      const read = store.read(stream);
      await collect(read);
      const proved = read.head;
      assert.ok(proved !== undefined);
      assert.equal(proved.version, 3);
      const last = await store.append(stream, [new Deposited(4)], { expected: proved });
      assert.equal(last.version, 4);
      assert.equal((await store.head(stream)).version, 4);
      assert.equal((await store.append(stream, [new Deposited(5)], { expected: await store.head(stream) })).version, 5);
    },
  ],
  [
    'append: correlation and causation are kept when given',
    async ({ store, aggregate }) => {
      store.register([Opened]);
      const stream = { aggregate, id: 'a' };
      await store.append(stream, [new Opened('a')], {
        expected: 'none',
        metadata: { correlationId: 'corr', causationId: 'cause' },
      });
      const [recorded] = await collect(store.read(stream));
      assert.deepEqual(recorded?.metadata, { correlationId: 'corr', causationId: 'cause' });
    },
  ],
  [
    'append: without events, or to a stream without a name, is refused',
    async ({ store, aggregate }) => {
      store.register([Opened]);
      await rejection(store.append({ aggregate, id: 'a' }, [], { expected: 'none' }), 'InvalidArgumentError');
      for (const stream of [
        { aggregate, id: '' },
        { aggregate: '', id: 'a' },
        { aggregate, id: 'a', tenant: '' },
        { aggregate, id: '\ud800' },
      ]) {
        await rejection(store.append(stream, [new Opened('x')], { expected: 'none' }), 'InvalidArgumentError');
      }
      assert.deepEqual((await store.listStreams(aggregate)).items, []);
    },
  ],
  [
    'append: one event that cannot be stored keeps the whole commit out',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      await rejection(
        store.append(stream, [new Deposited(1), new Deposited(Number.NaN)], { expected: 'none' }),
        'EventSerializationError',
      );
      await rejection(
        store.append(stream, [new Deposited(1), new Opened('unregistered')], { expected: 'none' }),
        'UnknownEventError',
      );
      assert.equal((await store.head(stream)).version, 0);
      assert.deepEqual(await versionsOf(store.read(stream)), []);
    },
  ],
  [
    'append: as the only part of an atomic write it is the same append',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const [head] = await store.appendAll([{ stream, events: [new Deposited(1)], expected: 'none', commitId: 'c-1' }]);
      assert.deepEqual([head?.stream, head?.version], [stream, 1]);
      const again = { stream, events: [new Deposited(1)], expected: 'none', commitId: 'c-1' } as const;
      assert.equal((await store.appendAll([again]))[0]?.version, 1);
      await rejection(store.appendAll([{ ...again, commitId: 'c-2' }]), 'ConcurrencyError');
      await store.appendAll([{ stream, events: [new Deposited(2), new Deposited(3)], expected: 'any' }]);
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3]);
    },
  ],
  [
    'append: a commit above the size limit is refused by name, bytes and limit (P16)',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const limit = MAX_TRANSACTION_BYTES;
      const big = await rejection(
        store.append(stream, [{ type: 'big', payload: noise(limit) }], { expected: 'none' }),
        'EventTooLargeError',
      );
      assert.deepEqual([big['stream'], big['eventType'], big['index'], big['limit']], [stream, 'big', 0, limit]);
      assert.ok(Number(big['bytes']) > limit);
      const many = Array.from({ length: 45 }, () => ({ type: 'part', payload: noise(100_000) }));
      const whole = await rejection(store.append(stream, many, { expected: 'none' }), 'CommitTooLargeError');
      assert.deepEqual([whole['stream'], whole['events'], whole['limit']], [stream, 45, limit]);
      assert.ok(Number(whole['bytes']) > limit);
      assert.equal((await store.head(stream)).version, 0);
    },
  ],
  [
    'append: what is given is not changed, and what is read is not shared (P33)',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const payload = { list: [1, 2], at: new Date(0) };
      const events = Object.freeze([Object.freeze({ type: 'noted', payload })]);
      await store.append(stream, events, { expected: 'none', metadata: Object.freeze({ a: 1 }) });
      assert.deepEqual(payload, { list: [1, 2], at: new Date(0) });
      payload.list.push(3);
      const [first] = await collect<{ list: number[] }>(store.read(stream));
      first?.event.list.push(9);
      const [second] = await collect<{ list: number[] }>(store.read(stream));
      assert.deepEqual(second?.event.list, [1, 2]);
    },
  ],
];
