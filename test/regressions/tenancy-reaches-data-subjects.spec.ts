import { AsyncLocalStorage } from 'node:async_hooks';
import { Module } from '@nestjs/common';
import { AsyncContext } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  DataSubject,
  DataSubjects,
  DomainEvent,
  DynamoEventStore,
  DynamoEventStoreModule,
  EventStore,
  LocalKeyProvider,
  PersonalData,
  type DynamoEventStoreModuleOptions,
  type EventStore as AnyStore,
  type TenancyOptions,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { Erasure } from '../../docs/examples/personal-data.js';

@DomainEvent({ name: 'registered' })
class Registered {
  @DataSubject() readonly customerId: string;
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(customerId: string, name: string) {
    this.customerId = customerId;
    this.name = name;
  }
}

const requests = new AsyncLocalStorage<string>();
const personalData = { keys: new LocalKeyProvider({ keys: { k: Buffer.alloc(32, 1) } }), forgetWithinMs: 0 };
const closing: (() => Promise<void>)[] = [];

async function register(store: AnyStore, tenant: string): Promise<void> {
  const stream = { tenant, aggregate: 'customer', id: 'c-1' };
  await store.append(stream, [new Registered('c-1', `Ada of ${tenant}`)], { expected: 'none' });
}

async function namesIn(store: AnyStore): Promise<string[]> {
  const names: string[] = [];
  for (const tenant of ['acme', 'globex'])
    for await (const { event } of store.read<Registered>({ tenant, aggregate: 'customer', id: 'c-1' }))
      names.push(event.name);
  return names;
}

async function start(options: Pick<DynamoEventStoreModuleOptions, 'tenancy' | 'metadata'>) {
  @Module({
    imports: [
      DynamoEventStoreModule.forRoot({
        client: new SimulatedDynamoDb().client,
        tableName: 't',
        createTable: true,
        events: [Registered],
        personalData,
        ...options,
      }),
    ],
    providers: [Erasure],
  })
  class App {}
  const app = await (await Test.createTestingModule({ imports: [App] }).compile()).init();
  closing.push(() => app.close());
  const store = app.get(EventStore);
  await register(store, 'acme');
  await register(store, 'globex');
  return { store, erasure: app.get(Erasure), subjects: app.get(DataSubjects) };
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('forget() with tenancy on', () => {
  it.each([
    ['the tenancy hook', { tenancy: { tenant: () => requests.getStore() } }],
    [
      'the metadata hook',
      {
        tenancy: true,
        metadata: () => {
          const tenantId = requests.getStore();
          return tenantId === undefined ? {} : { tenantId };
        },
      },
    ],
  ])('erases the person of the tenant whose request it is in, as %s says', async (_, options) => {
    const { store, erasure, subjects } = await start(options);
    await requests.run('acme', () => erasure.forget('c-1'));
    expect(await namesIn(store)).toEqual(['erased', 'Ada of globex']);
    expect(await requests.run('acme', () => subjects.isKnown('c-1'))).toBe(false);
    expect(await requests.run('globex', () => subjects.isKnown('c-1'))).toBe(true);
  });

  it('asks the hook with the context of the call', async () => {
    class TenantContext extends AsyncContext {
      constructor(readonly tenant: string) {
        super();
      }
    }
    const { store, subjects } = await start({
      tenancy: { tenant: ({ asyncContext }) => (asyncContext as TenantContext | undefined)?.tenant },
    });
    expect(await subjects.forget('c-1', { asyncContext: new TenantContext('globex') })).toBe(true);
    expect(await namesIn(store)).toEqual(['Ada of acme', 'erased']);
  });
});

describe('data subjects with tenancy on', () => {
  const stores = {
    DynamoEventStore: async (tenancy: boolean | TenancyOptions) => {
      const client = new SimulatedDynamoDb().client;
      const store = new DynamoEventStore({ client, tableName: 't', events: [Registered], personalData, tenancy });
      await store.createTable();
      return store;
    },
    InMemoryEventStore: (tenancy: boolean | TenancyOptions) =>
      Promise.resolve(new InMemoryEventStore({ events: [Registered], tenancy })),
  };
  for (const [name, create] of Object.entries(stores)) {
    it(`are never those of no tenant, in a ${name}`, async () => {
      const store = await create(true);
      await register(store, 'acme');
      const { dataSubjects } = store;
      for (const call of ['forget', 'isKnown', 'renewKey'] as const)
        await expect(dataSubjects[call]('c-1')).rejects.toMatchObject({
          code: 'TENANT_REQUIRED',
          operation: call,
          target: 'a data subject',
        });
      expect(await dataSubjects.isKnown('c-1', { tenant: 'acme' })).toBe(true);
    });

    it(`are not those of another tenant than the one whose request it is, in a ${name}`, async () => {
      const store = await create({ tenant: () => requests.getStore() });
      await register(store, 'acme');
      const { dataSubjects } = store;
      await expect(requests.run('globex', () => dataSubjects.forget('c-1', { tenant: 'acme' }))).rejects.toMatchObject({
        code: 'TENANT_MISMATCH',
      });
      expect(await dataSubjects.isKnown('c-1', { tenant: 'acme' })).toBe(true);
    });
  }
});
