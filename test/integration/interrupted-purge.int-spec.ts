import { describe, expect, it } from '@jest/globals';
import type { ExpectedVersion, StreamHead, StreamId } from 'nestjs-dynamo-event-store';
import type { Fault } from '../support/recording-client.js';
import { codeOf, note, splitBatch, STATE, StreamLifeFixture } from '../support/stream-life-fixture.js';

const life = new StreamLifeFixture();
const { wire, tableName, store, others } = life;

async function stateVersions(stream: StreamId, query: object): Promise<number[]> {
  const found: number[] = [];
  const { snapshot, events } = await others.readState(stream, query);
  for (let version = 1; version <= (snapshot?.version ?? 0); version++) found.push(version);
  for await (const { version } of events) found.push(version);
  return found;
}

type Interruption = Exclude<Fault, undefined> | 'half-a-batch';

/** Purges, and fails at the request of that number. Whether there was one. */
async function interruptedPurge(stream: StreamId, at: number, interruption: Interruption): Promise<boolean> {
  wire.reset();
  let failed = false;
  if (interruption === 'half-a-batch') {
    let batch = 0;
    wire.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'BatchWriteItemCommand' || batch++ !== at) return next(args);
          failed = true;
          await next({ ...args, input: { RequestItems: { [tableName]: splitBatch(args.input).arriving } } });
          throw Object.assign(new Error('the connection was lost half way'), { name: 'TimeoutError' });
        },
      { step: 'initialize', name: 'half' },
    );
  } else {
    wire.fault = (_, index) => {
      failed ||= index === at;
      return index === at ? interruption : undefined;
    };
  }
  const outcome = await codeOf(store.purgeStream(stream));
  wire.client.middlewareStack.remove('half');
  wire.reset();
  // The callbacks above set it.
  if (failed as boolean) expect(outcome).toMatch(/^STORE_(?:UNAVAILABLE|THROTTLED)$/);
  return failed;
}

/** Every way to read the whole stream gives all of it, or an error that says that it is damaged. */
async function expectWholeOrDamaged(heads: readonly StreamHead[]): Promise<void> {
  const { stream } = heads[0]!;
  const whole = heads.map(({ version }) => version);
  const readings = [
    life.versions(stream),
    life.versions(stream, { order: 'backward' }).then((found) => found.reverse()),
    life.versions(stream, { consistency: 'eventual' }),
    ...[{}, { type: STATE }, { type: STATE, tail: 1 }, { type: STATE, tail: 100 }].map((query) =>
      stateVersions(stream, query),
    ),
    ...[heads[0]!, heads[9]!, heads.at(-1)!].map(async (after) => {
      const { base, events } = await others.readState(stream, { after });
      const found = base === 'after' ? whole.slice(0, after.version) : [];
      for await (const { version } of events) found.push(version);
      return found;
    }),
  ];
  for (const reading of readings) {
    const found = await codeOf(reading);
    if (found !== 'STREAM_CORRUPTED') expect(found).toEqual(whole);
  }
}

/** Of a stream with a damaged commit in the way, the refusal says that. */
const REFUSAL = /^(?:STREAM_CLOSED|CONCURRENCY|STREAM_CORRUPTED)$/;

async function expectRefused(heads: readonly StreamHead[], expectations: readonly ExpectedVersion[]): Promise<void> {
  const { stream } = heads[0]!;
  for (const expected of expectations) {
    const appended = codeOf(others.append(stream, [note('late')], { expected }));
    expect([expected, await appended]).toEqual([expected, expect.stringMatching(REFUSAL)]);
  }
}

const INTERRUPTIONS: readonly Interruption[] = ['drop-request', 'drop-response', 'throttle', 'half-a-batch'];

/** Interrupts a purge at its first request, its second, and so on, each time that of another stream. */
async function atEveryRequest(
  interruption: Interruption,
  check: (heads: readonly StreamHead[], isClosed: boolean) => Promise<void>,
): Promise<number> {
  for (let at = 0; ; at++) {
    const heads = await life.richStream(1 + (at % 2));
    const { stream } = heads[0]!;
    if (!(await interruptedPurge(stream, at, interruption))) {
      expect(await life.sortKeysOf(stream)).toEqual([]);
      return at;
    }
    const isGone = (await life.sortKeysOf(stream)).length === 0;
    if (!isGone) await check(heads, (await others.head(stream)).closed === true);
    await store.purgeStream(stream);
    expect(await life.sortKeysOf(stream)).toEqual([]);
    expect((await others.head(stream)).version).toBe(0);
    expect((await others.append(stream, [note('anew')], { expected: 'none' })).version).toBe(1);
  }
}

