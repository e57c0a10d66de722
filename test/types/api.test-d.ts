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
  defineView,
  On,
  OnAny,
  OnTimer,
  Projection,
  ProgressFence,
  Reactor,
  type DueTimer,
  type ProgressStep,
  type Projections,
  type Reaction,
  type ReadModelStore,
  type Timers,
  type ViewItem,
  type ViewWriter,
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

interface Summary {
  readonly customer: string;
  readonly total: number;
}
const summaries = defineView<Summary, 'byCustomer'>({
  name: 'summaries',
  keyedBy: 'stream',
  indexes: { byCustomer: { partition: ({ customer }) => customer } },
});
// @ts-expect-error -- found by text
defineView<Summary, 'other'>({ name: 'v', keyedBy: 'key', indexes: { other: { partition: ({ total }) => total } } });
// @ts-expect-error -- indexes whose names the type does not say could be queried by any name
defineView<Summary>({ name: 'v', keyedBy: 'key', indexes: { other: { partition: (view: Summary) => view.customer } } });
// @ts-expect-error -- by stream or by key
defineView<Summary>({ name: 'v', keyedBy: 'id' });

@Projection({ name: 'summaries', version: 2, views: [summaries] })
class Summaries {
  @On(Placed) async placed(event: Placed, envelope: RecordedEvent<Placed>, views: ViewWriter): Promise<void> {
    await views
      .of(summaries)
      .update(envelope.stream.id, (summary) => ({ total: 0, ...summary, customer: event.customer }));
    views.of(summaries).increment('k', { total: 1 }, { customer: 'c', total: 0 });
    // @ts-expect-error -- not a number
    views.of(summaries).increment('k', { customer: 1 }, { customer: 'c', total: 0 });
    // @ts-expect-error -- not a whole summary
    views.of(summaries).put('k', { total: 1 });
  }
  @On(Placed)
  @On(Shipped)
  either(event: Placed | Shipped): void {
    check<Equal<typeof event, Placed | Shipped>>();
  }
  @OnAny() other(event: object, { type, version }: RecordedEvent): void {
    check<Equal<typeof event, object>>();
    type.at(version);
  }
  // @ts-expect-error -- the method takes another event
  @On(Placed) wrong(event: Shipped): void {
    event.at.getTime();
  }
  // @ts-expect-error -- the second argument is the envelope
  @On(Placed) swapped(_: Placed, views: ViewWriter): void {
    views.of(summaries).delete('k');
  }
  // @ts-expect-error -- not on a property
  @On(Placed) property = 1;
  // @ts-expect-error -- any event, not this one
  @OnAny() narrow(event: Placed): void {
    event.customer.trim();
  }
  // @ts-expect-error -- methods return nothing
  @On(Placed) returning(): number {
    return 1;
  }
}

@Reactor({ name: 'mails', from: 'beginning', replayable: true })
class Mails {
  @On(Placed) async placed(_: Placed, { eventId }: RecordedEvent<Placed>, { replay }: Reaction): Promise<void> {
    check<Equal<typeof replay, boolean>>();
    await Promise.resolve(eventId);
  }
  @OnTimer('remind') remind({ id, dueAt }: DueTimer): void {
    id.at(dueAt.getTime());
  }
  // @ts-expect-error -- a timer is no event
  @OnTimer('remind') wrong(event: Placed): void {
    event.customer.trim();
  }
}

// @ts-expect-error -- a name is needed
Projection({ version: 2 });
// @ts-expect-error -- reactors are not built anew
Reactor({ name: 'r', version: 2 });
// @ts-expect-error -- projections are not replayed
Projection({ name: 'p', replayable: true });
// @ts-expect-error -- no such beginning
Projection({ name: 'p', from: 'yesterday' });
// @ts-expect-error -- not on a property
On(Placed)(Summaries.prototype, 'property');

class SqlFence extends ProgressFence<{ query: (sql: string) => Promise<void> }> {
  applied(): Promise<number> {
    return Promise.resolve(0);
  }
  async advance(
    { to }: ProgressStep,
    work: (transaction: { query: (sql: string) => Promise<void> }) => Promise<void>,
  ): Promise<boolean> {
    await work({ query: () => Promise.resolve() });
    return to > 0;
  }
}
Projection({ name: 'sql', fence: SqlFence });

export async function useReadSide(projections: Projections, views: ReadModelStore, timers: Timers): Promise<void> {
  await views.view(summaries).query({ index: 'byCustomer', partition: 'c' });
  // @ts-expect-error -- no such index
  await views.view(summaries).query({ index: 'nope', partition: 'c' });
  const found = defineView({
    name: 'found',
    keyedBy: 'key',
    indexes: { byCustomer: { partition: (view: Summary) => view.customer } },
  });
  await views.view(found).query({ index: 'byCustomer', partition: 'c' });
  // @ts-expect-error -- no such index, of those that were found
  await views.view(found).query({ index: 'nope', partition: 'c' });
  // @ts-expect-error -- a view without indexes
  await views.view(defineView<Summary>({ name: 'v', keyedBy: 'key' })).query({ index: 'nope', partition: 'c' });
  const head = await orders.update('o', (order) => {
    order.place();
  });
  await projections.waitFor(Summaries, head);
  await projections.waitFor('summaries', { stream: head.stream, version: 3 }, { timeoutMs: 100 });
  // @ts-expect-error -- which stream?
  await projections.waitFor('summaries', { version: 3 });
  const summary = await views.view(summaries).get('o');
  check<Equal<typeof summary, Summary | undefined>>();
  const { items } = await views.view(summaries).query({ index: 'byCustomer', partition: 'c' });
  check<Equal<typeof items, readonly ViewItem<Summary>[]>>();
  await timers.schedule({ name: 'remind', id: 'o' }, new Date(), { some: ['data'] });
  // @ts-expect-error -- data is stored as JSON
  await timers.schedule({ name: 'remind', id: 'o' }, new Date(), { when: new Date() });
  // @ts-expect-error -- a date, not a number
  await timers.schedule({ name: 'remind', id: 'o' }, 5);
}

export class Handler {
  constructor(@InjectRepository(Order) readonly repository: Repository<Order>) {}
}

export {
  GoodUpcaster,
  Mails,
  Nameless,
  NoAggregate,
  policy,
  NeedsMore,
  NoUpcaster,
  NotASubscriber,
  Order,
  Plain,
  SqlFence,
  Summaries,
  Wallet,
  Wrong,
};
