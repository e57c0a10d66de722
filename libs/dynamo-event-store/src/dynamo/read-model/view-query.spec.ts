import { describe, expect, it } from '@jest/globals';
import {
  doing,
  order,
  orderSummary,
  readModels,
  simulatedViews,
  stepOf,
  type OrderSummary,
} from '../../../../../test/support/read-models.js';
import { InvalidArgumentError, InvalidVersionError } from '../../errors/argument-errors.js';
import type { ViewItem, ViewQuery } from '../../projection/view.js';
import { injectFaults } from '../../testing/faults/index.js';
import type { DynamoReadModelStore } from './dynamo-read-model-store.js';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

async function place(
  store: DynamoReadModelStore,
  id: string,
  {
    customerId = 'ada',
    placedAt = day(1),
    status = 'open',
    tenant = undefined as string | undefined,
    generation = 1,
  } = {},
): Promise<void> {
  const step = stepOf('order-summary', order(id, tenant), 0, 1, generation);
  await store.fence([orderSummary]).advance(
    step,
    doing((views) => {
      views.of(orderSummary).put(id, { customerId, status, placedAt, applied: [1] });
    }),
  );
}

async function setUp(orders: number) {
  const database = simulatedViews();
  const store = readModels({ client: database.client });
  // Two orders on each day.
  for (let number = 0; number < orders; number++)
    await place(store, `o-${String(number).padStart(3, '0')}`, { placedAt: day(1 + Math.floor(number / 2)) });
  return { database, store, read: store.view(orderSummary) };
}

type Query = ViewQuery<'byCustomer' | 'open'>;
const byCustomer: Query = { index: 'byCustomer', partition: 'ada' };
const keys = (items: readonly ViewItem<OrderSummary>[]) => items.map(({ key }) => key);

