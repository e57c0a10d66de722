import { beforeEach, describe, expect, it } from '@jest/globals';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { StoreUnavailableError } from '../errors/request-errors.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import type { AppendOptions } from '../store/event-store.js';
import type { StateReading } from '../store/state-reading.js';
import type { StreamHead } from '../store/stream-head.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { AggregateRepository } from './aggregate-repository.js';
import { recordedEventOf } from './recorded-events.js';

@DomainEvent({ name: 'added' })
class Added {
  constructor(readonly amount: number) {}
}

@Aggregate({ name: 'counter' })
class Counter extends AggregateRoot {
  total = 0;
  add(amount: number): this {
    if (amount < 0) throw new RangeError('negative');
    this.apply(new Added(amount));
    return this;
  }
  @EventHandler(Added) protected onAdded({ amount }: Added): void {
    this.total += amount;
  }
}

/** Counts calls, and can lose the outcome of appends. */
class WatchedStore extends InMemoryEventStore {
  calls: string[] = [];
  appended: AppendOptions[] = [];
  loseAnswers = 0;

  override async append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead> {
    this.calls.push('append');
    this.appended.push(options);
    const head = await super.append(stream, events, options);
    if (this.loseAnswers-- > 0)
      throw new StoreUnavailableError(
        { operation: 'append', table: 't', commitId: options.commitId },
        new Error('lost'),
      );
    return head;
  }

  override readState(...args: Parameters<InMemoryEventStore['readState']>): Promise<StateReading> {
    this.calls.push('read');
    return super.readState(...args);
  }
}

let store: WatchedStore;
let repository: AggregateRepository;
const amounts = async (id: string): Promise<number[]> => {
  const found: number[] = [];
  for await (const { event } of repository.history(Counter, id)) found.push((event as Added).amount);
  return found;
};

beforeEach(() => {
  store = new WatchedStore();
  repository = new AggregateRepository(store);
});

describe('save and load', () => {
  it('store the recorded events, advance the version, and load the same state', async () => {
    const counter = new Counter('a').add(1).add(2);
    expect(counter.version).toBe(0);
    const head = await repository.save(counter);
    expect([head.version, counter.version, counter.getUncommittedEvents()]).toEqual([2, 2, []]);
    const loaded = await repository.load(Counter, 'a');
    expect([loaded.total, loaded.version, loaded.id]).toEqual([3, 2, 'a']);
    await repository.save(loaded.add(4));
    await repository.save(counter.add(9)).catch(() => undefined);
    expect(await amounts('a')).toEqual([1, 2, 4]);
  });

  it('without recorded events do nothing', async () => {
    const counter = new Counter('a').add(1);
    await repository.save(counter);
    store.calls = [];
    expect((await repository.save(counter)).version).toBe(1);
    expect((await repository.save(new Counter('b'))).version).toBe(0);
    expect(store.calls).toEqual([]);
  });

  it('of an aggregate that does not exist', async () => {
    await expect(repository.load(Counter, 'no')).rejects.toMatchObject({
      code: 'AGGREGATE_NOT_FOUND',
      stream: { aggregate: 'counter', id: 'no' },
    });
    expect(await repository.find(Counter, 'no')).toBeUndefined();
    await expect(repository.update(Counter, 'no', () => undefined)).rejects.toMatchObject({
      code: 'AGGREGATE_NOT_FOUND',
    });
  });

  it('at an expected version', async () => {
    await repository.save(new Counter('a').add(1).add(2));
    expect((await repository.load(Counter, 'a', { expectedVersion: 2 })).total).toBe(3);
    await expect(repository.load(Counter, 'a', { expectedVersion: 1 })).rejects.toMatchObject({
      code: 'CONCURRENCY',
      expected: 1,
      actual: 2,
    });
    for (const expectedVersion of [0, -1, 1.5]) {
      await expect(repository.load(Counter, 'a', { expectedVersion })).rejects.toBeInstanceOf(RangeError);
    }
  });

  it('as of a time', async () => {
    let now = 1_000;
    const timed = new InMemoryEventStore({ clock: () => new Date(now) });
    const repo = new AggregateRepository(timed);
    await repo.save(new Counter('a').add(1));
    now = 2_000;
    await repo.update(Counter, 'a', (counter) => void counter.add(10));
    now = 1_500; // a clock that steps back must not make time run backwards in a stream
    await repo.update(Counter, 'a', (counter) => void counter.add(100));
    const totals = await Promise.all(
      [999, 1_000, 1_999, 2_000].map(async (time) => (await repo.find(Counter, 'a', { asOf: new Date(time) }))?.total),
    );
    expect(totals).toEqual([undefined, 1, 1, 111]);
    const times: number[] = [];
    for await (const { recordedAt } of repo.history(Counter, 'a')) times.push(recordedAt.getTime());
    expect(times).toEqual([1_000, 2_000, 2_000]);
  });

  it('keep the events applied while a save is under way (two saves of one object run in turn)', async () => {
    const counter = new Counter('a').add(1);
    const first = repository.save(counter);
    counter.add(2);
    const second = repository.save(counter);
    counter.add(3);
    await Promise.all([first, second, repository.save(counter)]);
    expect(await amounts('a')).toEqual([1, 2, 3]);
    expect([counter.version, counter.total]).toEqual([3, 6]);
  });
});

