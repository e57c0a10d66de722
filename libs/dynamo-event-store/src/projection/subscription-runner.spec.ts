import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryControl } from '../../../../test/support/memory-control.js';
import { CartEmptied, CartNoted, ItemAdded } from '../../../../test/support/shop.js';
import {
  apply,
  cart,
  cartLog,
  gate,
  MemoryFence,
  noticesOf,
  runnerOf,
  shopStore,
  withoutCommit,
  type Apply,
} from '../../../../test/support/subscriptions.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import type { InMemoryEventStore } from '../testing/in-memory-event-store.js';

const stream = cart('c-1');
const added: object = new ItemAdded('tea', 1);
const noted: object = new CartNoted('x');
const emptied: object = new CartEmptied();

async function stored(store: InMemoryEventStore, ...commits: object[][]): Promise<CommitNotice[]> {
  for (const events of commits) await store.append(stream, events, { expected: 'any' });
  return noticesOf(store, stream);
}

describe('a subscription', () => {
  it('applies commits in order and stores its progress once per delivery', async () => {
    const store = shopStore();
    const notices = await stored(store, [added, added], [emptied]);
    const fence = new MemoryFence();
    await runnerOf(store, cartLog(apply), { fence }).runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3]);
    expect(fence.requests).toEqual(['0-3']);
  });

  it('looks the progress up first, unless the fence is atomic and the stream begins', async () => {
    const store = shopStore();
    const notices = await stored(store, [added], [added]);
    const plain = new MemoryFence(false);
    await runnerOf(store, cartLog(apply), { fence: plain }).runner.deliver(notices);
    expect(plain.requests).toEqual(['applied', '0-2']);
    const atomic = new MemoryFence();
    const { runner } = runnerOf(store, cartLog(apply), { fence: atomic });
    await runner.deliver(notices.slice(1));
    expect(atomic.requests).toEqual(['applied', '0-2']);
  });

  it('drops duplicates without a request', async () => {
    const store = shopStore();
    const notices = await stored(store, [added, added], [emptied]);
    const fence = new MemoryFence();
    const { runner } = runnerOf(store, cartLog(apply), { fence });
    await runner.deliver(notices);
    fence.requests.length = 0;
    await runner.deliver(notices);
    await runner.deliver(notices.slice(0, 1));
    expect(fence.requests).toEqual([]);
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3]);
  });

  it('fills a gap by reading, and takes the late commits for known', async () => {
    const store = shopStore();
    const notices = await stored(store, [added], [added, noted], [emptied]);
    const fence = new MemoryFence();
    const { runner } = runnerOf(store, cartLog(apply), { fence });
    await runner.deliver(notices.slice(2));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 4]);
    await runner.deliver(notices.slice(0, 2));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 4]);
  });

  it('reads no more than the gap, though what lies before has left no trace', async () => {
    const store = shopStore();
    const notices = await stored(store, [noted], [noted], [added], [added]);
    const ranges: unknown[] = [];
    const { selected } = store;
    const events: typeof selected = {
      ...selected,
      ofStream: (of, range, wants) => {
        ranges.push(range);
        return selected.ofStream(of, range, wants);
      },
    };
    const { runner, fence } = runnerOf(store, cartLog(apply), { events });
    await runner.deliver(notices.slice(0, 2));
    await runner.deliver(notices.slice(3));
    expect(ranges).toEqual([{ from: 3, to: 3 }]);
    expect(fence.effectsOf(stream)).toEqual([3, 4]);
  });

  it('reads a commit that the source has seen in part, from the first version that is new', async () => {
    const store = shopStore();
    const notices = await stored(store, [added], [added, emptied, added]);
    const fence = new MemoryFence();
    fence.progress.set('log@1/c-1', 2);
    await runnerOf(store, cartLog(apply), { fence }).runner.deliver(notices.map(withoutCommit));
    expect(fence.effectsOf(stream)).toEqual([3, 4]);
  });

  it('goes on in the middle of a commit', async () => {
    const store = shopStore();
    const notices = await stored(store, [added, added, added]);
    const fence = new MemoryFence();
    fence.progress.set('log@1/c-1', 1);
    await runnerOf(store, cartLog(apply), { fence }).runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([2, 3]);
  });

  it('writes nothing for events that it does not take, until one follows that it does', async () => {
    const store = shopStore();
    const notices = await stored(store, [noted], [noted, noted], [added]);
    const fence = new MemoryFence();
    const { runner } = runnerOf(store, cartLog(apply), { fence });
    await runner.deliver(notices.slice(0, 2));
    expect(fence.requests).toEqual([]);
    expect(runner.knownPosition(stream)).toBe(3);
    await runner.deliver(notices.slice(2));
    expect(fence.requests).toEqual(['0-4']);
  });

  it('stores the progress over such events when finding that out has cost a read', async () => {
    const store = shopStore();
    const notices = await stored(store, [added], [noted], [noted]);
    const fence = new MemoryFence();
    fence.progress.set('log@1/c-1', 1);
    await runnerOf(store, cartLog(apply), { fence }).runner.deliver(notices.slice(2));
    expect(fence.appliedTo(stream)).toBe(3);
    expect(fence.effectsOf(stream)).toEqual([]);
  });

  it('applies at most `batch` events in one step, across commits', async () => {
    const store = shopStore();
    const notices = await stored(store, [added, added, added], [added], [noted, added, noted]);
    const fence = new MemoryFence();
    await runnerOf(store, cartLog(apply, { batch: 2 }), { fence }).runner.deliver(notices);
    expect(fence.requests).toEqual(['0-2', '2-4', '4-7']);
  });

  it('leaves streams of aggregates alone that it does not follow', async () => {
    const store = shopStore();
    const notices = await stored(store, [added]);
    const fence = new MemoryFence();
    const { runner } = runnerOf(store, cartLog(apply), { fence, follows: (aggregate) => aggregate === 'order' });
    await runner.deliver(notices);
    await runner.unreadable({ key: 'k', stream, version: 1, cause: new Error('damaged') });
    expect(fence.requests).toEqual([]);
  });

  it('tells what it missed to whom it may concern', async () => {
    const reasons: string[] = [];
    const { runner } = runnerOf(shopStore(), cartLog(apply), {
      onMissed: (reason) => {
        reasons.push(reason);
        return Promise.resolve();
      },
    });
    await runner.missed('trimmed');
    expect(reasons).toEqual(['trimmed']);
  });

  it('keeps streams apart whose ids are alike', async () => {
    const store = shopStore();
    const twins = [
      { aggregate: 'cart', id: 'x' },
      { aggregate: 'cart', id: 'x', tenant: 't' },
      { aggregate: 'basket', id: 'x' },
    ];
    const seen: unknown[] = [];
    const notices: CommitNotice[] = [];
    for (const twin of twins) {
      await store.append(twin, [added], { expected: 'none' });
      notices.push(...(await noticesOf(store, twin)));
    }
    const handler = cartLog((event) => {
      seen.push(event.stream);
    });
    await runnerOf(store, handler).runner.deliver(notices);
    expect(seen).toEqual(twins);
  });
});

