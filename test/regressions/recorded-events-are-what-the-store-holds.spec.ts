import { describe, expect, it } from '@jest/globals';
import { Exclude, Transform } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  type AggregateClass,
  type EventPublication,
  type EventSerializer,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';

@DomainEvent({ name: 'filled' })
class Filled {
  constructor(
    public lines: number[],
    public more: { map: Map<string, number[]> } = { map: new Map([['a', [1]]]) },
  ) {}
}

@DomainEvent({ name: 'masked' })
class Masked {
  @Transform(({ value }) => `****${String(value).slice(-4)}`, { toPlainOnly: true })
  public card: string;
  @Exclude()
  public password = 'secret';
  constructor(card: string) {
    this.card = card;
  }
}

interface Basket extends AggregateRoot {
  readonly lines: number[];
  readonly seen: unknown[];
  fill(event: object): this;
}

function basketClass(): AggregateClass<Basket> {
  @Aggregate({ name: 'basket', snapshot: { every: 1, write: 'await' } })
  class BasketClass extends AggregateRoot {
    lines: number[] = [];
    seen: unknown[] = [];
    fill(event: object): this {
      this.apply(event);
      return this;
    }
    @EventHandler(Filled) protected onFilled({ lines, more }: Filled): void {
      // Parts of the event go into the state, and are changed there.
      this.lines = lines;
      this.lines.push(100);
      more.map.get('a')?.push(100);
      this.seen.push([...(more.map.get('a') ?? [])]);
    }
    @EventHandler(Masked) protected onMasked({ card, password }: Masked): void {
      this.seen.push([card, password]);
    }
  }
  return BasketClass;
}

async function storedOf(store: InMemoryEventStore, id: string): Promise<object[]> {
  const events: object[] = [];
  for await (const { event } of store.read({ aggregate: 'basket', id })) events.push(event);
  return events;
}

const EVENTS = [Filled, Masked];

describe('what becomes of an event object after apply() is nobody’s concern', () => {
  it('when its fields and parts are changed', async () => {
    const store = new InMemoryEventStore({ events: EVENTS });
    const basket = new (basketClass())('1');
    const event = new Filled([1, 2]);
    basket.fill(event);
    event.lines.push(3);
    event.more.map.clear();
    event.lines = [];
    await new AggregateRepository(store).save(basket);
    expect(await storedOf(store, '1')).toEqual([new Filled([1, 2])]);
    expect([basket.lines, basket.seen]).toEqual([[1, 2, 100], [[1, 100]]]);
  });

  it('when it is applied again, changed in between', async () => {
    const store = new InMemoryEventStore({ events: EVENTS });
    const basket = new (basketClass())('1');
    const event = new Filled([1]);
    basket.fill(event);
    event.lines.push(2);
    basket.fill(event);
    await new AggregateRepository(store).save(basket);
    expect(await storedOf(store, '1')).toEqual([new Filled([1]), new Filled([1, 2])]);
  });

  it('when what getUncommittedEvents() gives is changed', async () => {
    const store = new InMemoryEventStore({ events: EVENTS });
    const basket = new (basketClass())('1').fill(new Filled([1, 2])).fill(new Masked('4242424242424242'));
    const list = basket.getUncommittedEvents();
    (list[0] as Filled).lines.push(7);
    (list[0] as Filled).more = { map: new Map() };
    (list[1] as Masked).card = 'changed';
    list.length = 0;
    await new AggregateRepository(store).save(basket);
    expect(await storedOf(store, '1')).toEqual([
      new Filled([1, 2]),
      Object.assign(Object.create(Masked.prototype) as Masked, { card: '****4242' }),
    ]);
    for (const cache of [false, true])
      expect((await new AggregateRepository(store, { cache }).load(basketClass(), '1')).lines).toEqual([1, 2, 100]);
  });

  it('when a reducer changes parts of it: store, cache, snapshot and fold agree', async () => {
    const store = new InMemoryEventStore({ events: EVENTS });
    const repository = new AggregateRepository(store, { cache: true });
    const each = basketClass();
    const basket = new each('1').fill(new Filled([1])).fill(new Filled([2]));
    await repository.save(basket);
    expect(await storedOf(store, '1')).toEqual([new Filled([1]), new Filled([2])]);
    for (const loaded of [
      basket,
      await repository.load(each, '1'),
      await new AggregateRepository(store).load(each, '1'),
      await new AggregateRepository(store).load(each, '1', { version: 2 } as never),
    ])
      expect([loaded.lines, loaded.seen]).toEqual([
        [2, 100],
        [
          [1, 100],
          [1, 100],
        ],
      ]);
  });

  it('when a reducer throws: nothing is recorded', () => {
    class Failing extends AggregateRoot {
      on(): void {
        throw new Error('no');
      }
    }
    EventHandler(Filled)(Failing.prototype, 'on', Object.getOwnPropertyDescriptor(Failing.prototype, 'on')!);
    Aggregate({ name: 'failing' })(Failing);
    const failing = new Failing('1');
    expect(() => {
      failing.apply(new Filled([1]));
    }).toThrow('no');
    expect(failing.getUncommittedEvents()).toEqual([]);
  });
});

