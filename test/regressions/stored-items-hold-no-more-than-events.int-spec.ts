import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Exclude, Transform, Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DataSubject,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  LocalKeyProvider,
  PersonalData,
  type AggregateClass,
  type SnapshotOptions,
} from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { storedText } from '../support/stored-text.js';

class Currency {
  static readonly EUR = new Currency('EUR');
  static readonly USD = new Currency('USD');
  private constructor(readonly code: string) {}
  static of(code: string): Currency {
    return code === 'EUR' ? Currency.EUR : Currency.USD;
  }
}

@DomainEvent({ name: 'opened' })
class Opened {
  @Transform(({ value }) => (value as Currency).code, { toPlainOnly: true })
  @Transform(({ value }) => Currency.of(value as string), { toClassOnly: true })
  readonly currency: Currency;
  @Transform(({ value }) => `****${String(value).slice(-4)}`, { toPlainOnly: true })
  readonly card: string;
  @Exclude()
  readonly password: string;
  constructor(currency: Currency, card: string, password: string) {
    this.currency = currency;
    this.card = card;
    this.password = password;
  }
}

class Address {
  @PersonalData({ fallback: '' }) street: string;
  readonly country = 'CH';
  constructor(street: string) {
    this.street = street;
  }
}
class AddressSet extends Set<Address> {
  label?: string;
}

@DomainEvent({ name: 'moved' })
class Moved {
  @DataSubject() readonly personId: string;
  @Type(() => Address)
  readonly addresses: AddressSet;
  constructor(personId: string, addresses: AddressSet) {
    this.personId = personId;
    this.addresses = addresses;
  }
}

interface Account extends AggregateRoot {
  readonly fee: number;
  readonly card: string;
  readonly password: string | undefined;
  readonly streets: readonly string[];
}

function accountClass(snapshot?: SnapshotOptions): AggregateClass<Account> {
  @Aggregate({ name: 'account', ...(snapshot === undefined ? {} : { snapshot }) })
  class AccountClass extends AggregateRoot {
    fee = -1;
    card = '';
    password: string | undefined;
    streets: string[] = [];
    @EventHandler(Opened) protected onOpened({ currency, card, password }: Opened): void {
      this.fee = currency === Currency.EUR ? 0 : 5;
      this.card = card;
      this.password = password;
    }
    @EventHandler(Moved) protected onMoved({ addresses }: Moved): void {
      this.streets = Array.from(addresses, ({ street }) => street);
    }
  }
  return AccountClass;
}

const client = testClient();
const tableName = uniqueTableName('regressions');
const CARD = '4242424242424242';
const SECRET = 'Secret Street 1';

/** As another process has it. */
const newStore = (): DynamoEventStore =>
  new DynamoEventStore({
    client,
    tableName,
    events: [Opened, Moved],
    personalData: { keys: new LocalKeyProvider({ keys: { dev: Buffer.alloc(32, 1) } }), forgetWithinMs: 0 },
  });

beforeAll(async () => {
  await newStore().createTable();
});
afterAll(() => {
  client.destroy();
});

const stateOf = ({ fee, card, password, streets }: Account): unknown[] => [fee, card, password, streets];
const snapshotting = accountClass({ every: 1, write: 'await' });
const plain = accountClass();

describe('on DynamoDB, an aggregate with snapshots', () => {
  it('has one state in all processes, and no item holds what the event leaves out', async () => {
    const repository = new AggregateRepository(newStore(), { cache: true });
    const account = new snapshotting('1');
    account.apply(new Opened(Currency.EUR, CARD, 'password-of-ada'));
    await repository.save(account);
    const expected = [0, '****4242', undefined, []];
    expect(stateOf(account)).toEqual(expected);
    expect(stateOf(await repository.load(snapshotting, '1'))).toEqual(expected);
    expect(stateOf(await new AggregateRepository(newStore()).load(snapshotting, '1'))).toEqual(expected);
    expect(stateOf(await new AggregateRepository(newStore()).load(plain, '1'))).toEqual(expected);
    const stored = await storedText(client, [tableName]);
    expect(stored).toContain('****4242');
    expect(stored).toContain('s#');
    expect(stored).not.toContain(CARD);
    expect(stored).not.toContain('password-of-ada');
  });

  it('forgets personal data in a collection of a class of its own, in events and in the state', async () => {
    const store = newStore();
    const repository = new AggregateRepository(store, { cache: true });
    const account = new snapshotting('2');
    const addresses = Object.assign(new AddressSet([new Address(SECRET)]), { label: 'home' });
    account.apply(new Moved('p-2', addresses));
    await repository.save(account);
    for (const from of [repository, new AggregateRepository(newStore())])
      expect((await from.load(snapshotting, '2')).streets).toEqual([SECRET]);
    expect(await storedText(client, [tableName])).not.toContain(SECRET);
    await store.dataSubjects.forget('p-2');
    for (const from of [repository, new AggregateRepository(newStore())])
      expect((await from.load(snapshotting, '2')).streets).toEqual(['']);
    for await (const { event } of newStore().read<Moved>({ aggregate: 'account', id: '2' })) {
      expect(event.addresses).toBeInstanceOf(AddressSet);
      expect(event.addresses.label).toBe('home');
    }
  });

  it('ignores the snapshot of an older shape of its class, and replaces it', async () => {
    const account = new snapshotting('3');
    account.apply(new Opened(Currency.USD, CARD, ''));
    await new AggregateRepository(newStore()).save(account);
    @Aggregate({ name: 'account', snapshot: { every: 1, write: 'await' } })
    class Newer extends AggregateRoot {
      fee = -1;
      opened = 0;
      @EventHandler(Opened) protected onOpened({ currency }: Opened): void {
        this.fee = currency === Currency.EUR ? 0 : 5;
        this.opened += 1;
      }
    }
    const warnings: string[] = [];
    const newer = new AggregateRepository(newStore(), { onWarning: ({ message }) => void warnings.push(message) });
    const loaded = await newer.load(Newer, '3');
    expect([loaded.fee, loaded.opened, warnings.length]).toEqual([5, 1, 1]);
    await newer.update(Newer, '3', (each) => {
      each.apply(new Opened(Currency.EUR, CARD, ''));
    });
    const again = new AggregateRepository(newStore(), { onWarning: ({ message }) => void warnings.push(message) });
    expect((await again.load(Newer, '3')).opened).toBe(2);
    expect(warnings.filter((text) => text.includes('is not used'))).toHaveLength(warnings.length);
    const { base } = await newStore().readState(
      { aggregate: 'account', id: '3' },
      { type: { name: 'account snapshot', schemaVersion: 1, eventClass: Newer } },
    );
    expect(base).toBe('snapshot');
  });
});