describe('concurrency', () => {
  async function carts(store: InMemoryEventStore, count: number): Promise<CommitNotice[]> {
    const notices: CommitNotice[] = [];
    for (let number = 0; number < count; number++) {
      const each = cart(`c-${number}`);
      await store.append(each, [added], { expected: 'none' });
      await store.append(each, [added], { expected: 1 });
      notices.push(...(await noticesOf(store, each)));
    }
    return notices;
  }

  it('works on several streams at once, on no more than allowed, and on each one after the other', async () => {
    const store = shopStore();
    const notices = await carts(store, 6);
    const running = new Map<string, number>();
    let most = 0;
    const { runner } = runnerOf(
      store,
      cartLog(
        async ({ stream: { id } }) => {
          running.set(id, (running.get(id) ?? 0) + 1);
          expect(running.get(id)).toBe(1);
          most = Math.max(most, running.size);
          for (let turn = 0; turn < 5; turn++) await Promise.resolve();
          running.delete(id);
        },
        { concurrency: 3 },
      ),
    );
    const [early, late] = [notices.filter(({ first }) => first === 1), notices.filter(({ first }) => first === 2)];
    await Promise.all([runner.deliver(late), runner.deliver(early), runner.deliver(notices)]);
    expect(most).toBe(3);
  });

  it('a stream that waits does not hold up the others, and is finished before its next delivery begins', async () => {
    const store = shopStore();
    const notices = await carts(store, 2);
    const { passed, open } = gate();
    const seen: string[] = [];
    const { runner } = runnerOf(
      store,
      cartLog(
        async ({ stream: { id }, version }) => {
          if (id === 'c-0' && version === 1) await passed;
          seen.push(`${id}/${version}`);
        },
        { batch: 1 },
      ),
    );
    const of = (id: string) => notices.filter((notice) => notice.stream.id === id);
    const first = runner.deliver(of('c-0').slice(0, 1));
    const second = runner.deliver(of('c-0'));
    await runner.deliver(of('c-1'));
    expect(seen).toEqual(['c-1/1', 'c-1/2']);
    open();
    await Promise.all([first, second]);
    expect(seen).toEqual(['c-1/1', 'c-1/2', 'c-0/1', 'c-0/2']);
  });

  it('settles when what is in hand is done', async () => {
    const store = shopStore();
    const notices = await carts(store, 1);
    const { passed, open } = gate();
    const { runner, fence } = runnerOf(
      store,
      cartLog(() => passed),
    );
    const delivery = runner.deliver(notices);
    let settled = false;
    const settling = runner.settled().then(() => {
      settled = true;
    });
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    open();
    await Promise.all([delivery, settling]);
    expect(fence.appliedTo(cart('c-0'))).toBe(2);
  });
});

