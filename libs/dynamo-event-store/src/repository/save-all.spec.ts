import { beforeEach, describe, expect, it } from '@jest/globals';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { AggregateRepository } from './aggregate-repository.js';

@DomainEvent({ name: 'moved' })
class Moved {
  constructor(readonly amount: number) {}
}

class Holding extends AggregateRoot {
  amount = 0;
  move(amount: number): this {
    this.apply(new Moved(amount));
    return this;
  }
  @EventHandler(Moved) protected onMoved({ amount }: Moved): void {
    this.amount += amount;
  }
}
@Aggregate({ name: 'stock' })
class Stock extends Holding {}
@Aggregate({ name: 'basket' })
class Basket extends Holding {}

let store: InMemoryEventStore;
let repository: AggregateRepository;
beforeEach(() => {
  store = new InMemoryEventStore();
  repository = new AggregateRepository(store);
});

const amountOf = async (aggregateClass: typeof Stock | typeof Basket, id: string) =>
  (await repository.find(aggregateClass, id))?.amount;

describe('saveAll', () => {
  it('stores the events of several aggregates of several classes, new and old, and settles each', async () => {
    await repository.save(new Stock('s').move(10));
    const stock = (await repository.load(Stock, 's')).move(-3);
    const basket = new Basket('b').move(1).move(2);
    const heads = await repository.saveAll([stock, basket]);
    expect(heads.map(({ stream, version }) => [stream.aggregate, version])).toEqual([
      ['stock', 2],
      ['basket', 2],
    ]);
    expect([stock, basket].map((each) => [each.version, each.getUncommittedEvents().length])).toEqual([
      [2, 0],
      [2, 0],
    ]);
    expect([await amountOf(Stock, 's'), await amountOf(Basket, 'b')]).toEqual([7, 3]);
    // Both can be saved further without loading them again.
    await repository.saveAll([stock.move(1), basket.move(1)]);
    expect([await amountOf(Stock, 's'), await amountOf(Basket, 'b')]).toEqual([8, 4]);
  });

  it('in conflict stores nothing, names each stream that lost, and leaves every aggregate as it was', async () => {
    await repository.saveAll([new Stock('s').move(10), new Stock('t').move(10)]);
    const stale = await Promise.all(['s', 't'].map((id) => repository.load(Stock, id)));
    for (const id of ['s', 't']) await repository.update(Stock, id, (stock) => void stock.move(1));
    const basket = new Basket('b').move(1);
    for (let repeat = 0; repeat < 2; repeat++) {
      const losing = repository.saveAll([basket, ...stale.map((stock) => (repeat === 0 ? stock.move(5) : stock))]);
      await expect(losing).rejects.toMatchObject({
        code: 'CONCURRENCY',
        conflicts: ['s', 't'].map((id) => ({
          stream: { aggregate: 'stock', id },
          expected: 1,
          actual: 2,
          winner: [{ version: 2 }],
        })),
      });
    }
    expect([basket.version, stale[0]!.version, stale[0]!.getUncommittedEvents().length]).toEqual([0, 1, 1]);
    expect([await amountOf(Stock, 's'), await amountOf(Basket, 'b')]).toEqual([11, undefined]);
  });

  it('stores only if what it was decided on is unchanged', async () => {
    await repository.save(new Stock('s').move(10));
    const stock = await repository.load(Stock, 's');
    await repository.saveAll([new Basket('a').move(1)], { unchanged: [stock] });
    await repository.update(Stock, 's', (each) => void each.move(-10));
    const saving = repository.saveAll([new Basket('b').move(1)], { unchanged: [stock] });
    await expect(saving).rejects.toMatchObject({ code: 'CONCURRENCY', stream: { id: 's' }, expected: 1, actual: 2 });
    expect([await amountOf(Basket, 'a'), await amountOf(Basket, 'b')]).toEqual([1, undefined]);
    const changed = (await repository.load(Stock, 's')).move(1);
    await expect(repository.saveAll([new Basket('c').move(1)], { unchanged: [changed] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'unchanged',
    });
  });

  it('with a check that something does not exist', async () => {
    await repository.saveAll([new Basket('a').move(1)], { unchanged: [new Stock('s')] });
    await repository.save(new Stock('s').move(1));
    const saving = repository.saveAll([new Basket('b').move(1)], { unchanged: [new Stock('s')] });
    await expect(saving).rejects.toMatchObject({ code: 'CONCURRENCY', expected: 0, actual: 1 });
  });

  it('leaves out what has nothing recorded, and does nothing when none has', async () => {
    const idle = new Basket('idle');
    const heads = await repository.saveAll([idle, new Stock('s').move(1)]);
    expect(heads.map(({ version }) => version)).toEqual([0, 1]);
    expect((await repository.saveAll([idle])).map(({ version }) => version)).toEqual([0]);
    expect(await repository.saveAll([])).toEqual([]);
    expect(await amountOf(Basket, 'idle')).toBeUndefined();
  });

  it('refuses the same aggregate twice, as one object or as two', async () => {
    const stock = new Stock('s').move(1);
    await expect(repository.saveAll([stock, stock])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(repository.saveAll([stock, new Stock('s').move(2)])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(repository.saveAll([stock], { unchanged: [stock] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('runs in turn with other saves of the same objects, in whatever order they are named', async () => {
    const [stock, basket] = [new Stock('s').move(1), new Basket('b').move(1)];
    const saves = [repository.saveAll([stock, basket]), repository.saveAll([basket, stock])];
    stock.move(2);
    await Promise.all([...saves, repository.save(stock), repository.saveAll([basket.move(2), stock])]);
    expect([await amountOf(Stock, 's'), await amountOf(Basket, 'b')]).toEqual([3, 3]);
  });

  it('publishes what it stored, per aggregate, and nothing after a refusal', async () => {
    const published: [string, number[]][] = [];
    const publish = (events: readonly RecordedEvent[]) =>
      void published.push([events[0]!.stream.aggregate, events.map(({ version }) => version)]);
    const publishing = new AggregateRepository(store, { publication: { publish } });
    await publishing.saveAll([new Stock('s').move(1), new Basket('b').move(1).move(2)]);
    await publishing.saveAll([new Stock('s').move(1), new Basket('c').move(1)]).catch(() => undefined);
    expect(published).toEqual([
      ['stock', [1]],
      ['basket', [1, 2]],
    ]);
  });

  it('with an idempotency key stores once, and returns the first heads', async () => {
    await repository.save(new Stock('s').move(10));
    const transfer = async (): Promise<object[]> =>
      repository.saveAll([(await repository.load(Stock, 's')).move(-3), new Basket('b').move(3)], {
        idempotencyKey: 'transfer',
      });
    expect(await transfer()).toMatchObject([{ version: 2 }, { version: 1 }]);
    await repository.update(Stock, 's', (stock) => void stock.move(1));
    expect(await transfer()).toMatchObject([
      { version: 2, repeated: true },
      { version: 1, repeated: true },
    ]);
    expect([await amountOf(Stock, 's'), await amountOf(Basket, 'b')]).toEqual([8, 3]);
  });
});

describe('the life of an aggregate', () => {
  it('ends with close: it can be loaded, but no longer saved', async () => {
    await repository.save(new Stock('s').move(1));
    const loaded = await repository.load(Stock, 's');
    expect(await repository.close(Stock, 's')).toMatchObject({ version: 1, closed: true });
    expect(await amountOf(Stock, 's')).toBe(1);
    const closed = { code: 'STREAM_CLOSED', version: 1, stream: { aggregate: 'stock', id: 's' } };
    await expect(repository.save(loaded.move(1))).rejects.toMatchObject(closed);
    await expect(repository.update(Stock, 's', (stock) => void stock.move(1))).rejects.toMatchObject(closed);
    await expect(repository.save(new Stock('s').move(1))).rejects.toMatchObject({ code: 'CONCURRENCY' });
    const cached = new AggregateRepository(store, { cache: true });
    await cached.load(Stock, 's');
    await expect(cached.update(Stock, 's', (stock) => void stock.move(1))).rejects.toMatchObject(closed);
    await expect(repository.close(Stock, 'no')).rejects.toMatchObject({ code: 'AGGREGATE_NOT_FOUND' });
  });

  it('closes only at an expected version', async () => {
    await repository.save(new Stock('s').move(1).move(2));
    await expect(repository.close(Stock, 's', { expectedVersion: 1 })).rejects.toMatchObject({ code: 'CONCURRENCY' });
    expect(await repository.close(Stock, 's', { expectedVersion: 2 })).toMatchObject({ version: 2, closed: true });
  });

  it('is forgotten by purge, and the id can be used again', async () => {
    const cached = new AggregateRepository(store, { cache: true });
    await cached.save(new Stock('s').move(1), { idempotencyKey: 'k' });
    // Commit, receipt, and the tombstone that closed it.
    expect(await cached.purge(Stock, 's')).toBe(3);
    expect(await cached.find(Stock, 's')).toBeUndefined();
    expect((await cached.list(Stock)).items).toEqual([]);
    expect(await cached.purge(Stock, 's')).toBe(0);
    await cached.save(new Stock('s').move(5), { idempotencyKey: 'k' });
    expect((await cached.load(Stock, 's')).amount).toBe(5);
  });

  it('can be archived: listed apart, and otherwise as before', async () => {
    for (const id of ['s', 't']) await repository.save(new Stock(id).move(1));
    await repository.archive(Stock, 's');
    const ids = async (archived?: boolean) =>
      (await repository.list(Stock, { archived })).items.map(({ stream }) => stream.id);
    expect([await ids(), await ids(true)]).toEqual([['t'], ['s']]);
    await repository.update(Stock, 's', (stock) => void stock.move(1));
    await repository.archive(Stock, 's', false);
    expect([(await ids()).sort(), await ids(true)]).toEqual([['s', 't'], []]);
    await expect(repository.archive(Stock, 'no')).rejects.toMatchObject({ code: 'AGGREGATE_NOT_FOUND' });
  });

  it('under retention goes on from the snapshot when its first events have expired', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const clock = (): Date => new Date(now);
    @Aggregate({ name: 'session', ttlSeconds: 3600, snapshot: { every: 1000, write: 'await' } })
    class Session extends Holding {}
    const timed = new InMemoryEventStore({ clock });
    const sessions = new AggregateRepository(timed, { clock });
    await sessions.save(new Session('s').move(1));
    for (let hour = 0; hour < 5; hour++) {
      now += 50 * 60_000;
      await sessions.update(Session, 's', (session) => void session.move(1));
    }
    expect((await sessions.load(Session, 's')).amount).toBe(6);
    const left: number[] = [];
    for await (const { version } of sessions.history(Session, 's')) left.push(version);
    expect(left).toEqual([5, 6]);
    now += 89 * 60_000;
    expect((await sessions.load(Session, 's')).amount).toBe(6);
    now += 2 * 60_000;
    expect(await sessions.find(Session, 's')).toBeUndefined();
  });
});
