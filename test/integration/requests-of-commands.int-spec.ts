import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AggregateRepository, DynamoEventStore, type AggregateClass } from 'nestjs-dynamo-event-store';
import { accountClass, stateOf, type Account } from '../support/accounts.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

const tableName = uniqueTableName('commands');
const wire = recordingClient();
const elsewhere = recordingClient();
const PlainAccount = accountClass();
const SnapshotAccount = accountClass({ every: 5, write: 'await' });

const store = new DynamoEventStore({ client: wire.client, tableName });
const cold = new AggregateRepository(store);
const snapshotting = new AggregateRepository(store);
const warm = new AggregateRepository(store, { cache: true });
/** Another process. */
const other = new AggregateRepository(new DynamoEventStore({ client: elsewhere.client, tableName }));

beforeAll(() => store.createTable());
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
  elsewhere.client.destroy();
});

async function open(accounts: AggregateClass<Account>, repository: AggregateRepository, events = 1): Promise<string> {
  const account = new accounts(randomUUID());
  for (let event = 1; event <= events; event++) await repository.save(account.deposit(event));
  wire.reset();
  return account.id;
}

const deposit = (amount: number) => (account: Account) => void account.deposit(amount);

describe('update is', () => {
  it('one Query and one PutItem without a cache', async () => {
    const id = await open(PlainAccount, cold, 3);
    await cold.update(PlainAccount, id, deposit(10));
    expect(wire.operations()).toEqual(['Query', 'PutItem']);
  });

  it('one Query and one PutItem with a snapshot, and reads no more than the snapshot, its commit and the tail', async () => {
    const id = await open(SnapshotAccount, snapshotting, 23);
    await snapshotting.update(SnapshotAccount, id, deposit(10));
    expect(wire.operations()).toEqual(['Query', 'PutItem']);
    // Snapshot at version 20, commits 21 to 23, and as many more as the interval may hold.
    expect(wire.requests[0]).toMatchObject({ input: { Limit: 7 } });
    expect(wire.requests[0]!.items).toBeLessThanOrEqual(7);
    expect((await snapshotting.load(SnapshotAccount, id)).balance).toBe((23 * 24) / 2 + 10);
  });

  it('one PutItem on a warm cache, every time', async () => {
    const id = await open(PlainAccount, warm);
    for (let amount = 1; amount <= 5; amount++) await warm.update(PlainAccount, id, deposit(amount));
    expect(wire.operations()).toEqual(Array(5).fill('PutItem'));
    expect(stateOf(await warm.load(PlainAccount, id))).toEqual(stateOf(await cold.load(PlainAccount, id)));
  });

  it('two PutItems and no read when a warm cache lost the race', async () => {
    const id = await open(PlainAccount, warm);
    await other.update(PlainAccount, id, deposit(100));
    const head = await warm.update(PlainAccount, id, deposit(10));
    expect(wire.operations()).toEqual(['PutItem', 'PutItem']);
    expect(head.version).toBe(3);
    expect((await cold.load(PlainAccount, id)).balance).toBe(111);
  });

  it('three PutItems and one read for two lost races in a row: who is far behind reads what is missing at once', async () => {
    const id = await open(PlainAccount, warm);
    for (let amount = 1; amount <= 20; amount++) await other.update(PlainAccount, id, deposit(100));
    const head = await warm.update(PlainAccount, id, deposit(10));
    expect(wire.operations()).toEqual(['PutItem', 'PutItem', 'Query', 'PutItem']);
    expect(head.version).toBe(22);
  });

  it('refused by the domain only after a read: what a cached state says may be old', async () => {
    const id = await open(PlainAccount, warm);
    const onlyAt = (balance: number) => (account: Account) => {
      if (account.balance !== balance) throw new RangeError(`not ${balance}`);
      account.deposit(10);
    };
    await expect(warm.update(PlainAccount, id, onlyAt(7))).rejects.toThrow('not 7');
    expect(wire.operations()).toEqual(['Query']);
    await other.update(PlainAccount, id, deposit(6));
    expect((await warm.update(PlainAccount, id, onlyAt(7))).version).toBe(3);
    expect(wire.operations()).toEqual(['Query', 'Query', 'PutItem']);
    expect((await warm.update(PlainAccount, id, () => undefined)).version).toBe(3);
  });

  it('at an expected version that the cached state does not have: one read before it is refused', async () => {
    const id = await open(PlainAccount, warm);
    await other.update(PlainAccount, id, deposit(6));
    expect((await warm.update(PlainAccount, id, deposit(1), { expectedVersion: 2 })).version).toBe(3);
    expect(wire.operations()).toEqual(['Query', 'PutItem']);
    wire.reset();
    const stale = warm.update(PlainAccount, id, deposit(1), { expectedVersion: 2 });
    await expect(stale).rejects.toMatchObject({ code: 'CONCURRENCY', expected: 2, actual: 3 });
    expect(wire.operations()).toEqual(['Query']);
  });

  it('with an idempotency key one TransactWriteItems, warm; a repetition costs one more to find out', async () => {
    const id = await open(PlainAccount, warm);
    const keyed = { idempotencyKey: 'k' };
    expect((await warm.update(PlainAccount, id, deposit(5), keyed)).version).toBe(2);
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    wire.reset();
    expect(await warm.update(PlainAccount, id, deposit(5), keyed)).toMatchObject({ version: 2, repeated: true });
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    expect((await cold.load(PlainAccount, id)).balance).toBe(6);
  });
});

describe('load', () => {
  it('from a warm cache reads only what came after', async () => {
    const id = await open(PlainAccount, warm, 30);
    await other.update(PlainAccount, id, deposit(7));
    const account = await warm.load(PlainAccount, id);
    expect(account.balance).toBe((30 * 31) / 2 + 7);
    // The commit that the state ends with, which proves that it is still the same stream, and the new one.
    expect(wire.requests).toMatchObject([{ operation: 'Query', items: 2, capacity: { CapacityUnits: 1 } }]);
  });
});

describe('a snapshot', () => {
  it('is one PutItem after the append, every so many events', async () => {
    const account = new SnapshotAccount(randomUUID());
    for (let event = 1; event <= 11; event++) await snapshotting.save(account.deposit(event));
    const snapshots = wire.requests.filter(({ input }) => JSON.stringify(input['Item']).includes('"s#"'));
    expect(wire.operations()).toEqual(Array(13).fill('PutItem'));
    expect(snapshots).toHaveLength(2);
    expect(wire.requests.indexOf(snapshots[0]!)).toBe(5);
  });
});

describe('saveAll', () => {
  it('of k aggregates is one request', async () => {
    const existing = await Promise.all([1, 2].map(() => open(PlainAccount, cold)));
    const loaded = await Promise.all(existing.map((id) => cold.load(PlainAccount, id)));
    const fresh = Array.from({ length: 8 }, () => new PlainAccount(randomUUID()));
    wire.reset();
    const heads = await cold.saveAll([...loaded, ...fresh].map((account) => account.deposit(1)));
    expect(wire.operations()).toEqual(['TransactWriteItems']);
    expect(heads.map(({ version }) => version)).toEqual([2, 2, ...Array<number>(8).fill(1)]);
  });

  it('of one aggregate is a plain PutItem', async () => {
    await cold.saveAll([new PlainAccount(randomUUID()).deposit(1)]);
    expect(wire.operations()).toEqual(['PutItem']);
  });
});
