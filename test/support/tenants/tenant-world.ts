import { expect } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AggregateRepository, DynamoEventStore, Repository } from 'nestjs-dynamo-event-store';
import type { Random } from '../../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { accountClass, type Account as AnyAccount } from '../accounts.js';
import { ExpectedTenant, type ExpectedAccount } from './tenant-model.js';

const Account = accountClass({ every: 4, version: 1, write: 'await' });

/** Names and ids that would run into each other if keys were put together carelessly. */
const TENANTS = [
  ['a', 'red*'],
  ['a#account', 'blue*'],
] as const;
const IDS = ['1', '2', '3', 'account#1', '#', '%23', 'a', 'é'];
const KEYS = ['k1', 'k2', 'k3'];
const PROCESSES = 3;

/** Codes that a refused command may have. */
type Refusal = 'CONCURRENCY' | 'STREAM_CLOSED' | 'AGGREGATE_NOT_FOUND' | 'TENANT_MISMATCH' | 'TENANT_REQUIRED';

/**
 * Two tenants with equal aggregate names and ids, and several processes with caches and snapshots that serve both. After
 * each operation the answer is compared with what that tenant alone has done.
 */
export class TenantWorld {
  readonly tenants = TENANTS.map(([name, mark]) => new ExpectedTenant(name, mark));
  /** How often each operation was carried out. */
  readonly done = new Map<string, number>();
  private processes: AggregateRepository[];

  constructor(
    private readonly random: Random,
    private readonly client: (process: number) => DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.processes = Array.from({ length: PROCESSES }, (_, process) => this.start(process));
  }

  async run(operations: number): Promise<void> {
    for (let count = 0; count < operations; count++) {
      const operation = this.random.pick(OPERATIONS);
      this.done.set(operation, (this.done.get(operation) ?? 0) + 1);
      await this[operation](this.random.pick(this.tenants), this.random.pick(IDS));
    }
  }

  /** Every stream of every tenant, read by a process that knows nothing yet. */
  async verify(): Promise<void> {
    const fresh = this.start(0);
    for (const tenant of this.tenants) {
      for (const id of IDS) await this.compare(fresh, tenant, id);
      for (const archived of [false, true])
        expect(await this.listed(fresh, tenant, archived)).toEqual(tenant.listed(archived));
    }
  }

  async purgeTenant(tenant: ExpectedTenant): Promise<void> {
    const process = this.random.int(PROCESSES);
    const { streams, items } = await this.processes[process]!.purgeTenant(tenant.name, { aggregates: ['account'] });
    expect(streams).toBe(tenant.accounts.size);
    expect(items).toBeGreaterThanOrEqual(streams);
    tenant.accounts.clear();
    this.restartAllBut(process);
  }

  async create(tenant: ExpectedTenant, id: string): Promise<void> {
    const note = tenant.note();
    const saving = this.any().save(new Account(id).deposit(1, note), { tenant: tenant.name });
    if (tenant.accounts.has(id)) return refused(saving, 'CONCURRENCY', 'STREAM_CLOSED');
    expect(await saving).toMatchObject({ version: 1, stream: { tenant: tenant.name, id } });
    tenant.create(id, note);
  }

  async update(tenant: ExpectedTenant, id: string): Promise<void> {
    const note = tenant.note();
    const updating = this.bound(tenant).update(id, (account) => void account.deposit(1, note));
    const account = tenant.accounts.get(id);
    if (account === undefined) return refused(updating, 'AGGREGATE_NOT_FOUND');
    if (account.closed) return refused(updating, 'STREAM_CLOSED');
    account.notes.push(note);
    expect(await updating).toMatchObject({ version: account.notes.length, stream: { tenant: tenant.name } });
  }

  async updateWithKey(tenant: ExpectedTenant, id: string): Promise<void> {
    const account = tenant.accounts.get(id);
    if (account === undefined || account.closed) return;
    const [note, idempotencyKey] = [tenant.note(), this.random.pick(KEYS)];
    const decide = (each: AnyAccount) => void each.deposit(1, note);
    const head = await this.bound(tenant).update(id, decide, { idempotencyKey, fingerprint: 'same' });
    const earlier = account.keys.get(idempotencyKey);
    expect([head.version, head.repeated]).toEqual(
      earlier === undefined ? [account.notes.length + 1, undefined] : [earlier, true],
    );
    if (earlier !== undefined) return;
    account.notes.push(note);
    account.keys.set(idempotencyKey, account.notes.length);
  }

