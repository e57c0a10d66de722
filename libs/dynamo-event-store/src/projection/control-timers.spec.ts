import { describe, expect, it } from '@jest/globals';
import { OnTimer, Reactor, type DueTimer } from 'nestjs-dynamo-event-store';
import { MemoryControl } from '../../../../test/support/memory-control.js';
import { virtualFeedClock } from '../../../../test/support/virtual-feed-clock.js';
import { VirtualTime } from '../testing/simulation/virtual-time.js';
import { ControlTimers } from './control-timers.js';
import { Subscriber } from './subscriber.js';
import { subscriptionDefinitionOf } from './subscription-definition.js';
import type { SubscriptionHost } from './subscription-host.js';

const POLL_MS = 1_000;

type Handler = (timer: DueTimer) => void | Promise<void>;

/** What timers see of a host. */
function hostOf(handle: Handler): SubscriptionHost {
  @Reactor({ name: 'reminders' })
  class Reminders {
    @OnTimer('remind') remind(timer: DueTimer): void | Promise<void> {
      return handle(timer);
    }
  }
  const definition = subscriptionDefinitionOf(Reminders);
  if (definition === undefined) throw new Error('no definition');
  return { definition, subscriber: new Subscriber(definition, new Reminders()) } as unknown as SubscriptionHost;
}

function world(handle: Handler = () => undefined, control = new MemoryControl(), time = new VirtualTime()) {
  const calls: { id: string; at: number; dueAt: number; data: unknown }[] = [];
  const problems: string[] = [];
  const start = time.now();
  const clock = virtualFeedClock(time);
  const timers = new ControlTimers(control, clock, POLL_MS, ({ what }) => problems.push(what));
  const host = hostOf((timer) => {
    calls.push({ id: timer.id, at: time.now() - start, dueAt: timer.dueAt.getTime() - start, data: timer.data });
    return handle(timer);
  });
  /** Runs the timers of this process for some time. */
  const runFor = async (ms: number, hosts = [host]) => {
    const stop = new AbortController();
    time.schedule(ms, () => {
      stop.abort();
    });
    await time.runUntil(timers.run(hosts, stop.signal));
  };
  const at = (ms: number) => new Date(start + ms);
  return { timers, control, time, calls, problems, runFor, at, clock };
}

const timer = { name: 'remind', id: 'o-1' };

