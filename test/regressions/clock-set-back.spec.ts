import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { FeedClock, StreamHead } from 'nestjs-dynamo-event-store';
import { SYSTEM_CLOCK, elapsedOn } from '../../libs/dynamo-event-store/src/feed/feed-clock.js';
import { Lease } from '../../libs/dynamo-event-store/src/feed/lease.js';
import { eventually } from '../support/eventually.js';
import { MemoryControl } from '../support/memory-control.js';
import { ReadSideWorld, cart, type Process } from '../support/read-sides.js';
import { carts, CartsProjection, ItemAdded } from '../support/shop.js';

const TWO_DAYS = 2 * 24 * 3_600_000;

let world = new ReadSideWorld();
afterEach(async () => {
  jest.restoreAllMocks();
  await world.stop();
  world = new ReadSideWorld();
});

/** A clock that can be set, with nothing else to go by. */
function settable(): FeedClock & { shiftMs: number } {
  const clock = { shiftMs: 0, now: () => Date.now() + clock.shiftMs, sleep: SYSTEM_CLOCK.sleep };
  return clock;
}

function add(process: Process): Promise<StreamHead> {
  return process.store.append(cart('c-1'), [new ItemAdded('tea', 1)], { expected: 'none' });
}

/** Has the running process build its read model again, and delete the former build. */
async function replaceBuild({ projections }: Process): Promise<void> {
  await projections.rebuild('carts');
  await eventually('the new build is served', async () => (await projections.activeBuild('carts')) === 2);
  expect(await projections.removeOldBuilds('carts')).toBe(1);
}

describe('a clock that is set back', () => {
  it('does not keep a process without a feed at a build that is gone', async () => {
    const running = await world.start([new CartsProjection()]);
    const clock = settable();
    const asking = await world.process([new CartsProjection()], { feed: undefined, clock });
    await running.projections.waitFor('carts', await add(running));
    const shown = () => asking.readSide.readModels.view(carts).get('c-1');
    expect(await shown()).toMatchObject({ items: 1 });
    clock.shiftMs = -TWO_DAYS;
    await replaceBuild(running);
    await eventually('the new build is shown', async () => (await shown())?.items === 1);
    expect(await asking.projections.activeBuild('carts')).toBe(2);
  });

  it('does not keep waitFor from ending in time', async () => {
    const clock = settable();
    const process = await world.process([new CartsProjection()], { feed: undefined, clock });
    const head = await add(process);
    const waiting = process.projections.waitFor('carts', head, { timeoutMs: 200 });
    clock.shiftMs = -TWO_DAYS;
    await expect(waiting).rejects.toMatchObject({ code: 'PROJECTION_BEHIND' });
  });

  it('does not keep an abandoned lease from being taken over', async () => {
    const control = new MemoryControl();
    const clock = settable();
    expect(await new Lease(control, 'l', 'gone', clock, 50).tryAcquire()).toBe(true);
    const lease = new Lease(control, 'l', 'next', clock, 50);
    expect(await lease.tryAcquire()).toBe(false);
    clock.shiftMs = -TWO_DAYS;
    await eventually('the lease is taken over', () => lease.tryAcquire());
  });

  it('measures what went by all the same', () => {
    let system = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => system);
    const clock = { at: 1_000_000, now: () => clock.at, sleep: SYSTEM_CLOCK.sleep };
    const start = elapsedOn(clock);
    clock.at += 70;
    expect(elapsedOn(clock) - start).toBe(70);
    clock.at -= TWO_DAYS;
    system += 30;
    expect(elapsedOn(clock) - start).toBe(100);
  });
});
