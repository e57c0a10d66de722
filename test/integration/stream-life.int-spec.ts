import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  DynamoEventStore,
  isEventStoreError,
  type ExpectedVersion,
  type ReadRange,
  type StateType,
  type StreamHead,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import type { Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type Fault } from '../support/recording-client.js';

/** The one who closes and purges, without the retries of the SDK, so that one fault fails one call. */
const wire = recordingClient({ maxAttempts: 1 });
const hand = testClient();
const tableName = uniqueTableName('life');
const backoff = (): Promise<void> => Promise.resolve();
const store = new DynamoEventStore({ client: wire.client, tableName, backoff });
/** Everyone else: prepares streams, reads them, and tries to append. */
const others = new DynamoEventStore({ client: hand, tableName, backoff });
const type: StateType = { name: 'life', schemaVersion: 1, eventClass: undefined };
let count = 0;
const newStream = (): StreamId => ({ aggregate: 'life', id: String(count++) });
const note = (payload: unknown) => ({ type: 'noted', payload });

const keyOf = ({ id }: StreamId, version: number): Item => ({
  pk: { S: `#life#${id}` },
  sk: { S: `e#${String(version).padStart(16, '0')}` },
});

async function sortKeysOf({ id }: StreamId): Promise<string[]> {
  const found: string[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await hand.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `#life#${id}` } },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      }),
    );
    found.push(...(page.Items ?? []).map(({ sk }) => sk!.S!));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}

async function versions(stream: StreamId, range: ReadRange = {}): Promise<number[]> {
  const found: number[] = [];
  for await (const { version } of others.read(stream, range)) found.push(version);
  return found;
}

async function stateVersions(stream: StreamId, query: object): Promise<number[]> {
  const found: number[] = [];
  const { snapshot, events } = await others.readState(stream, query);
  for (let version = 1; version <= (snapshot?.version ?? 0); version++) found.push(version);
  for await (const { version } of events) found.push(version);
  return found;
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: unknown) => (isEventStoreError(error) ? error.code : error),
  );

/** A stream of each kind of item, and of more commits than one batch deletes. Its heads, by version. */
async function richStream(largeVersion = 2): Promise<StreamHead[]> {
  const stream = newStream();
  const heads: StreamHead[] = [];
  const append = async (event: object, options: object = {}) =>
    heads.push(await others.append(stream, [event], { expected: heads.at(-1) ?? 'none', ...options }));
  while (heads.length < 31)
    await append(note(heads.length + 1 === largeVersion ? Uint8Array.from(randomBytes(900_000)) : heads.length));
  await append(note('keyed'), { idempotencyKey: 'k' });
  await others.saveSnapshot({ head: heads[29]!, type, state: {} });
  return heads;
}

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
  hand.destroy();
});

describe('closing and archiving', () => {
  it('closes with one read and one PutItem of an item without events, where the next commit would go', async () => {
    const head = await others.append(newStream(), [note('a'), note('b')], { expected: 'none' });
    const closed = await store.closeStream(head.stream, { expected: 2, metadata: { actorId: 'ada' } });
    expect(wire.operations().at(-1)).toBe('PutItem');
    expect(wire.requests.length).toBeLessThanOrEqual(3);
    const { Item } = await hand.send(new GetItemCommand({ TableName: tableName, Key: keyOf(head.stream, 3) }));
    expect(Item).toMatchObject({ n: { N: '0' }, at: { N: String(closed.recordedAt!.getTime()) } });
    wire.reset();
    await store.closeStream(head.stream);
    expect(wire.operations()).toEqual(['Query']);
  });

  it('is closed although the answer is lost, and closing it again says so', async () => {
    const head = await others.append(newStream(), [note('a')], { expected: 'none' });
    wire.fault = ({ operation }) => (operation === 'PutItem' ? 'drop-response' : undefined);
    expect(await codeOf(store.closeStream(head.stream))).toBe('STORE_UNAVAILABLE');
    wire.reset();
    expect(await store.closeStream(head.stream)).toMatchObject({ version: 1, closed: true });
  });

  it('archives with one UpdateItem, which changes only the place in the listing', async () => {
    const head = await others.append(newStream(), [note('a')], { expected: 'none' });
    const stored = async () =>
      (await hand.send(new GetItemCommand({ TableName: tableName, Key: keyOf(head.stream, 1) }))).Item!;
    const { list, ...before } = await stored();
    await store.archiveStream(head.stream);
    expect(wire.operations()).toEqual(['UpdateItem']);
    const { list: archived, ...after } = await stored();
    expect(after).toEqual(before);
    expect(archived).not.toEqual(list);
    await store.archiveStream(head.stream, false);
    expect((await stored())['list']).toEqual(list);
  });
});

