import { strict as assert } from 'node:assert';
import type { ReadRange } from '../../store/event-store.js';
import type { CaseDefinition } from './conformance-case.js';
import {
  account,
  amountsOf,
  amountsOfStream,
  Deposited,
  future,
  note,
  past,
  rejection,
  versionsOf,
} from './fixtures.js';

const events = [new Deposited(9)];
const idsOf = ({ items }: { readonly items: readonly { readonly stream: { readonly id: string } }[] }): string[] =>
  items.map(({ stream }) => stream.id);

export const streamLifeCases: readonly CaseDefinition[] = [
  [
    'closing: adds no event and leaves the version; every read still works, and says at its end that the stream is closed',
    async (context) => {
      const { store } = context;
      const { stream } = await account(context, 'a', 1, 2);
      await store.append(stream, [new Deposited(3), new Deposited(4)], { expected: 'any' });
      const head = await store.closeStream(stream, { metadata: { actorId: 'ada' } });
      assert.deepEqual([head.stream, head.version, head.closed], [stream, 4, true]);
      for (const order of ['forward', 'backward'] as const) {
        for (const limit of [1, 2, 4, 9]) {
          for (const from of [1, 2, 3, 4, 5, 6, 7]) {
            for (const to of [undefined, 1, 3, 4, 5, 6]) {
              const range: ReadRange = { order, limit, from, to };
              const expected = [1, 2, 3, 4].filter((version) => version >= from && version <= (to ?? 4));
              if (order === 'backward') expected.reverse();
              assert.deepEqual(
                await versionsOf(store.read(stream, range)),
                expected.slice(0, limit),
                JSON.stringify(range),
              );
            }
          }
        }
        const read = store.read(stream, { order });
        assert.equal((await amountsOf(read)).length, 4);
        assert.deepEqual([read.head?.version, read.head?.closed], [4, true]);
      }
      const found = await store.head(stream);
      assert.deepEqual([found.version, found.closed, found.recordedAt], [4, true, head.recordedAt]);
      assert.deepEqual(idsOf(await store.listStreams(stream.aggregate)), ['a']);
    },
  ],
  [
    'closing: every later append is refused with StreamClosedError, which says where and when the stream ended',
    async (context) => {
      const { store } = context;
      const last = await account(context, 'a', 1, 2, 3);
      const { stream } = last;
      const closed = await store.closeStream(stream, { expected: last });
      for (const expected of [last, closed, await store.head(stream), 3, 'any'] as const) {
        const error = await rejection(store.append(stream, events, { expected }), 'StreamClosedError');
        assert.deepEqual([error['stream'], error['version'], error['closedAt']], [stream, 3, closed.recordedAt]);
        assert.deepEqual([error['code'], error['retryable']], ['STREAM_CLOSED', false]);
      }
      await rejection(store.append(stream, events, { expected: 'none' }), 'ConcurrencyError');
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3]);
    },
  ],
  [
    'closing: a closed stream again changes nothing, whatever is expected, and also from several sides at once',
    async (context) => {
      const { store } = context;
      const [a, b] = [await account(context, 'a', 1, 2), await account(context, 'b', 1)];
      const first = await store.closeStream(a.stream, { expected: a });
      for (const expected of [a, first, 2, 'any', undefined] as const) {
        const again = await store.closeStream(a.stream, { expected });
        assert.deepEqual([again.version, again.closed, again.recordedAt], [2, true, first.recordedAt]);
      }
      const heads = await Promise.all(Array.from({ length: 6 }, () => store.closeStream(b.stream)));
      for (const head of heads)
        assert.deepEqual([head.version, head.closed, head.recordedAt], [1, true, heads[0]?.recordedAt]);
    },
  ],
  [
    'closing: a stream that is not where it was expected stays open; one that does not exist cannot be closed',
    async (context) => {
      const { store, aggregate } = context;
      const stale = await account(context, 'a', 1);
      const head = await store.append(stale.stream, [new Deposited(2), new Deposited(3)], { expected: stale });
      for (const expected of [stale, 1, 2, 7, 'none'] as const)
        await rejection(store.closeStream(stale.stream, { expected }), 'ConcurrencyError');
      assert.equal((await store.head(stale.stream)).closed, undefined);
      assert.equal((await store.append(stale.stream, [new Deposited(4)], { expected: head })).version, 4);
      await rejection(store.closeStream({ aggregate, id: 'nothing' }), 'AggregateNotFoundError');
      assert.equal((await store.closeStream(stale.stream, { expected: 4 })).version, 4);
    },
  ],
  [
    'closing: in a race with appends, each append is stored before the end, or refused',
    async (context) => {
      const { store, aggregate } = context;
      const { stream } = await account(context, 'a', 0);
      const amounts = [1, 2, 3, 4, 5, 6];
      const [closing, ...appends] = await Promise.allSettled([
        store.closeStream(stream),
        ...amounts.map((amount) => store.append(stream, [new Deposited(amount)], { expected: 'any' })),
      ]);
      assert.equal(closing.status, 'fulfilled');
      for (const outcome of appends)
        if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'StreamClosedError');
      const stored = amounts.filter((_, index) => appends[index]?.status === 'fulfilled');
      assert.deepEqual(
        (await amountsOfStream(store, aggregate, 'a')).sort((a, b) => a - b),
        [0, ...stored],
      );
      assert.deepEqual(
        [(await store.head(stream)).version, (await store.head(stream)).closed],
        [stored.length + 1, true],
      );
    },
  ],
  [
    'archiving: moves a stream between the two lists and back, as often as it is asked for, and changes nothing else',
    async (context) => {
      const { store, aggregate } = context;
      const { stream } = await account(context, 'a', 1);
      await account(context, 'b', 1);
      const lists = async () => [
        await store.listStreams(aggregate),
        await store.listStreams(aggregate, { archived: true }),
      ];
      const [before] = (await store.listStreams(aggregate)).items;
      for (const archived of [true, true, false, false, true]) {
        await (archived ? store.archiveStream(stream) : store.archiveStream(stream, false));
        const [active, gone] = await lists();
        assert.deepEqual(
          [active, gone].map((page) => page && idsOf(page).sort()),
          archived ? [['b'], ['a']] : [['a', 'b'], []],
        );
        await store.append(stream, [new Deposited(2)], { expected: 'any' });
      }
      assert.deepEqual((await store.listStreams(aggregate, { archived: true })).items, [before]);
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 2, 2, 2, 2]);
      assert.equal((await store.closeStream(stream)).version, 6);
      assert.deepEqual(idsOf(await store.listStreams(aggregate, { archived: true })), ['a']);
      await rejection(store.archiveStream({ aggregate, id: 'nothing' }), 'AggregateNotFoundError');
      assert.equal((await store.head({ aggregate, id: 'nothing' })).version, 0);
    },
  ],
  [
    'archiving: the list of archived streams has the same order, pages and tenants, and cursors of its own',
    async ({ store, aggregate }) => {
      const ids = Array.from({ length: 9 }, (_, index) => `s-${index}`);
      for (const id of ids) {
        await store.append({ aggregate, id }, [note(id)], { expected: 'none' });
        await store.archiveStream({ aggregate, id });
      }
      await store.append({ aggregate, id: 'x', tenant: 't' }, [note('x')], { expected: 'none' });
      await store.archiveStream({ aggregate, id: 'x', tenant: 't' });
      const { items } = await store.listStreams(aggregate, { archived: true });
      for (const order of ['forward', 'backward'] as const) {
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.listStreams(aggregate, { archived: true, order, limit: 2, cursor });
          found.push(...idsOf(page));
          cursor = page.cursor;
          if (cursor !== undefined)
            await rejection(store.listStreams(aggregate, { order, cursor }), 'InvalidArgumentError');
        } while (cursor !== undefined && found.length < 20);
        assert.deepEqual(order === 'forward' ? found : found.reverse(), idsOf({ items }));
      }
      assert.deepEqual(idsOf({ items }).sort(), ids);
      assert.deepEqual(idsOf(await store.listStreams(aggregate, { archived: true, tenant: 't' })), ['x']);
      assert.deepEqual((await store.listStreams(aggregate)).items, []);
      const maybe = 'yes' as unknown as boolean;
      await rejection(store.listStreams(aggregate, { archived: maybe }), 'InvalidArgumentError');
    },
  ],
  [
    'time to live: a beginning that has expired counts as gone, in both directions; appends go on at the end',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const first = { aggregate, id: 'a' };
      await store.append(first, [new Deposited(1), new Deposited(2)], { expected: 'none', ttl: past() });
      await store.append(first, [new Deposited(3)], { expected: 2, ttl: future() });
      const head = await store.append(first, [new Deposited(4)], { expected: 3, ttl: future() });
      for (const from of [1, 2, 3]) assert.deepEqual(await versionsOf(store.read(first, { from })), [3, 4]);
      assert.deepEqual(await versionsOf(store.read(first, { order: 'backward' })), [4, 3]);
      assert.deepEqual(await versionsOf(store.read(first, { to: 2 })), []);
      assert.equal((await store.head(first)).version, 4);
      assert.equal((await store.append(first, [new Deposited(5)], { expected: head })).version, 5);
    },
  ],
  [
    'time to live: a commit never expires before the one that it follows on',
    async (context) => {
      const { store, aggregate } = context;
      const head = await account(context, 'a', 1);
      const { stream } = head;
      const second = await store.append(stream, [new Deposited(2)], { expected: head, ttl: past() });
      await store.append(stream, [new Deposited(3)], { expected: 2, ttl: past() });
      assert.equal((await store.append(stream, [new Deposited(4)], { expected: 'any', ttl: past() })).version, 4);
      for (const order of ['forward', 'backward'] as const)
        assert.equal((await versionsOf(store.read(stream, { order }))).length, 4);
      assert.equal(second.version, 2);
      const longer = { aggregate, id: 'b' };
      await store.append(longer, [new Deposited(1)], { expected: 'none', ttl: future() });
      await store.append(longer, [new Deposited(2)], { expected: 1, ttl: past() });
      assert.deepEqual(await versionsOf(store.read(longer)), [1, 2]);
    },
  ],
  [
    'time to live: what goes on without one is left when the beginning has expired',
    async ({ store, aggregate }) => {
      store.register([Deposited]);
      const stream = { aggregate, id: 'a' };
      const head = await store.append(stream, [new Deposited(1)], { expected: 'none', ttl: past() });
      await store.append(stream, [new Deposited(2)], { expected: head });
      const last = await store.append(stream, [new Deposited(3)], { expected: 'any' });
      assert.equal((await store.append(stream, [new Deposited(4)], { expected: last, ttl: past() })).version, 4);
      assert.deepEqual(await versionsOf(store.read(stream)), [2, 3, 4]);
      assert.deepEqual(await versionsOf(store.read(stream, { order: 'backward' })), [4, 3, 2]);
      assert.equal((await store.head(stream)).version, 4);
    },
  ],
];
