import { describe, expect, it } from '@jest/globals';
import { MemoryControl } from '../../../../test/support/memory-control.js';
import { CartNoted, ItemAdded } from '../../../../test/support/shop.js';
import {
  apply,
  cart,
  cartLog,
  everyEvent,
  hastyClock,
  MemoryFence,
  noticesOf,
  poisoned,
  runnerOf,
  shopStore,
  type Apply,
} from '../../../../test/support/subscriptions.js';
import { StoreUnavailableError, StoreAccessDeniedError } from '../errors/request-errors.js';
import { ViewTooLargeError } from '../errors/read-model-errors.js';

const stream = cart('c-1');
const added = new ItemAdded('tea', 1);
const noted = new CartNoted('x');
const request = { operation: 'append', table: 'events' };

async function world(handle: Apply, commits: object[][], options: Parameters<typeof cartLog>[1] = {}) {
  const store = shopStore();
  for (const events of commits) await store.append(stream, events, { expected: 'any' });
  const fence = new MemoryFence();
  const clock = hastyClock();
  const parts = runnerOf(store, cartLog(handle, options), { fence, clock });
  return { ...parts, store, fence, clock, notices: await noticesOf(store, stream) };
}

describe('an event that fails', () => {
  it('is tried again with pauses until it is applied', async () => {
    let failures = 2;
    const { runner, fence, clock, notices, ...rest } = await world(
      (event, effects) => {
        if (failures-- > 0) throw new Error('not now');
        return apply(event, effects);
      },
      [[added]],
    );
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1]);
    expect(clock.pauses).toEqual([10, 20]);
    expect(rest.failures.map(({ version, attempt, parked }) => [version, attempt, parked])).toEqual([
      [1, 1, false],
      [1, 2, false],
    ]);
    expect(await rest.parked.list()).toEqual([]);
  });

  it('parks its stream after as many tries as allowed, with version, event, reason and time', async () => {
    const { handle, tries } = poisoned(2);
    const { runner, clock, notices, parked, failures } = await world(handle, [[added], [added]], {
      attempts: 3,
      batch: 1,
    });
    await runner.deliver(notices);
    expect(tries).toEqual([1, 2, 2, 2]);
    expect(await parked.list()).toEqual([
      {
        stream,
        version: 2,
        eventId: `${notices[1]?.commit?.commitId ?? ''}.0`,
        type: 'item-added',
        reason: 'no way at 2',
        attempts: 3,
        parkedAt: new Date(clock.at).toISOString(),
      },
    ]);
    expect(failures.at(-1)).toMatchObject({ subscription: 'log@1', stream, version: 2, attempt: 3, parked: true });
  });

  it('leaves what comes before it in the same commit and batch applied, and nothing behind it', async () => {
    const { handle } = poisoned(3);
    const { runner, fence, notices, failures } = await world(handle, [[added, added, added, added], [added]], {
      attempts: 2,
    });
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1, 2]);
    expect(failures.map(({ version, parked }) => [version, parked])).toEqual([
      [3, false],
      [3, false],
      [3, true],
    ]);
  });

  it('does not hold up other streams, nor other subscriptions', async () => {
    const { handle } = poisoned(1);
    const { runner, fence, store, control, notices } = await world(
      (event, effects) => (event.stream.id === 'c-1' ? handle(event, effects) : apply(event, effects)),
      [[added]],
    );
    await store.append(cart('c-2'), [added], { expected: 'none' });
    await runner.deliver([...notices, ...(await noticesOf(store, cart('c-2')))]);
    expect(fence.effectsOf(cart('c-2'))).toEqual([1]);
    const other = runnerOf(store, everyEvent(apply), { control, fence: new MemoryFence() });
    await other.runner.deliver(notices);
    expect(other.fence.effectsOf(stream)).toEqual([1]);
  });

  it('is not tried again while its stream is parked', async () => {
    const { handle, tries } = poisoned(1);
    const { runner, store, notices } = await world(handle, [[added]], { attempts: 1 });
    await runner.deliver(notices);
    await store.append(stream, [added], { expected: 1 });
    await runner.deliver(await noticesOf(store, stream));
    expect(tries).toEqual([1]);
  });

  it('is not tried again by another process that starts later', async () => {
    const { handle, tries } = poisoned(1);
    const { runner, store, control, fence, notices } = await world(handle, [[added]], { attempts: 1 });
    await runner.deliver(notices);
    const second = runnerOf(store, cartLog(handle), { control, fence });
    await second.parked.load();
    await second.runner.deliver(notices);
    expect(tries).toEqual([1]);
  });

  it('is not at fault when another process has applied it already', async () => {
    const { handle } = poisoned(2);
    const { runner, fence, notices, parked } = await world(handle, [[added], [added], [added]], {
      attempts: 2,
      batch: 1,
    });
    await runner.deliver(notices.slice(0, 1));
    let tries = 0;
    fence.before = (operation) => {
      if (operation === 'applied' && ++tries === 1) fence.progress.set('log@1/c-1', 2);
    };
    await runner.deliver(notices.slice(1));
    expect(await parked.list()).toEqual([]);
    expect(fence.effectsOf(stream)).toEqual([1, 3]);
  });
});