describe('two processes', () => {
  it('go on where the other has stopped, though they remember an earlier position', async () => {
    const store = shopStore();
    const notices = await stored(store, [added], [added], [added]);
    const fence = new MemoryFence();
    const [a, b] = [runnerOf(store, cartLog(apply), { fence }), runnerOf(store, cartLog(apply), { fence })];
    await a.runner.deliver(notices.slice(0, 1));
    await b.runner.deliver(notices.slice(1, 2));
    await a.runner.deliver(notices.slice(2));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3]);
  });

  it('do not repeat what the other has done, though the fence keeps no effects', async () => {
    const store = shopStore();
    const notices = await stored(store, [added], [added], [added], [noted], [added]);
    const fence = new MemoryFence(false);
    const seen: string[] = [];
    const process = (name: string) =>
      runnerOf(
        store,
        cartLog(({ version }) => void seen.push(`${name}${version}`)),
        { fence },
      ).runner;
    const [a, b] = [process('a'), process('b')];
    await a.deliver(notices.slice(0, 1));
    await b.deliver(notices.slice(1, 2));
    await a.deliver(notices.slice(2, 4));
    await b.deliver(notices.slice(4));
    expect(seen).toEqual(['a1', 'b2', 'a3', 'b5']);
  });

  it('that are given the same commits at once apply each event once, in order', async () => {
    const store = shopStore();
    const notices = await stored(store, [added, noted], [added], [emptied, added], [added]);
    const fence = new MemoryFence();
    const runners = Array.from({ length: 3 }, () => runnerOf(store, cartLog(apply, { batch: 1 }), { fence }).runner);
    await Promise.all(runners.map((runner) => runner.deliver(notices)));
    expect(fence.effectsOf(stream)).toEqual([1, 3, 4, 5, 6]);
  });

  it('a fence that refuses for ever is reported, instead of tried for ever', async () => {
    const store = shopStore();
    const notices = await stored(store, [added]);
    const fence = new MemoryFence();
    fence.advance = () => Promise.resolve(false);
    const { runner } = runnerOf(store, cartLog(apply), { fence });
    await expect(runner.deliver(notices)).rejects.toThrow('is refused again and again');
  });
});

