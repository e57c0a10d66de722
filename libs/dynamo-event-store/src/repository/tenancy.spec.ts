import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { AsyncContext } from '@nestjs/cqrs';
import type { EventMetadata } from '../event/event-metadata.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { accountClass } from '../../../../test/support/accounts.js';
import { AggregateRepository } from './aggregate-repository.js';
import { recordedEventOf } from './recorded-events.js';
import type { TenantOptions } from './repository-options.js';
import type { AggregateRepositoryOptions } from './repository-parts.js';
import { Repository } from './repository.js';

const Account = accountClass({ every: 2, version: 1 });
const MISMATCH = { code: 'TENANT_MISMATCH' };
const REQUIRED = { code: 'TENANT_REQUIRED' };

class TenantContext extends AsyncContext {
  constructor(readonly tenant: string) {
    super();
  }
}

let store: InMemoryEventStore;
beforeEach(() => {
  store = new InMemoryEventStore({ tenancy: true });
});

function repositoryWith(options: AggregateRepositoryOptions = {}): AggregateRepository {
  return new AggregateRepository(store, options);
}

async function versionOf(tenant: string, id = 'root'): Promise<number> {
  return (await store.head({ aggregate: 'account', id, tenant })).version;
}

describe('the tenant of a call', () => {
  const requests = new AsyncLocalStorage<string>();
  const byRequest = { tenant: () => requests.getStore() };
  const byContext = {
    tenant: ({ asyncContext }: { asyncContext?: AsyncContext | undefined }) =>
      asyncContext instanceof TenantContext ? asyncContext.tenant : undefined,
  };

  it.each<[string, AggregateRepositoryOptions, TenantOptions & { metadata?: EventMetadata }]>([
    ['the option tenant', {}, { tenant: 'acme' }],
    ['tenancy.tenant, from the AsyncContext', { tenancy: byContext }, { asyncContext: new TenantContext('acme') }],
    ['the metadata hook', { metadata: () => ({ tenantId: 'acme' }) }, {}],
    ['the metadata of the call', {}, { metadata: { tenantId: 'acme' } }],
  ])('is what %s says', async (_, options, call) => {
    await repositoryWith(options).save(new Account('root').deposit(1), call);
    expect(await versionOf('acme')).toBe(1);
  });

  it('is that of the request, for every verb', async () => {
    const repository = repositoryWith({ tenancy: byRequest, cache: true });
    await requests.run('acme', async () => {
      await repository.save(new Account('root').deposit(1));
      await repository.update(Account, 'root', (account) => void account.deposit(2), { idempotencyKey: 'k' });
      expect((await repository.load(Account, 'root')).balance).toBe(3);
      expect((await repository.list(Account)).items.map(({ stream }) => stream.tenant)).toEqual(['acme']);
      expect((await repository.storedCommand(Account, 'root', { idempotencyKey: 'k' }))?.head.version).toBe(2);
      expect((await repository.rebuildSnapshots(Account)).failed).toBe(0);
      await repository.archive(Account, 'root');
      for await (const { stream } of repository.history(Account, 'root')) expect(stream.tenant).toBe('acme');
    });
    await requests.run('globex', async () => {
      expect(await repository.find(Account, 'root')).toBeUndefined();
      expect((await repository.list(Account, { archived: true })).items).toEqual([]);
      expect(await repository.storedCommand(Account, 'root', { idempotencyKey: 'k' })).toBeUndefined();
      expect(await repository.purge(Account, 'root')).toBe(0);
    });
    await requests.run('acme', async () => {
      expect(await repository.close(Account, 'root')).toMatchObject({ version: 2, closed: true });
      expect(await repository.purge(Account, 'root')).toBeGreaterThan(0);
    });
  });

  it('is needed by every verb', async () => {
    const repository = repositoryWith({ tenancy: byRequest, metadata: () => ({ actorId: 'ada' }) });
    const calls: [string, () => unknown][] = [
      ['load', () => repository.load(Account, 'root')],
      ['load', () => repository.find(Account, 'root', { asOf: new Date() })],
      ['save', () => repository.save(new Account('root').deposit(1))],
      ['save', () => repository.saveAll([new Account('root').deposit(1)])],
      ['update', () => repository.update(Account, 'root', () => undefined)],
      ['storedCommand', () => repository.storedCommand(Account, 'root', { idempotencyKey: 'k' })],
      ['history', () => repository.history(Account, 'root')],
      ['list', () => repository.list(Account)],
      ['close', () => repository.close(Account, 'root')],
      ['archive', () => repository.archive(Account, 'root')],
      ['purge', () => repository.purge(Account, 'root')],
      ['rebuildSnapshots', () => repository.rebuildSnapshots(Account)],
    ];
    for (const [operation, call] of calls)
      await expect(Promise.resolve().then(call)).rejects.toMatchObject({ ...REQUIRED, operation });
  });

  it('must be the same wherever it is said', async () => {
    const said: [AggregateRepositoryOptions, TenantOptions & { metadata?: EventMetadata }, string[]][] = [
      [{ tenancy: byRequest }, { tenant: 'globex' }, ['option tenant', 'tenancy.tenant']],
      [{ tenancy: byRequest }, { metadata: { tenantId: 'globex' } }, ['tenancy.tenant', 'metadata.tenantId']],
      [{ tenancy: byRequest, metadata: () => ({ tenantId: 'globex' }) }, {}, ['tenancy.tenant', 'metadata hook']],
      [
        { metadata: () => ({ tenantId: 'acme' }) },
        { metadata: { tenantId: 'globex' } },
        ['metadata hook', 'metadata.tenantId'],
      ],
    ];
    for (const [options, call, sources] of said) {
      const saving = requests.run('acme', () => repositoryWith(options).save(new Account('root').deposit(1), call));
      const differing = sources.map((source) => expect.objectContaining({ source }));
      await expect(saving).rejects.toMatchObject({ ...MISMATCH, target: 'account/root', sources: differing });
    }
    const reading = requests.run('acme', () =>
      repositoryWith({ tenancy: byRequest }).load(Account, 'root', { tenant: 'globex' }),
    );
    await expect(reading).rejects.toMatchObject({ ...MISMATCH, operation: 'load' });
    expect([await versionOf('acme'), await versionOf('globex')]).toEqual([0, 0]);
  });

  it('cannot be empty', async () => {
    const invalid = { code: 'INVALID_ARGUMENT', argument: 'tenant' };
    await expect(repositoryWith().load(Account, 'root', { tenant: '' })).rejects.toMatchObject(invalid);
    expect(() => repositoryWith().forTenant('')).toThrow(expect.objectContaining(invalid));
  });
});