describe('a failure that is no fault of an event', () => {
  it.each<[string, unknown]>([
    ['an error that says it can be retried', new StoreUnavailableError(request, new Error('down'))],
    ['any error with `retryable: true`', Object.assign(new Error('later'), { retryable: true })],
  ])('%s, out of a method, rejects the delivery and parks nothing', async (_, error) => {
    const { runner, notices, parked, clock } = await world(() => {
      throw error;
    }, [[added]]);
    await expect(runner.deliver(notices)).rejects.toBe(error);
    expect(await parked.list()).toEqual([]);
    expect(clock.pauses).toEqual([]);
  });

  it.each<[string, Error]>([
    ['unreachable', new StoreUnavailableError(request, new Error('down'))],
    ['denying access', new StoreAccessDeniedError(request, new Error('denied'))],
    ['of another make and down', new Error('ECONNREFUSED')],
  ])('a database of the fence that is %s rejects the delivery and parks nothing', async (_, error) => {
    const { runner, fence, notices, parked } = await world(apply, [[added, added], [added]]);
    fence.before = (operation) => {
      if (operation === 'advance') throw error;
    };
    await expect(runner.deliver(notices)).rejects.toBe(error);
    expect(await parked.list()).toEqual([]);
    fence.before = () => undefined;
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3]);
  });

  it('a method that fails since the database is down parks nothing', async () => {
    const down = new Error('connection terminated');
    const { runner, fence, notices, parked } = await world(
      () => {
        throw down;
      },
      [[added]],
      { attempts: 2 },
    );
    fence.before = (operation) => {
      if (operation === 'applied') throw down;
    };
    await expect(runner.deliver(notices)).rejects.toBe(down);
    expect(await parked.list()).toEqual([]);
  });

  it('other streams of the delivery are applied all the same', async () => {
    const down = Object.assign(new Error('later'), { retryable: true });
    const { runner, store, fence, notices } = await world(
      (event, effects) => {
        if (event.stream.id === 'c-1') throw down;
        return apply(event, effects);
      },
      [[added]],
    );
    await store.append(cart('c-2'), [added], { expected: 'none' });
    await expect(runner.deliver([...notices, ...(await noticesOf(store, cart('c-2')))])).rejects.toBe(down);
    expect(fence.effectsOf(cart('c-2'))).toEqual([1]);
  });

  it('but what cannot be stored for the sake of the event parks it', async () => {
    const { runner, fence, notices, parked } = await world(apply, [[added], [added]], { attempts: 2 });
    fence.before = (operation, key) => {
      if (operation === 'advance' && (key as { to?: number }).to === 2) throw new ViewTooLargeError('v', 'k', 2, 1);
    };
    await runner.deliver(notices);
    expect(await parked.list()).toMatchObject([{ version: 2, attempts: 2, type: 'item-added' }]);
    expect(fence.effectsOf(stream)).toEqual([1]);
  });
});