describe('a timer', () => {
  it('calls its reactor once, when it is due, with time and data', async () => {
    const { timers, calls, runFor, at } = world();
    await timers.schedule(timer, at(5_500), { order: 'o-1' });
    await runFor(60_000);
    expect(calls).toEqual([{ id: 'o-1', at: 6_000, dueAt: 5_500, data: { order: 'o-1' } }]);
  });

  it('without data has null', async () => {
    const { timers, calls, runFor, at } = world();
    await timers.schedule(timer, at(0));
    await runFor(1_500);
    expect(calls).toMatchObject([{ data: null }]);
  });

  it('that is due wakes the process that set it', async () => {
    const { timers, time, calls, runFor, at } = world();
    time.schedule(300, () => void timers.schedule(timer, at(200)));
    await runFor(900);
    expect(calls).toMatchObject([{ at: 300 }]);
  });

  it('leaves nothing behind', async () => {
    const { timers, control, runFor, at } = world();
    await timers.schedule(timer, at(1_000));
    await runFor(5_000);
    expect([control.ids('timers#due'), control.ids('timers#set')]).toEqual([[], []]);
    expect(await timers.cancel(timer)).toBe(false);
  });

  it('outlives the process that set it', async () => {
    const first = world();
    await first.timers.schedule(timer, first.at(2_000));
    const second = world(undefined, first.control, first.time);
    await second.runFor(10_000);
    expect(second.calls).toMatchObject([{ id: 'o-1' }]);
  });

  it('that is cancelled is not called', async () => {
    const { timers, calls, runFor, at } = world();
    await timers.schedule(timer, at(3_000));
    expect(await timers.cancel(timer)).toBe(true);
    expect(await timers.cancel(timer)).toBe(false);
    await runFor(10_000);
    expect(calls).toEqual([]);
  });

  it('that is set anew is called at the new time alone, later or earlier', async () => {
    const { timers, calls, runFor, at } = world();
    await timers.schedule(timer, at(3_000), 'first');
    await timers.schedule(timer, at(8_000), 'second');
    await timers.schedule({ ...timer, id: 'o-2' }, at(8_000));
    await timers.schedule({ ...timer, id: 'o-2' }, at(3_000));
    await runFor(20_000);
    expect(calls).toMatchObject([
      { id: 'o-2', at: 3_000 },
      { id: 'o-1', at: 8_000, data: 'second' },
    ]);
  });

  it('that is set again to the same time is called once, with the latest data', async () => {
    const { timers, calls, runFor, at } = world();
    await timers.schedule(timer, at(3_000), 1);
    await timers.schedule(timer, at(3_000), 1);
    await timers.schedule(timer, at(3_000), 2);
    await runFor(20_000);
    expect(calls).toMatchObject([{ data: 2 }]);
  });

  it('is told apart by name and id, whatever they hold', async () => {
    const { timers, calls, runFor, at } = world();
    for (const id of ['a', 'a#b', '"a"', 'é']) await timers.schedule({ name: 'remind', id }, at(1_000));
    await runFor(5_000);
    expect(calls.map(({ id }) => id).sort()).toEqual(['"a"', 'a', 'a#b', 'é']);
  });

  it('is refused without a valid date', async () => {
    const { timers, control } = world();
    await expect(timers.schedule(timer, new Date(NaN))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'dueAt',
    });
    expect(control.ids('timers#set')).toEqual([]);
  });

  it('that nobody here knows is kept, and reported', async () => {
    const { timers, problems, calls, runFor, at } = world();
    await timers.schedule(timer, at(1_000));
    await runFor(2_500, []);
    expect(problems).toEqual([expect.stringContaining('The timer remind of o-1 failed')]);
    await runFor(10_000);
    expect(calls).toHaveLength(1);
  });
});

describe('several timers', () => {
  it('that are due at once are called in the order of their times', async () => {
    const { timers, calls, runFor, at } = world();
    for (const [id, due] of [
      ['c', 900],
      ['a', 100],
      ['b', 500],
    ] as const)
      await timers.schedule({ name: 'remind', id }, at(due));
    await runFor(2_000);
    expect(calls.map(({ id, at: when }) => [id, when])).toEqual([
      ['a', 1_000],
      ['b', 1_000],
      ['c', 1_000],
    ]);
  });

  it('are called without a pause, though they are more than one page', async () => {
    const { timers, calls, runFor, at } = world();
    for (let number = 0; number < 250; number++)
      await timers.schedule({ name: 'remind', id: `o-${number}` }, at(number));
    await runFor(1_900);
    expect(calls).toHaveLength(250);
    expect(new Set(calls.map(({ at: when }) => when))).toEqual(new Set([0, 1_000]));
  });

  it('a time with a fraction does not disturb their order', async () => {
    const { timers, time, calls, runFor, at } = world();
    time.schedule(0.5, () => undefined);
    await time.run();
    await timers.schedule(timer, at(3_000));
    await runFor(2_000);
    expect(calls).toEqual([]);
    await runFor(2_000);
    expect(calls).toHaveLength(1);
  });
});

