import { describe, expect, it } from '@jest/globals';
import { AggregateRepository, ReadSide, DynamoEventStore, type Clock } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, SimulatedDynamoDb, VirtualTime } from 'nestjs-dynamo-event-store/testing';
import { toDateClock, toFeedClock } from './clock.js';

const AT = new Date('2026-03-01T12:00:00Z');

describe('a clock', () => {
  const time = new VirtualTime(AT);
  it.each<[string, Clock]>([
    ['a function', () => AT],
    ['an object that waits', time],
    ['the function of a virtual time', time.clock],
  ])('is %s in every option', async (_, clock) => {
    const { client } = new SimulatedDynamoDb();
    const store = new DynamoEventStore({ client, tableName: 'events', clock });
    new AggregateRepository(store, { clock });
    const readSide = new ReadSide({ store, clock });
    expect(readSide.isEmpty).toBe(true);
    const memory = new InMemoryEventStore({ clock });
    await memory.append({ aggregate: 'a', id: '1' }, [{ type: 'noted', payload: 1 }], { expected: 'none' });
    const recorded: Date[] = [];
    for await (const { recordedAt } of memory.read({ aggregate: 'a', id: '1' })) recorded.push(recordedAt);
    expect(recorded).toEqual([AT]);
    expect([toFeedClock(clock).now(), toDateClock(clock)()]).toEqual([AT.getTime(), AT]);
  });

  it('is that of the system without an option', () => {
    const before = Date.now();
    expect(toFeedClock().now()).toBeGreaterThanOrEqual(before);
    expect(toDateClock()().getTime()).toBeGreaterThanOrEqual(before);
  });

  it('waits in real time where it is a function, and ends early when the signal is aborted', async () => {
    const ending = new AbortController();
    const waiting = toFeedClock(() => AT).sleep(3_600_000, ending.signal);
    ending.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('a virtual time', () => {
  it('sleeps in virtual time, and ends early when the signal is aborted', async () => {
    const time = new VirtualTime(0);
    const ending = new AbortController();
    const woken: string[] = [];
    const sleep = async (name: string, ms: number, signal?: AbortSignal) => {
      await time.sleep(ms, signal);
      woken.push(`${name} at ${time.now()}`);
    };
    const sleeping = [sleep('late', 5_000), sleep('aborted', 9_000, ending.signal)];
    time.schedule(1_000, () => {
      ending.abort();
    });
    await time.runUntil(Promise.all([...sleeping, sleep('at once', 60_000, AbortSignal.abort())]));
    expect(woken).toEqual(['at once at 0', 'aborted at 1000', 'late at 5000']);
  });
});
