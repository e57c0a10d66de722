import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  DataSubject,
  DomainEvent,
  DynamoEventStore,
  LocalKeyProvider,
  PersonalData,
  type EventClass,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { storedText } from '../support/stored-text.js';

const SECRET = 'Secret Street 1';

class Address {
  @PersonalData({ fallback: '' }) street: string;
  country = 'CH';
  constructor(street = '') {
    this.street = street;
  }
}
class AddressSet extends Set<Address> {
  note?: string;
}
class AddressList extends Array<Address> {
  main?: Address;
}
class AddressMap extends Map<string, Address> {}

class Person {
  @Type(() => Address)
  homes: Address[] = [new Address(SECRET)];
}

function eventWith(
  collectionClass: object | undefined,
  type: () => unknown,
): new (value: unknown) => { value: unknown } {
  class Addressed {
    @DataSubject() id = 'p-1';
    constructor(public value: unknown) {}
  }
  if (collectionClass !== undefined)
    Reflect.defineMetadata('design:type', collectionClass, Addressed.prototype, 'value');
  (Type as (type: () => unknown) => PropertyDecorator)(type)(Addressed.prototype, 'value');
  DomainEvent({ name: 'addressed' })(Addressed as EventClass);
  return Addressed;
}

async function storeOn(database: SimulatedDynamoDb, eventClass: EventClass): Promise<DynamoEventStore> {
  const store = new DynamoEventStore({
    client: database.client,
    tableName: 'tab',
    events: [eventClass],
    personalData: { keys: new LocalKeyProvider({ keys: { dev: Buffer.alloc(32, 1) } }), forgetWithinMs: 1 },
  });
  await store.createTable();
  return store;
}

const shared = new Address(SECRET);
const place = { street: SECRET, country: 'CH' };

describe('personal data inside a collection', () => {
  it.each<[string, object | undefined, () => unknown, unknown]>([
    ['a list', undefined, () => Address, [new Address(SECRET)]],
    ['a list in a list', undefined, () => Address, [[new Address(SECRET)], []]],
    ['a set', undefined, () => Address, new Set([new Address(SECRET)])],
    ['a map', undefined, () => Address, new Map([['home', new Address(SECRET)]])],
    ['a map of lists', undefined, () => Address, new Map([['home', [new Address(SECRET)]]])],
    ['a set of sets', undefined, () => Address, new Set([new Set([new Address(SECRET)])])],
    ['plain objects', undefined, () => Address, [place]],
    ['one object in two places', undefined, () => Address, [shared, shared]],
    ['frozen objects', undefined, () => Address, Object.freeze([Object.freeze(new Address(SECRET))])],
    ['a class that extends Set', AddressSet, () => Address, new AddressSet([new Address(SECRET)])],
    [
      'such a class with a property',
      AddressSet,
      () => Address,
      Object.assign(new AddressSet([new Address(SECRET)]), { note: 'n' }),
    ],
    ['a class that extends Array', AddressList, () => Address, AddressList.from([new Address(SECRET)])],
    ['a class that extends Map', AddressMap, () => Address, new AddressMap([['home', new Address(SECRET)]])],
    ['a nested class that holds a list', undefined, () => Person, new Map([['p', new Person()]])],
  ])('is encrypted, and gone once the person is forgotten: %s', async (_, collectionClass, type, value) => {
    const database = new SimulatedDynamoDb();
    const eventClass = eventWith(collectionClass, type);
    const store = await storeOn(database, eventClass);
    const stream = { aggregate: 'a', id: '1' };
    await store.append(stream, [new eventClass(value)], { expected: 'none' });
    const read = async (): Promise<object> => {
      for await (const { event } of store.read(stream)) return event;
      throw new Error('There is no event.');
    };
    expect(await storedText(database.client, ['tab'])).not.toContain(SECRET);
    const whole = await read();
    expect(inspectAll(whole)).toContain(SECRET);
    expect((whole as { value: object }).value.constructor).toBe((value as object).constructor);
    await store.dataSubjects.forget('p-1');
    const erased = inspectAll(await read());
    expect(erased).not.toContain(SECRET);
    expect(erased).toContain('CH');
  });

  it('in a property of the collection is refused, or sealed too', async () => {
    const database = new SimulatedDynamoDb();
    const eventClass = eventWith(AddressList, () => Address);
    const store = await storeOn(database, eventClass);
    const list = Object.assign(new AddressList(), { main: new Address(SECRET) });
    await expect(
      store.append({ aggregate: 'a', id: '1' }, [new eventClass(list)], { expected: 'none' }),
    ).rejects.toThrow(/at value/);
    expect(await storedText(database.client, ['tab'])).not.toContain(SECRET);
  });
});

/** Everything inside a value, also members of collections. */
function inspectAll(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Map) return [...(each as Map<unknown, unknown>)];
    return each instanceof Set ? [...(each as Set<unknown>)] : each;
  });
}