describe('purging', () => {
  it('closes, reads the keys, deletes them by 25, and at last the first commit and the end together', async () => {
    const heads = await richStream();
    const items = (await sortKeysOf(heads[0]!.stream)).length;
    expect(await store.purgeStream(heads[0]!.stream)).toBe(items + 1);
    const operations = wire.operations();
    expect(operations.filter((operation) => operation !== 'Query')).toEqual([
      'PutItem',
      'BatchWriteItem',
      'BatchWriteItem',
      'TransactWriteItems',
    ]);
    expect(wire.requests.at(-1)!.input['TransactItems']).toMatchObject([
      { Delete: { TableName: tableName, Key: keyOf(heads[0]!.stream, 1) } },
      { Delete: { TableName: tableName, Key: keyOf(heads[0]!.stream, 33) } },
    ]);
    expect(await sortKeysOf(heads[0]!.stream)).toEqual([]);
  });

  it('follows the pages of the keys, and batches that were not done at once', async () => {
    const stream = newStream();
    for (let index = 0; index < 4; index++)
      await others.append(stream, [note(Uint8Array.from(randomBytes(900_000))), note('x')], { expected: 'any' });
    let batches = 0;
    wire.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'BatchWriteItemCommand' || batches++ > 3) return next(args);
          const { arriving, left } = splitBatch(args.input);
          const answer = await next({ ...args, input: { RequestItems: { [tableName]: arriving } } });
          return { ...answer, output: { ...answer.output, UnprocessedItems: { [tableName]: left } } };
        },
      { step: 'initialize', name: 'unprocessed' },
    );
    try {
      expect(await store.purgeStream(stream)).toBe(4 * 3 + 1);
    } finally {
      wire.client.middlewareStack.remove('unprocessed');
    }
    expect(batches).toBeGreaterThan(2);
    expect(await sortKeysOf(stream)).toEqual([]);
  });
});

/** Every second deletion of a batch, and the rest. */
function splitBatch(input: object): { readonly arriving: unknown[]; readonly left: unknown[] } {
  const { RequestItems: requests } = input as { RequestItems: Record<string, unknown[]> };
  const all = Object.values(requests).flat();
  return { arriving: all.filter((_, index) => index % 2 === 0), left: all.filter((_, index) => index % 2 === 1) };
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
    versions(stream),
    versions(stream, { order: 'backward' }).then((found) => found.reverse()),
    versions(stream, { consistency: 'eventual' }),
    ...[{}, { type }, { type, tail: 1 }, { type, tail: 100 }].map((query) => stateVersions(stream, query)),
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
    const heads = await richStream(1 + (at % 2));
    const { stream } = heads[0]!;
    if (!(await interruptedPurge(stream, at, interruption))) {
      expect(await sortKeysOf(stream)).toEqual([]);
      return at;
    }
    const isGone = (await sortKeysOf(stream)).length === 0;
    if (!isGone) await check(heads, (await others.head(stream)).closed === true);
    await store.purgeStream(stream);
    expect(await sortKeysOf(stream)).toEqual([]);
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
      const before = await sortKeysOf(heads[0]!.stream);
      const { stream } = heads[0]!;
      await expectRefused(heads, [heads.at(-1)!, await others.head(stream), heads.length, 'any', 'none']);
      expect(
        await codeOf(others.appendAll([{ stream, events: [note('late')], expected: 'any', idempotencyKey: 'n' }])),
      ).toBe('STREAM_CLOSED');
      expect(await codeOf(others.appendAll([{ stream, expected: heads.at(-1)! }]))).toBe('STREAM_CLOSED');
      expect(await sortKeysOf(stream)).toEqual(before);
    });
  });

  it('leaves a stream that takes no append at a bare version of its past', async () => {
    await atEveryRequest(interruption, async (heads, isClosed) => {
      if (!isClosed) return;
      const before = await sortKeysOf(heads[0]!.stream);
      await expectRefused(
        heads,
        heads.map(({ version }) => version),
      );
      expect(await sortKeysOf(heads[0]!.stream)).toEqual(before);
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
      const { stream } = await others.append(newStream(), [note('old'), note('old')], { expected: 'none' });
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
      expect(await versions(stream)).toEqual(closes ? [1, 2] : [1, 2, 3]);
      expect((await others.head(stream)).closed).toBe(closes ? true : undefined);
    },
  );

  it('after another one has ended, has nothing to delete and says so', async () => {
    const { stream } = await others.append(newStream(), [note('old')], { expected: 'none' });
    const outcome = await interleaved(
      (_, index) => index === 1,
      () => store.purgeStream(stream),
      () => others.purgeStream(stream),
    );
    expect(outcome).toBe(0);
    expect(await sortKeysOf(stream)).toEqual([]);
  });

  it('leaves nothing of a stream that is being closed by another: there is none to close', async () => {
    const { stream } = await others.append(newStream(), [note('old')], { expected: 'none' });
    const outcome = await interleaved(
      (_, index) => index === 1,
      () => store.closeStream(stream),
      () => others.purgeStream(stream),
    );
    expect(outcome).toBe('AGGREGATE_NOT_FOUND');
    expect(await sortKeysOf(stream)).toEqual([]);
    expect((await others.append(stream, [note('anew')], { expected: 'none' })).version).toBe(1);
  });
});

describe('a stream with a gap, read as of a time before the gap ended', () => {
  it('is damaged, not shorter', async () => {
    let now = 1_700_000_000_000;
    const clocked = new DynamoEventStore({ client: hand, tableName, clock: () => new Date(now) });
    const stream = newStream();
    for (let version = 1; version <= 4; version++, now += 1_000)
      await clocked.append(stream, [note(version)], { expected: 'any' });
    const asOf = new Date(1_700_000_001_500);
    expect(await versions(stream, { asOf })).toEqual([1, 2]);
    await hand.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(stream, 2) }));
    for (const order of ['forward', 'backward'] as const)
      expect([order, await codeOf(versions(stream, { asOf, order }))]).toEqual([order, 'STREAM_CORRUPTED']);
  });
});