describe('an aggregate', () => {
  it('belongs to the tenant it was loaded for, and is saved there from anywhere', async () => {
    const repository = repositoryWith();
    for (const tenant of ['acme', 'globex']) await repository.save(new Account('root').deposit(1), { tenant });
    for (const options of [{}, { asOf: new Date(Date.now() + 1_000) }]) {
      const account = await repository.load(Account, 'root', { tenant: 'acme', ...options });
      await expect(repository.save(account.deposit(2), { tenant: 'globex' })).rejects.toMatchObject(MISMATCH);
      await expect(repository.forTenant('globex').save(account)).rejects.toMatchObject(MISMATCH);
      await repository.save(account);
    }
    expect([await versionOf('acme'), await versionOf('globex')]).toEqual([3, 1]);
  });

  it('that is new belongs to the tenant of its first save, even of one that failed', async () => {
    const repository = repositoryWith();
    await repository.save(new Account('root').deposit(1), { tenant: 'acme' });
    const account = new Account('root').deposit(1);
    await expect(repository.save(account, { tenant: 'acme' })).rejects.toMatchObject({ code: 'CONCURRENCY' });
    await expect(repository.save(account, { tenant: 'globex' })).rejects.toMatchObject(MISMATCH);
    expect(await versionOf('globex')).toBe(0);
  });

  it('is never written together with one of another tenant', async () => {
    const repository = repositoryWith();
    await repository.save(new Account('root').deposit(1), { tenant: 'acme' });
    await repository.save(new Account('root').deposit(1), { tenant: 'globex' });
    const [own, other] = [
      await repository.load(Account, 'root', { tenant: 'acme' }),
      await repository.load(Account, 'root', { tenant: 'globex' }),
    ];
    own.deposit(2);
    await expect(repository.saveAll([own], { unchanged: [other] })).rejects.toMatchObject(MISMATCH);
    await expect(repository.saveAll([own, other.deposit(2)])).rejects.toMatchObject(MISMATCH);
    await repository.saveAll([own, new Account('new').deposit(1)], { tenant: 'acme' });
    expect([await versionOf('acme'), await versionOf('acme', 'new'), await versionOf('globex')]).toEqual([2, 1, 1]);
  });

  it('shows its tenant on the events that are published', async () => {
    const published: RecordedEvent[] = [];
    const repository = repositoryWith({ publication: { publish: (events) => void published.push(...events) } });
    await repository.forTenant('acme').save(new Account('root').deposit(1));
    const [recorded] = published;
    expect(recorded).toMatchObject({ stream: { tenant: 'acme' }, metadata: { tenantId: 'acme' } });
    expect(recordedEventOf(recorded!.event)).toBe(recorded);
    for await (const read of repository.history(Account, 'root', { tenant: 'acme' }))
      expect(read.metadata).toEqual(recorded!.metadata);
  });
});

