import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DataSubject,
  EventHandler,
  DynamoEventStore,
  DomainEvent,
  eventTableDefinition,
  InvalidDefinitionError,
  LocalKeyProvider,
  PersonalData,
  StoredValue,
  type EventStore,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { controlTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { decodeView, encodeView } from '../../libs/dynamo-event-store/src/dynamo/read-model/view-item.js';
import { InvoiceIssued } from '../../docs/examples/invoices.js';
import { Iban, Money, Priority } from '../../docs/examples/money.js';

const TOTAL = Money.of(10_000n, 'EUR');
const ACCOUNT = Iban.parse('DE02 1203 0000 0000 2020 51');
const STREAM = { aggregate: 'invoice', id: 'i-1' };
const NOTES = { aggregate: 'note', id: 'n-1' };

async function eventsIn(store: EventStore, stream = STREAM): Promise<object[]> {
  const events: object[] = [];
  for await (const { event } of store.read(stream)) events.push(event);
  return events;
}

describe('values of classes with @StoredValue', () => {
  let database: SimulatedDynamoDb;
  let store: DynamoEventStore;

  beforeEach(async () => {
    database = new SimulatedDynamoDb();
    database.createTable('events', eventTableDefinition({ tableName: 'events' }));
    store = new DynamoEventStore({ client: database.client, tableName: 'events', events: [InvoiceIssued] });
    await store.append(STREAM, [new InvoiceIssued(TOTAL, ACCOUNT)], { expected: 'none' });
  });

  /** Stores the events as if another version of the code had written them. */
  async function rewrite(change: (events: string) => string): Promise<void> {
    const item = database.items('events').find(({ sk }) => sk?.S?.startsWith('e#'))!;
    const text = item['events']!.S!;
    expect(change(text)).not.toBe(text);
    const Item = { ...item, events: { S: change(text) } };
    await database.client.send(new PutItemCommand({ TableName: 'events', Item }));
  }

  /** A value in an event without a class, as it comes back. */
  async function passed(value: object): Promise<unknown> {
    await store.append(NOTES, [{ type: 'noted', payload: { value } }], { expected: 'any' });
    const events = (await eventsIn(store, NOTES)) as { value: unknown }[];
    return events.at(-1)?.value;
  }

  it('come back of every form that from takes', async () => {
    await rewrite((text) => text.replace('"DE02120300000000202051"', '{"country":"DE","rest":"02120300000000202051"}'));
    const [issued] = (await eventsIn(store)) as [InvoiceIssued];
    expect(issued.payableTo).toBeInstanceOf(Iban);
    expect(issued.payableTo.text).toBe('DE02120300000000202051');
  });

  it('of a class that the process does not know are an error that says what to do', async () => {
    await rewrite((text) => text.replace('"iban"', '"bank-account"'));
    const reading = eventsIn(store);
    await expect(reading).rejects.toThrow(InvalidDefinitionError);
    await expect(reading).rejects.toThrow(
      'No class of this process has @StoredValue({ name: "bank-account" }). Import the class where events are read.',
    );
  });

  it('without functions lack a field that was added later', async () => {
    await rewrite((text) => text.replace(',"currency":"EUR"', ''));
    const [{ total }] = (await eventsIn(store)) as [InvoiceIssued];
    expect(total).toBeInstanceOf(Money);
    expect(total.currency).toBeUndefined();
  });

  it('of two classes with one name are refused', async () => {
    class Other {
      readonly a = 1;
    }
    const decorate = StoredValue({ name: 'taken' });
    decorate(Other);
    class Another {
      readonly b = 1;
    }
    decorate(Another);
    await expect(passed(new Other())).rejects.toThrow(
      'two classes have @StoredValue({ name: "taken" }); give each a name of its own.',
    );
  });

  it('may be of a class of the engine', async () => {
    const at = (await passed(new URL('https://example.org/a'))) as URL;
    expect(at).toBeInstanceOf(URL);
    expect(at.href).toBe('https://example.org/a');
  });

  it('are the only objects of their class where from gives these, also in two places of a snapshot', async () => {
    expect(await passed(Priority.high)).toBe(Priority.high);

    @DomainEvent({ name: 'ranked' })
    class Ranked {
      constructor(readonly priority: Priority) {}
    }
    let folds = 0;
    @Aggregate({ name: 'ticket', snapshot: { every: 1, write: 'await' } })
    class Ticket extends AggregateRoot {
      first: Priority = Priority.low;
      priority: Priority = Priority.low;
      @EventHandler(Ranked) protected onRanked({ priority }: Ranked): void {
        folds += 1;
        this.first = this.priority = priority;
      }
    }
    const ticket = new Ticket('t-1');
    ticket.apply(new Ranked(Priority.high));
    await new AggregateRepository(store).save(ticket);
    folds = 0;
    const { first, priority } = await new AggregateRepository(store).load(Ticket, 't-1');
    expect([first === Priority.high, priority === Priority.high, folds]).toEqual([true, true, 0]);
  });

  it('may stand in views', () => {
    const view = { name: 'invoices' } as Parameters<typeof encodeView>[0];
    const value = { total: TOTAL, of: new Set([ACCOUNT]) };
    const read = decodeView(encodeView(view, 'i-1', value)) as typeof value;
    expect(read.total).toStrictEqual(TOTAL);
    expect([...read.of].map(({ text }) => text)).toEqual([ACCOUNT.text]);
  });

  it('are of exactly that class: a subclass is another value', async () => {
    @StoredValue({ name: 'base' })
    class Base {
      readonly a = 1;
    }
    class Derived extends Base {}
    await expect(passed(new Derived())).rejects.toThrow('mark the class with @StoredValue({ name })');
    StoredValue({ name: 'derived' })(Derived);
    expect(await passed(new Derived())).toStrictEqual(new Derived());
  });

  it('come back unfrozen, unless from calls a constructor that freezes them', async () => {
    class Frozen {
      constructor(readonly text: string) {
        Object.freeze(this);
      }
    }
    StoredValue({ name: 'frozen' })(Frozen);
    expect(Object.isFrozen(await passed(new Frozen('a')))).toBe(false);
    StoredValue({
      name: 'frozen',
      to: ({ text }: Frozen) => text,
      from: (stored: string | { text: string }) => new Frozen(typeof stored === 'string' ? stored : stored.text),
    })(Frozen);
    expect(Object.isFrozen(await passed(new Frozen('a')))).toBe(true);
  });

  it('have no decorators of class-transformer, unless functions store them', async () => {
    class Part {
      readonly a = 1;
    }
    class Whole {
      @Type(() => Part) readonly part = new Part();
    }
    StoredValue({ name: 'whole' })(Whole);
    await expect(passed(new Whole())).rejects.toThrow(
      'Whole has both @StoredValue and decorators of class-transformer; use one, or give it to and from.',
    );
    StoredValue({ name: 'whole', to: () => 'one', from: () => new Whole() })(Whole);
    expect(await passed(new Whole())).toStrictEqual(new Whole());
  });

  it('may have been stored under @Type before, which stays on the field', async () => {
    class Weight {
      constructor(readonly grams: number) {}
    }
    @DomainEvent({ name: 'weighed' })
    class Weighed {
      @Type(() => Weight) readonly weight: Weight;
      constructor(weight: Weight) {
        this.weight = weight;
      }
    }
    store.register([Weighed]);
    await store.append(NOTES, [new Weighed(new Weight(1))], { expected: 'none' });
    StoredValue({ name: 'weight' })(Weight);
    await store.append(NOTES, [new Weighed(new Weight(2))], { expected: 1 });
    expect(await eventsIn(store, NOTES)).toStrictEqual([new Weighed(new Weight(1)), new Weighed(new Weight(2))]);
    const stored = JSON.stringify(database.items('events'));
    expect(stored).toContain(JSON.stringify('{"weight":{"grams":1}}').slice(1, -1));
    expect(stored).toContain(JSON.stringify('{"weight":{"$value":["weight",{"grams":2}]}}').slice(1, -1));
  });

  describe('with personal data', () => {
    class Address {
      @PersonalData({ fallback: 'erased' }) readonly street: string;
      constructor(
        street: string,
        readonly country: string,
      ) {
        this.street = street;
      }
    }

    @DomainEvent({ name: 'moved' })
    class Moved {
      @DataSubject() readonly customerId: string;
      readonly address: Address;
      constructor(customerId: string, address: Address) {
        this.customerId = customerId;
        this.address = address;
      }
    }

    async function move(): Promise<string> {
      database.createTable('events-control', controlTableDefinition('events-control'));
      const keys = new LocalKeyProvider({ keys: { k1: Buffer.alloc(32, 7).toString('base64') } });
      const options = { client: database.client, tableName: 'events', personalData: { keys } };
      const people = new DynamoEventStore({ ...options, events: [Moved] });
      const event = new Moved('c-1', new Address('Main St', 'IT'));
      await people.append(NOTES, [event], { expected: 'none' });
      expect(await eventsIn(people, NOTES)).toStrictEqual([event]);
      return JSON.stringify(database.items('events'));
    }

    it('seal the marked fields, without @Type', async () => {
      StoredValue({ name: 'address' })(Address);
      const items = await move();
      expect(items).toContain('erased');
      expect(items).not.toContain('Main St');
    });

    it('are refused where to stores a marked field under no name of its own', async () => {
      const to = ({ street, country }: Address): string => `${street}, ${country}`;
      const from = (text: string): Address => new Address(text.split(', ')[0]!, text.split(', ')[1]!);
      StoredValue({ name: 'address', to, from })(Address);
      await expect(move()).rejects.toThrow('the personal data is not stored under its own name');
    });
  });
});