  async storedCommand(tenant: ExpectedTenant, id: string): Promise<void> {
    const idempotencyKey = this.random.pick(KEYS);
    const stored = await this.any().storedCommand(Account, id, { idempotencyKey, tenant: tenant.name });
    expect(stored?.head.version).toBe(tenant.accounts.get(id)?.keys.get(idempotencyKey));
  }

  async load(tenant: ExpectedTenant, id: string): Promise<void> {
    await this.compare(this.any(), tenant, id);
  }

  /** Loaded as of a time, which goes past cache and snapshots. */
  async loadPast(tenant: ExpectedTenant, id: string): Promise<void> {
    const account = await this.any().find(Account, id, { tenant: tenant.name, asOf: new Date(Date.now() + 60_000) });
    expect([...(account?.notes ?? [])]).toEqual(tenant.accounts.get(id)?.notes ?? []);
  }

  async loadAndSave(tenant: ExpectedTenant, id: string): Promise<void> {
    const expected = tenant.accounts.get(id);
    const repository = this.any();
    const account = await repository.find(Account, id, { tenant: tenant.name });
    expect(account === undefined).toBe(expected === undefined);
    if (account === undefined || expected === undefined) return;
    const note = tenant.note();
    account.deposit(1, note);
    const other = this.otherThan(tenant);
    await refused(this.any().save(account, { tenant: other.name }), 'TENANT_MISMATCH');
    await refused(this.bound(other).save(account), 'TENANT_MISMATCH');
    await refused(repository.save(account, { metadata: { tenantId: other.name } }), 'TENANT_MISMATCH');
    // The aggregate knows whose it is.
    const saving = repository.save(account);
    if (expected.closed) return refused(saving, 'STREAM_CLOSED');
    await saving;
    expected.notes.push(note);
  }

  async saveAll(tenant: ExpectedTenant, id: string): Promise<void> {
    const ids = [id, this.random.pick(IDS.filter((each) => each !== id))];
    const expected = ids.map((each) => tenant.accounts.get(each));
    if (!expected.every(isOpen)) return;
    const repository = this.any().forTenant(tenant.name);
    const accounts = await Promise.all(ids.map((each) => repository.load(Account, each)));
    const notes = accounts.map((account) => {
      const note = tenant.note();
      account.deposit(1, note);
      return note;
    });
    await repository.saveAll(accounts);
    expected.forEach((account, index) => account.notes.push(notes[index]!));
  }

  /** One write over two tenants is refused, and stores nothing. */
  async saveAllAcross(tenant: ExpectedTenant, id: string): Promise<void> {
    const other = this.otherThan(tenant);
    const repository = this.any();
    const own = await repository.find(Account, id, { tenant: tenant.name });
    const foreign = await repository.find(Account, id, { tenant: other.name });
    if (own === undefined || foreign === undefined) return;
    own.deposit(1, 'crossed');
    await refused(repository.saveAll([own], { unchanged: [foreign] }), 'TENANT_MISMATCH');
    foreign.deposit(1, 'crossed');
    await refused(repository.saveAll([own, foreign]), 'TENANT_MISMATCH');
  }

  async withoutTenant(_: ExpectedTenant, id: string): Promise<void> {
    const repository = this.any();
    await refused(repository.load(Account, id), 'TENANT_REQUIRED');
    await refused(repository.save(new Account(id).deposit(1, 'nobody')), 'TENANT_REQUIRED');
    await refused(repository.list(Account), 'TENANT_REQUIRED');
  }

  async history(tenant: ExpectedTenant, id: string): Promise<void> {
    const notes: unknown[] = [];
    for await (const { event, stream, metadata } of this.bound(tenant).history(id)) {
      expect([stream.tenant, metadata.tenantId]).toEqual([tenant.name, tenant.name]);
      notes.push((event as { note?: string }).note);
    }
    expect(notes).toEqual(tenant.accounts.get(id)?.notes ?? []);
  }