describe('without tenancy', () => {
  it('a tenant is part of the key where a call names one, and metadata alone does not move a stream', async () => {
    store = new InMemoryEventStore();
    const repository = repositoryWith({ metadata: () => ({ tenantId: 'acme' }) });
    await repository.save(new Account('root').deposit(1));
    await repository.save(new Account('root').deposit(2), { tenant: 'acme' });
    expect((await store.head({ aggregate: 'account', id: 'root' })).version).toBe(1);
    expect(await versionOf('acme')).toBe(1);
    await expect(repository.load(Account, 'root', { tenant: 'globex' })).rejects.toMatchObject(MISMATCH);
  });

  it('a bound repository writes to its tenant all the same', async () => {
    store = new InMemoryEventStore();
    const bound = repositoryWith().forTenant('acme');
    await bound.save(new Account('root').deposit(1));
    await bound.update(Account, 'root', (account) => void account.deposit(1));
    expect(await versionOf('acme')).toBe(2);
    expect((await store.head({ aggregate: 'account', id: 'root' })).version).toBe(0);
  });

  it('a tenant in metadata is a note, also on what was loaded or saved before', async () => {
    store = new InMemoryEventStore();
    const noted = { metadata: { tenantId: 'acme' } };
    const account = new Account('root').deposit(1);
    const hooked = repositoryWith({ metadata: () => noted.metadata });
    await hooked.save(account);
    await hooked.save(account.deposit(1));
    await repositoryWith().save(account.deposit(1), noted);
    await hooked.update(Account, 'root', (loaded) => void loaded.deposit(1));
    await repositoryWith().update(Account, 'root', (loaded) => void loaded.deposit(1), noted);
    expect((await store.head({ aggregate: 'account', id: 'root' })).version).toBe(5);
  });

  it('an aggregate still stays where it was loaded', async () => {
    store = new InMemoryEventStore();
    const repository = repositoryWith();
    await repository.save(new Account('root').deposit(1));
    await repository.save(new Account('root').deposit(1), { tenant: 'acme' });
    const [plain, own] = [
      await repository.load(Account, 'root'),
      await repository.load(Account, 'root', { tenant: 'acme' }),
    ];
    await expect(repository.save(plain.deposit(1), { tenant: 'acme' })).rejects.toMatchObject(MISMATCH);
    await expect(repository.saveAll([plain, own.deposit(1)])).rejects.toMatchObject(MISMATCH);
    await repository.save(own);
    expect([(await store.head({ aggregate: 'account', id: 'root' })).version, await versionOf('acme')]).toEqual([1, 2]);
  });
});

describe('forTenant', () => {
  it('has all verbs, shares the cache, and cannot be turned to another tenant', async () => {
    const repository = repositoryWith({ cache: true });
    const acme = repository.forTenant('acme');
    await acme.save(new Account('root').deposit(1));
    expect(repository.cacheSize).toEqual(acme.cacheSize);
    expect(acme.cacheSize.entries).toBe(1);
    const accounts = new Repository(repository, Account).forTenant('acme');
    await accounts.update('root', (account) => void account.deposit(2));
    expect((await acme.load(Account, 'root')).balance).toBe(3);
    expect(() => acme.forTenant('globex')).toThrow(expect.objectContaining(MISMATCH));
    await expect(acme.load(Account, 'root', { tenant: 'globex' })).rejects.toMatchObject(MISMATCH);
    await expect(acme.purgeTenant('globex')).rejects.toMatchObject(MISMATCH);
    expect(repository.cacheSize.entries).toBe(1);
  });
});