describe('a save that fails', () => {
  it('in conflict leaves the aggregate as it was, and never gets past the conflict by itself', async () => {
    await repository.save(new Counter('a').add(1));
    const stale = await repository.load(Counter, 'a');
    await repository.update(Counter, 'a', (counter) => void counter.add(2));
    stale.add(100);
    for (let repeat = 0; repeat < 3; repeat++) {
      await expect(repository.save(stale)).rejects.toMatchObject({ code: 'CONCURRENCY', expected: 1, actual: 2 });
      expect([stale.version, stale.getUncommittedEvents().length]).toEqual([1, 1]);
    }
    expect(await amounts('a')).toEqual([1, 2]);
  });

  it('with an unknown outcome can be repeated with the same object, and stores once', async () => {
    const counter = new Counter('a').add(1);
    store.loseAnswers = 2;
    await expect(repository.save(counter)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(repository.save(counter)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await repository.save(counter)).version).toBe(1);
    expect(await amounts('a')).toEqual([1]);
    await repository.save(counter.add(2));
    expect(await amounts('a')).toEqual([1, 2]);
  });
});

describe('update', () => {
  beforeEach(async () => {
    await repository.save(new Counter('a').add(1));
    store.calls = [];
  });

  it('loads, decides and saves: one read and one append', async () => {
    expect((await repository.update(Counter, 'a', (counter) => void counter.add(2))).version).toBe(2);
    expect(store.calls).toEqual(['read', 'append']);
  });

  it("after a conflict decides on the winner's commit, which came with the refusal: no second read", async () => {
    let lost = false;
    await repository.update(Counter, 'a', async (counter) => {
      if (!lost) await new AggregateRepository(store).save((await repository.load(Counter, 'a')).add(10));
      lost = true;
      counter.add(1);
    });
    expect(await amounts('a')).toEqual([1, 10, 1]);
    expect(store.calls).toEqual(['read', 'read', 'append', 'append', 'append']);
  });

  it('decides again on the new state after a conflict', async () => {
    const seen: number[] = [];
    await repository.update(Counter, 'a', async (counter) => {
      seen.push(counter.total);
      if (seen.length <= 2) await repository.update(Counter, 'a', (other) => void other.add(10));
      counter.add(1);
    });
    expect(seen).toEqual([1, 11, 21]);
    expect(await amounts('a')).toEqual([1, 10, 10, 1]);
  });

  it('gives up after the attempts, and reports the conflict', async () => {
    let decisions = 0;
    const losing = repository.update(
      Counter,
      'a',
      async (counter) => {
        decisions += 1;
        await repository.update(Counter, 'a', (other) => void other.add(10));
        counter.add(1);
      },
      { attempts: 3 },
    );
    await expect(losing).rejects.toMatchObject({ code: 'CONCURRENCY', expected: 3, actual: 4 });
    expect(decisions).toBe(3);
    await expect(repository.update(Counter, 'a', () => undefined, { attempts: 0 })).rejects.toBeInstanceOf(RangeError);
  });

  it('retries nothing but conflicts', async () => {
    let decisions = 0;
    const failing = repository.update(Counter, 'a', (counter) => {
      decisions += 1;
      counter.add(-1);
    });
    await expect(failing).rejects.toThrow('negative');
    expect(decisions).toBe(1);
  });

  it('with an expected version decides once', async () => {
    expect(
      (await repository.update(Counter, 'a', (counter) => void counter.add(1), { expectedVersion: 1 })).version,
    ).toBe(2);
    await expect(
      repository.update(Counter, 'a', (counter) => void counter.add(1), { expectedVersion: 1 }),
    ).rejects.toMatchObject({ code: 'CONCURRENCY', expected: 1, actual: 2 });
    expect(await amounts('a')).toEqual([1, 1]);
  });

  it('that decides nothing returns the head and writes nothing', async () => {
    expect((await repository.update(Counter, 'a', () => undefined)).version).toBe(1);
    expect(store.calls).toEqual(['read']);
  });

  it('loses nothing when many run at once', async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    const heads = await Promise.all(
      numbers.map((amount) =>
        repository.update(Counter, 'a', (counter) => void counter.add(amount), { attempts: 100 }),
      ),
    );
    expect(heads.map(({ version }) => version).sort((a, b) => a - b)).toEqual(numbers.map((amount) => amount + 1));
    expect((await repository.load(Counter, 'a')).total).toBe(1 + (20 * 21) / 2);
  });
});

