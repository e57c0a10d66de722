/**
 * What compiles and what does not: checked by `tsc`, never run. Each `@ts-expect-error` fails the check when the line
 * below it does compile.
 */
import {
  Aggregate,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  InjectRepository,
  Upcaster,
  defineUpcaster,
  type AggregateRepository,
  type AppendOptions,
  type EventStore,
  type RecordedEvent,
  type Repository,
  type SnapshotPolicy,
  type StreamAppend,
  type StreamCheck,
  type StreamHead,
  SnapshotState,
  allOf,
  everyEvents,
} from 'nestjs-dynamo-event-store';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const check = <T extends true>(): T | undefined => undefined;

@DomainEvent({ name: 'placed' })
class Placed {
  constructor(readonly customer: string) {}
}
@DomainEvent({ name: 'shipped', version: 2, aliases: ['sent'] })
class Shipped {
  constructor(readonly at: Date) {}
}

@Aggregate({ name: 'order', ttlSeconds: 60 })
class Order extends AggregateRoot<Placed | Shipped> {
  @EventHandler(Placed) protected onPlaced(event: Placed): void {
    event.customer.trim();
  }
  @EventHandler(Shipped) private onShipped(): void {
    // A reducer need not look at the event.
  }
  @EventHandler(Placed)
  @EventHandler(Shipped)
  protected onEither(event: Placed | Shipped): void {
    this.apply(event);
  }
  place(): void {
    this.apply(new Placed('c'));
    // @ts-expect-error -- not one of this aggregate's events
    this.apply({ name: 'something else' });
  }
}

class Wrong extends AggregateRoot {
  // @ts-expect-error -- the method takes another event
  @EventHandler(Placed) otherEvent(event: Shipped): void {
    event.at.getTime();
  }
  // @ts-expect-error -- reducers are synchronous
  @EventHandler(Placed) async later(event: Placed): Promise<void> {
    await Promise.resolve(event);
  }
  // @ts-expect-error -- reducers return nothing
  @EventHandler(Placed) returning(): number {
    return 1;
  }
  // @ts-expect-error -- not on a property
  @EventHandler(Placed) property = 1;
  // @ts-expect-error -- not on a property, even one that holds a function
  @EventHandler(Placed) arrow = (): void => undefined;
}

// @ts-expect-error -- not on a class
@EventHandler(Placed)
class NotASubscriber {}

// @ts-expect-error -- only on classes that extend AggregateRoot
@Aggregate({ name: 'plain' })
class Plain {}

// @ts-expect-error -- a name is needed
@Aggregate({})
class Nameless extends AggregateRoot {}

// @ts-expect-error -- an upcaster has a method `upcast`
@Upcaster({ event: 'placed', from: 1 })
class NoUpcaster {}

@Upcaster({ event: 'placed', from: 1 })
class GoodUpcaster {
  upcast(payload: { customer?: string }): { customer: string } {
    return { customer: payload.customer ?? '' };
  }
}
defineUpcaster({ event: 'placed', from: 1 }, (payload: { name: string }) => ({ customer: payload.name }));
// @ts-expect-error -- from which version?
defineUpcaster({ event: 'placed' }, (payload) => payload);

declare const repository: AggregateRepository;
declare const orders: Repository<Order>;
declare const store: EventStore;

class NeedsMore extends AggregateRoot {
  constructor(
    id: string,
    readonly more: number,
  ) {
    super(id);
  }
}

export async function use(): Promise<void> {
  const loaded = await repository.load(Order, 'o');
  check<Equal<typeof loaded, Order>>();
  const found = await orders.find('o');
  check<Equal<typeof found, Order | undefined>>();
  const head = await orders.update(
    'o',
    (order) => {
      order.place();
    },
    { attempts: 3, idempotencyKey: 'k' },
  );
  check<Equal<typeof head, StreamHead>>();
  await repository.update(Order, 'o', async (order) => {
    await Promise.resolve();
    order.place();
  });
  // @ts-expect-error -- the repository calls the constructor with the id alone
  await repository.load(NeedsMore, 'o');
  // @ts-expect-error -- an expectation is not optional: "any" must be said
  await store.append({ aggregate: 'a', id: 'b' }, [new Placed('c')], {});
  // @ts-expect-error -- no such expectation
  const wrong: AppendOptions = { expected: 'exists' };
  for await (const recorded of store.read<Placed>({ aggregate: 'a', id: 'b' }))
    check<Equal<typeof recorded, RecordedEvent<Placed>>>();
  for await (const recorded of orders.history('o')) check<Equal<typeof recorded.event, object>>();
  // @ts-expect-error -- heads cannot be changed
  head.version = 7;
}

@Aggregate({ name: 'wallet', snapshot: { every: 100, version: 1, write: 'await', when: allOf(everyEvents(5)) } })
class Wallet extends AggregateRoot {
  @SnapshotState() private readonly coins: number[] = [];
  // @ts-expect-error -- fields of aggregates, not methods
  @SnapshotState() method(): void {
    this.coins.push(1);
  }
}
class NoAggregate {
  // @ts-expect-error -- only in aggregates
  @SnapshotState() field = 1;
}
// @ts-expect-error -- no such way to write
Aggregate({ name: 'wallet', snapshot: { every: 100, write: 'later' } });
const policy: SnapshotPolicy = ({ version, events, bytes, since }) =>
  version > 1 && events + bytes > 5 && since !== undefined;

export async function useSeveral(order: Order, wallet: Wallet): Promise<void> {
  const heads = await repository.saveAll([order, wallet], {
    unchanged: [wallet],
    idempotencyKey: 'k',
    fingerprint: 'f',
  });
  check<Equal<typeof heads, StreamHead[]>>();
  // @ts-expect-error -- aggregates, not ids
  await repository.saveAll(['o']);
  await orders.saveAll([order], { unchanged: [wallet] });
  const append: StreamAppend = { stream: { aggregate: 'a', id: 'b' }, events: [new Placed('c')], expected: 'any' };
  const unmoved: StreamCheck = { stream: { aggregate: 'a', id: 'b' }, expected: 3 };
  await store.appendAll([append, unmoved]);
  // @ts-expect-error -- "any" cannot be checked
  const anywhere: StreamCheck = { stream: { aggregate: 'a', id: 'b' }, expected: 'any' };
  const closed = await orders.close('o', { expectedVersion: 3 });
  check<Equal<typeof closed.closed, true | undefined>>();
  await repository.archive(Order, 'o');
  check<Equal<Awaited<ReturnType<typeof orders.purge>>, number>>();
}

export class Handler {
  constructor(@InjectRepository(Order) readonly repository: Repository<Order>) {}
}

export {
  GoodUpcaster,
  Nameless,
  NoAggregate,
  policy,
  NeedsMore,
  NoUpcaster,
  NotASubscriber,
  Order,
  Plain,
  Wallet,
  Wrong,
};