  async list(tenant: ExpectedTenant): Promise<void> {
    const archived = this.random.chance(0.5);
    expect(await this.listed(this.any(), tenant, archived)).toEqual(tenant.listed(archived));
  }

  async archive(tenant: ExpectedTenant, id: string): Promise<void> {
    const archived = this.random.chance(0.5);
    const archiving = this.any().archive(Account, id, archived, { tenant: tenant.name });
    const account = tenant.accounts.get(id);
    if (account === undefined) return refused(archiving, 'AGGREGATE_NOT_FOUND');
    await archiving;
    account.archived = archived;
  }

  async close(tenant: ExpectedTenant, id: string): Promise<void> {
    if (this.random.chance(0.6)) return;
    const closing = this.any().close(Account, id, { tenant: tenant.name });
    const account = tenant.accounts.get(id);
    if (account === undefined) return refused(closing, 'AGGREGATE_NOT_FOUND');
    expect(await closing).toMatchObject({ version: account.notes.length, closed: true });
    account.closed = true;
  }

  async purge(tenant: ExpectedTenant, id: string): Promise<void> {
    if (this.random.chance(0.5)) return;
    const process = this.random.int(PROCESSES);
    const deleted = await this.processes[process]!.forTenant(tenant.name).purge(Account, id);
    expect(deleted > 0).toBe(tenant.accounts.delete(id));
    this.restartAllBut(process);
  }

  async rebuildSnapshots(tenant: ExpectedTenant): Promise<void> {
    const { written, skipped, failed } = await this.bound(tenant).rebuildSnapshots();
    expect([written + skipped, failed]).toEqual([tenant.accounts.size, 0]);
  }

  async purgeAll(tenant: ExpectedTenant): Promise<void> {
    if (this.random.chance(0.05)) await this.purgeTenant(tenant);
  }

  private async compare(repository: AggregateRepository, tenant: ExpectedTenant, id: string): Promise<void> {
    const account = await repository.find(Account, id, { tenant: tenant.name });
    const expected = tenant.accounts.get(id)?.notes ?? [];
    expect([account?.version ?? 0, [...(account?.notes ?? [])]]).toEqual([expected.length, expected]);
  }

  private async listed(repository: AggregateRepository, tenant: ExpectedTenant, archived: boolean): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await repository.list(Account, { tenant: tenant.name, archived, limit: 3, cursor });
      for (const { stream } of page.items) expect(stream.tenant).toBe(tenant.name);
      ids.push(...page.items.map(({ stream }) => stream.id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return ids.sort();
  }

  private any(): AggregateRepository {
    return this.random.pick(this.processes);
  }

  private bound(tenant: ExpectedTenant): Repository<AnyAccount> {
    return new Repository(this.any(), Account).forTenant(tenant.name);
  }

  private otherThan(tenant: ExpectedTenant): ExpectedTenant {
    return this.tenants.find((each) => each !== tenant)!;
  }

  /** A purge wants that nobody else holds the aggregate in memory. */
  private restartAllBut(process: number): void {
    this.processes = this.processes.map((repository, index) => (index === process ? repository : this.start(index)));
  }

  private start(process: number): AggregateRepository {
    const store = new DynamoEventStore({ client: this.client(process), tableName: this.tableName, tenancy: true });
    const onWarning = (warning: Error) => {
      throw warning;
    };
    return new AggregateRepository(store, { cache: true, onWarning });
  }
}

const OPERATIONS = [
  'create',
  'create',
  'update',
  'update',
  'update',
  'updateWithKey',
  'storedCommand',
  'load',
  'load',
  'loadPast',
  'loadAndSave',
  'saveAll',
  'saveAllAcross',
  'withoutTenant',
  'history',
  'list',
  'archive',
  'close',
  'purge',
  'rebuildSnapshots',
  'purgeAll',
] as const;

function isOpen(account: ExpectedAccount | undefined): account is ExpectedAccount {
  return account !== undefined && !account.closed;
}

async function refused(command: Promise<unknown>, ...codes: Refusal[]): Promise<void> {
  const outcome = await command.then(
    () => 'accepted',
    (error: unknown) => (error as { code?: string }).code ?? error,
  );
  expect(codes).toContain(outcome);
}
