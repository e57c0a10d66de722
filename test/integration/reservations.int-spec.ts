import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScanCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, type AppendOptions, type StreamHead, type StreamId } from 'nestjs-dynamo-event-store';
import { DynamoTableScan } from '../../libs/dynamo-event-store/src/dynamo/dynamo-table-scan.js';
import { itemBytes, writeUnits, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type Fault } from '../support/recording-client.js';
import { codeOf } from '../support/stream-life-fixture.js';

/** Two processes: the first without the retries of the SDK, so that one fault fails one call. */
const wire = recordingClient({ maxAttempts: 1 });
const hand = testClient();
const tableName = uniqueTableName('reservations');
const backoff = () => Promise.resolve();
const store = new DynamoEventStore({ client: wire.client, tableName, backoff });
const others = new DynamoEventStore({ client: hand, tableName, backoff });
let count = 0;
const newStream = (): StreamId => ({ aggregate: 'customer', id: String(count++) });
const name = () => ({ scope: 'customer-email', value: `ada-${count++}@example.org` });
const note = (payload: unknown) => ({ type: 'noted', payload });

async function items(): Promise<Item[]> {
  const { Items = [] } = await hand.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  return Items;
}

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
  hand.destroy();
});

describe('the cost of a reservation', () => {
  /** Appends to a stream that is there, and what went over the wire for it. */
  async function appended(options: Partial<AppendOptions>, payload: unknown = 1) {
    const start = await others.append(newStream(), [note(1)], { expected: 'none' });
    await store.append(start.stream, [note(payload)], { expected: 1, ...options });
    const [, request] = wire.requests;
    const actions = request!.input['TransactItems'] as TransactWriteItem[];
    const bytes = actions.map(({ Put, Delete }) => itemBytes(Put?.Item ?? Delete?.Key ?? {}));
    // DynamoDB Local does not charge transactions as DynamoDB does.
    const units = bytes.reduce((sum, each) => sum + 2 * writeUnits(each), 0);
    return { operations: wire.operations(), actions, bytes, units };
  }

  it.each([
    [1, 0],
    [0, 1],
    [2, 3],
  ])(
    'is one transaction: twice the unit of a small commit, and 2 for each of %i reserved and %i released',
    async (a, b) => {
      const reserve = Array.from({ length: a }, name);
      const release = Array.from({ length: b }, name);
      const { operations, actions, bytes, units } = await appended({ reserve, release }, 'x'.repeat(20));
      expect(operations).toEqual(['Query', 'TransactWriteItems']);
      expect(actions.map((action) => Object.keys(action)[0]).sort()).toEqual(
        [...Array.from({ length: b }, () => 'Delete'), ...Array.from({ length: a + 1 }, () => 'Put')].sort(),
      );
      expect(units).toBe(2 + 2 * (a + b));
      // A release is charged by what it deletes: the item that a reservation writes.
      expect(Math.max(0, ...bytes.slice(1))).toBeLessThan(250);
    },
  );

  it('adds some 60 bytes to the commit, and nothing to one without any', async () => {
    const head = await others.append(newStream(), [note(1)], { expected: 'none' });
    const next = await store.append(head.stream, [note(2)], { expected: 1 });
    await store.append(head.stream, [note(3)], { expected: next, reserve: [name()] });
    const plain = wire.requests[1]!.input['Item'] as Item;
    const reserving = (wire.requests[2]!.input['TransactItems'] as TransactWriteItem[])[0]!.Put!.Item!;
    expect(wire.operations()).toEqual(['Query', 'PutItem', 'TransactWriteItems']);
    expect(itemBytes(reserving) - itemBytes(plain)).toBeLessThan(75);
  });

  it('that is refused is the same transaction and nothing more; the holder is found by one read', async () => {
    const taken = name();
    const { stream } = await others.append(newStream(), [note(1)], { expected: 'none', reserve: [taken] });
    const refused = store.append(newStream(), [note(1)], { expected: 'none', reserve: [taken] });
    expect(await codeOf(refused)).toBe('VALUE_TAKEN');
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    wire.reset();
    expect(await store.reservationOf(taken)).toEqual(stream);
    expect(wire.operations()).toEqual(['GetItem']);
    expect(wire.requests[0]!.input['ConsistentRead']).toBe(true);
  });
});

describe('what is stored of a value', () => {
  it('is a digest, in all items', async () => {
    const value = { scope: 'customer-email', value: 'grace@example.org' };
    const head = await store.append(newStream(), [note(1)], { expected: 'none', reserve: [value] });
    await store.append(head.stream, [note(2)], { expected: head, reserve: [value] });
    const text = JSON.stringify(await items());
    expect(text).toContain('customer-email');
    expect(text).not.toContain('grace');
    expect(text).not.toContain(Buffer.from('grace@example.org').toString('base64').slice(0, 12));
  });

  it('is passed over by scans of the table, which give the commits with what they reserve', async () => {
    const value = name();
    const { stream } = await store.append(newStream(), [note(1)], { expected: 'none', reserve: [value] });
    const scan = new DynamoTableScan(
      others.tableRequests,
      () => tableName,
      () => new Date(),
    );
    const commits: unknown[] = [];
    for await (const page of scan.pages(0, 1)) {
      expect(page.unreadable).toEqual([]);
      commits.push(...page.notices.filter((notice) => notice.stream.id === stream.id));
    }
    expect(commits).toMatchObject([
      { first: 1, commit: { reservations: [{ change: 'reserve', scope: value.scope, digest: expect.any(String) }] } },
    ]);
  });
});

