import { beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  defineUpcaster,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  type UpcasterDefinition,
} from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

/** What all five versions of the code say of an order, each in its own way. */
const FACTS = {
  customer: 'ALFKI',
  cents: 1999,
  quantity: 3,
  city: 'Berlin',
  placedAt: new Date('2026-02-28T12:00:00Z'),
};

// Version 1: everything flat, the price a decimal number, the time as text.
@DomainEvent({ name: 'order-placed', version: 1 })
class PlacedOne {
  readonly customer = FACTS.customer;
  readonly price = FACTS.cents / 100;
  readonly count = FACTS.quantity;
  readonly city = FACTS.city;
  readonly time = FACTS.placedAt.toISOString();
}
// Version 2: money in cents.
@DomainEvent({ name: 'order-placed', version: 2 })
class PlacedTwo {
  readonly customer = FACTS.customer;
  readonly cents = FACTS.cents;
  readonly count = FACTS.quantity;
  readonly city = FACTS.city;
  readonly time = FACTS.placedAt.toISOString();
}
// Version 3: under another name, with lines and a date.
class Line {
  readonly cents: bigint = BigInt(FACTS.cents);
  readonly quantity = FACTS.quantity;
}
@DomainEvent({ name: 'order-accepted', version: 1 })
class AcceptedOne {
  readonly customerId = FACTS.customer;
  @Type(() => Line) readonly lines = [new Line()];
  readonly city = FACTS.city;
  @Type(() => Date) readonly placedAt = FACTS.placedAt;
}
// Version 4: the address went into an event of its own, recorded in the same commit.
@DomainEvent({ name: 'order-accepted', version: 2 })
class AcceptedTwo {
  readonly customerId = FACTS.customer;
  @Type(() => Line) readonly lines = [new Line()];
  @Type(() => Date) readonly placedAt = FACTS.placedAt;
}
@DomainEvent({ name: 'address-set' })
class AddressSet {
  readonly city = FACTS.city;
}
// Version 5, the code of now: the address is back, with the currency.
@DomainEvent({ name: 'order-accepted', version: 3 })
class AcceptedThree {
  readonly customerId: string = FACTS.customer;
  @Type(() => Line) readonly lines: readonly Line[] = [new Line()];
  @Type(() => Date) readonly placedAt: Date = FACTS.placedAt;
  readonly city: string = FACTS.city;
  readonly currency: string = 'EUR';
}

const UPCASTERS: readonly UpcasterDefinition[] = [
  defineUpcaster({ event: 'order-placed', from: 1 }, ({ price, ...rest }: { price: number }) => ({
    ...rest,
    cents: Math.round(price * 100),
  })),
  defineUpcaster(
    { event: 'order-placed', from: 2, into: [{ event: 'order-accepted', version: 1 }] },
    ({
      customer,
      cents,
      count,
      city,
      time,
    }: {
      customer: string;
      cents: number;
      count: number;
      city: string;
      time: string;
    }) => ({
      customerId: customer,
      lines: [{ cents: BigInt(cents), quantity: count }],
      city,
      placedAt: new Date(time),
    }),
  ),
  defineUpcaster(
    {
      event: 'order-accepted',
      from: 1,
      into: [{ event: 'order-accepted', version: 3 }],
    },
    (accepted: object) => ({ ...accepted, currency: 'EUR' }),
  ),
  defineUpcaster(
    { event: 'order-accepted', from: 2, with: [{ event: 'address-set', version: 1 }] },
    (accepted: object, { city }: { city: string }) => ({ ...accepted, city, currency: 'EUR' }),
  ),
  defineUpcaster({ event: 'order-accepted', from: 2 }, (accepted: object) => ({
    ...accepted,
    city: '',
    currency: 'EUR',
  })),
];

@Aggregate({ name: 'order', snapshot: { every: 1, write: 'await' } })
class Order extends AggregateRoot {
  customerId = '';
  total = 0n;
  city = '';
  currency = '';
  placedAt: Date | undefined;
  @EventHandler(AcceptedThree) protected onAccepted(event: AcceptedThree): void {
    this.customerId = event.customerId;
    this.total = event.lines.reduce((sum, { cents, quantity }) => sum + cents * BigInt(quantity), 0n);
    this.city = event.city;
    this.currency = event.currency;
    this.placedAt = event.placedAt;
  }
}

const tableName = uniqueTableName('five-versions');
const client = testClient();
const HISTORY: [string, object[]][] = [
  ['one', [new PlacedOne()]],
  ['two', [new PlacedTwo()]],
  ['three', [new AcceptedOne()]],
  ['four', [new AcceptedTwo(), new AddressSet()]],
  ['five', [new AcceptedThree()]],
];
const now = new DynamoEventStore({ client, tableName, events: [AcceptedThree], upcasters: UPCASTERS });
const stateOf = ({ customerId, total, city, currency, placedAt }: Order) => ({
  customerId,
  total,
  city,
  currency,
  placedAt,
});

beforeAll(async () => {
  await now.createTable();
  for (const [id, events] of HISTORY) {
    // Each by the code of its time, which knows its own classes only.
    const then = new DynamoEventStore({ client, tableName, events: events.map((event) => event.constructor as never) });
    await then.append({ aggregate: 'order', id }, events, { expected: 'none' });
  }
});

describe('five versions of an order event, written by five versions of the code', () => {
  const expected = {
    customerId: 'ALFKI',
    total: 5997n,
    city: 'Berlin',
    currency: 'EUR',
    placedAt: new Date('2026-02-28T12:00:00Z'),
  };

  it('have upcasters without a fault', () => {
    expect(now.definitions.chainFaults()).toEqual([]);
  });

  it.each(HISTORY.map(([id, events], index) => [index + 1, id, events.length] as const))(
    'version %i loads to the same state as a fresh write, with and without cache and snapshot',
    async (_, id, version) => {
      const repository = new AggregateRepository(now, { cache: true });
      for (let load = 0; load < 2; load++) expect(stateOf(await repository.load(Order, id))).toEqual(expected);
      const fresh = new Order(`fresh-${id}`);
      fresh.apply(new AcceptedThree());
      await repository.save(fresh);
      expect(stateOf(await new AggregateRepository(now).load(Order, `fresh-${id}`))).toEqual(expected);
      await repository.rebuildSnapshots(Order);
      expect(await new AggregateRepository(now).load(Order, id)).toMatchObject({ ...expected, version });
      const events: object[] = [];
      for await (const { event } of now.read({ aggregate: 'order', id })) events.push(event);
      expect(events).toEqual([new AcceptedThree()]);
    },
  );
});