describe.each(INTERRUPTIONS)('a purge that is interrupted at any request by %s', (interruption) => {
  const leastRequests = interruption === 'half-a-batch' ? 2 : 6;

  it('leaves a stream that reads as a whole or as damaged, is still listed, and is gone after the next purge', async () => {
    const requests = await atEveryRequest(interruption, async (heads) => {
      await expectWholeOrDamaged(heads);
      const listed = await others.listStreams('life', { limit: 1000 });
      expect(listed.items.some(({ stream }) => stream.id === heads[0]!.stream.id)).toBe(true);
    });
    expect(requests).toBeGreaterThanOrEqual(leastRequests);
  });

  it('leaves a stream that takes no append: at its end, at any end, as a new one, or with a key', async () => {
    await atEveryRequest(interruption, async (heads, isClosed) => {
      if (!isClosed) return;
      const before = await life.sortKeysOf(heads[0]!.stream);
      const { stream } = heads[0]!;
      await expectRefused(heads, [heads.at(-1)!, await others.head(stream), heads.length, 'any', 'none']);
      expect(
        await codeOf(others.appendAll([{ stream, events: [note('late')], expected: 'any', idempotencyKey: 'n' }])),
      ).toBe('STREAM_CLOSED');
      expect(await codeOf(others.appendAll([{ stream, expected: heads.at(-1)! }]))).toBe('STREAM_CLOSED');
      expect(await life.sortKeysOf(stream)).toEqual(before);
    });
  });

  it('leaves a stream that takes no append at a bare version of its past', async () => {
    await atEveryRequest(interruption, async (heads, isClosed) => {
      if (!isClosed) return;
      const before = await life.sortKeysOf(heads[0]!.stream);
      await expectRefused(
        heads,
        heads.map(({ version }) => version),
      );
      expect(await life.sortKeysOf(heads[0]!.stream)).toEqual(before);
    });
  });
});

/** Holds back the first request that is asked for, and lets it go when `meanwhile` is done. */
async function interleaved<T>(
  isHeld: (operation: string, index: number) => boolean,
  call: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<unknown> {
  const gate: { arrived?: () => void; open?: () => void } = {};
  const arrived = new Promise<void>((resolve) => (gate.arrived = resolve));
  const open = new Promise<void>((resolve) => (gate.open = resolve));
  wire.fault = async ({ operation }, index) => {
    if (isHeld(operation, index)) {
      gate.arrived?.();
      await open;
    }
    return undefined;
  };
  const outcome = codeOf(call());
  await arrived;
  await meanwhile();
  gate.open?.();
  return outcome;
}

describe('a purge that comes late', () => {
  it.each([
    ['open', false],
    ['closed', true],
  ])(
    'deletes nothing of a stream created anew and %s meanwhile, when it had come to its last request',
    async (_, closes) => {
      const { stream } = await others.append(life.newStream(), [note('old'), note('old')], { expected: 'none' });
      await interleaved(
        (operation) => operation === 'TransactWriteItems',
        () => store.purgeStream(stream),
        async () => {
          await others.purgeStream(stream);
          const anew = await others.append(stream, [note('new'), note('new')], { expected: 'none' });
          if (closes) await others.closeStream(stream);
          else await others.append(stream, [note('new')], { expected: anew });
        },
      );
      expect(await life.versions(stream)).toEqual(closes ? [1, 2] : [1, 2, 3]);
      expect((await others.head(stream)).closed).toBe(closes ? true : undefined);
    },
  );

  it('after another one has ended, has nothing to delete and says so', async () => {
    const { stream } = await others.append(life.newStream(), [note('old')], { expected: 'none' });
    const outcome = await interleaved(
      (_, index) => index === 1,
      () => store.purgeStream(stream),
      () => others.purgeStream(stream),
    );
    expect(outcome).toBe(0);
    expect(await life.sortKeysOf(stream)).toEqual([]);
  });

  it('leaves nothing of a stream that is being closed by another: there is none to close', async () => {
    const { stream } = await others.append(life.newStream(), [note('old')], { expected: 'none' });
    const outcome = await interleaved(
      (_, index) => index === 1,
      () => store.closeStream(stream),
      () => others.purgeStream(stream),
    );
    expect(outcome).toBe('AGGREGATE_NOT_FOUND');
    expect(await life.sortKeysOf(stream)).toEqual([]);
    expect((await others.append(stream, [note('anew')], { expected: 'none' })).version).toBe(1);
  });
});
