import { describe, expect, it } from '@jest/globals';
import { simulatedControl } from '../../../../test/support/simulated-control.js';
import { virtualFeedClock } from '../../../../test/support/virtual-feed-clock.js';
import { VirtualTime } from '../testing/simulation/index.js';
import type { ControlStore } from './control-store.js';
import { Lease, LEASES } from './lease.js';

const LEASE_MS = 9_000;

function setting() {
  const time = new VirtualTime();
  const { control } = simulatedControl();
  const clock = virtualFeedClock(time);
  const leaseOf = (instance: string, store: ControlStore = control) =>
    new Lease(store, 'job', instance, clock, LEASE_MS);
  const pass = (ms: number) => time.runUntil(time.pause(ms));
  const record = () => control.get(LEASES, 'job');
  return { control, leaseOf, pass, record };
}

describe('a lease', () => {
  it('that nobody had is taken at once, and names its holder', async () => {
    const { leaseOf, record } = setting();
    const lease = leaseOf('a');
    expect([await lease.tryAcquire(), lease.remainingMs]).toEqual([true, LEASE_MS]);
    expect(await record()).toMatchObject({ value: { owner: 'a' }, revision: 1 });
  });

  it('goes to one of two that ask for it at the same time', async () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const { leaseOf } = setting();
      const leases = [leaseOf(first), leaseOf(second)];
      const taken = await Promise.all(leases.map((lease) => lease.tryAcquire()));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(leases.map(({ remainingMs }) => remainingMs > 0)).toEqual(taken);
    }
  });

  it('is another’s as long as it is renewed, and no longer than leaseMs after it was last seen to change', async () => {
    const { leaseOf, pass } = setting();
    const [holder, other] = [leaseOf('a'), leaseOf('b')];
    await holder.tryAcquire();
    for (let beat = 0; beat < 5; beat++) {
      await pass(LEASE_MS - 1);
      expect(await holder.renew()).toBe(true);
      expect(await other.tryAcquire()).toBe(false);
    }
    await pass(LEASE_MS - 1);
    expect(await other.tryAcquire()).toBe(false);
    await pass(1);
    expect(await other.tryAcquire()).toBe(true);
  });

  it('is not taken by one that sees it for the first time, however old it is', async () => {
    const { leaseOf, pass } = setting();
    await leaseOf('a').tryAcquire();
    await pass(100 * LEASE_MS);
    expect(await leaseOf('b').tryAcquire()).toBe(false);
  });

  it('tells a zombie that it is lost, and lets it neither renew nor release it', async () => {
    const { leaseOf, pass, record } = setting();
    const [zombie, successor] = [leaseOf('a'), leaseOf('b')];
    await zombie.tryAcquire();
    await successor.tryAcquire();
    await pass(LEASE_MS);
    expect(zombie.remainingMs).toBe(0);
    expect(await successor.tryAcquire()).toBe(true);
    expect(await zombie.renew()).toBe(false);
    await zombie.release();
    expect(await record()).toMatchObject({ value: { owner: 'b' } });
    expect(await successor.renew()).toBe(true);
  });

  it('that a zombie releases without having noticed stays with its successor', async () => {
    const { leaseOf, pass, record } = setting();
    const [zombie, successor] = [leaseOf('a'), leaseOf('b')];
    await zombie.tryAcquire();
    await successor.tryAcquire();
    await pass(LEASE_MS);
    await successor.tryAcquire();
    await zombie.release();
    expect(await record()).toMatchObject({ value: { owner: 'b' } });
  });

  it('that is released can be taken at once, and its revision goes on, so that no zombie meets an old one again', async () => {
    const { leaseOf, record } = setting();
    const [first, second] = [leaseOf('a'), leaseOf('b')];
    await first.tryAcquire();
    await second.tryAcquire();
    await first.release();
    expect(first.remainingMs).toBe(0);
    expect(await first.renew()).toBe(false);
    expect(await record()).toMatchObject({ value: { owner: null }, revision: 2 });
    expect(await second.tryAcquire()).toBe(true);
    expect(await record()).toMatchObject({ value: { owner: 'b' }, revision: 3 });
  });

  it('of the same instance, left by an earlier run, is waited for and lost like any other', async () => {
    const { leaseOf, pass } = setting();
    const earlier = leaseOf('a');
    await earlier.tryAcquire();
    const again = leaseOf('a');
    expect(await again.tryAcquire()).toBe(false);
    await pass(LEASE_MS);
    expect(await again.tryAcquire()).toBe(true);
    expect(await earlier.renew()).toBe(false);
    expect(await again.renew()).toBe(true);
  });

  it('is known to be held when the answer to a write was lost, and the client’s second try met the first', async () => {
    const { control, leaseOf, record } = setting();
    const twice: ControlStore = {
      get: (partition, id) => control.get(partition, id),
      list: (partition, range) => control.list(partition, range),
      delete: (partition, id, expected) => control.delete(partition, id, expected),
      put: async (partition, id, value, expected) => {
        await control.put(partition, id, value, expected);
        return control.put(partition, id, value, expected);
      },
    };
    const lease = leaseOf('a', twice);
    expect(await lease.tryAcquire()).toBe(true);
    expect(await lease.renew()).toBe(true);
    expect(await record()).toMatchObject({ value: { owner: 'a' }, revision: 2 });
  });

  it('counts its time from before the renewal was sent', async () => {
    const time = new VirtualTime();
    const { control } = simulatedControl(time);
    const lease = new Lease(control, 'job', 'a', virtualFeedClock(time), LEASE_MS);
    const began = time.now();
    await time.runUntil(lease.tryAcquire());
    const sent = time.now();
    expect(sent).toBeGreaterThan(began);
    expect(lease.remainingMs).toBeLessThan(LEASE_MS - 1);
  });

  it.each([0, -1, Number.NaN, Infinity])('cannot last %d ms', (leaseMs) => {
    const { control } = simulatedControl();
    expect(() => new Lease(control, 'job', 'a', virtualFeedClock(new VirtualTime()), leaseMs)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'leaseMs' }),
    );
  });
});