describe.each<Exclude<Fault, undefined>>(['drop-request', 'drop-response', 'throttle', 'transaction-conflict'])(
  'an append that meets %s',
  (fault) => {
    it('has stored both commit and reservation, or none; sent again, it stores them once', async () => {
      const [value, stream] = [name(), newStream()];
      let left = 1;
      wire.fault = ({ operation }) => (operation === 'TransactWriteItems' && left-- > 0 ? fault : undefined);
      const write = () =>
        store.append(stream, [note(1)], { expected: 'none', commitId: 'c-1', reserve: [value] }).then(
          ({ version }) => version,
          (error: unknown) => (error as { code?: string }).code,
        );
      const first = await write();
      expect(first).toEqual(
        { 'drop-request': 'STORE_UNAVAILABLE', 'drop-response': 'STORE_UNAVAILABLE', throttle: 'STORE_THROTTLED' }[
          fault as string
        ] ?? 1,
      );
      const isStored = (await others.head(stream)).version === 1;
      expect(isStored).toBe(fault === 'drop-response' || fault === 'transaction-conflict');
      expect(await others.reservationOf(value)).toEqual(isStored ? stream : undefined);
      expect(await write()).toBe(1);
      expect((await others.head(stream)).version).toBe(1);
      expect(await others.reservationOf(value)).toEqual(stream);
    });
  },
);

it('a write whose answer was lost is recognised after the value has gone to another stream', async () => {
  const [value, stream] = [name(), newStream()];
  const write = () => store.append(stream, [note(1)], { expected: 'none', commitId: 'c-1', reserve: [value] });
  wire.fault = () => 'drop-response';
  expect(await codeOf(write())).toBe('STORE_UNAVAILABLE');
  wire.reset();
  await others.append(stream, [note(2)], { expected: 1, release: [value] });
  const next = await others.append(newStream(), [note(1)], { expected: 'none', reserve: [value] });
  expect((await write()).version).toBe(1);
  expect(await others.reservationOf(value)).toEqual(next.stream);
});

it('an engine that does not show what is in the way is asked who holds the value', async () => {
  const taken = name();
  const { stream } = await others.append(newStream(), [note(1)], { expected: 'none', reserve: [taken] });
  wire.client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        for (const reason of (error as { CancellationReasons?: { Item?: unknown }[] }).CancellationReasons ?? [])
          delete reason.Item;
        throw error;
      }
    },
    { step: 'initialize', name: 'hideItems' },
  );
  try {
    const refused = store.append(newStream(), [note(1)], { expected: 'none', reserve: [taken] });
    await expect(refused).rejects.toMatchObject({ code: 'VALUE_TAKEN', holder: stream });
    expect(wire.operations()).toEqual(['TransactWriteItems', 'GetItem']);
    // Freed between refusal and question: it is tried again.
    wire.reset();
    wire.fault = async ({ operation }) => {
      if (operation === 'GetItem') await others.append(stream, [note(2)], { expected: 1, release: [taken] });
      return undefined;
    };
    expect((await store.append(newStream(), [note(1)], { expected: 'none', reserve: [taken] })).version).toBe(1);
    expect(wire.operations()).toEqual(['TransactWriteItems', 'GetItem', 'TransactWriteItems']);
  } finally {
    wire.client.middlewareStack.remove('hideItems');
  }
});

describe('a purge', () => {
  /** A stream that holds three values, gave up one and lost one to another stream, over two batches of deletions. */
  async function holding() {
    const stream = newStream();
    const [kept, again, gone, lost, late] = [name(), name(), name(), name(), name()];
    let head: StreamHead | undefined;
    const append = async (options: Partial<AppendOptions> = {}) => {
      head = await others.append(stream, [note(1)], { expected: head ?? 'none', ...options });
    };
    await append({ reserve: [kept, again, gone, lost] });
    await append({ release: [gone, lost, again] });
    for (let index = 0; index < 26; index++) await append();
    await append({ reserve: [again] });
    await append({ reserve: [late] });
    const other = await others.append(newStream(), [note(1)], { expected: 'none', reserve: [lost] });
    const holders = () =>
      Promise.all([kept, again, gone, late, lost].map(async (each) => (await others.reservationOf(each))?.id));
    return { stream, holders, other: other.stream };
  }

  it.each(['drop-request', 'drop-response', 'throttle'] as const)(
    'that is interrupted at any request by %s frees what the stream held by the next one at the latest, and nothing else',
    async (fault) => {
      for (let at = 0; ; at++) {
        const { stream, holders, other } = await holding();
        const { id } = stream;
        expect(await holders()).toEqual([id, id, undefined, id, other.id]);
        wire.reset();
        let failed = false;
        wire.fault = (_, index) => {
          failed ||= index === at;
          return index === at ? fault : undefined;
        };
        const outcome = await codeOf(store.purgeStream(stream));
        wire.reset();
        const wasInterrupted = failed as boolean;
        if (wasInterrupted) expect(outcome).toMatch(/^STORE_/);
        // While anything tells of the stream, it can be purged again; afterwards nothing is held by it.
        await store.purgeStream(stream);
        expect(await holders()).toEqual([undefined, undefined, undefined, undefined, other.id]);
        expect((await others.head(stream)).version).toBe(0);
        if (!wasInterrupted) {
          expect(at).toBeGreaterThan(6);
          return;
        }
      }
    },
  );

  it('leaves a reservation of the same stream in a later life alone', async () => {
    const value = name();
    const stream = newStream();
    const append = () => others.append(stream, [note(1)], { expected: 'none', idempotencyKey: 'k', reserve: [value] });
    await append();
    let held = false;
    wire.fault = async ({ operation }) => {
      if (operation === 'DeleteItem' && !held) {
        held = true;
        await others.purgeStream(stream);
        await append();
      }
      return undefined;
    };
    await store.purgeStream(stream);
    expect(held).toBe(true);
    expect(await others.reservationOf(value)).toEqual(stream);
  });
});
