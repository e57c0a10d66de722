import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { CommitLogEventStore } from './commit-log-event-store.js';
import { EventStore } from './event-store.js';

const event = { type: 'placed', payload: 1 };
const type = { name: 'order snapshot', schemaVersion: 1, eventClass: undefined };
const stream = { aggregate: 'order', id: 'o-1' };
const acme = { ...stream, tenant: 'acme' };
const globex = { ...stream, tenant: 'globex' };

/** Every method that reads or writes, for a stream, as the error names it. */
const OPERATIONS: Record<string, (store: EventStore, tenant: string | undefined) => unknown> = {
  append: (store, tenant) => store.append(of(tenant), [event], { expected: 'any' }),
  appendAll: (store, tenant) => store.appendAll([{ stream: of(tenant), events: [event], expected: 'any' }]),
  read: async (store, tenant) => {
    const events = [];
    for await (const each of store.read(of(tenant))) events.push(each);
    return events;
  },
  readState: (store, tenant) => store.readState(of(tenant), {}),
  head: (store, tenant) => store.head(of(tenant)),
  listStreams: (store, tenant) => store.listStreams('order', { tenant }),
  closeStream: (store, tenant) => store.closeStream(of(tenant)),
  archiveStream: (store, tenant) => store.archiveStream(of(tenant)),
  saveSnapshot: (store, tenant) =>
    store.saveSnapshot({ head: { stream: of(tenant), version: 1 }, type, state: { total: 1 } }),
  storedCommand: (store, tenant) => store.storedCommand(of(tenant), { idempotencyKey: 'k' }),
  purgeStream: (store, tenant) => store.purgeStream(of(tenant)),
  reservationOf: (store, tenant) =>
    store.reservationOf({ scope: 's', value: 'v', ...(tenant === undefined ? {} : { tenant }) }),
};

/** Of operations that are not about a stream. */
const TARGETS: Readonly<Record<string, string>> = { listStreams: 'order', reservationOf: 'a value of "s"' };

function of(tenant: string | undefined) {
  return tenant === undefined ? stream : { ...stream, tenant };
}

async function requiring(): Promise<InMemoryEventStore> {
  const store = new InMemoryEventStore({ tenancy: true });
  await store.append(acme, [event], { expected: 'none' });
  return store;
}

describe('a store with tenancy', () => {
  it.each(Object.keys(OPERATIONS))('refuses %s without a tenant', async (operation) => {
    const store = await requiring();
    await expect(Promise.resolve().then(() => OPERATIONS[operation]!(store, undefined))).rejects.toMatchObject({
      code: 'TENANT_REQUIRED',
      operation,
      target: TARGETS[operation] ?? 'order/o-1',
    });
    expect(await store.head(acme)).toMatchObject({ version: 1 });
  });

  it('takes the same with one', async () => {
    const store = await requiring();
    for (const [operation, run] of Object.entries(OPERATIONS)) {
      if (operation === 'saveSnapshot') continue;
      await run(store, 'acme');
    }
    expect((await store.head(acme)).version).toBe(0);
    const head = await store.append(acme, [event], { expected: 'none' });
    expect(await store.saveSnapshot({ head, type, state: { total: 1 } })).toBe(true);
  });

  it('has no other method that could get around it', () => {
    const methods = [EventStore, CommitLogEventStore].flatMap(({ prototype }) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
        typeof value === 'function' ? [name] : [],
      ),
    );
    const withoutStream = ['constructor', 'register', 'commitFacts', 'erasures', 'check', 'endOf', 'prepare', 'encode'];
    expect(new Set(methods)).toEqual(new Set([...Object.keys(OPERATIONS), ...withoutStream]));
  });

  it('refuses a write that concerns two tenants, and writes nothing', async () => {
    const store = await requiring();
    const head = await store.head(acme);
    const writes = [
      () =>
        store.appendAll([
          { stream: acme, events: [event], expected: head },
          { stream: globex, events: [event], expected: 'none' },
        ]),
      () =>
        store.appendAll([
          { stream: acme, events: [event], expected: head },
          { stream: globex, expected: 'none' },
        ]),
      () => store.append(acme, [event], { expected: head, metadata: { tenantId: 'globex' } }),
      () => store.closeStream(acme, { metadata: { tenantId: 'globex' } }),
    ];
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
    expect(await store.head(acme)).toEqual(head);
    expect((await store.head(globex)).version).toBe(0);
  });

  it('says on each event whose it is, without storing it twice', async () => {
    const store = await requiring();
    await store.append(acme, [event], { expected: 1, metadata: { actorId: 'ada', tenantId: 'acme' } });
    const tenants = [];
    for await (const { metadata, stream: from } of store.read(acme)) tenants.push([from.tenant, metadata.tenantId]);
    expect(tenants).toEqual([
      ['acme', 'acme'],
      ['acme', 'acme'],
    ]);
  });
});

describe('a store without tenancy', () => {
  it('takes streams with and without a tenant, in one write too, and any metadata', async () => {
    const store = new InMemoryEventStore();
    await store.appendAll([
      { stream, events: [event], expected: 'none', metadata: { tenantId: 'noted' } },
      { stream: acme, events: [event], expected: 'none', metadata: { tenantId: 'noted' } },
    ]);
    for await (const { metadata } of store.read(stream)) expect(metadata.tenantId).toBe('noted');
    expect((await store.listStreams('order')).items.map(({ stream: { tenant } }) => tenant)).toEqual([undefined]);
    expect(
      (await store.listStreams('order', { tenant: 'acme' })).items.map(({ stream: { tenant } }) => tenant),
    ).toEqual(['acme']);
  });

  it('leaves the tenant of streams without one unsaid', async () => {
    const store = new InMemoryEventStore();
    await store.append(stream, [event], { expected: 'none' });
    for await (const { metadata } of store.read(stream)) expect(metadata).not.toHaveProperty('tenantId');
  });
});

it('a cursor of one tenant is of no use to another', async () => {
  const store = await requiring();
  await store.append({ ...acme, id: 'o-2' }, [event], { expected: 'none' });
  const { cursor } = await store.listStreams('order', { tenant: 'acme', limit: 1 });
  await expect(store.listStreams('order', { tenant: 'globex', limit: 1, cursor })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    argument: 'cursor',
  });
});
