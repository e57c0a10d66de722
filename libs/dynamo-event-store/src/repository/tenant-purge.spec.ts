import { describe, expect, it } from '@jest/globals';
import { eventTableDefinition } from '../dynamo/table-definition.js';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import type { StreamId } from '../event/stream-id.js';
import { Random, SimulatedDynamoDb } from '../testing/simulation/index.js';
import { accountClass } from '../../../../test/support/accounts.js';
import { Cart } from '../../../../test/support/shop.js';
import { AggregateRepository } from './aggregate-repository.js';

const Account = accountClass({ every: 2, version: 1, write: 'await' });

/** A store that fails, stops or counts at the purge of a stream. */
class WatchedStore extends DynamoEventStore {
  readonly purged: string[] = [];
  most = 0;
  before: (stream: StreamId) => void = () => undefined;
  private running = 0;

  override async purgeStream(stream: StreamId): Promise<number> {
    this.before(stream);
    this.most = Math.max(this.most, ++this.running);
    try {
      this.purged.push(stream.id);
      return await super.purgeStream(stream);
    } finally {
      this.running -= 1;
    }
  }
}

async function setUp(accounts: number, staleness?: { chance: number; maxAge: number }) {
  const database = new SimulatedDynamoDb({ random: new Random(3), ...(staleness === undefined ? {} : { staleness }) });
  database.createTable('events', eventTableDefinition({ tableName: 'events' }));
  const pauses: number[] = [];
  const backoff = (attempt: number) => {
    pauses.push(attempt);
    return Promise.resolve();
  };
  const store = new WatchedStore({ client: database.client, tableName: 'events', tenancy: true, backoff });
  const repository = new AggregateRepository(store, { cache: true, backoff });
  for (const tenant of ['acme', 'globex']) {
    for (let count = 0; count < accounts; count++) {
      const account = new Account(`a-${count}`).deposit(1).deposit(2).deposit(3);
      await repository.save(account, { tenant, idempotencyKey: 'k' });
      if (count % 3 === 0) await repository.archive(Account, account.id, true, { tenant });
      if (count % 4 === 0) await repository.close(Account, account.id, { tenant });
    }
    const cart = new Cart('c-1');
    cart.add('tea');
    await repository.save(cart, { tenant });
  }
  const left = () => database.items('events').map(({ pk }) => pk!.S!);
  return { store, repository, left, pauses };
}

describe('purgeTenant', () => {
  it('deletes every item of the tenant, archived and closed ones too, and nothing of others', async () => {
    const { repository, left } = await setUp(230);
    const all = left();
    const own = all.filter((key) => key.startsWith('acme#'));
    const progress: number[] = [];
    const result = await repository.purgeTenant('acme', { onProgress: ({ streams }) => progress.push(streams) });
    // Those that were open are closed first, which is an item more.
    expect(result).toEqual({ streams: 231, items: own.length + 231 - 58 });
    expect(progress).toEqual(Array.from({ length: 231 }, (_, index) => index + 1));
    expect(left()).toEqual(all.filter((key) => key.startsWith('globex#')));
    expect(await repository.find(Account, 'a-1', { tenant: 'acme' })).toBeUndefined();
    expect((await repository.load(Account, 'a-1', { tenant: 'globex' })).balance).toBe(6);
  });

  it('forgets what the cache holds of the tenant, so that ids can be used again', async () => {
    const { repository } = await setUp(3);
    const { entries } = repository.cacheSize;
    await repository.purgeTenant('acme');
    expect(repository.cacheSize.entries).toBe(entries / 2);
    // A cached state would be decided on without a look.
    const deposit = repository.update(Account, 'a-1', (account) => void account.deposit(1), { tenant: 'acme' });
    await expect(deposit).rejects.toMatchObject({ code: 'AGGREGATE_NOT_FOUND' });
    await repository.save(new Account('a-1').deposit(5), { tenant: 'acme' });
    const head = await repository.update(Account, 'a-1', (account) => void account.deposit(1), { tenant: 'acme' });
    expect(head.version).toBe(2);
  });

  it('takes only the aggregates that are named', async () => {
    const { repository, left } = await setUp(2);
    expect((await repository.purgeTenant('acme', { aggregates: ['cart'] })).streams).toBe(1);
    const own = new Set(left().filter((key) => key.startsWith('acme#')));
    expect([...own].sort()).toEqual(['acme#account#a-0', 'acme#account#a-1']);
  });

  it('looks again while the listing is behind', async () => {
    const { repository, left, pauses } = await setUp(40, { chance: 0.7, maxAge: 60 });
    expect((await repository.purgeTenant('acme')).streams).toBe(41);
    expect(left().filter((key) => key.startsWith('acme#'))).toEqual([]);
    expect(pauses.length).toBeGreaterThan(0);
  });

  it('purges several side by side, no more than allowed', async () => {
    for (const concurrency of [1, 3, undefined]) {
      const { repository, store } = await setUp(12);
      await repository.purgeTenant('acme', { concurrency });
      expect(store.most).toBe(concurrency ?? 4);
    }
    const { repository } = await setUp(0);
    await expect(repository.purgeTenant('acme', { concurrency: 0 })).rejects.toMatchObject({ code: 'INVALID_VERSION' });
  });

  it('goes on after a failure, with nothing under way when it is told', async () => {
    const { repository, store, left } = await setUp(10);
    store.before = ({ id }) => {
      if (id === 'a-4') throw new Error('lost');
    };
    await expect(repository.purgeTenant('acme')).rejects.toThrow('lost');
    const count = store.purged.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.purged.length).toBe(count);
    store.before = () => undefined;
    await repository.purgeTenant('acme');
    expect(left().filter((key) => key.startsWith('acme#'))).toEqual([]);
    expect(left().filter((key) => key.startsWith('globex#')).length).toBeGreaterThan(10);
  });

  it('stops at the signal between two streams', async () => {
    const { repository, store } = await setUp(10);
    const stop = new AbortController();
    store.before = ({ id }) => {
      if (id === 'a-4') stop.abort(new Error('enough'));
    };
    await expect(repository.purgeTenant('acme', { concurrency: 1, signal: stop.signal })).rejects.toThrow('enough');
    expect(store.purged.length).toBeLessThan(10);
  });
});
