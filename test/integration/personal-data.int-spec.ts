import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DataSubject,
  defineView,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  LocalKeyProvider,
  On,
  PersonalData,
  Projection,
  ReadSide,
  scanFeed,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';
import { customerRows, type CustomerRow } from '../support/northwind-customers.js';
import { storedText } from '../support/stored-text.js';

const ERASED = '(erased)';

class Address {
  @PersonalData({ fallback: ERASED }) readonly street: string;
  readonly city: string;
  constructor(street: string, city: string) {
    this.street = street;
    this.city = city;
  }
}
class Line {
  @PersonalData({ fallback: ERASED }) readonly number: string;
  readonly kind: string;
  constructor(number: string, kind: string) {
    this.number = number;
    this.kind = kind;
  }
}
@DomainEvent({ name: 'customer-registered' })
class CustomerRegistered {
  @DataSubject() readonly customerId: string;
  @PersonalData({ fallback: ERASED }) readonly company: string;
  @PersonalData({ fallback: ERASED }) readonly contact: string;
  @Type(() => Address) readonly address: Address;
  @Type(() => Line) readonly lines: readonly Line[];
  constructor({ customerID, companyName, contactName, address, city, phone, fax }: CustomerRow) {
    this.customerId = customerID;
    this.company = companyName;
    this.contact = contactName;
    this.address = new Address(address, city);
    this.lines = [new Line(phone, 'phone'), ...(fax === 'NULL' ? [] : [new Line(fax, 'fax')])];
  }
}
@DataSubject()
@DomainEvent({ name: 'contact-confirmed' })
class ContactConfirmed {
  @PersonalData({ fallback: ERASED }) readonly by: string;
  constructor(by: string) {
    this.by = by;
  }
}
@Aggregate({ name: 'customer', snapshot: { every: 2, write: 'await' } })
class Customer extends AggregateRoot {
  company = '';
  contact = '';
  street = '';
  city = '';
  numbers: string[] = [];
  confirmations = 0;
  @EventHandler(CustomerRegistered) protected onRegistered(event: CustomerRegistered): void {
    this.company = event.company;
    this.contact = event.contact;
    this.street = event.address.street;
    this.city = event.address.city;
    this.numbers = event.lines.map(({ number }) => number);
  }
  @EventHandler(ContactConfirmed) protected onConfirmed({ by }: ContactConfirmed): void {
    this.contact = by;
    this.confirmations += 1;
  }
}

interface Entry {
  readonly customerId: string;
  readonly company: string;
  readonly phone: string;
  readonly city: string;
}
const directory = defineView<Entry>({
  name: 'directory',
  keyedBy: 'stream',
  personal: { subject: ({ customerId }) => customerId, fields: { company: ERASED, phone: ERASED } },
});

@Projection({ name: 'directory', version: 1, views: [directory] })
class Directory {
  @On(CustomerRegistered)
  registered({ company, lines, address }: CustomerRegistered, { stream }: RecordedEvent, views: ViewWriter): void {
    const { id: customerId } = stream;
    views.of(directory).put(customerId, { customerId, company, phone: lines[0]?.number ?? '', city: address.city });
  }
}

const rows = customerRows();
const forgotten = rows.filter((_, index) => index % 9 === 0).slice(0, 10);
const others = rows.filter((row) => !forgotten.includes(row));
const tableName = uniqueTableName('personal');
const client = testClient();
const keys = new LocalKeyProvider({ keys: { k1: Buffer.alloc(32, 7).toString('base64') } });

function newProcess() {
  const store = new DynamoEventStore({
    client,
    tableName,
    events: [CustomerRegistered, ContactConfirmed],
    personalData: { keys, forgetWithinMs: 200 },
  });
  return { store, plain: new AggregateRepository(store), cached: new AggregateRepository(store, { cache: true }) };
}
const [here, there] = [newProcess(), newProcess()];
const readSide = new ReadSide({ store: here.store, feed: scanFeed({ everyMs: 100 }), refreshMs: 100, segments: 1 });

function dump(): Promise<string> {
  return storedText(client, [tableName, readSide.controlTable, readSide.readModelTable]);
}

const secretsOf = ({ companyName, contactName, address, phone, fax }: CustomerRow): string[] =>
  [companyName, contactName, address, phone, fax].filter((text) => text !== 'NULL');
const stored = (secret: string): string => JSON.stringify(secret).slice(1, -1);

