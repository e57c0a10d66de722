import { strict as assert } from 'node:assert';
import { MAX_TRANSACTION_BYTES } from '../../dynamo/item-size.js';
import type { JsonEvent } from '../../event/json-event.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { ReadRange } from '../../store/event-store.js';
import type { CaseDefinition, ConformanceContext } from './conformance-case.js';
import { collect, noise, note, notesOf, rejection, versionsOf } from './fixtures.js';

const EVENT_BYTES = 100_000;

const noises = (count: number, bytes = EVENT_BYTES): JsonEvent<Uint8Array>[] =>
  Array.from({ length: count }, () => ({ type: 'noise', payload: noise(bytes) }));

/** Commits of 2 small events, of `count` times 100 KB, and of 1 and 2 small events. */
async function mixedStream({ store, aggregate }: ConformanceContext, count: number) {
  const stream = { aggregate, id: `mixed-${count}` };
  const large = noises(count);
  const commits = [[note('a'), note('b')], large, [note('c')], [note('d'), note('e')]];
  let head = await store.append(stream, commits[0] ?? [], { expected: 'none' });
  for (const events of commits.slice(1)) head = await store.append(stream, events, { expected: head });
  return { stream, large, head, payloads: commits.flat().map(({ payload }) => payload) };
}

/** Text that hardly compresses, of 3 bytes per character, so that items are cut inside characters. */
function denseText(bytes: number): string {
  const codes = new Uint16Array(noise(Math.floor(bytes / 3) * 2).buffer);
  return Array.from(codes, (code) => String.fromCharCode(0x4e00 + (code % 20_000))).join('');
}

const payloadsOf = (events: readonly RecordedEvent[]): unknown[] => events.map(({ event }) => event);

const readsBack = (count: number): CaseDefinition => [
  `large commit: one of ${count / 10} MB among small ones reads back in both directions, by ranges and with a limit`,
  async (context) => {
    const { store } = context;
    const { stream, payloads, head } = await mixedStream(context, count);
    const last = count + 5;
    const all = Array.from({ length: last }, (_, index) => index + 1);
    assert.equal(head.version, last);
    assert.equal((await store.head(stream)).version, last);
    for (const order of ['forward', 'backward'] as const) {
      const read = store.read(stream, { order });
      const events = await collect(read);
      if (order === 'backward') events.reverse();
      assert.deepEqual(payloadsOf(events), payloads);
      assert.equal(read.head?.version, last);
      const ranges: ReadRange[] = [
        { limit: 1 },
        { limit: 3 },
        { limit: last - 1 },
        { from: 2 },
        { from: 2, to: 3 },
        { from: 5, to: 7 },
        { from: 5, limit: 2 },
        { from: 3, to: count + 2 },
        { from: count + 2 },
        { from: count + 3, limit: 1 },
        { to: 4 },
        { to: 3, limit: 1 },
      ];
      for (const { from = 1, to = last, limit = last, ...rest } of ranges) {
        const expected = all.filter((version) => version >= from && version <= to);
        if (order === 'backward') expected.reverse();
        const found = await versionsOf(store.read(stream, { from, to, limit, ...rest, order }));
        assert.deepEqual(found, expected.slice(0, limit), JSON.stringify({ order, from, to, limit }));
      }
    }
  },
];

