import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { PutItemCommand, QueryCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, type AppendOptions, type StreamHead, type StreamId } from 'nestjs-dynamo-event-store';
import { itemBytes, writeUnits, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type WireRequest } from '../support/recording-client.js';

/** Two processes: the first without the retries of the SDK, so that one fault fails one call. */
const wire = recordingClient({ maxAttempts: 1 });
const other = recordingClient({ maxAttempts: 3 });
const hand = testClient();
const tableName = uniqueTableName('idempotency');
const store = new DynamoEventStore({ client: wire.client, tableName });
const second = new DynamoEventStore({ client: other.client, tableName });
let count = 0;
const stream = (): StreamId => ({ aggregate: 'keyed', id: String(count++) });
const note = (payload: unknown) => ({ type: 'noted', payload });
const KEY = 'the key of a command, as a client of ours sends it';
const command = (expected: AppendOptions['expected']): AppendOptions => ({ expected, idempotencyKey: KEY });

/** A stream with one event, and the recordings emptied. */
async function opened(ttl?: Date): Promise<StreamHead> {
  const head = await store.append(stream(), [note('opened')], { expected: 'none', ttl });
  wire.reset();
  return head;
}

async function stored(target: StreamId): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for await (const { event } of second.read<unknown>(target)) payloads.push(event);
  return payloads;
}

/** Everything under the key of a stream. */
async function itemsIn({ id }: StreamId): Promise<Item[]> {
  const { Items = [] } = await hand.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `#keyed#${id}` } },
    }),
  );
  return Items;
}

const receiptsIn = async (target: StreamId): Promise<Item[]> =>
  (await itemsIn(target)).filter(({ sk }) => sk!.S!.startsWith('c#'));

const putsOf = ({ input }: WireRequest) =>
  (input['TransactItems'] as TransactWriteItem[]).map(({ Put }) => Put!) as unknown as {
    readonly Item: Item;
    readonly ConditionExpression?: string;
    readonly ReturnValuesOnConditionCheckFailure?: string;
  }[];

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
  other.reset();
});
afterAll(() => {
  wire.client.destroy();
  other.client.destroy();
  hand.destroy();
});

describe('an append with an idempotency key', () => {
  it('is one TransactWriteItems of two items, both on the condition that they are new', async () => {
    const head = await opened();
    await store.append(head.stream, [note('a'), note('b')], { ...command(head), fingerprint: 'body' });
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    const [commit, receipt, ...more] = putsOf(wire.requests[0]!);
    expect(more).toEqual([]);
    for (const put of [commit, receipt])
      expect(put).toMatchObject({
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    expect(commit!.Item).toMatchObject({ sk: { S: 'e#0000000000000002' }, n: { N: '2' } });
    const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
    expect(receipt!.Item).toEqual({
      pk: commit!.Item['pk'],
      sk: { S: `c#${hash(KEY)}` },
      commit: commit!.Item['commit'],
      first: { N: '2' },
      last: { N: '3' },
      at: commit!.Item['at'],
      try: { S: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      digest: { S: expect.stringMatching(/^[\w-]{43}$/) },
      print: { S: hash('body') },
    });
  });

  it('stores neither key nor fingerprint as text, whatever their length', async () => {
    const head = await opened();
    const [secret, print] = ['secret '.repeat(500), 'card 4111'];
    await store.append(head.stream, [note('a')], { expected: head, idempotencyKey: secret, fingerprint: print });
    const [receipt] = await receiptsIn(head.stream);
    expect(itemBytes(receipt!)).toBeLessThan(400);
    expect(JSON.stringify(await itemsIn(head.stream))).not.toMatch(/secret|4111/);
  });

  // DynamoDB charges a transaction for each item by itself; DynamoDB Local for all of them together, so it is not asked.
  it.each([1, 1_000, 10_000, 300_000])('of %i bytes takes 2 x (ceil(commit) + 1) write units', async (bytes) => {
    const head = await opened();
    await store.append(head.stream, [note(new Uint8Array(bytes).map(() => Math.random() * 256))], command(head));
    const sizes = putsOf(wire.requests[0]!).map(({ Item }) => itemBytes(Item));
    const [commit = 0] = sizes;
    expect(commit).toBeGreaterThan(bytes);
    expect(sizes.reduce((units, size) => units + 2 * writeUnits(size), 0)).toBe(2 * (Math.ceil(commit / 1024) + 1));
  });

  it('expires together with its commit', async () => {
    const ttl = new Date(Date.UTC(2100, 0, 1));
    const head = await opened(ttl);
    await store.append(head.stream, [note('a')], { ...command(head), ttl });
    expect(putsOf(wire.requests[0]!).map(({ Item }) => Item['ttl'])).toEqual([
      { N: String(ttl.getTime() / 1000) },
      { N: String(ttl.getTime() / 1000) },
    ]);
  });

  it('above 400 KB is still one TransactWriteItems, with the receipt as one item more', async () => {
    const head = await opened();
    const large = [note(new Uint8Array(900_000).map(() => Math.random() * 256))];
    await store.append(head.stream, large, command(head));
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    expect(putsOf(wire.requests[0]!)).toHaveLength(4);
    wire.reset();
    expect(await store.append(head.stream, large, command('any'))).toMatchObject({ version: 2, repeated: true });
    expect(await receiptsIn(head.stream)).toHaveLength(1);
  });
});

describe('a repeated command', () => {
  it('is one refused TransactWriteItems and no read, on a stale and on a current head', async () => {
    const head = await opened();
    const first = await store.append(head.stream, [note('a')], command(head));
    const last = await store.append(head.stream, [note('b')], { expected: first });
    for (const expected of [head, first, last]) {
      wire.reset();
      expect(await store.append(head.stream, [note('a')], command(expected))).toMatchObject({ version: 2 });
      expect(wire.operations()).toEqual(['TransactWriteItems']);
    }
    expect(await stored(head.stream)).toEqual(['opened', 'a', 'b']);
  });

  it('is marked as repeated also where the clock has not moved, or is behind the stream', async () => {
    const frozen = new Date(Date.now() - 60_000);
    const still = new DynamoEventStore({ client: wire.client, tableName, clock: () => frozen });
    const head = await opened();
    for (const target of [head.stream, stream()]) {
      const expected = target === head.stream ? head : 'none';
      expect((await still.append(target, [note('a')], command(expected))).repeated).toBeUndefined();
      for (const again of [expected, 'any'] as const)
        expect((await still.append(target, [note('a')], command(again))).repeated).toBe(true);
    }
  });

  it('is found by storedCommand in one consistent GetItem', async () => {
    const head = await opened();
    await store.append(head.stream, [note('a')], command(head));
    wire.reset();
    const found = await store.storedCommand(head.stream, { idempotencyKey: KEY });
    expect(found).toMatchObject({ head: { version: 2, repeated: true }, decidedOn: 1 });
    expect(wire.requests).toMatchObject([{ operation: 'GetItem', input: { ConsistentRead: true } }]);
  });

  it('is recognised where the engine does not return the items in the way, by one read of each', async () => {
    const hide = (error: unknown): never => {
      const { CancellationReasons: reasons = [] } = error as { CancellationReasons?: { Item?: unknown }[] };
      for (const reason of reasons) delete reason.Item;
      throw error;
    };
    const head = await opened();
    await store.append(head.stream, [note('a')], command(head));
    wire.client.middlewareStack.add((next) => (args) => next(args).catch(hide), { step: 'initialize', name: 'hide' });
    try {
      wire.reset();
      expect((await store.append(head.stream, [note('a')], command(head))).version).toBe(2);
      expect(wire.operations()).toEqual(['TransactWriteItems', 'GetItem', 'GetItem']);
      wire.reset();
      expect((await store.append(head.stream, [note('a')], command('any'))).version).toBe(2);
      expect(wire.operations()).toEqual(['Query', 'TransactWriteItems', 'GetItem', 'GetItem']);
    } finally {
      wire.client.middlewareStack.remove('hide');
    }
  });

  it('whose receipt is damaged is an error, and nothing is written', async () => {
    const head = await opened();
    const first = await store.append(head.stream, [note('a')], command(head));
    const [receipt] = await receiptsIn(head.stream);
    await hand.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { pk: receipt!['pk']!, sk: receipt!['sk']!, first: { S: 'x' } },
      }),
    );
    const again = store.append(head.stream, [note('a')], command(first));
    await expect(again).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', stream: head.stream });
    expect(await stored(head.stream)).toEqual(['opened', 'a']);
  });
});

