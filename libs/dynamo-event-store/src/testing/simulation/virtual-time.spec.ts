import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { VirtualDeadlockError, VirtualTime } from './virtual-time.js';

describe('virtual time', () => {
  it('starts where it is told, or at a fixed instant', () => {
    expect(new VirtualTime().now()).toBe(new VirtualTime().now());
    expect(new VirtualTime(5).clock()).toEqual(new Date(5));
    expect(new VirtualTime(new Date('2025-01-02T03:04:05.006Z')).clock().toISOString()).toBe(
      '2025-01-02T03:04:05.006Z',
    );
    expect(() => new VirtualTime(Number.NaN)).toThrow(RangeError);
  });

  it('runs callbacks by time, and those of one instant in the order of scheduling', async () => {
    const time = new VirtualTime(1_000);
    const seen: string[] = [];
    const at = (delay: number | Date, name: string): void => {
      time.schedule(delay, () => seen.push(`${time.now()} ${name}`));
    };
    at(30, 'c');
    at(10, 'a');
    at(new Date(1_020), 'b1');
    at(20, 'b2');
    at(20, 'b3');
    at(new Date(0), 'past');
    at(-5, 'past too');
    await time.run();
    expect(seen).toEqual(['1000 past', '1000 past too', '1010 a', '1020 b1', '1020 b2', '1020 b3', '1030 c']);
    expect(time.now()).toBe(1_030);
  });

  it('keeps the order among thousands of callbacks', async () => {
    const time = new VirtualTime(0);
    const wanted = Array.from({ length: 5_000 }, (_, index) => ({ at: (index * 7_919) % 997, index }));
    const seen: { at: number; index: number }[] = [];
    for (const each of wanted) time.schedule(each.at, () => seen.push(each));
    await time.run();
    expect(seen).toEqual([...wanted].sort((a, b) => a.at - b.at || a.index - b.index));
  });

  it('lets all promise continuations settle between two callbacks, however long their chain', async () => {
    const time = new VirtualTime(0);
    const seen: string[] = [];
    const chain = async (name: string): Promise<void> => {
      for (let step = 0; step < 500; step++) await Promise.resolve();
      seen.push(name);
      await time.pause(1);
      seen.push(`${name} at ${time.now()}`);
    };
    for (const name of ['a', 'b', 'c'])
      time.schedule(10, () => {
        seen.push(`start ${name}`);
        void chain(name);
      });
    await time.run();
    expect(seen).toEqual(['start a', 'a', 'start b', 'b', 'start c', 'c', 'a at 11', 'b at 11', 'c at 11']);
  });

  it('runs what callbacks schedule, and ends when nothing is left', async () => {
    const time = new VirtualTime(0);
    let count = 0;
    const again = (): void => {
      if (++count < 1_000) time.schedule(60_000, again);
    };
    again();
    await time.run();
    expect([count, time.now()]).toEqual([1_000, 999 * 60_000]);
    await time.run();
    expect(time.now()).toBe(999 * 60_000);
  });

  it('stops as soon as a promise has settled, and goes on from there', async () => {
    const time = new VirtualTime(0);
    let late = false;
    time.schedule(20, () => {
      late = true;
    });
    await expect(time.runUntil(time.pause(10).then(() => 'value'))).resolves.toBe('value');
    expect([time.now(), late]).toEqual([10, false]);
    await time.run();
    expect(late).toBe(true);
  });

  it('hands on what the promise rejects with', async () => {
    const time = new VirtualTime();
    const failing = time.pause(1).then(() => {
      throw new Error('no');
    });
    await expect(time.runUntil(failing)).rejects.toThrow('no');
  });

  it('waits for code that goes through turns of the event loop before it schedules', async () => {
    const time = new VirtualTime(0);
    const slow = async (): Promise<number> => {
      await turn();
      await time.pause(5);
      await turn();
      return time.now();
    };
    await expect(time.runUntil(slow())).resolves.toBe(5);
  });

  it('tells of a deadlock instead of waiting for ever', async () => {
    const time = new VirtualTime(0);
    const stuck = time.pause(5).then(() => new Promise(() => undefined));
    const failure = await time.runUntil(stuck).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(VirtualDeadlockError);
    expect(failure).toMatchObject({ code: 'DEADLOCK', message: expect.stringMatching(/^deadlock at 1970.*pending/) });
    await expect(time.runUntil(time.pause(1))).resolves.toBeUndefined();
  });

  it('rejects with what a callback throws, and keeps the rest', async () => {
    const time = new VirtualTime(0);
    let ran = false;
    time.schedule(1, () => {
      throw new Error('broken');
    });
    time.schedule(2, () => {
      ran = true;
    });
    await expect(time.run()).rejects.toThrow('broken');
    expect(ran).toBe(false);
    await time.run();
    expect(ran).toBe(true);
  });

  it('is run by one at a time', async () => {
    const time = new VirtualTime();
    const first = time.runUntil(time.pause(1));
    await expect(time.run()).rejects.toThrow(/running already/);
    await first;
  });

  it('refuses what is no instant', () => {
    expect(() => {
      new VirtualTime().schedule(Number.NaN, () => undefined);
    }).toThrow(RangeError);
  });
});