export const largeCommitCases: readonly CaseDefinition[] = [
  readsBack(15),
  readsBack(39),
  [
    'large commit: as the first and as the last one it proves the head, is listed, and takes the next append',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const first = await store.append(stream, noises(6), { expected: 'none', metadata: { actorId: 'ada' } });
      const second = await store.append(stream, noises(7), { expected: first, commitId: 'second' });
      assert.deepEqual([first.version, second.version], [6, 13]);
      for (const range of [{}, { order: 'backward', limit: 1 }] as const) {
        const read = store.read(stream, range);
        await collect(read);
        assert.equal(read.head?.version, 13);
      }
      const recorded = await collect(store.read(stream));
      assert.equal(new Set(recorded.slice(0, 6).map(({ commitId }) => commitId)).size, 1);
      assert.deepEqual([recorded[5]?.metadata.actorId, recorded[6]?.commitId], ['ada', 'second']);
      assert.deepEqual(
        (await store.listStreams(aggregate)).items.map(({ stream: { id } }) => id),
        ['a'],
      );
      assert.equal((await store.append(stream, [note('next')], { expected: 13 })).version, 14);
      assert.equal((await store.append(stream, [note('next')], { expected: 'any' })).version, 15);
    },
  ],
  [
    'large commit: one event, dense text of many bytes per character, and text that compresses well read back the same',
    async ({ store, aggregate }) => {
      const texts = [denseText(3_000_000), 'a sentence that people write again. '.repeat(200_000)];
      for (const [index, text] of texts.entries()) {
        const stream = { aggregate, id: String(index) };
        await store.append(stream, [note(text), note('small')], { expected: 'none' });
        assert.ok((await notesOf(store.read(stream)))[0] === text, 'The text is another one.');
      }
      const bytes = noise(3_900_000);
      await store.append({ aggregate, id: 'bytes' }, [note(bytes)], { expected: 'none' });
      assert.deepEqual(await notesOf(store.read({ aggregate, id: 'bytes' }, { order: 'backward' })), [bytes]);
    },
  ],
  [
    'large commit: a reader may stop inside it and after it, and iterate again',
    async (context) => {
      const { stream } = await mixedStream(context, 12);
      const read = context.store.read(stream);
      for (const stop of [4, 15, 1]) {
        for await (const { version } of read) if (version === stop) break;
        assert.equal(read.head, undefined);
      }
      assert.equal((await versionsOf(read)).length, 17);
    },
  ],
  [
    'large commit: whoever loses against it gets all of its events as the winner',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const stale = await store.append(stream, [note('a')], { expected: 'none' });
      const large = noises(15);
      await store.append(stream, large, { expected: stale });
      for (const expected of [stale, 1] as const) {
        const error = await rejection(store.append(stream, noises(5), { expected }), 'ConcurrencyError');
        assert.deepEqual([error['expected'], error['actual']], [1, 16]);
        assert.deepEqual(
          payloadsOf(error['winner'] as RecordedEvent[]),
          large.map(({ payload }) => payload),
        );
      }
      assert.equal((await store.head(stream)).version, 16);
    },
  ],
  [
    'large commit: of several at once exactly one is stored, and whole',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const commits = Array.from({ length: 3 }, () => noises(6));
      const outcomes = await Promise.allSettled(
        commits.map((events) => store.append(stream, events, { expected: 'none' })),
      );
      const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.deepEqual(
        await notesOf(store.read(stream)),
        commits[won]?.map(({ payload }) => payload),
      );
    },
  ],
  [
    'large commit: sent again it is recognised, also later; with one other byte, or under its key, it is what it should be',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const large = noises(9);
      const other = large.map(({ type, payload }) => ({ type, payload: Uint8Array.from(payload) }));
      const last = other.at(-1)?.payload;
      assert.ok(last !== undefined);
      last[last.length - 1] = 255 - (last.at(-1) ?? 0);
      const again = { expected: 'none', commitId: 'once' } as const;
      for (let round = 0; round < 2; round++) {
        assert.equal((await store.append(stream, large, again)).version, 9);
        await rejection(store.append(stream, other, again), 'CommitIdReusedError');
        await store.append(stream, [note('more')], { expected: 'any' });
      }
      const keyed = { expected: 'any', idempotencyKey: 'k' } as const;
      assert.equal((await store.append(stream, large, keyed)).repeated, undefined);
      assert.deepEqual((await store.append(stream, large, keyed)).repeated, true);
      await rejection(store.append(stream, other, keyed), 'CommitIdReusedError');
      assert.equal((await store.head(stream)).version, 20);
    },
  ],
  [
    'large commit: above 4 MB it is refused by name, bytes and limit, and nothing is written (P16)',
    async ({ store, aggregate }) => {
      const stream = { aggregate, id: 'a' };
      const head = await store.append(stream, [note('a')], { expected: 'none' });
      for (const [target, expected] of [
        [stream, head],
        [{ aggregate, id: 'new' }, 'none'],
      ] as const) {
        const whole = await rejection(store.append(target, noises(43), { expected }), 'CommitTooLargeError');
        assert.deepEqual([whole['stream'], whole['events'], whole['limit']], [target, 43, MAX_TRANSACTION_BYTES]);
        assert.ok(Number(whole['bytes']) > 4_300_000);
        const events = [note('small'), { type: 'big', payload: noise(4_300_000) }];
        const single = await rejection(store.append(target, events, { expected }), 'EventTooLargeError');
        assert.deepEqual([single['eventType'], single['index'], single['limit']], ['big', 1, MAX_TRANSACTION_BYTES]);
        assert.ok(Number(single['bytes']) > 4_300_000);
      }
      assert.deepEqual(await versionsOf(store.read(stream)), [1]);
      assert.equal((await store.head({ aggregate, id: 'new' })).version, 0);
    },
  ],
  [
    'large commit: several in one atomic write share the limit of 4 MB; above it nothing is written',
    async ({ store, aggregate }) => {
      const streams = ['a', 'b'].map((id) => ({ aggregate, id }));
      const write = (count: number) =>
        store.appendAll(streams.map((stream) => ({ stream, events: noises(count), expected: 'none' as const })));
      const error = await rejection(write(22), 'TransactionTooLargeError');
      assert.deepEqual(error['streams'], streams);
      assert.ok(Number(error['bytes']) > 4_400_000);
      for (const stream of streams) assert.equal((await store.head(stream)).version, 0);
      await write(19);
      for (const stream of streams) assert.equal((await versionsOf(store.read(stream))).length, 19);
    },
  ],
];