describe('a subscription from now on', () => {
  const start = 10_000;

  async function world(times: readonly (readonly [at: number, ...events: object[]])[]) {
    let now = 0;
    const store = shopStore(() => new Date(now));
    for (const [at, ...events] of times) {
      now = at;
      await store.append(stream, events, { expected: 'any' });
    }
    const fence = new MemoryFence();
    const { runner } = runnerOf(store, cartLog(apply), { fence, since: start });
    return { runner, fence, notices: await noticesOf(store, stream) };
  }

  it('takes events from that instant on, and none before, not even in a gap', async () => {
    const { runner, fence, notices } = await world([
      [1, added, added],
      [9_999, added],
      [start, added],
      [20_000, noted],
      [20_000, added, added],
    ]);
    await runner.deliver(notices.slice(4));
    expect(fence.effectsOf(stream)).toEqual([4, 6, 7]);
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([4, 6, 7]);
  });

  it('takes a stream that began later from its first event on, gaps included', async () => {
    const { runner, fence, notices } = await world([
      [start, added],
      [20_000, added],
      [20_001, added],
    ]);
    await runner.deliver(notices.slice(2));
    expect(fence.effectsOf(stream)).toEqual([1, 2, 3]);
  });

  it('passes over earlier commits that are delivered', async () => {
    const { runner, fence, notices } = await world([
      [1, added],
      [2, added],
      [20_000, added],
    ]);
    await runner.deliver(notices);
    expect(fence.effectsOf(stream)).toEqual([3]);
  });
});

describe('whatever the source does', () => {
  const sizes = fc.array(fc.array(fc.constantFrom(added, noted, emptied), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 8,
  });
  const streams = fc.array(sizes, { minLength: 1, maxLength: 3 });
  /** Of the notices, which come together; with or without the commit; which of the processes is given them. */
  const deliveries = fc.array(
    fc.record({
      picks: fc.array(fc.record({ at: fc.nat(40), bare: fc.boolean() }), { minLength: 1, maxLength: 6 }),
      process: fc.nat(1),
      together: fc.boolean(),
    }),
    { maxLength: 8 },
  );
  const trouble = fc.record({ batch: fc.integer({ min: 1, max: 4 }), failEvery: fc.integer({ min: 2, max: 9 }) });

  it('each event that is taken counts once, in the order of versions', async () => {
    await fc.assert(
      fc.asyncProperty(streams, deliveries, trouble, async (contents, plan, { batch, failEvery }) => {
        const store = shopStore();
        const ids = contents.map((_, index) => cart(`c-${index}`));
        for (const [index, commits] of contents.entries())
          for (const events of commits) await store.append(ids[index] ?? stream, events, { expected: 'any' });
        const all = (await Promise.all(ids.map((id) => noticesOf(store, id)))).flat();
        const fence = new MemoryFence();
        const control = new MemoryControl();
        let calls = 0;
        fence.before = (operation) => {
          if (operation === 'advance' && ++calls % failEvery === 0) throw new Error('the connection is lost');
        };
        const flaky: Apply = (event, effects) => {
          if (++calls % (failEvery + 1) === 0) throw new Error('bad luck');
          return apply(event, effects);
        };
        const options = { batch, attempts: 100 };
        const processes = [0, 1].map(
          () => runnerOf(store, cartLog(flaky, options), { fence, control, positions: 2 }).runner,
        );
        const pending: Promise<unknown>[] = [];
        for (const { picks, process, together } of plan) {
          const notices = picks.map(({ at, bare }) => {
            const notice = all[at % all.length]!;
            return bare ? withoutCommit(notice) : notice;
          });
          const delivery = Promise.resolve(processes[process]?.deliver(notices)).catch(() => undefined);
          pending.push(delivery);
          if (!together) await delivery;
        }
        await Promise.all(pending);
        // A source delivers again what was rejected.
        const last = ids.map((id) => all.findLast((notice) => notice.stream.id === id.id)!);
        fence.before = () => undefined;
        await processes[0]?.deliver(last);
        for (const [index, id] of ids.entries()) {
          const wanted = (contents[index] ?? []).flat().flatMap((event, at) => (event === noted ? [] : [at + 1]));
          expect(fence.effectsOf(id)).toEqual(wanted);
        }
        expect(control.ids('parked#log@1')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
