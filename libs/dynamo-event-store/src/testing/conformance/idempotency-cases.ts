import { strict as assert } from 'node:assert';
import type { AppendOptions, ExpectedVersion } from '../../store/event-store.js';
import type { CaseDefinition, ConformanceContext } from './conformance-case.js';
import { account, amountsOf, amountsOfStream, collect, Deposited, rejection } from './fixtures.js';

const events = (...amounts: number[]): Deposited[] => amounts.map((amount) => new Deposited(amount));

/** A stream at version 1 on which the command of key `k` has stored the amounts 2 and 3. */
async function once(context: ConformanceContext, options: Partial<AppendOptions> = {}) {
  const { store } = context;
  const start = await account(context, 'a', 1);
  const { stream } = start;
  const first = await store.append(stream, events(2, 3), { expected: start, idempotencyKey: 'k', ...options });
  const again = (amounts: readonly number[], expected: ExpectedVersion, more: Partial<AppendOptions> = {}) =>
    store.append(stream, events(...amounts), { idempotencyKey: 'k', ...options, expected, ...more });
  return { store, stream, start, first, again };
}

export const idempotencyCases: readonly CaseDefinition[] = [
  [
    'key: a command that is repeated is stored once and answers with the first head, whatever it expects',
    async (context) => {
      const { store, stream, start, first, again } = await once(context);
      assert.deepEqual([first.version, first.repeated], [3, undefined]);
      for (const expected of [start, 1, 'any', first, 3] as const) {
        const { version, repeated, recordedAt } = await again([2, 3], expected);
        assert.deepEqual([version, repeated, recordedAt], [3, true, first.recordedAt]);
      }
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3]);
    },
  ],
  [
    'key: a command is recognised however many commits came after it',
    async (context) => {
      const { store, stream, start, first, again } = await once(context);
      let head = await store.append(stream, events(4), { expected: first });
      for (let amount = 5; amount < 30; amount++) head = await store.append(stream, events(amount), { expected: head });
      for (const expected of [start, 1, first, head, head.version, 'any'] as const) {
        const { version, repeated } = await again([2, 3], expected);
        assert.deepEqual([version, repeated], [3, true]);
      }
      assert.equal((await store.head(stream)).version, 29);
    },
  ],
  [
    'key: the head of a repeated command is that of the first time: current it takes an append, stale it is a conflict',
    async (context) => {
      const { store, stream, again } = await once(context);
      assert.equal((await store.append(stream, events(4), { expected: await again([2, 3], 'any') })).version, 4);
      await rejection(store.append(stream, events(5), { expected: await again([2, 3], 'any') }), 'ConcurrencyError');
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
    },
  ],
  [
    'key: used again for other events it is an error that names key and version, at once and later',
    async (context) => {
      const { store, stream, start, first, again } = await once(context);
      const refused = async (amounts: number[], expected: ExpectedVersion) => {
        const error = await rejection(again(amounts, expected), 'CommitIdReusedError');
        assert.deepEqual([error['stream'], error['idempotencyKey'], error['version']], [stream, 'k', 2]);
      };
      for (const expected of [start, 1, first, 'any'] as const) await refused([2, 4], expected);
      await store.append(stream, events(4), { expected: first });
      for (const expected of [start, 1, first, 4, 'any'] as const) await refused([3, 2], expected);
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
    },
  ],
  [
    'fingerprint: the same one with other events is the same command, at once and later',
    async (context) => {
      const { store, stream, start, first, again } = await once(context, { fingerprint: 'order 7' });
      for (const expected of [start, 1, first, 'any'] as const) {
        const { version, repeated } = await again([8, 8, 8], expected);
        assert.deepEqual([version, repeated], [3, true]);
      }
      await store.append(stream, events(4), { expected: first });
      for (const expected of [start, 'any'] as const) assert.equal((await again([9], expected)).version, 3);
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
    },
  ],
  [
    'fingerprint: another one with the same events is another command, so the key is refused, whatever it expects',
    async (context) => {
      const { store, stream, start, first, again } = await once(context, { fingerprint: 'order 7' });
      for (const expected of ['any', first, start, 1] as const)
        await rejection(again([2, 3], expected, { fingerprint: 'order 8' }), 'CommitIdReusedError');
      await store.append(stream, events(4), { expected: first });
      for (const expected of ['any', first, start, 1] as const)
        await rejection(again([2, 3], expected, { fingerprint: 'order 8' }), 'CommitIdReusedError');
      assert.deepEqual(await amountsOf(store.read(stream)), [1, 2, 3, 4]);
    },
  ],
  [
    'fingerprint: where only one of two commands has one, their events decide',
    async (context) => {
      const { store, stream, first, again } = await once(context, { fingerprint: 'order 7' });
      assert.equal((await again([2, 3], 'any', { fingerprint: undefined })).repeated, true);
      await rejection(again([2, 4], 'any', { fingerprint: undefined }), 'CommitIdReusedError');
      const plain = await store.append(stream, events(4), { expected: first, idempotencyKey: 'plain' });
      const options = { expected: 'any', idempotencyKey: 'plain', fingerprint: 'x' } as const;
      assert.equal((await store.append(stream, events(4), options)).version, plain.version);
      await rejection(store.append(stream, events(5), options), 'CommitIdReusedError');
    },
  ],
  [
    'key: on another stream, also one of another tenant, it is another key',
    async (context) => {
      const { store, stream } = await once(context);
      for (const other of [
        { ...stream, id: 'b' },
        { ...stream, tenant: 't' },
        { ...stream, aggregate: `${stream.aggregate}-other` },
      ]) {
        const head = await store.append(other, events(2, 3), { expected: 'none', idempotencyKey: 'k' });
        assert.deepEqual([head.version, head.repeated], [2, undefined]);
        assert.deepEqual(await amountsOf(store.read(other)), [2, 3]);
      }
    },
  ],
  [
    'key: any text will do; an empty one, or a fingerprint without a key, is refused',
    async (context) => {
      const { store, stream } = await account(context, 'a', 1).then(({ stream }) => ({ store: context.store, stream }));
      for (const idempotencyKey of ['x', '#', 'c#', 'ä 😀 \u0000', 'long '.repeat(3_000)]) {
        const append = () =>
          store.append(stream, events(2), { expected: 'any', idempotencyKey, fingerprint: idempotencyKey });
        const { version } = await append();
        const again = await append();
        assert.deepEqual([again.version, again.repeated], [version, true]);
      }
      const refused = (options: Partial<AppendOptions>) =>
        rejection(store.append(stream, events(3), { expected: 'any', ...options }), 'InvalidArgumentError');
      await refused({ idempotencyKey: '' });
      await refused({ idempotencyKey: '\ud800' });
      await refused({ idempotencyKey: 'k', fingerprint: '' });
      await refused({ fingerprint: 'f' });
      assert.equal((await store.head(stream)).version, 6);
    },
  ],
  [
    'key: commands that arrive at the same moment are stored once; all but one of the heads say that they repeat it',
    async (context) => {
      const { store, aggregate } = context;
      store.register([Deposited]);
      for (const expected of ['none', 'any'] as const) {
        const stream = { aggregate, id: expected };
        const heads = await Promise.all(
          Array.from({ length: 6 }, () => store.append(stream, events(1, 2), { expected, idempotencyKey: 'k' })),
        );
        assert.deepEqual(
          heads.map(({ version }) => version),
          heads.map(() => 2),
        );
        assert.deepEqual(await amountsOf(store.read(stream)), [1, 2]);
        assert.equal(heads.filter(({ repeated }) => repeated === true).length, 5, expected);
      }
    },
  ],
  [
    'key: a command that lost its race leaves nothing behind, and may be tried again with its key',
    async (context) => {
      const { store, aggregate } = context;
      const stale = await account(context, 'a', 1, 2).then((head) => ({ ...head, version: 1 }));
      const command = { idempotencyKey: 'k', fingerprint: 'f' };
      for (const expected of [stale, 1, 'none'] as const)
        await rejection(store.append(stale.stream, events(9), { expected, ...command }), 'ConcurrencyError');
      assert.equal(await store.storedCommand(stale.stream, command), undefined);
      const head = await store.append(stale.stream, events(3), { expected: 2, ...command });
      assert.deepEqual([head.version, head.repeated], [3, undefined]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2, 3]);
    },
  ],
  [
    'key: a commit id of the caller is kept beside the key, and does not have to be repeated',
    async (context) => {
      const { store, stream, again } = await once(context, { commitId: 'mine', metadata: { actorId: 'ada' } });
      const [recorded] = await collect(store.read(stream, { from: 2 }));
      assert.deepEqual([recorded?.commitId, recorded?.metadata.actorId], ['mine', 'ada']);
      for (const commitId of ['mine', 'other', undefined]) {
        const { version, repeated } = await again([2, 3], 'any', { commitId });
        assert.deepEqual([version, repeated], [3, true]);
      }
    },
  ],
  [
    'storedCommand: tells the first head, what it was decided on, and whether this is the same command',
    async (context) => {
      const { store, stream, first } = await once(context, { fingerprint: 'order 7' });
      for (let round = 0; round < 2; round++) {
        const same = await store.storedCommand(stream, { idempotencyKey: 'k', fingerprint: 'order 7' });
        assert.ok(same !== undefined);
        assert.deepEqual([same.head.version, same.head.repeated, same.decidedOn], [3, true, 1]);
        assert.deepEqual(
          [same.sameFingerprint, await same.holds(events(2, 3)), await same.holds(events(2, 4))],
          [true, true, false],
        );
        const other = await store.storedCommand(stream, { idempotencyKey: 'k', fingerprint: 'order 8' });
        const silent = await store.storedCommand(stream, { idempotencyKey: 'k' });
        assert.deepEqual([other?.sameFingerprint, silent?.sameFingerprint], [false, undefined]);
        await store.append(stream, events(4), { expected: 'any' });
      }
      assert.deepEqual(first.stream, stream);
      assert.equal(await store.storedCommand(stream, { idempotencyKey: 'K' }), undefined);
      assert.equal(await store.storedCommand({ ...stream, id: 'b' }, { idempotencyKey: 'k' }), undefined);
    },
  ],
  [
    'key: in an atomic write to several streams, each with its own, the whole is stored once',
    async (context) => {
      const { store, aggregate } = context;
      const a = await account(context, 'a', 1);
      const write = (key: string, amount = 2) =>
        store.appendAll([
          { stream: a.stream, events: events(2), expected: 'any', idempotencyKey: 'k-a' },
          { stream: { aggregate, id: 'b' }, events: events(amount), expected: 'any', idempotencyKey: key },
        ]);
      const versions = async (key: string) => (await write(key)).map(({ version, repeated }) => [version, repeated]);
      assert.deepEqual(await versions('k-b'), [
        [2, undefined],
        [1, undefined],
      ]);
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await versions('k-b'), [
          [2, true],
          [1, true],
        ]);
        for (const id of ['a', 'b']) await store.append({ aggregate, id }, events(9), { expected: 'any' });
      }
      await rejection(write('k-other'), 'CommitIdReusedError');
      await rejection(write('k-b', 3), 'CommitIdReusedError');
      assert.deepEqual(await amountsOfStream(store, aggregate, 'a'), [1, 2, 9, 9]);
      assert.deepEqual(await amountsOfStream(store, aggregate, 'b'), [2, 9, 9]);
    },
  ],
  [
    'key: a repeated command on a closed stream still answers with its first head; a new one is refused',
    async (context) => {
      const { store, stream, start, first, again } = await once(context);
      const last = await store.append(stream, events(4), { expected: first });
      const closed = await store.closeStream(stream);
      for (const expected of [start, 1, first, last, 4, closed, 'any'] as const) {
        const { version, repeated } = await again([2, 3], expected);
        assert.deepEqual([version, repeated], [3, true]);
      }
      await rejection(again([2, 3], 'any', { idempotencyKey: 'new' }), 'StreamClosedError');
      assert.equal(await store.storedCommand(stream, { idempotencyKey: 'new' }), undefined);
    },
  ],
];
