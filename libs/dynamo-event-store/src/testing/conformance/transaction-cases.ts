import { strict as assert } from 'node:assert';
import type { StreamAppend } from '../../store/event-store.js';
import type { StreamHead } from '../../store/stream-head.js';
import type { CaseDefinition } from './conformance-case.js';
import { account, amountsOfStream, collect, Deposited, rejection } from './fixtures.js';

const versions = (heads: readonly StreamHead[]): number[] => heads.map(({ version }) => version);

export const transactionCases: readonly CaseDefinition[] = [
  [
    'appendAll: new and existing streams are written together, whatever each expects, and heads come in the order given',
    async (context) => {
      const { store, aggregate } = context;
      const [a, b, c] = [
        await account(context, 'a', 1),
        await account(context, 'b', 1, 2),
        await account(context, 'c', 1),
      ];
      const fresh = { aggregate, id: 'new' };
      const heads = await store.appendAll([
        { stream: b.stream, events: [new Deposited(3)], expected: 2 },
        { stream: fresh, events: [new Deposited(1), new Deposited(2)], expected: 'none' },
        { stream: a.stream, events: [new Deposited(2), new Deposited(3)], expected: a },
        { stream: c.stream, events: [new Deposited(2)], expected: 'any' },
      ]);
      assert.deepEqual(
        heads.map(({ stream, version }) => [stream.id, version]),
        [
          ['b', 3],
          ['new', 2],
          ['a', 3],
          ['c', 2],
        ],
      );
      for (const [id, amounts] of Object.entries({ a: [1, 2, 3], b: [1, 2, 3], c: [1, 2], new: [1, 2] }))
        assert.deepEqual(await amountsOfStream(store, aggregate, id), amounts);
      for (const head of heads)
        assert.equal(
          (await store.append(head.stream, [new Deposited(9)], { expected: head })).version,
          head.version + 1,
        );
    },
  ],
  [
    'appendAll: each stream keeps its own commit id, metadata and time, and a new one is listed',
    async (context) => {
      const { store, aggregate } = context;
      const a = await account(context, 'a', 1);
      const [head] = await store.appendAll([
        { stream: { aggregate, id: 'new' }, events: [new Deposited(1)], expected: 'none', commitId: 'c-new' },
        { stream: a.stream, events: [new Deposited(2)], expected: a, commitId: 'c-a', metadata: { actorId: 'ada' } },
      ]);
      const [created] = await collect(store.read({ aggregate, id: 'new' }));
      const [changed] = await collect(store.read(a.stream, { from: 2 }));
      assert.deepEqual([created?.commitId, created?.recordedAt], ['c-new', head?.recordedAt]);
      assert.deepEqual([changed?.commitId, changed?.metadata.actorId], ['c-a', 'ada']);
      const { items } = await store.listStreams(aggregate);
      assert.deepEqual(items.map(({ stream }) => stream.id).sort(), ['a', 'new']);
    },
  ],
  [
    'appendAll: an empty list, a stream given twice, a check of "any", or no events are refused, and nothing is written',
    async (context) => {
      const { store, aggregate } = context;
      const a = await account(context, 'a', 1);
      const append = (id: string): StreamAppend => ({
        stream: { aggregate, id },
        events: [new Deposited(9)],
        expected: 'any',
      });
      await rejection(store.appendAll([]), 'InvalidArgumentError');
      await rejection(store.appendAll([append('x'), append('a'), append('x')]), 'InvalidArgumentError');
      await rejection(
        store.appendAll([append('x'), append('a'), { stream: a.stream, expected: a }]),
        'InvalidArgumentError',
      );
      await rejection(store.appendAll([append('x'), { ...append('a'), events: [] }]), 'InvalidArgumentError');
      await rejection(store.appendAll([append('x'), { ...append('y'), expected: a }]), 'InvalidArgumentError');
      const anyCheck = { stream: a.stream, expected: 'any' as 'none' };
      await rejection(store.appendAll([append('x'), anyCheck]), 'InvalidVersionError');
      await rejection(store.appendAll([append('x'), { stream: a.stream, expected: 0 }]), 'InvalidVersionError');
      await rejection(
        store.appendAll([append('x'), { ...append('a'), events: [new Deposited(Number.NaN)] }]),
        'EventSerializationError',
      );
      assert.equal((await store.head({ aggregate, id: 'x' })).version, 0);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1]);
    },
  ],
  [
    'appendAll: 100 streams are written at once; 101 are refused with the limit, and nothing is written',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const append = (_: unknown, index: number): StreamAppend => ({
        stream: { aggregate, id: `s-${index}` },
        events: [new Deposited(index)],
        expected: 'none',
      });
      const error = await rejection(store.appendAll(Array.from({ length: 101 }, append)), 'TransactionTooLargeError');
      assert.deepEqual([error['items'], (error['limits'] as { items: number }).items], [101, 100]);
      assert.deepEqual((await store.listStreams(aggregate)).items, []);
      const heads = await store.appendAll(Array.from({ length: 100 }, append));
      assert.deepEqual(
        versions(heads),
        Array.from({ length: 100 }, () => 1),
      );
      assert.equal((await store.listStreams(aggregate)).items.length, 100);
    },
  ],
  [
    'appendAll: a write that is sent again with its commit ids stores its events once, also after other commits',
    async (context) => {
      const { store, aggregate } = context;
      const [a, b] = [await account(context, 'a', 1), await account(context, 'b', 1)];
      const write = () =>
        store.appendAll([
          { stream: { aggregate, id: 'new' }, events: [new Deposited(1)], expected: 'none', commitId: 'c-new' },
          { stream: a.stream, events: [new Deposited(2), new Deposited(3)], expected: a, commitId: 'c-a' },
          { stream: b.stream, events: [new Deposited(2)], expected: 1, commitId: 'c-b' },
        ]);
      const heads = await write();
      assert.deepEqual(versions(heads), [1, 3, 2]);
      assert.deepEqual(versions(await write()), [1, 3, 2]);
      for (const head of heads) await store.append(head.stream, [new Deposited(9)], { expected: head });
      assert.deepEqual(versions(await write()), [1, 3, 2]);
      for (const [id, amounts] of Object.entries({ a: [1, 2, 3, 9], b: [1, 2, 9], new: [1, 9] }))
        assert.deepEqual(await amountsOfStream(store, aggregate, id), amounts);
    },
  ],
  [
    'appendAll: a write that is sent again is recognised, whatever it checked, and also where a checked stream has moved since',
    async (context) => {
      const { store, aggregate } = context;
      const [a, checked] = [await account(context, 'a', 1), await account(context, 'checked', 1, 2)];
      const write = (expected: StreamHead | number) =>
        store.appendAll([
          { stream: a.stream, events: [new Deposited(2)], expected: a, commitId: 'c-a' },
          { stream: checked.stream, expected },
        ]);
      assert.deepEqual(versions(await write(checked)), [2, 2]);
      assert.deepEqual(versions(await write(checked)), [2, 2]);
      await store.append(checked.stream, [new Deposited(3)], { expected: checked });
      assert.deepEqual(versions(await write(checked)), [2, 2]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2]);
    },
  ],
  [
    'appendAll: a write that checked a bare version and is sent again is recognised, and answers with that version',
    async (context) => {
      const { store, aggregate } = context;
      const [a, checked] = [await account(context, 'a', 1), await account(context, 'checked', 1, 2)];
      const write = () =>
        store.appendAll([
          { stream: a.stream, events: [new Deposited(2)], expected: a, commitId: 'c-a' },
          { stream: checked.stream, expected: 2 },
        ]);
      assert.deepEqual(versions(await write()), [2, 2]);
      assert.deepEqual(versions(await write()), [2, 2]);
      await store.append(checked.stream, [new Deposited(3)], { expected: checked });
      assert.deepEqual(versions(await write()), [2, 2]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2]);
    },
  ],
  [
    'appendAll: a write with "any" that is sent again with its commit ids stores its events once',
    async (context) => {
      const { store, aggregate } = context;
      await account(context, 'a', 1);
      const write = () =>
        store.appendAll([
          { stream: { aggregate, id: 'a' }, events: [new Deposited(2)], expected: 'any', commitId: 'c-a' },
          { stream: { aggregate, id: 'new' }, events: [new Deposited(1)], expected: 'any', commitId: 'c-new' },
        ]);
      assert.deepEqual(versions(await write()), [2, 1]);
      assert.deepEqual(versions(await write()), [2, 1]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'new'), [1]);
    },
  ],
  [
    'appendAll: commit ids that are stored with other events, or only in part, are an error, and nothing is written',
    async (context) => {
      const { store, aggregate } = context;
      const [a, b] = [await account(context, 'a', 1), await account(context, 'b', 1)];
      const write = (amount: number, other: string) =>
        store.appendAll([
          { stream: b.stream, events: [new Deposited(2)], expected: b, commitId: other },
          { stream: a.stream, events: [new Deposited(amount)], expected: a, commitId: 'c-a' },
        ]);
      await store.append(a.stream, [new Deposited(2)], { expected: a, commitId: 'c-a' });
      for (const amount of [2, 3]) {
        const error = await rejection(write(amount, 'c-b'), 'CommitIdReusedError');
        assert.deepEqual([error['stream'], error['commitId'], error['version']], [a.stream, 'c-a', 2]);
      }
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'b'), [1]);
    },
  ],
];
