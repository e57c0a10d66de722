import { afterEach, describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import * as fc from 'fast-check';
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
  type EventStore,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { Renamed } from '../../../../test/support/people.js';
import { storedText } from '../../../../test/support/stored-text.js';
import { defineUpcaster } from '../event/upcaster.js';

class Contact {
  @DataSubject() readonly personId: string;
  @PersonalData({ fallback: '' }) readonly phone: string;
  constructor(personId: string, phone: string) {
    this.personId = personId;
    this.phone = phone;
  }
}
class Address {
  @PersonalData({ fallback: 'erased' }) readonly street: string;
  readonly country: string;
  constructor(street: string, country: string) {
    this.street = street;
    this.country = country;
  }
}
@DomainEvent({ name: 'registered' })
class Registered {
  @DataSubject() readonly customerId: string;
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  @PersonalData({ fallback: null }) @Type(() => Date) readonly born: Date | null;
  @Type(() => Address) readonly address: Address;
  @Type(() => Contact) readonly contacts: readonly Contact[];
  readonly since: number;
  constructor(
    customerId: string,
    name: string,
    born: Date | null,
    address: Address,
    contacts: readonly Contact[] = [],
  ) {
    this.customerId = customerId;
    this.name = name;
    this.born = born;
    this.address = address;
    this.contacts = contacts;
    this.since = 2026;
  }
}
@Aggregate({ name: 'customer', snapshot: { every: 2, write: 'await' } })
class Customer extends AggregateRoot {
  name = '';
  street = '';
  phones: string[] = [];
  @EventHandler(Registered) protected onRegistered({ name, address, contacts }: Registered): void {
    this.name = name;
    this.street = address.street;
    this.phones = contacts.map(({ phone }) => phone);
  }
  @EventHandler(Renamed) protected onRenamed({ name }: Renamed): void {
    this.name = name;
  }
}
const EVENTS = [Registered, Renamed];
const KEYS = new LocalKeyProvider({ keys: { k1: Buffer.alloc(32, 1).toString('base64') } });

/** Several processes on one database. */
class World {
  readonly database = new SimulatedDynamoDb();

  async process(keys = KEYS, forgetWithinMs = 0): Promise<DynamoEventStore> {
    const personalData = { keys, forgetWithinMs };
    const client = this.database.clientFor();
    const store = new DynamoEventStore({ client, tableName: 't', events: EVENTS, personalData });
    await store.createTable();
    return store;
  }

  /** Everything that is stored, as text; what is compressed is opened. */
  dump(): Promise<string> {
    return storedText(this.database.clientFor(), ['t', 't-control']);
  }
}

async function eventsOf(store: EventStore, id: string): Promise<object[]> {
  const events: object[] = [];
  for await (const { event } of store.read({ aggregate: 'customer', id })) events.push(event);
  return events;
}

const ANN = () =>
  new Registered('ann', 'Ann Archer', new Date(0), new Address('1 Apple Alley', 'DE'), [
    new Contact('bob', '+49 30 1234'),
    new Contact('ann', '+49 30 9999'),
  ]);
const ERASED = () =>
  new Registered('ann', 'erased', null, new Address('erased', 'DE'), [
    new Contact('bob', '+49 30 1234'),
    new Contact('ann', ''),
  ]);
const SECRETS = ['Ann Archer', '1 Apple Alley', '+49 30 1234', '+49 30 9999', '1970-01-01'];

const warnings: string[] = [];
function repositoryOn(store: EventStore, cache = false): AggregateRepository {
  return new AggregateRepository(store, {
    cache,
    onWarning: ({ message, cause }) => warnings.push(message + String((cause as Error | undefined)?.stack)),
  });
}
afterEach(() => {
  expect(warnings.splice(0)).toEqual([]);
});

async function register(store: EventStore, id = 'c-1', events: object[] = [ANN()]): Promise<void> {
  await store.append({ aggregate: 'customer', id }, events, { expected: 'any' });
}

describe('personal data', () => {
  it('reads back as it was, and stands nowhere in the tables', async () => {
    const world = new World();
    const store = await world.process();
    await register(store);
    await register(store, 'ann', [new Renamed('Annabel')]);
    expect(await eventsOf(store, 'c-1')).toEqual([ANN()]);
    expect(await eventsOf(await world.process(), 'c-1')).toEqual([ANN()]);
    const dump = await world.dump();
    for (const secret of [...SECRETS, 'Annabel']) expect(dump).not.toContain(secret);
    expect(dump).toContain('2026');
  });

  it('shows its fallbacks once its subject is forgotten, in every process; that of others stays', async () => {
    const world = new World();
    const [one, other] = [await world.process(), await world.process()];
    await register(one);
    await register(one, 'ann', [new Renamed('Annabel')]);
    await eventsOf(other, 'c-1');
    expect(await one.dataSubjects.isKnown('ann')).toBe(true);
    expect(await one.dataSubjects.forget('ann')).toBe(true);
    for (const store of [one, other, await world.process()]) {
      expect(await eventsOf(store, 'c-1')).toEqual([ERASED()]);
      expect(await eventsOf(store, 'ann')).toEqual([new Renamed('erased')]);
      expect(await store.dataSubjects.isKnown('ann')).toBe(false);
    }
    expect(await one.dataSubjects.forget('ann')).toBe(false);
    await one.dataSubjects.forget('bob');
    expect(((await eventsOf(other, 'c-1'))[0] as Registered).contacts).toEqual([
      new Contact('bob', ''),
      new Contact('ann', ''),
    ]);
  });

  it('of somebody who comes back is readable again, but not what was before', async () => {
    const store = await new World().process();
    await register(store, 'ann', [new Renamed('Annabel')]);
    await store.dataSubjects.forget('ann');
    await register(store, 'ann', [new Renamed('Anna')]);
    expect(await eventsOf(store, 'ann')).toEqual([new Renamed('erased'), new Renamed('Anna')]);
  });

  it('of equal subjects of two tenants has two keys', async () => {
    const world = new World();
    const store = await world.process();
    for (const tenant of ['a', 'b'])
      await store.append({ tenant, aggregate: 'customer', id: 'ann' }, [new Renamed(`Ann of ${tenant}`)], {
        expected: 'none',
      });
    await store.dataSubjects.forget('ann', { tenant: 'a' });
    const names: unknown[] = [];
    for (const tenant of ['a', 'b'])
      for await (const { event } of store.read<Renamed>({ tenant, aggregate: 'customer', id: 'ann' }))
        names.push(event.name);
    expect(names).toEqual(['erased', 'Ann of b']);
  });

  it('is found where a plain object stands for its class', async () => {
    const world = new World();
    const store = await world.process();
    const plain: unknown = { street: '1 Apple Alley', country: 'DE' };
    await register(store, 'c-1', [new Registered('ann', 'Ann', null, plain as Address)]);
    expect(await world.dump()).not.toContain('Apple');
    expect(((await eventsOf(store, 'c-1'))[0] as Registered).address).toEqual(new Address('1 Apple Alley', 'DE'));
  });

  it('survives a repeated append: the same commit is the same bytes', async () => {
    const store = await new World().process();
    const stream = { aggregate: 'customer', id: 'c-1' };
    const first = await store.append(stream, [ANN()], { expected: 'none', commitId: 'x' });
    expect((await store.append(stream, [ANN()], { expected: 'none', commitId: 'x' })).version).toBe(first.version);
    const other = new Registered('ann', 'Ann Other', null, new Address('', ''));
    await expect(store.append(stream, [other], { expected: 'none', commitId: 'x' })).rejects.toMatchObject({
      code: 'COMMIT_ID_REUSED',
    });
    const keyed = { expected: 'any', idempotencyKey: 'k' } as const;
    const head = await store.append(stream, [ANN()], keyed);
    await store.append(stream, [new Renamed('x')], { expected: 'any' });
    expect(await store.append(stream, [ANN()], keyed)).toMatchObject({ version: head.version, repeated: true });
    await expect(store.append(stream, [other], keyed)).rejects.toMatchObject({ code: 'COMMIT_ID_REUSED' });
    const stored = await store.storedCommand(stream, { idempotencyKey: 'k' });
    expect([await stored?.holds([ANN()]), await stored?.holds([other])]).toEqual([true, false]);
  });

  it('opens only in its own place: moved to another stream it is damage', async () => {
    const world = new World();
    const store = await world.process();
    await register(store);
    await register(store, 'c-2', [new Renamed('x')]);
    const { log } = store as unknown as {
      log: { pages: (...args: unknown[]) => AsyncIterable<object[]>; write: (w: unknown[]) => Promise<unknown> };
    };
    const all = { order: 'forward', lowest: 1, highest: 9, limit: undefined, consistency: 'strong' };
    for await (const [commit] of log.pages({ aggregate: 'customer', id: 'c-1' }, all))
      await log.write([{ commit: { ...commit, stream: { aggregate: 'customer', id: 'c-3' } } }]);
    await expect(eventsOf(store, 'c-3')).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', version: 1 });
  });
});

describe('an aggregate with personal data', () => {
  it.each([false, true])(
    'comes back from snapshots and cache (%s) without it once the subject is forgotten',
    async (cache) => {
      const world = new World();
      const [one, other] = [await world.process(), await world.process()];
      const [mine, theirs] = [repositoryOn(one, cache), repositoryOn(other, cache)];
      const customer = new Customer('c-1');
      customer.apply(ANN());
      await mine.save(customer);
      await mine.update(Customer, 'c-1', (each) => {
        each.apply(new Renamed('Annabel'));
      });
      const dump = await world.dump();
      expect(dump).toContain('s#');
      for (const secret of [...SECRETS, 'Annabel']) expect(dump).not.toContain(secret);
      for (const repository of [mine, theirs, mine, theirs])
        expect(await repository.load(Customer, 'c-1')).toMatchObject({ name: 'Annabel', street: '1 Apple Alley' });

      await other.dataSubjects.forget('ann');
      for (const repository of [mine, theirs, repositoryOn(await world.process())]) {
        const { name, street, phones, version } = await repository.load(Customer, 'c-1');
        // "Renamed" is about the id of the stream, c-1, who is not forgotten.
        expect({ name, street, phones, version }).toEqual({
          name: 'Annabel',
          street: 'erased',
          phones: ['+49 30 1234', ''],
          version: 2,
        });
      }
      await mine.update(Customer, 'c-1', (each) => {
        expect(each.street).toBe('erased');
        each.apply(new Renamed('Anna'));
      });
      expect(await theirs.load(Customer, 'c-1')).toMatchObject({ name: 'Anna', street: 'erased', version: 3 });
    },
  );

  it('that was loaded before does not bring it back to the cache by being saved', async () => {
    const world = new World();
    const store = await world.process();
    const repository = repositoryOn(store, true);
    await register(store);
    const held = await repository.load(Customer, 'c-1');
    await store.dataSubjects.forget('ann');
    expect((await repository.load(Customer, 'c-1')).name).toBe('erased');
    held.apply(new Renamed('x'));
    await repository.save(held);
    expect((await repository.load(Customer, 'c-1')).street).toBe('erased');
    expect((await repositoryOn(await world.process()).load(Customer, 'c-1')).street).toBe('erased');
  });
});

describe('keys', () => {
  it('follow a rotation of the master key, and then need the old one no more', async () => {
    const world = new World();
    await register(await world.process());
    const [k1, k2] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const both = await world.process(new LocalKeyProvider({ keys: { k1, k2 } }));
    expect(await eventsOf(both, 'c-1')).toEqual([ANN()]);
    const seen: number[] = [];
    expect(await both.dataSubjects.rewrap({ onProgress: ({ checked }) => seen.push(checked) })).toEqual({
      checked: 2,
      rewrapped: 2,
    });
    expect(seen).toEqual([1, 2]);
    expect(await both.dataSubjects.rewrap()).toEqual({ checked: 2, rewrapped: 0 });
    expect(await eventsOf(await world.process(new LocalKeyProvider({ keys: { k2 } })), 'c-1')).toEqual([ANN()]);
    const old = await world.process(new LocalKeyProvider({ keys: { k1 } }));
    await expect(eventsOf(old, 'c-1')).rejects.toMatchObject({
      code: 'KEY_PROVIDER',
      masterKey: 'k2',
      retryable: false,
    });
  });

  it('of a subject can be renewed; all of them go with it', async () => {
    const world = new World();
    const store = await world.process();
    await register(store, 'ann', [new Renamed('one')]);
    await store.dataSubjects.renewKey('ann');
    await register(store, 'ann', [new Renamed('two')]);
    expect(await world.dump()).toMatch(/\.1[\\"].*\.2[\\"]/s);
    expect(await eventsOf(await world.process(), 'ann')).toEqual([new Renamed('one'), new Renamed('two')]);
    await store.dataSubjects.forget('ann');
    expect(await eventsOf(store, 'ann')).toEqual([new Renamed('erased'), new Renamed('erased')]);
  });

  it('are one for a subject, however many processes begin at once', async () => {
    const world = new World();
    const stores = await Promise.all(Array.from({ length: 8 }, () => world.process()));
    await Promise.all(
      stores.map((store, n) =>
        register(store, `c-${n}`, [new Registered('ann', `Ann ${n}`, null, new Address('', ''))]),
      ),
    );
    await stores[0]?.dataSubjects.forget('ann');
    for (const n of stores.keys())
      expect(((await eventsOf(stores[7] as EventStore, `c-${n}`))[0] as Registered).name).toBe('erased');
  });

  it('that are nowhere, although nobody was forgotten, are an error: never a fallback', async () => {
    const world = new World();
    await register(await world.process());
    const lost = new DynamoEventStore({
      client: world.database.clientFor(),
      tableName: 't',
      events: EVENTS,
      personalData: { keys: KEYS, controlTable: 'elsewhere' },
    });
    await lost.createTable();
    await expect(eventsOf(lost, 'c-1')).rejects.toMatchObject({ code: 'SUBJECT_KEYS_MISSING' });
    const without = new DynamoEventStore({ client: world.database.clientFor(), tableName: 't' });
    await expect(eventsOf(without, 'c-1')).rejects.toThrow(/customer\/c-1 at version 1.*`personalData` option/);
  });

  it('are asked for once in the time that forgetting may take, and forgetting takes that long', async () => {
    const world = new World();
    const store = await world.process(KEYS, 300);
    await register(store);
    await eventsOf(store, 'c-1');
    const before = world.database.consumed.readUnits;
    const from = performance.now();
    for (let read = 0; read < 20; read++) await eventsOf(store, 'c-1');
    const looks = Math.ceil((performance.now() - from) / 300);
    expect(world.database.consumed.readUnits - before).toBeLessThanOrEqual(20 + looks);
    const began = performance.now();
    await (await world.process(KEYS, 300)).dataSubjects.forget('ann');
    expect(performance.now() - began).toBeGreaterThanOrEqual(295);
    expect(await eventsOf(store, 'c-1')).toEqual([ERASED()]);
  });
});

it('an aggregate under retention keeps none of it in snapshots, which may be all that is left of its events', () => {
  @Aggregate({ name: 'visitor', ttlSeconds: 60, snapshot: { every: 1 } })
  class Visitor extends AggregateRoot {
    @EventHandler(Renamed) protected onRenamed(): void {
      // Nothing of it matters here.
    }
  }
  expect(() => {
    new AggregateRepository(new InMemoryEventStore()).register(Visitor);
  }).toThrow(/ttlSeconds and snapshot exclude personal data, which Renamed holds/);
});

describe('what cannot be kept safe is refused before anything is written', () => {
  it('an option without keys, and master keys that are none', () => {
    const make = (personalData: object) => () =>
      new DynamoEventStore({ tableName: 't', personalData: personalData as never });
    expect(make({})).toThrow(/personalData needs `keys`/);
    expect(() => new LocalKeyProvider({ keys: {} })).toThrow(/at least one master key/);
  });

  it('a subject that is a number is known by its text', async () => {
    const store = await new World().process();
    await register(store, '42', [new Renamed('Annabel')]);
    expect(await store.dataSubjects.isKnown(42)).toBe(true);
    await store.dataSubjects.forget(42);
    expect(await eventsOf(store, '42')).toEqual([new Renamed('erased')]);
  });

  const refused = async (event: object, ...events: (new (...args: never[]) => object)[]) => {
    const store = new InMemoryEventStore({ events });
    const error: unknown = await store
      .append({ aggregate: 'a', id: '1' }, [event], { expected: 'none' })
      .catch((cause: unknown) => cause);
    expect((await store.head({ aggregate: 'a', id: '1' })).version).toBe(0);
    return error as Error;
  };

  it('marks without keys, or without a subject', () => {
    expect(() => new DynamoEventStore({ tableName: 't', events: EVENTS })).toThrow(
      /Registered: @PersonalData marks name.*`personalData` option/s,
    );
    @DomainEvent({ name: 'nobody' })
    class Nobody {
      @PersonalData({ fallback: '' }) readonly name = 'x';
    }
    expect(() => new InMemoryEventStore({ events: [Nobody] })).toThrow(/no @DataSubject\(\) says whose/);
  });

  it('a subject without an id, and nested marks without any subject', async () => {
    expect(await refused(new Registered('', 'Ann', null, new Address('', '')), Registered)).toMatchObject({
      code: 'EVENT_SERIALIZATION',
      path: 'customerId',
    });
    @DomainEvent({ name: 'moved' })
    class Moved {
      @Type(() => Address) readonly to = [new Address('1 Apple Alley', 'DE')];
    }
    expect(await refused(new Moved(), Moved)).toMatchObject({
      path: 'to[0].street',
      message: expect.stringMatching(/no data subject/),
    });
  });

  it.each([['of a class'], ['without a class']])('a circle in an event %s, with its path', async (kind) => {
    class Node {
      readonly children: Node[] = [];
    }
    @DomainEvent({ name: 'grown' })
    class Grown {
      @Type(() => Node) readonly root = new Node();
    }
    const grown = new Grown();
    grown.root.children.push(grown.root);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const [event, path] = kind === 'of a class' ? [grown, 'root'] : [{ type: 'bad', payload: circle }, 'self'];
    const store = new InMemoryEventStore({ events: [Grown, Registered] });
    const error: unknown = await register(store, 'c-1', [event]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'EVENT_SERIALIZATION', path: expect.stringContaining(path) });
  });

  it('a fallback that the class cannot take', async () => {
    @DomainEvent({ name: 'strict' })
    class Strict {
      @DataSubject() readonly id = 'ann';
      @Transform(({ value }) => (value as string).toUpperCase(), { toClassOnly: true })
      @PersonalData({ fallback: null })
      readonly name = 'ANN';
    }
    expect(await refused(new Strict(), Strict)).toMatchObject({
      path: 'name',
      message: expect.stringMatching(/fallbacks/),
    });
  });
});