describe('a parked stream', () => {
  async function parkedAt2() {
    const poisonous = poisoned(2);
    const parts = await world(poisonous.handle, [[added, added, added], [added]], { attempts: 1 });
    await parts.runner.deliver(parts.notices);
    return { ...parts, ...poisonous };
  }

  it('that is resumed comes to its end, and takes new events', async () => {
    const { runner, poison, fence, store, parked } = await parkedAt2();
    poison.clear();
    expect(await runner.resume(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3, 4]);
    expect(await parked.list()).toEqual([]);
    await store.append(stream, [added], { expected: 'any' });
    await runner.deliver((await noticesOf(store, stream)).slice(-1));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is parked again when the event still fails', async () => {
    const { runner, fence, parked } = await parkedAt2();
    expect(await runner.resume(stream)).toBe(true);
    expect(await parked.list()).toMatchObject([{ version: 2, reason: 'no way at 2' }]);
    expect((await parked.list())[0]).not.toHaveProperty('resuming');
    expect(fence.effectsOf(stream)).toEqual([1]);
  });

  it('is not forgotten when bringing it to its end fails half way', async () => {
    const { runner, poison, fence, parked } = await parkedAt2();
    poison.clear();
    fence.before = () => {
      throw new Error('down');
    };
    await expect(runner.resume(stream)).rejects.toThrow('down');
    expect(await parked.list()).toMatchObject([{ version: 2, resuming: true }]);
    fence.before = () => undefined;
    expect(await runner.resume(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3, 4]);
    expect(await parked.list()).toEqual([]);
  });

  it('takes events again as soon as it is being resumed, in other processes too', async () => {
    const { runner, poison, fence, store, control, handle } = await parkedAt2();
    const other = runnerOf(store, cartLog(handle), { fence, control });
    await other.parked.load();
    poison.clear();
    fence.before = () => {
      throw new Error('down');
    };
    await expect(runner.resume(stream)).rejects.toThrow('down');
    fence.before = () => undefined;
    await other.runner.deliver((await noticesOf(store, stream)).slice(-1));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3, 4]);
  });

  it('that another process has resumed goes on here', async () => {
    const { runner, poison, fence, store, control, handle } = await parkedAt2();
    poison.clear();
    const other = runnerOf(store, cartLog(handle), { fence, control });
    expect(await other.runner.resume(stream)).toBe(true);
    await store.append(stream, [added], { expected: 'any' });
    await runner.deliver((await noticesOf(store, stream)).slice(-1));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3, 4, 5]);
  });

  it('that another process has resumed is looked up anew here, so that nothing is repeated', async () => {
    const { handle, poison, tries } = poisoned(2);
    const store = shopStore();
    await store.append(stream, [added, added, added], { expected: 'none' });
    const shared = { fence: new MemoryFence(false), control: new MemoryControl() };
    const [a, b] = [0, 1].map(() => runnerOf(store, cartLog(handle, { attempts: 1, batch: 1 }), shared).runner);
    const notices = await noticesOf(store, stream);
    await a?.deliver(notices);
    poison.clear();
    await b?.resume(stream);
    await a?.deliver(notices);
    expect(tries).toEqual([1, 2, 2, 3]);
  });

  it('is left alone until it is resumed', async () => {
    const { runner, tries } = await parkedAt2();
    const before = tries.length;
    await runner.catchUp(stream);
    expect(tries).toHaveLength(before);
  });

  it('cannot be skipped while something before fails, which it is parked at then', async () => {
    const { runner, parked, fence } = await parkedAt2();
    await parked.park({ stream, version: 4, reason: 'damaged', attempts: 1, parkedAt: '' });
    expect(await runner.skip(stream)).toBe(false);
    expect(await parked.list()).toMatchObject([{ version: 2 }]);
    expect(fence.effectsOf(stream)).toEqual([1]);
  });

  it('goes on without the event that is skipped', async () => {
    const { runner, fence, parked } = await parkedAt2();
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 3, 4]);
    expect(await parked.list()).toEqual([]);
  });

  it('can be skipped by a process that remembers another position', async () => {
    const { handle } = poisoned(3);
    const { runner, store, fence, control, notices } = await world(handle, [[noted], [noted], [added], [added]], {
      attempts: 1,
    });
    const other = runnerOf(store, cartLog(handle), { fence, control });
    await other.runner.deliver(notices.slice(0, 2));
    await runner.deliver(notices);
    expect(await other.runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([4]);
  });

  it('is parked at the next event that fails', async () => {
    const { runner, fence, poison, parked } = await parkedAt2();
    poison.add(4);
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 3]);
    expect(await parked.list()).toMatchObject([{ version: 4 }]);
  });

  it('is still parked when skipping fails half way', async () => {
    const { runner, fence, parked } = await parkedAt2();
    fence.before = (operation) => {
      if (operation === 'advance') throw new Error('down');
    };
    await expect(runner.skip(stream)).rejects.toThrow('down');
    expect(await parked.list()).toMatchObject([{ version: 2 }]);
    fence.before = () => undefined;
    expect(await runner.skip(stream)).toBe(true);
    expect(fence.effectsOf(stream)).toEqual([1, 3, 4]);
  });

  it('neither resumes nor skips a stream that is not parked', async () => {
    const { runner } = await world(apply, [[added]]);
    expect([await runner.resume(stream), await runner.skip(stream)]).toEqual([false, false]);
  });

  it('is forgotten with its build', async () => {
    const { parked, control } = await parkedAt2();
    await parked.clear();
    expect([await parked.list(), await parked.holds(stream), control.ids('parked#log@1')]).toEqual([[], false, []]);
  });
});