async function stateOf(repository: AggregateRepository, id: string) {
  const { company, contact, street, city, numbers, confirmations, version } = await repository.load(Customer, id);
  return { company, contact, street, city, numbers, confirmations, version };
}
function stateFrom(row: CustomerRow, isForgotten = false) {
  const show = (text: string) => (isForgotten ? ERASED : text);
  const numbers = [row.phone, row.fax].filter((text) => text !== 'NULL').map(show);
  const { companyName, contactName, address, city } = row;
  const who = { company: show(companyName), contact: show(contactName), street: show(address), city, numbers };
  return { ...who, confirmations: 2, version: 3 };
}

async function register(row: CustomerRow): Promise<void> {
  const customer = new Customer(row.customerID);
  customer.apply(new CustomerRegistered(row));
  await here.cached.save(customer);
  for (let time = 0; time < 2; time++)
    await here.cached.update(Customer, row.customerID, (each) => {
      each.apply(new ContactConfirmed(row.contactName));
    });
}

/** What the repositories show of customers, and what they should. */
async function checkStates(
  of: readonly CustomerRow[],
  repositories: readonly AggregateRepository[],
  isForgotten = false,
): Promise<void> {
  for (const repository of repositories)
    expect(await Promise.all(of.map(({ customerID }) => stateOf(repository, customerID)))).toEqual(
      of.map((row) => stateFrom(row, isForgotten)),
    );
}

/** The read model shows the same, and needs no rebuild for it. */
async function checkDirectory(): Promise<void> {
  const view = readSide.readModels.view(directory);
  for (const { customerID: customerId, city } of forgotten)
    expect(await view.get(customerId)).toEqual({ customerId, company: ERASED, phone: ERASED, city });
  for (const { customerID: customerId, companyName: company, phone, city } of others)
    expect(await view.get(customerId)).toEqual({ customerId, company, phone, city });
}

beforeAll(async () => {
  await here.store.createTable();
  readSide.add([{ instance: new Directory() }]);
  await readSide.createTables();
  await Promise.all(rows.map(register));
  readSide.start();
});
afterAll(() => readSide.stop());

describe(`${rows.length} customers, of whom ${forgotten.length} are forgotten`, () => {
  it('are read back exactly, from snapshots and caches too, and none of their data stands in any byte of any table', async () => {
    expect([rows.length, forgotten.length, others.length]).toEqual([91, 10, 81]);
    await checkStates(rows, [here.plain, here.cached, there.plain, there.cached]);
    await eventually('the directory is complete', async () => {
      const shown = await Promise.all(
        rows.map(({ customerID }) => readSide.readModels.view(directory).get(customerID)),
      );
      return shown.every((entry) => entry !== undefined);
    });
    const text = await dump();
    for (const secret of rows.flatMap(secretsOf)) expect(text).not.toContain(stored(secret));
  }, 300_000);

  it('show the fallbacks once they are forgotten; the others stay as they were', async () => {
    await Promise.all(forgotten.map(({ customerID }) => there.store.dataSubjects.forget(customerID)));
    const fresh = newProcess();
    const repositories = [here.plain, here.cached, there.plain, there.cached, fresh.cached];
    await checkStates(forgotten, repositories, true);
    await checkStates(others, repositories);
    await checkDirectory();
  }, 300_000);

  it('are the same once the projection is rebuilt', async () => {
    await readSide.projections.rebuild('directory');
    await eventually(
      'the new build is served and the old one gone',
      async () => {
        const { active, next } = await readSide.projections.status('directory');
        return active.generation === 2 && next === undefined;
      },
      60_000,
    );
    await readSide.projections.removeOldBuilds('directory');
    await checkDirectory();
    const text = await dump();
    for (const secret of rows.flatMap(secretsOf)) expect(text).not.toContain(stored(secret));
    for (const { customerID } of rows) expect(text).toContain(customerID);
  }, 300_000);

  it('can be written to and loaded as before', async () => {
    const [one] = forgotten;
    await here.cached.update(Customer, one!.customerID, (customer) => {
      expect(customer.company).toBe(ERASED);
      customer.apply(new ContactConfirmed('Somebody Else'));
    });
    expect(await stateOf(there.cached, one!.customerID)).toMatchObject({
      company: ERASED,
      contact: 'Somebody Else',
      version: 4,
    });
  });
});
