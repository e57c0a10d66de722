import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { snapshotStateOf } from '../aggregate/aggregate-state.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { SnapshotState } from '../aggregate/snapshot-state.decorator.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import { allOf, anyOf, everyBytes, everyEvents, type SnapshotOptions } from '../metadata/snapshot-options.js';
import type { StateQuery, StateReading, StateSnapshot } from '../store/state-reading.js';
import type { StreamId } from '../event/stream-id.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { accountClass, stateOf, type Account } from '../../../../test/support/accounts.js';
import { AggregateRepository } from './aggregate-repository.js';
import type { AggregateRepositoryOptions } from './repository-parts.js';

/** Notes what is asked of snapshots. */
class WatchedStore extends InMemoryEventStore {
  readonly saved: { version: number; stored: boolean }[] = [];
  readonly bases: string[] = [];

  override async readState(stream: StreamId, query: StateQuery): Promise<StateReading> {
    const reading = await super.readState(stream, query);
    this.bases.push(reading.base);
    return reading;
  }

  override async saveSnapshot(snapshot: StateSnapshot): Promise<boolean> {
    const stored = await super.saveSnapshot(snapshot);
    this.saved.push({ version: snapshot.head.version, stored });
    return stored;
  }
}

function setUp(options: AggregateRepositoryOptions = {}, store = new WatchedStore()) {
  const warnings: string[] = [];
  const repository = new AggregateRepository(store, {
    onWarning: ({ message }) => void warnings.push(message),
    ...options,
  });
  return { store, repository, warnings };
}

const plain = accountClass();
const snapshotOptions: readonly (SnapshotOptions | undefined)[] = [
  undefined,
  { every: 1 },
  { every: 3 },
  { every: 7, write: 'await' },
  { everyBytes: 200 },
  { when: ({ aggregate }) => (aggregate as Account).balance % 2 === 0 },
  { when: allOf(everyEvents(2), anyOf(everyBytes(150), everyEvents(5))) },
];

