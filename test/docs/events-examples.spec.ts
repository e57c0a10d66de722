import { describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  defineUpcaster,
  DomainEvent,
  EventHandler,
  type EventSerializer,
  DynamoEventStore,
  eventTableDefinition,
  type EventStore,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, scenario, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { bytesSerializer } from '../../docs/examples/bytes-serializer.js';
import { Invoice, InvoiceIssued, InvoicePaid, upcasters } from '../../docs/examples/invoices.js';
import { Iban, Money } from '../../docs/examples/money.js';
import { OrderPlaced } from '../../docs/examples/plain-events.js';
import { Courier, Parcel, Post, ShipmentPacked, Weight } from '../../docs/examples/shipments.js';

const TOTAL = Money.of(10_000n, 'EUR');
const ACCOUNT = Iban.parse('DE02 1203 0000 0000 2020 51');
const STREAM = { aggregate: 'invoice', id: 'i-1' };

async function eventsIn(store: EventStore, stream = STREAM): Promise<object[]> {
  const events: object[] = [];
  for await (const { event } of store.read(stream)) events.push(event);
  return events;
}

function issueAndPay(payments: number): Invoice {
  const invoice = Invoice.issue('i-1', TOTAL, ACCOUNT);
  for (let cents = 1; cents <= payments; cents++) invoice.pay(Money.of(BigInt(cents), 'EUR'), new Date(cents));
  return invoice;
}

const fieldsOf = (invoice: Invoice): unknown => Object.fromEntries(Object.entries(invoice));

describe('the example of invoices in docs/events.md', () => {
  it('gives one state at hand, from the cache, from a snapshot and from all events', async () => {
    const store = new InMemoryEventStore();
    const warm = new AggregateRepository(store, { cache: true });
    const invoice = issueAndPay(60);
    await warm.save(invoice);
    await warm.drain();
    const type = { name: 'invoice snapshot', schemaVersion: 1, eventClass: Invoice };
    expect((await store.readState(STREAM, { type })).base).toBe('snapshot');

    const cached = await warm.load(Invoice, 'i-1');
    const fromSnapshot = await new AggregateRepository(store).load(Invoice, 'i-1');
    const folded = new Invoice('i-1');
    folded.loadFromHistory((await eventsIn(store)) as (InvoiceIssued | InvoicePaid)[]);
    expect(folded.paid).toStrictEqual(Money.of(1830n, 'EUR'));
    for (const each of [invoice, cached, fromSnapshot]) expect(fieldsOf(each)).toStrictEqual(fieldsOf(folded));
  });

  it('can be told by scenarios, which compare the values that are stored', async () => {
    const at = new Date();
    const paid = scenario(Invoice)
      .given(new InvoiceIssued(TOTAL, ACCOUNT))
      .when((invoice) => {
        invoice.pay(TOTAL, at);
      });
    await paid.thenEvents(new InvoicePaid(Money.of(10_000n, 'EUR'), at));
    await expect(paid.thenEvents(new InvoicePaid(Money.of(10_001n, 'EUR'), at))).rejects.toThrow('Expected');

    const issued = scenario(Invoice).whenCreated(() => Invoice.issue('i-1', TOTAL, ACCOUNT));
    await issued.thenEvents(new InvoiceIssued(TOTAL, Iban.parse(ACCOUNT.text)));
    // Nothing but the stored form tells these two apart.
    await expect(issued.thenEvents(new InvoiceIssued(TOTAL, Iban.parse('DE00')))).rejects.toThrow('Expected');
  });

  it('reads payments of all versions; upcasters get stored values as instances', async () => {
    const store = new InMemoryEventStore({ events: [InvoiceIssued, InvoicePaid], upcasters });
    const at = new Date(5);
    const old = [
      { type: 'invoice-paid', schemaVersion: 1, payload: { cents: 250, at } },
      { type: 'invoice-paid', schemaVersion: 2, payload: { amount: Money.of(300n, 'USD'), at } },
    ];
    await store.append(STREAM, old, { expected: 'none' });
    expect(await eventsIn(store)).toStrictEqual([
      new InvoicePaid(Money.of(250n, 'EUR'), at),
      new InvoicePaid(Money.of(300n, 'USD'), at),
    ]);
  });
});

describe('the example of a plain event in docs/events.md', () => {
  it('comes back as it was recorded, but for a property that is undefined', async () => {
    const store = new InMemoryEventStore({ events: [OrderPlaced] });
    const lines = [{ sku: 'a', quantity: 1, price: 2n }];
    await store.append(
      STREAM,
      [new OrderPlaced('c-1', lines, new Date(7), 'gift'), new OrderPlaced('c-1', [], new Date(8))],
      {
        expected: 'none',
      },
    );
    const [gift, other] = await eventsIn(store);
    expect(gift).toStrictEqual(new OrderPlaced('c-1', lines, new Date(7), 'gift'));
    expect(other).toEqual(new OrderPlaced('c-1', [], new Date(8)));
    expect(Object.keys(other!)).not.toContain('note');
  });
});

describe('the example of class-transformer in docs/events.md', () => {
  it.each([
    ['one class of the discriminator', new Post('RR123')],
    ['the other', new Courier('030 1')],
  ])('comes back as it was recorded, with %s', async (_, carrier) => {
    const store = new InMemoryEventStore({ events: [ShipmentPacked] });
    const event = new ShipmentPacked([new Parcel('a', 2), new Parcel('b', 1)], carrier, new Weight(800));
    await store.append(STREAM, [event], { expected: 'none' });
    expect(await eventsIn(store)).toStrictEqual([event]);
  });
});

@DomainEvent({ name: 'noted', version: 2 })
class Noted {
  constructor(readonly text: string) {}
}

const trimming: EventSerializer = {
  serialize: (event) => ({ ...(event as object) }),
  deserialize: (payload, { eventClass }) => {
    const { customerId, ...rest } = payload as { customerId: string };
    const event = Object.create((eventClass?.prototype ?? Object.prototype) as object) as object;
    return Object.assign(event, { customerId: customerId.trim() }, rest);
  },
};

describe('the example of a serializer in docs/events.md', () => {
  it('stores bytes, and gives events of their class back', async () => {
    const database = new SimulatedDynamoDb();
    database.createTable('events', eventTableDefinition({ tableName: 'events' }));
    const options = { client: database.client, tableName: 'events', serializer: bytesSerializer };
    const store = new DynamoEventStore({ ...options, events: [OrderPlaced] });
    const event = new OrderPlaced('c-1', [{ sku: 'a', quantity: 1, price: 2n }], new Date(7));
    await store.append(STREAM, [event, { type: 'noted', payload: { at: new Date(1), sum: 5n } }], { expected: 'none' });
    expect(database.items('events')[0]!['events']!.B).toBeInstanceOf(Uint8Array);
    expect(await eventsIn(store)).toStrictEqual([event, { at: new Date(1), sum: 5n }]);
  });

  it('gives reducers at hand what it reads, and upcasters the bytes', async () => {
    const events = new InMemoryEventStore({ serializer: trimming, events: [OrderPlaced] });
    const seen: unknown[] = [];
    @Aggregate({ name: 'order' })
    class Order extends AggregateRoot {
      @EventHandler(OrderPlaced) protected onPlaced({ customerId }: OrderPlaced): void {
        seen.push(customerId);
      }
    }
    const repository = new AggregateRepository(events);
    const order = new Order('o-1');
    order.apply(new OrderPlaced(' c-1 ', [], new Date(1)));
    await repository.save(order);
    await repository.load(Order, 'o-1');
    expect(seen).toEqual(['c-1', 'c-1']);

    const given: unknown[] = [];
    const upcaster = defineUpcaster({ event: 'noted', from: 1 }, (payload: Uint8Array) => {
      given.push(payload);
      return payload;
    });
    const inBytes = new InMemoryEventStore({ serializer: bytesSerializer, events: [Noted], upcasters: [upcaster] });
    await inBytes.append(STREAM, [{ type: 'noted', schemaVersion: 1, payload: { text: 'a' } }], { expected: 'none' });
    expect(await eventsIn(inBytes)).toStrictEqual([new Noted('a')]);
    expect(given).toEqual([expect.any(Uint8Array)]);
  });
});
