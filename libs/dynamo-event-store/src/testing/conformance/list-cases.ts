import { strict as assert } from 'node:assert';
import type { ListQuery } from '../../store/event-store.js';
import type { CaseDefinition, ConformanceContext } from './conformance-case.js';
import { rejection } from './fixtures.js';

async function create({ store, aggregate }: ConformanceContext, count: number, tenant?: string): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `s-${String(index).padStart(3, '0')}`);
  for (const id of ids) {
    const stream = tenant === undefined ? { aggregate, id } : { aggregate, id, tenant };
    await store.append(stream, [{ type: 'created', payload: {} }], { expected: 'none' });
    await store.append(stream, [{ type: 'changed', payload: {} }], { expected: 1 });
  }
  return ids;
}

/** All ids by pages; a bound on the pages, so that a list without an end fails instead of hanging. */
async function pages({ store, aggregate }: ConformanceContext, query: ListQuery): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listStreams(aggregate, { ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(page.items.map(({ stream }) => stream.id));
    cursor = page.cursor;
    assert.ok(found.length < 100, 'The list does not end.');
  } while (cursor !== undefined);
  return found;
}

export const listCases: readonly CaseDefinition[] = [
  [
    'list: every stream of the aggregate once, in order of creation, in both directions, whatever the page',
    async (context) => {
      const ids = await create(context, 23);
      await context.store.append(
        { aggregate: `${context.aggregate}-other`, id: 'x' },
        [{ type: 'created', payload: {} }],
        { expected: 'none' },
      );
      const inOrder = (await context.store.listStreams(context.aggregate)).items;
      const times = inOrder.map(({ createdAt }) => createdAt.getTime());
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
      for (const limit of [1, 7, 23, 24]) {
        for (const order of ['forward', 'backward'] as const) {
          const found = await pages(context, { limit, order });
          assert.ok(found.every((page) => page.length <= limit));
          assert.deepEqual(found.flat().sort(), ids, `limit ${limit}, ${order}`);
        }
      }
    },
  ],
  [
    'list: a range of time includes both its ends',
    async (context) => {
      await create(context, 9);
      const all = (await context.store.listStreams(context.aggregate)).items;
      const [after, before] = [all[2]?.createdAt, all[6]?.createdAt];
      assert.ok(after !== undefined && before !== undefined);
      const inside = all
        .filter(({ createdAt }) => createdAt >= after && createdAt <= before)
        .map(({ stream }) => stream.id);
      assert.deepEqual((await pages(context, { after, before, limit: 2 })).flat().sort(), inside.sort());
    },
  ],
  [
    'list: tenants see only their own streams',
    async (context) => {
      await create(context, 3);
      await create(context, 2, 'acme');
      const page = await context.store.listStreams(context.aggregate, { tenant: 'acme' });
      assert.deepEqual(
        page.items.map(({ stream }) => stream.tenant),
        ['acme', 'acme'],
      );
      assert.equal((await context.store.listStreams(context.aggregate)).items.length, 3);
      assert.deepEqual((await context.store.listStreams(context.aggregate, { tenant: 'nobody' })).items, []);
    },
  ],
  [
    'list: limits out of range, and cursors from elsewhere, are refused',
    async (context) => {
      const { store, aggregate } = context;
      await create(context, 3);
      for (const limit of [0, -1, 1.5, 1001])
        await rejection(store.listStreams(aggregate, { limit }), 'InvalidVersionError');
      const { cursor } = await store.listStreams(aggregate, { limit: 1 });
      assert.ok(cursor !== undefined);
      await rejection(store.listStreams(`${aggregate}-other`, { cursor }), 'InvalidArgumentError');
      await rejection(store.listStreams(aggregate, { cursor, tenant: 'acme' }), 'InvalidArgumentError');
      await rejection(store.listStreams(aggregate, { cursor, order: 'backward' }), 'InvalidArgumentError');
      for (const bad of ['x', '', 'e30', Buffer.from('[1,[2]]').toString('base64url')]) {
        await rejection(store.listStreams(aggregate, { cursor: bad }), 'InvalidArgumentError');
      }
    },
  ],
];