it('errors do not quote an event that holds personal data', async () => {
  @DomainEvent({ name: 'renamed', version: 2 })
  class RenamedTwo extends Renamed {
    @DataSubject() readonly id = 'x';
  }
  const store = new InMemoryEventStore({ events: [Renamed] });
  await store.append({ aggregate: 'customer', id: 'ann' }, [new Renamed('Annabel')], { expected: 'none' });
  const reader = new InMemoryEventStore({
    events: [RenamedTwo],
    upcasters: [
      defineUpcaster({ event: 'renamed', from: 1 }, ({ name }: { name: string }) => {
        throw new Error(`cannot read ${name}`);
      }),
    ],
  });
  Object.assign(reader, { database: (store as unknown as { database: unknown }).database });
  Object.assign(reader, { subjectKeys: (store as unknown as { subjectKeys: unknown }).subjectKeys });
  const error = await eventsOf(reader, 'ann').catch((cause: unknown) => cause as Error & { cause?: unknown });
  expect(error).toMatchObject({ code: 'UPCAST', message: expect.stringMatching(/withheld/) });
  expect((error as Error).cause).toBeUndefined();
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('Annabel');
});

it('nothing of it stands in any item, whatever it is', async () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9äöü ']{12,40}$/).filter((text) => !/^(.)\1*$/.test(text));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(word, { minLength: 4, maxLength: 30 }), async (words) => {
      const world = new World();
      const store = await world.process();
      const repository = repositoryOn(store, true);
      const truth: object[] = [];
      const customer = new Customer('c-1');
      for (const [n, secret] of words.entries()) {
        const event =
          n % 2 === 0
            ? new Renamed(secret)
            : new Registered(`p-${n % 5}`, secret, null, new Address(secret, 'DE'), [
                new Contact(`p-${n % 3}`, secret),
              ]);
        truth.push(event);
        customer.apply(event);
        if (n % 3 === 0) await repository.save(customer, { idempotencyKey: `k-${n}` });
      }
      await repository.save(customer);
      expect(await eventsOf(store, 'c-1')).toEqual(truth);
      const dump = await world.dump();
      for (const secret of words) {
        expect(dump).not.toContain(secret);
        expect(dump).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1));
      }
      await store.dataSubjects.forget('c-1');
      for (let n = 0; n < 5; n++) await store.dataSubjects.forget(`p-${n}`);
      for (const process of [store, await world.process()]) {
        const text = JSON.stringify([
          await eventsOf(process, 'c-1'),
          await repositoryOn(process, true).load(Customer, 'c-1'),
        ]);
        for (const secret of words) expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
      }
    }),
    { numRuns: 25 },
  );
});
