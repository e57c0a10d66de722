import { describe, expect, it } from '@jest/globals';
import { DomainEvent } from 'nestjs-dynamo-event-store';
import { damageCommit } from '../../../../test/support/damaged-commits.js';
import { CartEmptied, ItemAdded, SHOP_EVENTS } from '../../../../test/support/shop.js';
import {
  apply,
  cart,
  cartLog,
  everyEvent,
  MemoryFence,
  noticesOf,
  poisoned,
  runnerOf,
  shopStore,
  withoutCommit,
} from '../../../../test/support/subscriptions.js';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { eventTableDefinition } from '../dynamo/table-definition.js';
import { StoreAccessDeniedError } from '../errors/request-errors.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import { SimulatedDynamoDb } from '../testing/simulation/simulated-dynamodb.js';

const stream = cart('c-1');
const added = new ItemAdded('tea', 1);
const request = { operation: 'append', table: 'events' };

describe('events that cannot be read', () => {
  @DomainEvent({ name: 'cart-moved' })
  class CartMoved {}
  /** What newer code writes. */
  @DomainEvent({ name: 'item-added', version: 2 })
  class ItemAddedLater {
    constructor(readonly product: string) {}
  }

  async function dynamoWorld(commits: object[][], instance: object = everyEvent(apply), since?: number) {
    const database = new SimulatedDynamoDb();
    database.createTable('events', eventTableDefinition({ tableName: 'events' }));
    const options = { client: database.client, tableName: 'events' };
    let now = 0;
    const clock = () => new Date(now);
    const writer = new DynamoEventStore({ ...options, events: [...SHOP_EVENTS, CartMoved], clock });
    const newer = new DynamoEventStore({ ...options, events: [ItemAddedLater, CartMoved], clock });
    for (const events of commits) {
      now += 1_000;
      const isNewer = events.some((event) => event instanceof ItemAddedLater);
      await (isNewer ? newer : writer).append(stream, events, { expected: 'any' });
    }
    const notices = await noticesOf(writer, stream);
    const reader = new DynamoEventStore({ ...options, events: SHOP_EVENTS });
    const fence = new MemoryFence();
    const parts = runnerOf(reader, instance, { fence, ...(since === undefined ? {} : { since }) });
    const spoil = (version: number, attribute: 'events' | 'count') =>
      damageCommit(database.client, 'events', stream, version, attribute);
    return { ...parts, fence, notices, spoil, append: writer.append.bind(writer) };
  }
  const damaged = (version: number) => ({ key: 'k', stream, version, cause: new Error('damaged') });

  it('of a type that nobody takes do not matter', async () => {
    const { runner, fence, notices } = await dynamoWorld([[added, new CartMoved(), added]], cartLog(apply));
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1, 3]);
  });

  it.each([
    ['with the commit at hand', (notice: CommitNotice) => notice],
    ['read from the table', withoutCommit],
  ])('of an unknown type park the stream there, %s; what comes before is applied', async (_, brought) => {
    const { runner, fence, notices, parked } = await dynamoWorld([
      [added, added],
      [added, new CartMoved(), added],
      [added],
    ]);
    await runner.deliver(notices.map(brought));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3]);
    expect(await parked.list()).toMatchObject([
      { version: 4, attempts: 1, reason: expect.stringContaining('cart-moved') },
    ]);
  });

  it('park the stream at their own version, though what comes before is of no interest', async () => {
    const { runner, fence, notices, parked } = await dynamoWorld(
      [[added], [new CartMoved(), new CartMoved(), new ItemAddedLater('tea')]],
      cartLog(apply),
    );
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1]);
    expect(await parked.list()).toMatchObject([
      { version: 4, reason: expect.stringContaining('item-added version 2') },
    ]);
  });

  it('of an unknown type can be skipped, and what comes behind in the same commit is applied', async () => {
    const { runner, fence, notices, parked } = await dynamoWorld([
      [added, new CartMoved(), added, new CartEmptied()],
      [added],
    ]);
    await runner.deliver(notices);
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 3, 4, 5]);
    expect(await parked.list()).toEqual([]);
    await runner.deliver(notices);
    expect(await parked.list()).toEqual([]);
  });

  it('are not looked at again when the rest of their commit is delivered once more', async () => {
    const { runner, fence, notices, parked } = await dynamoWorld([[added, new CartMoved(), added]]);
    fence.progress.set('every@1/c-1', 2);
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([3]);
    expect(await parked.list()).toEqual([]);
  });

  it.each<[string, 'events' | 'count']>([
    ['no events', 'events'],
    ['no number of events', 'count'],
  ])('in a commit that is damaged (%s) park the stream, and are skipped as a whole', async (_, attribute) => {
    const commits = [[added], [added, added, added], [added, added], [added]];
    const { runner, fence, notices, parked, spoil } = await dynamoWorld(commits);
    await spoil(2, attribute);
    await runner.deliver([...notices.slice(0, 1), ...notices.slice(2)]);
    expect(fence.effectsOf(stream)).toEqual([1]);
    expect(await parked.list()).toMatchObject([
      { version: 2, reason: expect.stringContaining('damaged at version 2') },
    ]);
    expect((await parked.list())[0]).not.toHaveProperty('eventId');
    expect(await runner.resume(stream)).toBe(true);
    expect(await parked.list()).toMatchObject([{ version: 2 }]);
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 5, 6, 7]);
    expect(await parked.list()).toEqual([]);
  });

  it('in two damaged commits are skipped one after the other', async () => {
    const commits = [[added, added], [added, added], [added], [added, added], [added]];
    const { runner, fence, notices, parked, spoil } = await dynamoWorld(commits);
    await spoil(1, 'count');
    await spoil(6, 'count');
    await runner.deliver(notices.slice(4));
    expect(await parked.list()).toMatchObject([{ version: 1 }]);
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([3, 4, 5]);
    expect(await parked.list()).toMatchObject([{ version: 6 }]);
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([3, 4, 5, 8]);
    expect(await parked.list()).toEqual([]);
  });

  it('in a damaged commit at the end of the stream are skipped as far as they are known', async () => {
    const { runner, fence, notices, parked, spoil, append } = await dynamoWorld([[added], [added, added]]);
    await spoil(2, 'events');
    await runner.deliver(notices.slice(0, 1));
    await runner.unreadable(damaged(2));
    expect(await parked.list()).toMatchObject([
      { version: 2, reason: expect.stringContaining('damaged at version 2') },
    ]);
    expect(await runner.skip(stream)).toBe(true);
    expect(await parked.list()).toEqual([]);
    await append(stream, [added], { expected: 3 }).catch(() => append(stream, [added], { expected: 'any' }));
    await runner.deliver([{ ...notices[0]!, first: 4, last: 4, commit: undefined }]);
    expect(fence.effectsOf(stream)).toEqual([1, 4]);
  });

  it('park the stream when the source meets them, once what comes before is applied', async () => {
    const { runner, fence, notices, parked, spoil } = await dynamoWorld([[added], [added], [added], [added]]);
    await spoil(3, 'count');
    await runner.unreadable(damaged(3));
    expect(fence.effectsOf(stream)).toEqual([1, 2]);
    expect(await parked.list()).toMatchObject([
      { version: 3, reason: expect.stringContaining('damaged at version 3'), attempts: 1 },
    ]);
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1, 2]);
  });

  it('do not hide an earlier event that failed', async () => {
    const { handle, tries } = poisoned(2);
    const { runner, notices, parked, spoil } = await dynamoWorld(
      [[added], [added], [added], [added]],
      everyEvent(handle, { attempts: 1 }),
    );
    await spoil(4, 'count');
    await runner.deliver(notices.slice(0, 3));
    const before = tries.length;
    await runner.unreadable(damaged(4));
    expect(await parked.list()).toMatchObject([{ version: 2 }]);
    expect(tries).toHaveLength(before);
  });

  it('do not matter behind what is applied or passed over', async () => {
    const { runner, fence, notices, parked } = await dynamoWorld([[added], [added]]);
    await runner.deliver(notices);
    await runner.unreadable(damaged(1));
    expect(await parked.list()).toEqual([]);
    expect(fence.effectsOf(stream)).toEqual([1, 2]);
  });

  it('that belong to no stream are reported', async () => {
    const { runner, failures } = await dynamoWorld([]);
    await runner.unreadable({ key: 'odd key', stream: undefined, version: 3, cause: new Error('?') });
    expect(failures).toMatchObject([{ stream: { id: 'odd key' }, version: 3, parked: false }]);
  });

  it('recorded before a subscription from now on do not matter, nor do they hide its beginning', async () => {
    const { runner, fence, notices, parked, spoil } = await dynamoWorld(
      [[added], [added], [added], [added]],
      undefined,
      3_500,
    );
    await spoil(1, 'count');
    await runner.unreadable(damaged(1));
    await runner.deliver(notices.slice(3));
    expect(await parked.list()).toEqual([]);
    expect(fence.effectsOf(stream)).toEqual([4]);
  });

  it('just where a subscription from now on would begin park the stream, and can be skipped', async () => {
    const { runner, fence, notices, parked, spoil } = await dynamoWorld(
      [[added], [added, added], [added]],
      undefined,
      2_500,
    );
    await spoil(2, 'count');
    await runner.deliver(notices.slice(2));
    expect(await parked.list()).toMatchObject([{ version: 2 }]);
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([4]);
    expect(await parked.list()).toEqual([]);
  });

  it('are something else than a read that fails, which rejects the delivery and parks nothing', async () => {
    const store = shopStore();
    for (const events of [[added], [added]]) await store.append(stream, events, { expected: 'any' });
    const down = new StoreAccessDeniedError(request, new Error('denied'));
    const events = {
      ...store.selected,
      ofStream: () => {
        throw down;
      },
    };
    const { runner, parked } = runnerOf(store, cartLog(apply), { events });
    await expect(runner.deliver((await noticesOf(store, stream)).map(withoutCommit))).rejects.toBe(down);
    expect(await parked.list()).toEqual([]);
  });
});