describe('what others get of a recorded event', () => {
  it('is an instance of its class, with what is stored', async () => {
    const published: RecordedEvent[] = [];
    const publication: EventPublication = { publish: (events) => void published.push(...events) };
    const store = new InMemoryEventStore({ events: EVENTS });
    const basket = new (basketClass())('1').fill(new Masked('4242424242424242')).fill(new Filled([1]));
    const [first] = basket.getUncommittedEvents() as Masked[];
    expect([first instanceof Masked, first?.card, first?.password]).toEqual([true, '****4242', undefined]);
    await new AggregateRepository(store, { publication }).save(basket);
    expect(published.map(({ event }) => event)).toEqual(await storedOf(store, '1'));
    expect(published.map(({ event }) => event.constructor)).toEqual([Masked, Filled]);
    expect(JSON.stringify(published)).not.toContain('secret');
  });

  it('does not change the state when it is changed by them', async () => {
    const publication: EventPublication = {
      publish: (events) => {
        for (const { event } of events as RecordedEvent<Filled>[]) {
          event.lines.push(99);
          event.more.map.clear();
        }
      },
    };
    const store = new InMemoryEventStore({ events: EVENTS });
    const repository = new AggregateRepository(store, { publication, cache: true });
    const each = basketClass();
    const basket = new each('1').fill(new Filled([1]));
    await repository.save(basket);
    await repository.update(each, '1', (loaded) => void loaded.fill(new Filled([2])));
    expect(await storedOf(store, '1')).toEqual([new Filled([1]), new Filled([2])]);
    for (const from of [repository, new AggregateRepository(store)])
      expect((await from.load(each, '1')).seen).toEqual([
        [1, 100],
        [1, 100],
      ]);
  });
});

describe('a serializer of a store', () => {
  /** Stores numbers times ten, and so gives others than were recorded. */
  const times = (factor: number): EventSerializer => ({
    serialize: (event) => JSON.parse(JSON.stringify(event)) as unknown,
    deserialize: (payload, { eventClass }) => {
      const { n } = payload as { n?: number };
      const fields = n === undefined ? payload : { n: n * factor };
      return eventClass === undefined
        ? fields
        : Object.assign(Object.create(eventClass.prototype as object) as object, fields);
    },
  });

  interface Counter extends AggregateRoot {
    n: number;
  }

  function counting(snapshot = false): {
    readonly counted: new (n: number) => object;
    readonly counter: AggregateClass<Counter>;
  } {
    class Counted {
      constructor(readonly n: number) {}
    }
    DomainEvent({ name: 'counted' })(Counted);
    class CounterClass extends AggregateRoot {
      n = 0;
      on({ n }: Counted): void {
        this.n += n;
      }
    }
    EventHandler(Counted)(CounterClass.prototype, 'on', Object.getOwnPropertyDescriptor(CounterClass.prototype, 'on')!);
    Aggregate({ name: 'counter', ...(snapshot ? { snapshot: { every: 100, write: 'await' as const } } : {}) })(
      CounterClass,
    );
    return { counted: Counted, counter: CounterClass };
  }

  it('counts for state at hand, cache and fold when the class was registered before', async () => {
    const { counted, counter } = counting();
    const store = new InMemoryEventStore({ events: [counted], serializer: times(10) });
    const repository = new AggregateRepository(store, { cache: true });
    const aggregate = new counter('1');
    aggregate.apply(new counted(1));
    expect(aggregate.n).toBe(10);
    await repository.save(aggregate);
    expect((await repository.load(counter, '1')).n).toBe(10);
    expect((await new AggregateRepository(store).load(counter, '1')).n).toBe(10);
  });

  it('that changes an event is refused when the event was recorded before its class was registered', async () => {
    const { counted, counter } = counting();
    const aggregate = new counter('1');
    aggregate.apply(new counted(1));
    const store = new InMemoryEventStore({ serializer: times(10) });
    const repository = new AggregateRepository(store);
    await expect(repository.save(aggregate)).rejects.toMatchObject({
      code: 'EVENT_SERIALIZATION',
      message: expect.stringContaining('register the aggregate first'),
    });
    // From now on it is known how the store has events.
    const again = new counter('1');
    again.apply(new counted(1));
    await repository.save(again);
    expect([again.n, (await repository.load(counter, '1')).n]).toEqual([10, 10]);
  });

  it('that changes nothing is no reason to refuse', async () => {
    const { counted, counter } = counting();
    const aggregate = new counter('1');
    aggregate.apply(new counted(1));
    const repository = new AggregateRepository(new InMemoryEventStore({ serializer: times(1) }));
    await repository.save(aggregate);
    expect((await repository.load(counter, '1')).n).toBe(1);
  });

  it('is that of the store which takes the events, where two stores know one class', async () => {
    const { counted, counter } = counting();
    const plain = new InMemoryEventStore({ events: [counted] });
    const ten = new InMemoryEventStore({ events: [counted], serializer: times(10) });
    const recorded = (): Counter => {
      const aggregate = new counter('1');
      aggregate.apply(new counted(1));
      return aggregate;
    };
    for (const store of [plain, ten]) {
      const aggregate = recorded();
      const repository = new AggregateRepository(store, { cache: true });
      const outcome = await repository.save(aggregate).then(
        () => 'saved',
        (error: unknown) => (error as { readonly code: string }).code,
      );
      // Either all see the same, or nothing is stored.
      if (outcome === 'saved') {
        expect((await repository.load(counter, '1')).n).toBe(aggregate.n);
        expect((await new AggregateRepository(store).load(counter, '1')).n).toBe(aggregate.n);
      } else {
        expect(outcome).toBe('EVENT_SERIALIZATION');
        expect(await repository.find(counter, '1')).toBeUndefined();
      }
    }
  });
});

it('a part that two applied events share is two parts in the state', async () => {
  const shared = [1];
  const each = basketClass();
  const basket = new each('1').fill(new Filled(shared)).fill(new Filled(shared));
  expect(basket.lines).toEqual([1, 100]);
  expect(shared).toEqual([1]);
  const store = new InMemoryEventStore({ events: EVENTS });
  await new AggregateRepository(store).save(basket);
  expect(await storedOf(store, '1')).toEqual([new Filled([1]), new Filled([1])]);
});