describe('a timer whose method fails', () => {
  it('is called again with growing pauses, up to a minute, for ever', async () => {
    const { timers, calls, problems, runFor, at } = world(() => {
      throw new Error('no');
    });
    await timers.schedule(timer, at(0));
    await runFor(300_000);
    expect(calls.map(({ at: when }) => when)).toEqual([
      0, 2_000, 6_000, 14_000, 30_000, 62_000, 122_000, 182_000, 242_000,
    ]);
    expect(problems.slice(0, 2)).toEqual([
      'The timer remind of o-1 failed; next try in 2 s.',
      'The timer remind of o-1 failed; next try in 4 s.',
    ]);
  });

  it('does not hold up the others, and is called no more once it succeeds', async () => {
    let failures = 2;
    const { timers, control, calls, runFor, at } = world(({ id }) => {
      if (id === 'o-1' && failures-- > 0) throw new Error('no');
    });
    await timers.schedule(timer, at(0));
    await timers.schedule({ ...timer, id: 'o-2' }, at(1));
    await runFor(60_000);
    expect(calls.map(({ id, at: when }) => [id, when])).toEqual([
      ['o-1', 0],
      ['o-2', 1_000],
      ['o-1', 2_000],
      ['o-1', 6_000],
    ]);
    expect(control.ids('timers#due')).toEqual([]);
  });

  it('can be cancelled and set anew meanwhile', async () => {
    const { timers, time, calls, runFor, at } = world(({ id }) => {
      if (id === 'o-1') throw new Error('no');
    });
    await timers.schedule(timer, at(0));
    time.schedule(2_500, () => void timers.cancel(timer));
    await runFor(60_000);
    expect(calls.map(({ at: when }) => when)).toEqual([0, 2_000]);
  });
});

describe('a method that sets its own timer', () => {
  it('to another time is called then', async () => {
    const parts = world(async ({ dueAt }) => {
      if (parts.calls.length < 3) await parts.timers.schedule(timer, new Date(dueAt.getTime() + 10_000));
    });
    await parts.timers.schedule(timer, parts.at(0));
    await parts.runFor(60_000);
    expect(parts.calls.map(({ dueAt }) => dueAt)).toEqual([0, 10_000, 20_000]);
  });

  it('to the same time is not called again for it, and leaves nothing behind', async () => {
    const parts = world(async ({ dueAt }) => parts.timers.schedule(timer, dueAt));
    await parts.timers.schedule(timer, parts.at(0));
    await parts.runFor(10_000);
    expect(parts.calls).toHaveLength(1);
    expect([parts.control.ids('timers#due'), parts.control.ids('timers#set')]).toEqual([[], []]);
  });

  it('to the same time with other data is called with these', async () => {
    const parts = world(async ({ dueAt, data }) => {
      if (data === 1) await parts.timers.schedule(timer, dueAt, 2);
    });
    await parts.timers.schedule(timer, parts.at(0), 1);
    await parts.runFor(10_000);
    expect(parts.calls.map(({ data }) => data)).toEqual([1, 2]);
    expect(parts.control.ids('timers#due')).toEqual([]);
  });

  it('is not robbed of a setting that comes between the two deletions after a call', async () => {
    const parts = world();
    await parts.timers.schedule(timer, parts.at(0), 1);
    let set = false;
    parts.control.before = async (operation, partition) => {
      if (operation !== 'delete' || partition !== 'timers#due' || set) return;
      set = true;
      await parts.timers.schedule(timer, parts.at(0), 2);
    };
    await parts.runFor(10_000);
    expect(parts.calls.map(({ data }) => data)).toEqual([1, 2]);
  });
});

describe('running timers', () => {
  it('ends with the signal, before the next timer', async () => {
    const stop = new AbortController();
    const parts = world();
    for (const id of ['a', 'b']) await parts.timers.schedule({ name: 'remind', id }, parts.at(0));
    const host = hostOf(() => {
      stop.abort();
    });
    await parts.time.runUntil(parts.timers.run([host], stop.signal));
    expect(parts.control.ids('timers#due')).toHaveLength(1);
  });

  it('goes on in another process after a failed request', async () => {
    const { timers, control, calls, runFor, at } = world();
    await timers.schedule(timer, at(0));
    control.before = (operation) => {
      if (operation === 'delete') throw new Error('down');
    };
    await expect(runFor(5_000)).rejects.toThrow('down');
    control.before = () => undefined;
    await runFor(5_000);
    expect(calls).toHaveLength(2);
  });
});