describe('a command whose answer is lost', () => {
  it('is a success after the retry of the SDK, which sends the same token', async () => {
    other.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    const target = stream();
    expect((await second.append(target, [note('a')], command('none'))).version).toBe(1);
    expect(other.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(new Set(other.requests.map(({ input }) => input['ClientRequestToken'])).size).toBe(1);
    expect(await stored(target)).toEqual(['a']);
  });

  it.each(['none', 'any'] as const)('is stored once, whichever process repeats it with "%s"', async (expected) => {
    const target = stream();
    wire.fault = ({ operation }) => (operation === 'TransactWriteItems' ? 'drop-response' : undefined);
    await expect(store.append(target, [note('a')], command(expected))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await second.append(target, [note('b')], { expected: 'any' });
    wire.reset();
    for (const each of [second, store])
      expect(await each.append(target, [note('a')], command(expected))).toMatchObject({ version: 1, repeated: true });
    expect(await stored(target)).toEqual(['a', 'b']);
  });

  it('and whose request never arrived, is stored when it is repeated', async () => {
    const head = await opened();
    wire.fault = (_, index) => (index === 0 ? 'drop-request' : undefined);
    await expect(store.append(head.stream, [note('a')], command(head))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    const again = await second.append(head.stream, [note('a')], command('any'));
    expect([again.version, again.repeated]).toEqual([2, undefined]);
    expect(await stored(head.stream)).toEqual(['opened', 'a']);
  });
});

describe('two processes with the same command at the same moment', () => {
  it.each(['none', 'any'] as const)(
    'store it once, with one receipt, and both succeed, with "%s"',
    async (expected) => {
      for (let round = 0; round < 10; round++) {
        const target = stream();
        const heads = await Promise.all(
          [store, second, store, second].map((each) => each.append(target, [note('a')], command(expected))),
        );
        expect(heads.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
        expect(await stored(target)).toEqual(['a']);
        expect(await receiptsIn(target)).toHaveLength(1);
      }
    },
  );

  it('and other commands in between, store each once', async () => {
    const target = stream();
    const keys = ['x', 'y', 'z'];
    await Promise.all(
      [store, second].flatMap((each) =>
        keys.map((key) => each.append(target, [note(key)], { expected: 'any', idempotencyKey: key })),
      ),
    );
    expect((await stored(target)).sort()).toEqual(keys);
    expect(await receiptsIn(target)).toHaveLength(3);
  });
});