describe('an idempotency key', () => {
  it('stores a repeated update once, and returns the first version, also after other commits and elsewhere', async () => {
    await repository.save(new Counter('a').add(1));
    const once = () => repository.update(Counter, 'a', (counter) => void counter.add(5), { idempotencyKey: 'k' });
    expect(await once()).toMatchObject({ version: 2 });
    await repository.update(Counter, 'a', (counter) => void counter.add(7));
    expect(await once()).toMatchObject({ version: 2, repeated: true });
    repository = new AggregateRepository(store);
    expect(await once()).toMatchObject({ version: 2, repeated: true });
    expect(await amounts('a')).toEqual([1, 5, 7]);
  });

  it('answers as the first time where the domain refuses the command by now, and where nothing is left to decide', async () => {
    await repository.save(new Counter('a').add(1));
    const upTo = (most: number) => (counter: Counter) => {
      if (counter.total >= most) throw new RangeError('enough');
      counter.add(5);
    };
    const once = () => repository.update(Counter, 'a', upTo(6), { idempotencyKey: 'k' });
    expect((await once()).version).toBe(2);
    expect(await once()).toMatchObject({ version: 2, repeated: true });
    await expect(repository.update(Counter, 'a', upTo(6), { idempotencyKey: 'other' })).rejects.toThrow('enough');
    const ifEmpty = (counter: Counter): void => {
      if (counter.total === 6) counter.add(1);
    };
    await repository.update(Counter, 'a', ifEmpty, { idempotencyKey: 'l' });
    expect(await repository.update(Counter, 'a', ifEmpty, { idempotencyKey: 'l' })).toMatchObject({ version: 3 });
    expect(await amounts('a')).toEqual([1, 5, 1]);
  });

  it('reports another decision under the same key, whatever has happened since', async () => {
    await repository.save(new Counter('a').add(1));
    const send = (amount: number) =>
      repository.update(Counter, 'a', (counter) => void counter.add(amount), { idempotencyKey: 'k' });
    await send(5);
    const reused = { code: 'COMMIT_ID_REUSED', idempotencyKey: 'k', version: 2 };
    await expect(send(6)).rejects.toMatchObject(reused);
    await repository.update(Counter, 'a', (counter) => void counter.add(7));
    await expect(send(6)).rejects.toMatchObject(reused);
    await expect(repository.update(Counter, 'a', () => undefined, { idempotencyKey: 'k' })).rejects.toMatchObject(
      reused,
    );
    expect(await amounts('a')).toEqual([1, 5, 7]);
  });

  it('goes by the fingerprint where there is one', async () => {
    await repository.save(new Counter('a').add(1));
    let clock = 0;
    const send = (fingerprint: string) =>
      repository.update(Counter, 'a', (counter) => void counter.add(++clock), { idempotencyKey: 'k', fingerprint });
    expect((await send('add')).version).toBe(2);
    expect(await send('add')).toMatchObject({ version: 2, repeated: true });
    await expect(send('something else')).rejects.toMatchObject({ code: 'COMMIT_ID_REUSED' });
    expect(await amounts('a')).toHaveLength(2);
  });

  it('publishes the events once', async () => {
    const published: number[] = [];
    const publishing = new AggregateRepository(store, {
      publication: { publish: (events) => void published.push(...events.map(({ version }) => version)) },
    });
    await publishing.save(new Counter('a').add(1));
    for (let repeat = 0; repeat < 3; repeat++)
      await publishing.update(Counter, 'a', (counter) => void counter.add(5), { idempotencyKey: 'k' });
    expect(published).toEqual([1, 2]);
  });

  it('stores concurrent repetitions once, even when each comes to other events', async () => {
    await repository.save(new Counter('a').add(1));
    let decision = 0;
    const heads = await Promise.all(
      Array.from({ length: 6 }, () =>
        repository.update(Counter, 'a', (counter) => void counter.add(++decision), {
          idempotencyKey: 'k',
          fingerprint: 'add one',
        }),
      ),
    );
    expect(new Set(heads.map(({ version }) => version))).toEqual(new Set([2]));
    expect(await amounts('a')).toHaveLength(2);
  });

  it('goes before an expected version: two copies of one command at once are both told the version of the first', async () => {
    await repository.save(new Counter('a').add(1));
    let decision = 0;
    const send = () => {
      const options = { idempotencyKey: 'k', fingerprint: 'add one', expectedVersion: 1 };
      return repository.update(Counter, 'a', (counter) => void counter.add(++decision), options);
    };
    expect((await Promise.all([send(), send(), send()])).map(({ version }) => version)).toEqual([2, 2, 2]);
    expect((await send()).version).toBe(2);
    expect(await amounts('a')).toHaveLength(2);
  });

  it('on a new aggregate makes its creation repeatable, and reports another decision under the same key', async () => {
    const create = (amount: number) => repository.save(new Counter('a').add(amount), { idempotencyKey: 'k' });
    expect((await create(1)).version).toBe(1);
    await repository.update(Counter, 'a', (counter) => void counter.add(7));
    expect((await create(1)).version).toBe(1);
    await expect(create(2)).rejects.toMatchObject({
      code: 'COMMIT_ID_REUSED',
      idempotencyKey: 'k',
      message: expect.stringContaining('Idempotency key "k"'),
    });
    expect(await amounts('a')).toEqual([1, 7]);
  });

  it('on a loaded aggregate stores once, and the object at hand cannot be saved further', async () => {
    await repository.save(new Counter('a').add(1));
    await repository.update(Counter, 'a', (counter) => void counter.add(5), { idempotencyKey: 'k' });
    const again = (await repository.load(Counter, 'a')).add(5);
    expect((await repository.save(again, { idempotencyKey: 'k' })).version).toBe(2);
    await expect(repository.save(again.add(1))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await amounts('a')).toEqual([1, 5]);
  });

  it('belongs to its stream: on another one it stands for another command', async () => {
    for (const id of ['a', 'b']) await repository.save(new Counter(id).add(1), { idempotencyKey: 'k' });
    const ids: string[] = [];
    for (const id of ['a', 'b']) for await (const { eventId } of repository.history(Counter, id)) ids.push(eventId);
    expect(new Set(ids).size).toBe(2);
  });

  it('must not be empty', async () => {
    await expect(repository.save(new Counter('a').add(1), { idempotencyKey: '' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('envelopes', () => {
  it('carry the metadata of the hook and of the save, the latter winning', async () => {
    const withHook = new AggregateRepository(store, {
      metadata: () => ({ actorId: 'hook', correlationId: 'from-hook', region: 'eu' }),
    });
    await withHook.save(new Counter('a').add(1), { metadata: { actorId: 'me' } });
    for await (const { metadata } of withHook.history(Counter, 'a')) {
      expect(metadata).toEqual({ actorId: 'me', correlationId: 'from-hook', region: 'eu' });
    }
  });

  it('of saved events are those that a read gives', async () => {
    const published: RecordedEvent[] = [];
    const publishing = new AggregateRepository(store, {
      publication: { publish: (events) => void published.push(...events) },
    });
    const counter = new Counter('a').add(1).add(2);
    const events = counter.getUncommittedEvents();
    await publishing.save(counter);
    const read: RecordedEvent[] = [];
    for await (const recorded of publishing.history(Counter, 'a')) read.push(recorded);
    expect(published).toEqual(read);
    expect(published.map(({ event }) => event)).toEqual(events);
    expect(recordedEventOf(events[1]!)).toMatchObject({ version: 2, stream: { aggregate: 'counter', id: 'a' } });
    expect(recordedEventOf(new Added(1))).toBeUndefined();
  });

  it('are published after the events are stored, and not at all when that fails', async () => {
    const seen: number[] = [];
    const publishing = new AggregateRepository(store, {
      publication: { publish: (_, aggregate) => void seen.push(aggregate.version) },
    });
    const [first, second] = [new Counter('a').add(1), new Counter('a').add(2)];
    await publishing.save(first);
    await expect(publishing.save(second)).rejects.toMatchObject({ code: 'CONCURRENCY' });
    expect(seen).toEqual([1]);
  });
});

describe('definitions', () => {
  it('with a constructor that applies events are refused on load, before each load adds one', async () => {
    @Aggregate({ name: 'eager' })
    class Eager extends AggregateRoot {
      constructor(id: string) {
        super(id);
        this.apply(new Added(1));
      }
      @EventHandler(Added) on(): void {
        // The state does not matter here.
      }
    }
    await repository.save(new Eager('a'));
    await expect(repository.load(Eager, 'a')).rejects.toThrow('Its constructor applies an event');
  });

  it('with one aggregate name for two classes are refused', () => {
    @Aggregate({ name: 'counter' })
    class Other extends AggregateRoot {
      @EventHandler(Added) on(): void {
        // The state does not matter here.
      }
    }
    repository.register(Counter);
    expect(() => {
      repository.register(Other);
    }).toThrow('Counter and Other both use the aggregate name "counter"');
  });

  it('set a time to live where the aggregate has one', async () => {
    @Aggregate({ name: 'session', ttlSeconds: 60 })
    class Session extends AggregateRoot {
      start(): this {
        this.apply(new Added(1));
        return this;
      }
      @EventHandler(Added) on(): void {
        // The state does not matter here.
      }
    }
    const before = Date.now();
    await repository.save(new Session('s').start());
    const { ttl } = store.appended[0]!;
    expect(ttl!.getTime()).toBeGreaterThanOrEqual(before + 60_000);
    expect(ttl!.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
  });
});