async function pages(store: DynamoReadModelStore, query: Query) {
  const found: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.view(orderSummary).query({ ...query, cursor });
    found.push(keys(page.items));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

describe('query', () => {
  it.each(['forward', 'backward'] as const)(
    'gives every item once, page by page, also with equal sort values: %s',
    async (order) => {
      const { store } = await setUp(11);
      for (const limit of [1, 2, 3, 10, 11, 12, 1000]) {
        const found = await pages(store, { ...byCustomer, limit, order });
        expect(found.map((page) => page.length).slice(0, -1)).toEqual(Array(found.length - 1).fill(limit));
        expect(found).toHaveLength(Math.ceil(11 / limit));
        const days = found.flat().map((key) => Math.floor(Number(key.slice(2)) / 2));
        expect(days).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5].sort((a, b) => (order === 'forward' ? a - b : b - a)));
        expect(new Set(found.flat()).size).toBe(11);
      }
    },
  );

  it('keeps to bounds, both inclusive', async () => {
    const { read } = await setUp(10);
    const between = async (from?: number, to?: number) =>
      keys(
        (
          await read.query({
            ...byCustomer,
            from: from === undefined ? undefined : day(from).toISOString(),
            to: to === undefined ? undefined : day(to).toISOString(),
          })
        ).items,
      ).length;
    expect(
      await Promise.all([between(), between(2), between(undefined, 2), between(2, 3), between(3, 3), between(3, 2)]),
    ).toEqual([10, 8, 4, 4, 2, 0]);
    expect((await read.query({ ...byCustomer, from: '', to: '' })).items).toEqual([]);
  });

  it('gives values with their versions', async () => {
    const { read } = await setUp(1);
    const { items, ...rest } = await read.query(byCustomer);
    expect(items).toEqual([
      { key: 'o-000', value: { customerId: 'ada', status: 'open', placedAt: day(1), applied: [1] }, version: 1 },
    ]);
    expect(rest).toEqual({});
  });

  it('shows only what is in the index now', async () => {
    const { store, read } = await setUp(2);
    const fence = store.fence([orderSummary]);
    await fence.advance(stepOf('order-summary', order('o-000'), 1, 2), (views) =>
      views.of(orderSummary).update('o-000', (current) => ({ ...current!, status: 'paid' })),
    );
    await fence.advance(
      stepOf('order-summary', order('o-001'), 1, 2),
      doing((views) => {
        views.of(orderSummary).delete('o-001');
      }),
    );
    expect((await read.query({ index: 'open', partition: 'all' })).items).toEqual([]);
    expect(keys((await read.query(byCustomer)).items)).toEqual(['o-000']);
  });

  it('never sees another tenant, build or partition', async () => {
    const { store, read } = await setUp(1);
    await place(store, 'o-t', { tenant: 'acme' });
    await place(store, 'o-g', { generation: 2 });
    await place(store, 'o-c', { customerId: 'bob' });
    expect(keys((await read.query(byCustomer)).items)).toEqual(['o-000']);
    expect(keys((await read.query({ ...byCustomer, tenant: 'acme' })).items)).toEqual(['o-t']);
  });

  it('goes on with its pages when another build is served', async () => {
    const { database, store } = await setUp(4);
    for (let number = 0; number < 4; number++)
      await place(store, `o-${String(number).padStart(3, '0')}`, { placedAt: day(1 + number), generation: 2 });
    let generation = 1;
    const read = readModels({ client: database.client, generation: () => generation }).view(orderSummary);
    const open: Query = { index: 'open', partition: 'all', limit: 2 };
    const first = await read.query(open);
    generation = 2;
    const second = await read.query({ ...open, cursor: first.cursor });
    expect([...keys(first.items), ...keys(second.items)]).toEqual(['o-000', 'o-001', 'o-002', 'o-003']);
  });

  it('fills its pages whatever the pages of the database are', async () => {
    const { database } = await setUp(11);
    const faulty = injectFaults(database.client, { seed: 3, rates: { partialResult: 0.9 }, keysOf: keysOfViews });
    const found = await pages(readModels({ client: faulty.client }), { ...byCustomer, limit: 4 });
    expect(found.map((page) => page.length)).toEqual([4, 4, 3]);
    expect(faulty.log.length).toBeGreaterThan(5);
  });

  it.each([
    ['another partition', { partition: 'bob' }],
    ['another index', { index: 'open' as const, partition: 'ada' }],
    ['other bounds', { from: 'a' }],
    ['another order', { order: 'backward' as const }],
    ['another tenant', { tenant: 'acme' }],
  ])('refuses a cursor of %s', async (_, other) => {
    const { read } = await setUp(3);
    const { cursor } = await read.query({ ...byCustomer, limit: 1 });
    await expect(read.query({ ...byCustomer, ...other, cursor })).rejects.toThrow(InvalidArgumentError);
  });

  it.each([
    [{ index: 'missing' as 'open' }, InvalidArgumentError],
    [{ cursor: 'x' }, InvalidArgumentError],
    [{ cursor: Buffer.from('["a",1,2]').toString('base64url') }, InvalidArgumentError],
    [{ order: 'up' as 'forward' }, InvalidArgumentError],
    [{ partition: '\ud800' }, InvalidArgumentError],
    [{ limit: 0 }, InvalidVersionError],
    [{ limit: 1001 }, InvalidVersionError],
    [{ limit: 1.5 }, InvalidVersionError],
  ])('refuses %j', async (part, error) => {
    const { read } = await setUp(0);
    await expect(read.query({ ...byCustomer, ...part })).rejects.toThrow(error);
  });
});

describe('removeGeneration', () => {
  it('deletes one build, progress and all, and leaves the others', async () => {
    const { database, store } = await setUp(0);
    for (let number = 0; number < 60; number++) {
      await place(store, `o-${number}`, { tenant: number % 2 === 0 ? 'acme' : undefined });
      await place(store, `o-${number}`, { generation: 2 });
    }
    const faulty = injectFaults(database.client, { seed: 5, rates: { partialResult: 0.5 }, keysOf: keysOfViews });
    const remover = readModels({ client: faulty.client });
    expect(await remover.removeGeneration([orderSummary], 1)).toBe(60);
    expect(await remover.removeGeneration([orderSummary], 1)).toBe(0);
    expect(await store.view(orderSummary).get('o-1')).toBeUndefined();
    expect(database.items('events-views').every(({ pk }) => pk!.S!.includes('#v#order-summary@2#'))).toBe(true);
    expect(database.items('events-views')).toHaveLength(60);
    await expect(store.removeGeneration([], 1)).rejects.toThrow(InvalidArgumentError);
  });
});

function keysOfViews(_table: string, index?: string): string[] {
  return index === undefined ? ['pk'] : ['pk', `i${index.at(-1)}p`, `i${index.at(-1)}s`];
}