describe('load', () => {
  it('with any snapshot policy, cache and page size equals the full fold, for random histories', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('deposit' as const),
        amounts: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ kind: fc.constant('tag' as const), tag: fc.string({ maxLength: 3 }) }),
      fc.record({ kind: fc.constant('elsewhere' as const) }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(...snapshotOptions),
        fc.constantFrom(false, true, { maxEntries: 1 }, { maxBytes: 2_000 }),
        fc.constantFrom(1, 2, 3, 100),
        async (steps, snapshot, cache, tail) => {
          const store = new (class extends WatchedStore {
            override readState(stream: StreamId, query: StateQuery): Promise<StateReading> {
              return super.readState(stream, { ...query, tail });
            }
          })();
          const accounts = accountClass(snapshot);
          let { repository } = setUp({ cache }, store);
          const elsewhere = new AggregateRepository(store);
          const truth = new AggregateRepository(store);
          await repository.save(new accounts('a').deposit(1, 'first'));
          for (const [index, each] of steps.entries()) {
            if (each.kind === 'restart') ({ repository } = setUp({ cache }, store));
            else if (each.kind === 'elsewhere')
              await elsewhere.update(plain, 'a', (account) => void account.deposit(2));
            else
              await repository.update(accounts, 'a', (account) => {
                if (each.kind === 'tag') account.tag(each.tag, new Date(index));
                else
                  for (const amount of each.amounts)
                    account.deposit(amount, amount % 3 === 0 ? `n${amount}` : undefined);
              });
            await repository.drain();
            expect(stateOf(await repository.load(accounts, 'a'))).toEqual(stateOf(await truth.load(plain, 'a')));
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('starts from the snapshot where there is one, and from the cached state where there is one', async () => {
    const { store, repository } = setUp();
    const accounts = accountClass({ every: 3, write: 'await' });
    const account = new accounts('a');
    for (let amount = 1; amount <= 7; amount++) await repository.save(account.deposit(amount));
    expect(store.saved).toEqual([3, 6].map((version) => ({ version, stored: true })));
    expect((await repository.load(accounts, 'a')).balance).toBe(28);
    const cached = setUp({ cache: true }, store).repository;
    for (let load = 0; load < 2; load++) expect((await cached.load(accounts, 'a')).balance).toBe(28);
    expect(store.bases).toEqual(['snapshot', 'snapshot', 'after']);
  });

  it('never shares an instance: what one caller does to its object, no other sees', async () => {
    const { repository, store } = setUp({ cache: true });
    const accounts = accountClass({ every: 2 });
    await repository.save(new accounts('a').deposit(1, 'x').deposit(2).tag('t', new Date(1)));
    const before = stateOf(await repository.load(accounts, 'a'));
    const spoilt = await repository.load(accounts, 'a');
    spoilt.balance = 999;
    spoilt.entries.length = 0;
    spoilt.tags.get('t')!.setTime(99);
    spoilt.notes.clear();
    spoilt.deposit(5);
    const [one, two] = await Promise.all([repository.load(accounts, 'a'), repository.load(accounts, 'a')]);
    expect(one).not.toBe(two);
    expect([stateOf(one), stateOf(two)]).toEqual([before, before]);
    const leaked: Account[] = [];
    await repository.update(accounts, 'a', (account) => {
      leaked.push(account.deposit(3));
    });
    leaked[0]!.entries.length = 0;
    await repository.drain();
    expect((await repository.load(accounts, 'a')).entries.map(({ amount }) => amount)).toEqual([1, 2, 3]);
    expect((await setUp({}, store).repository.load(accounts, 'a')).entries).toHaveLength(3);
  });

  it('keeps the classes of nested values, over snapshot and cache', async () => {
    for (const cache of [false, true]) {
      const { repository } = setUp({ cache });
      const accounts = accountClass({ every: 1, write: 'await' });
      await repository.save(new accounts('a').deposit(101));
      await repository.save((await repository.load(accounts, 'a')).deposit(1));
      const { entries } = await repository.load(accounts, 'a');
      expect(entries.map(({ isLarge }) => isLarge)).toEqual([true, false]);
    }
  });
});

describe('a snapshot', () => {
  it('holds what reducers made of stored events, not what else was done to the object', async () => {
    const { repository } = setUp();
    const accounts = accountClass({ every: 2, write: 'await' });
    const account = new accounts('a').deposit(1).deposit(2);
    account.balance = 1_000_000;
    await repository.save(account);
    expect((await repository.load(accounts, 'a')).balance).toBe(3);
  });

  it('of another schema version is ignored, reported and replaced', async () => {
    const first = setUp();
    await first.repository.save(new (accountClass({ every: 2, write: 'await' }))('a').deposit(1).deposit(2));
    const { repository, warnings, store } = setUp({}, first.store);
    const changed = accountClass({ every: 2, write: 'await', version: 2 });
    const account = await repository.load(changed, 'a');
    expect([account.balance, store.bases.at(-1)]).toEqual([3, 'start']);
    expect(warnings).toEqual([expect.stringContaining('The snapshot of account/a at version 2 is not used')]);
    await repository.save(account.deposit(3));
    expect((await repository.load(changed, 'a')).balance).toBe(6);
    expect([store.saved.at(-1), store.bases.at(-1)]).toEqual([{ version: 3, stored: true }, 'snapshot']);
  });

  it('that fails never fails the save: it is a warning that names the aggregate', async () => {
    const warnings: string[] = [];
    for (const write of ['await', 'background'] as const) {
      const { repository, store } = setUp({ onWarning: ({ message }) => void warnings.push(message) });
      store.saveSnapshot = () => Promise.reject(new Error('no capacity'));
      await repository.save(new (accountClass({ every: 1, write }))(write).deposit(1)).catch(fail);
      await repository.drain();
    }
    expect(warnings).toEqual([
      'No snapshot of account/await was taken: no capacity',
      'No snapshot of account/background was taken: no capacity',
    ]);
  });

  it('above 400 KB is left out with a warning that names the aggregate and the sizes', async () => {
    const { repository, warnings } = setUp();
    const accounts = accountClass({ every: 1, write: 'await' });
    const account = new accounts('a');
    for (let part = 0; part < 4; part++) await repository.save(account.deposit(1, noise(150_000)));
    expect(warnings.at(-1)).toMatch(
      /^No snapshot of account\/a was taken: The snapshot of account\/a at version 4 takes \d+ bytes; the limit is 409600/,
    );
    expect((await repository.load(accounts, 'a')).version).toBe(4);
  });

  it('in the background is written after save has answered, and drain waits for it', async () => {
    const { repository, store } = setUp();
    await repository.save(new (accountClass({ every: 1 }))('a').deposit(1));
    expect(store.saved).toEqual([]);
    await repository.drain();
    expect(store.saved).toEqual([{ version: 1, stored: true }]);
  });

  it('is not overwritten by an older one of a slower process', async () => {
    const { repository, store } = setUp();
    const accounts = accountClass({ every: 1 });
    await repository.save(new accounts('a').deposit(1));
    await setUp({}, store).repository.update(accounts, 'a', (account) => void account.deposit(2));
    const late = setUp({}, store).repository;
    await repository.drain();
    await late.drain();
    expect((await late.load(accounts, 'a')).balance).toBe(3);
  });

  it('is useless once its stream has been purged and begun anew', async () => {
    const { repository, store } = setUp({ cache: true });
    const accounts = accountClass({ every: 1, write: 'await' });
    await repository.save(new accounts('a').deposit(1).deposit(2));
    const { head, type } = {
      head: await store.head({ aggregate: 'account', id: 'a' }),
      type: { name: 'account snapshot', schemaVersion: 1, eventClass: accounts },
    };
    await store.purgeStream({ aggregate: 'account', id: 'a' });
    await setUp({}, store).repository.save(new plain('a').deposit(10).deposit(20).deposit(30));
    // A slow process writes the snapshot of the old life now.
    await store.saveSnapshot({ head, type, ...snapshotStateOf(Object.assign(new accounts('a'), { balance: 3 })) });
    for (const cache of [false, true])
      expect((await setUp({ cache }, store).repository.load(accounts, 'a')).balance).toBe(60);
    expect((await repository.load(accounts, 'a')).balance).toBe(60);
  });

  it('of chosen fields leaves the others as the constructor makes them', async () => {
    @DomainEvent({ name: 'counted' })
    class Counted {
      constructor(readonly by: number) {}
    }
    @Aggregate({ name: 'tally', snapshot: { every: 1, write: 'await' } })
    class Tally extends AggregateRoot {
      @SnapshotState() sum = 0;
      readonly #hidden = new Map([['constructed', true]]);
      derived = 'made by the constructor';
      count(by: number): this {
        this.apply(new Counted(by));
        return this;
      }
      get isConstructed(): boolean {
        return this.#hidden.has('constructed');
      }
      @EventHandler(Counted) onCounted({ by }: Counted): void {
        this.sum += by;
        this.derived = 'changed';
      }
    }
    const { repository, store } = setUp({ cache: true });
    await repository.save(new Tally('t').count(4));
    const loaded = await setUp({}, store).repository.load(Tally, 't');
    expect([loaded.sum, loaded.derived, loaded.isConstructed, store.bases]).toEqual([
      4,
      'made by the constructor',
      true,
      ['snapshot'],
    ]);
  });

  it('for a whole class is rebuilt from all events, also where an equally new one is there', async () => {
    const { repository, store } = setUp();
    for (const id of ['a', 'b', 'c']) await repository.save(new plain(id).deposit(1).deposit(2));
    await repository.close(plain, 'c');
    await repository.archive(plain, 'b');
    const accounts = accountClass({ every: 100 });
    const rebuilding = setUp({}, store).repository;
    const progress: number[] = [];
    const rebuild = () =>
      rebuilding.rebuildSnapshots(accounts, { onProgress: ({ written }) => void progress.push(written) });
    expect(await rebuild()).toEqual({ written: 2, skipped: 1, failed: 0 });
    expect(await rebuild()).toEqual({ written: 2, skipped: 1, failed: 0 });
    expect(progress).toHaveLength(6);
    expect((await rebuilding.load(accounts, 'b')).balance).toBe(3);
    expect(store.bases.at(-1)).toBe('snapshot');
    await expect(repository.rebuildSnapshots(plain)).rejects.toThrow('It has no snapshot option');
  });
});

describe('the cache', () => {
  it('is bounded by the number of aggregates and by their size', async () => {
    for (const [cache, bound] of [
      [{ maxEntries: 3 }, { entries: 3 }],
      [{ maxBytes: 3_000 }, {}],
    ] as const) {
      const { repository } = setUp({ cache });
      for (let id = 0; id < 20; id++) await repository.save(new plain(String(id)).deposit(1, 'x'.repeat(100)));
      expect(repository.cacheSize).toMatchObject(bound);
      expect(repository.cacheSize.entries).toBeGreaterThan(0);
      expect(repository.cacheSize.bytes).toBeLessThanOrEqual('maxBytes' in cache ? cache.maxBytes : Infinity);
    }
    expect(() => setUp({ cache: { maxEntries: 0 } })).toThrow('cache.maxEntries is 0');
    expect(setUp().repository.cacheSize).toEqual({ entries: 0, bytes: 0 });
  });

  it('leaves out classes whose state it cannot copy, says so once, and everything still works', async () => {
    @DomainEvent({ name: 'hidden-counted' })
    class Counted {}
    @Aggregate({ name: 'hidden' })
    class Hidden extends AggregateRoot {
      #sum = 0;
      get sum(): number {
        return this.#sum;
      }
      count(): this {
        this.apply(new Counted());
        return this;
      }
      @EventHandler(Counted) onCounted(): void {
        this.#sum += 1;
      }
    }
    const { repository, warnings } = setUp({ cache: true });
    await repository.save(new Hidden('a').count());
    for (let update = 0; update < 3; update++) await repository.update(Hidden, 'a', (hidden) => void hidden.count());
    expect((await repository.load(Hidden, 'a')).sum).toBe(4);
    expect(repository.cacheSize.entries).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('Aggregates of Hidden are not cached: It has #private members')]);
  });

  it('gives the state up when a value comes into it that cannot be copied', async () => {
    class Secret {
      #value = 1;
      get value(): number {
        return this.#value;
      }
    }
    @DomainEvent({ name: 'secret-added' })
    class Added {}
    @Aggregate({ name: 'vault' })
    class Vault extends AggregateRoot {
      readonly secrets: Secret[] = [];
      add(): this {
        this.apply(new Added());
        return this;
      }
      @EventHandler(Added) onAdded(): void {
        if (this.version > 0) this.secrets.push(new Secret());
      }
    }
    const { repository, warnings } = setUp({ cache: true });
    await repository.save(new Vault('a').add());
    for (let update = 0; update < 3; update++) await repository.update(Vault, 'a', (vault) => void vault.add());
    const [one, two] = await Promise.all([repository.load(Vault, 'a'), repository.load(Vault, 'a')]);
    expect([one.secrets.map(({ value }) => value), one === two]).toEqual([[1, 1, 1], false]);
    expect(warnings).toEqual([expect.stringContaining('it holds an instance of Secret')]);
  });

  it('survives commands that race in one process', async () => {
    const { repository, store } = setUp({ cache: true });
    await repository.save(new plain('a').deposit(1));
    const amounts = Array.from({ length: 30 }, (_, index) => index + 1);
    await Promise.all(
      amounts.map((amount) =>
        repository.update(plain, 'a', (account) => void account.deposit(amount), { attempts: 200 }),
      ),
    );
    expect((await repository.load(plain, 'a')).balance).toBe(1 + (30 * 31) / 2);
    expect((await setUp({}, store).repository.load(plain, 'a')).version).toBe(31);
  });
});

function noise(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join('');
}

function fail(error: unknown): never {
  throw error;
}
