import { describe, expect, it } from '@jest/globals';
import { simulatedControl } from '../../../../test/support/simulated-control.js';
import { virtualFeedClock } from '../../../../test/support/virtual-feed-clock.js';
import { VirtualTime } from '../testing/simulation/index.js';
import type { ControlStore } from './control-store.js';
import { Lease } from './lease.js';
import { runWhileHeld } from './run-while-held.js';

const LEASE_MS = 9_000;

interface Worker {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  /** Cuts the process off from the database. */
  crash(): void;
  /** Times of begin and end of its work. */
  readonly times: number[];
}

function setting() {
  const time = new VirtualTime();
  const clock = virtualFeedClock(time);
  const { another } = simulatedControl(time);
  const pass = (ms: number) => time.runUntil(time.pause(ms));
  /** Works until its signal is aborted, and `lingerMs` longer. */
  const worker = (instance: string, lingerMs = 0): Worker => {
    const stop = new AbortController();
    const times: number[] = [];
    let hasCrashed = false;
    const control = cutOff(another(), () => hasCrashed);
    const lease = new Lease(control, 'job', instance, clock, LEASE_MS);
    const done = runWhileHeld(lease, stop.signal, async (signal) => {
      times.push(time.now());
      await clock.sleep(1e9, signal);
      await clock.sleep(lingerMs);
      times.push(time.now());
    });
    const crash = (): void => {
      hasCrashed = true;
    };
    return { done, stop, crash, times };
  };
  return { time, clock, another, pass, worker };
}

/** A crashed process sends nothing more: its requests hang. */
function cutOff(store: ControlStore, hasCrashed: () => boolean): ControlStore {
  const guard = <T>(call: () => Promise<T>): Promise<T> => (hasCrashed() ? new Promise(() => undefined) : call());
  return {
    get: (partition, id) => guard(() => store.get(partition, id)),
    list: (partition, range) => guard(() => store.list(partition, range)),
    put: (partition, id, value, expected, revision) => guard(() => store.put(partition, id, value, expected, revision)),
    delete: (partition, id, expected) => guard(() => store.delete(partition, id, expected)),
  };
}

describe('runWhileHeld', () => {
  it('lets one of two work, for as long as it likes, and the other after it has given up', async () => {
    const { time, pass, worker } = setting();
    const [first, second] = [worker('a'), worker('b')];
    await pass(20 * LEASE_MS);
    const [busy, idle] = first.times.length > 0 ? [first, second] : [second, first];
    expect([busy.times.length, idle.times.length]).toEqual([1, 0]);
    busy.stop.abort();
    await time.runUntil(busy.done);
    await pass(LEASE_MS / 3 + 100);
    expect(idle.times).toHaveLength(1);
    expect(idle.times[0]).toBeGreaterThanOrEqual(busy.times[1]!);
  });

  it('hands over within twice leaseMs when the holder dies, and never before the holder has stopped', async () => {
    for (let death = LEASE_MS; death < 2 * LEASE_MS; death += 777) {
      const { time, pass, worker } = setting();
      const holder = worker('a');
      await pass(100);
      const successor = worker('b');
      await pass(death);
      const died = time.now();
      holder.crash();
      await pass(2 * LEASE_MS);
      expect(successor.times[0]! - died).toBeLessThanOrEqual(2 * LEASE_MS);
      // Cut off, but alive: it stops by its own clock.
      expect(holder.times[1]).toBeLessThanOrEqual(successor.times[0]!);
    }
  });

  it('aborts the work of a zombie when it finds its lease taken', async () => {
    const { time, clock, another, pass } = setting();
    const control = another();
    const lease = new Lease(control, 'job', 'zombie', clock, LEASE_MS);
    let aborted = 0;
    const done = runWhileHeld(lease, new AbortController().signal, async (signal) => {
      await clock.sleep(1e9, signal);
      aborted = time.now();
    });
    await pass(1_000);
    const { revision } = (await time.runUntil(control.get('leases', 'job')))!;
    await time.runUntil(control.put('leases', 'job', { owner: 'thief', term: 't' }, revision));
    const taken = time.now();
    await time.runUntil(done);
    expect(aborted - taken).toBeLessThanOrEqual(LEASE_MS / 3 + 100);
    expect(await time.runUntil(control.get('leases', 'job'))).toMatchObject({ value: { owner: 'thief' } });
  });

  it('goes on through outages of half the lease, and ends with longer ones', async () => {
    const { time, clock, another, pass } = setting();
    const store = another();
    let isOut = false;
    const control: ControlStore = {
      ...cutOff(store, () => false),
      put: (partition, id, value, expected) =>
        isOut ? Promise.reject(new Error('outage')) : store.put(partition, id, value, expected),
    };
    let isWorking = false;
    const stop = new AbortController();
    const lease = new Lease(control, 'job', 'a', clock, LEASE_MS);
    const done = runWhileHeld(lease, stop.signal, async (signal) => {
      isWorking = true;
      await clock.sleep(1e9, signal);
      isWorking = false;
    });
    for (let outage = 0; outage < 10; outage++) {
      await pass(LEASE_MS + outage * 333);
      isOut = true;
      await pass(LEASE_MS / 2);
      isOut = false;
    }
    await pass(3 * LEASE_MS);
    expect(isWorking).toBe(true);
    isOut = true;
    await pass(LEASE_MS + 100);
    expect(isWorking).toBe(false);
    await time.runUntil(done);
  });

  it('keeps the lease while the work finishes what it has begun', async () => {
    const { time, pass, worker } = setting();
    const slow = worker('a', 5 * LEASE_MS);
    await pass(100);
    const next = worker('b');
    slow.stop.abort();
    await time.runUntil(slow.done);
    expect(next.times).toEqual([]);
    await pass(LEASE_MS);
    expect(next.times[0]).toBeGreaterThanOrEqual(slow.times[1]!);
  });

  it('stops waiting when it is told to, without having worked', async () => {
    const { time, pass, worker } = setting();
    worker('a');
    await pass(100);
    const waiting = worker('b');
    await pass(10);
    const told = time.now();
    waiting.stop.abort();
    await time.runUntil(waiting.done);
    expect(time.now() - told).toBeLessThan(25);
    expect(waiting.times).toEqual([]);
  });

  it('rejects as the work does, and gives the lease up all the same', async () => {
    const { time, clock, another } = setting();
    const lease = new Lease(another(), 'job', 'a', clock, LEASE_MS);
    const failure = new Error('why');
    const { signal } = new AbortController();
    await expect(time.runUntil(runWhileHeld(lease, signal, () => Promise.reject(failure)))).rejects.toBe(failure);
    const other = new Lease(another(), 'job', 'b', clock, LEASE_MS);
    expect(await time.runUntil(other.tryAcquire())).toBe(true);
  });
});
