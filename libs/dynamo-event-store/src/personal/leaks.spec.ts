import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Expose, Transform, Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  ConcurrencyError,
  DataSubject,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  LocalKeyProvider,
  PersonalData,
} from 'nestjs-dynamo-event-store';
import { injectFaults, InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { Person, Renamed } from '../../../../test/support/people.js';
import { storedText } from '../../../../test/support/stored-text.js';
import type { EventSerializer } from '../event/event-serializer.js';

const SECRET = 'Ann Archer of Apple Alley';
const STREAM = { aggregate: 'person', id: 'ann' };
const KEYS = new LocalKeyProvider({ keys: { k1: Buffer.alloc(32, 1) } });

type Events = readonly (new (...args: never[]) => object)[];

function storeOn(database: SimulatedDynamoDb, events: Events = [Renamed], client = database.clientFor()) {
  const personalData = { keys: KEYS, forgetWithinMs: 0 };
  return new DynamoEventStore({ client, tableName: 't', events, personalData, backoff: () => Promise.resolve() });
}

function dumpOf(database: SimulatedDynamoDb): Promise<string> {
  return storedText(database.clientFor(), ['t', 't-control']);
}

/** Everything that a log may show of an error. */
function wordsOf(error: unknown): string {
  const texts = [inspect(error, { depth: 9 }), JSON.stringify(error)];
  if (error instanceof Error)
    texts.push(String(error), String(error.stack), error.cause === undefined ? '' : wordsOf(error.cause));
  return texts.join('\n');
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function refusalOf(event: object, serializer?: EventSerializer): Promise<unknown> {
  const events = [event.constructor as Events[number]];
  const store = new InMemoryEventStore(serializer === undefined ? { events } : { events, serializer });
  const error = await failureOf(store.append(STREAM, [event], { expected: 'none' }));
  expect((await store.head(STREAM)).version).toBe(0);
  return error;
}

describe('a snapshot', () => {
  it.each([{}, { idempotencyKey: 'k' }])(
    'is sealed too when the answer to the append was lost (%o)',
    async (options) => {
      const database = new SimulatedDynamoDb();
      await storeOn(database).createTable();
      const client = database.clientFor();
      // As a retry does it: the second request finds what the first has stored; at worst its token is forgotten by then.
      const send = client.send.bind(client) as (command: object) => Promise<unknown>;
      const twice = async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
        const answer = await send(command);
        if (!/Put|Transact/.test(command.constructor.name)) return answer;
        const { input } = command;
        const again = 'ClientRequestToken' in input ? { ...input, ClientRequestToken: 'another' } : input;
        return send(Object.assign(Object.create(command) as object, { input: again }));
      };
      const store = storeOn(
        database,
        [Renamed],
        Object.assign(Object.create(client) as typeof client, { send: twice }),
      );
      const person = new Person('ann');
      person.apply(new Renamed(SECRET));
      await new AggregateRepository(store, { cache: {} }).save(person, options);
      const dump = await dumpOf(database);
      expect(dump).toContain('s#');
      expect(dump).not.toContain('Archer');
    },
  );

  it('that cannot be taken is warned of without the state', async () => {
    @Aggregate({ name: 'person', snapshot: { every: 1, write: 'await' } })
    class Indexed extends AggregateRoot {
      readonly byName = new Map<string, () => void>();
      @EventHandler(Renamed) protected onRenamed({ name }: Renamed): void {
        this.byName.set(name, () => undefined);
      }
    }
    const warnings: Error[] = [];
    const store = new InMemoryEventStore({ events: [Renamed] });
    const repository = new AggregateRepository(store, { onWarning: (warning) => warnings.push(warning) });
    const person = new Indexed('ann');
    person.apply(new Renamed(SECRET));
    await repository.save(person);
    expect(warnings[0]?.message).toMatch(/No snapshot of person\/ann was taken: .*withheld/);
    expect(warnings.map(wordsOf).join('\n')).not.toContain('Archer');
  });
});

describe('an error', () => {
  it('of a lost race has the events of the winner, but shows no personal data of them', async () => {
    const store = new InMemoryEventStore({ events: [Renamed] });
    await store.append(STREAM, [new Renamed(SECRET)], { expected: 'none' });
    const error = await failureOf(store.append(STREAM, [new Renamed('x')], { expected: 'none' }));
    expect((error as ConcurrencyError).winner[0]?.event).toEqual(new Renamed(SECRET));
    expect(wordsOf(error)).not.toContain('Archer');
  });

  it('names no keys and properties inside personal data', async () => {
    @DomainEvent({ name: 'leaks.keyed' })
    class Keyed {
      @DataSubject() readonly id = 'ann';
      @PersonalData({ fallback: null }) readonly phones = new Map([[SECRET, NaN]]);
    }
    @DomainEvent({ name: 'leaks.named' })
    class Named {
      @DataSubject() readonly id = 'ann';
      @PersonalData({ fallback: null }) readonly phones = { [SECRET]: [NaN] };
    }
    for (const event of [new Keyed(), new Named()]) {
      const error = await refusalOf(event);
      expect(error).toMatchObject({ code: 'EVENT_SERIALIZATION', path: 'phones' });
      expect(wordsOf(error)).not.toContain('Archer');
    }
  });

  it('of a validator does not quote a plain object that stands for a class with marks', async () => {
    class Address {
      @PersonalData({ fallback: '' }) readonly street: string = '';
    }
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (event: unknown) => ({ issues: [{ message: `bad: ${JSON.stringify(event)}`, path: ['to'] }] }),
      },
    } as const;
    @DomainEvent({ name: 'leaks.moved', schema })
    class Moved {
      @DataSubject() readonly id = 'ann';
      @Type(() => Address) readonly to = { street: SECRET };
    }
    const error = await refusalOf(new Moved());
    expect(error).toMatchObject({ code: 'EVENT_INVALID', issues: [{ path: 'to' }] });
    expect(wordsOf(error)).not.toContain('Archer');
  });
});

describe('an event is refused', () => {
  it('when a getter would store what is made of personal data, unless it is marked too', async () => {
    class Base {
      @DataSubject() readonly id = 'ann';
      @PersonalData({ fallback: 'erased' }) readonly name: string = SECRET;
    }
    @DomainEvent({ name: 'leaks.initials' })
    class Initials extends Base {
      @Expose() get initials(): string {
        return this.name.slice(0, 3);
      }
    }
    expect(await refusalOf(new Initials())).toMatchObject({ code: 'EVENT_SERIALIZATION', path: 'initials' });
    @DomainEvent({ name: 'leaks.copied' })
    class Copied extends Base {
      @Transform(({ obj }) => (obj as Base).name, { toPlainOnly: true }) readonly label: string = 'x';
    }
    expect(await refusalOf(new Copied())).toMatchObject({ code: 'EVENT_SERIALIZATION', path: 'label' });
    @DomainEvent({ name: 'leaks.marked' })
    class Marked extends Base {
      @Expose() @PersonalData({ fallback: 'e.' }) get initials(): string {
        // With a blank, which no random text in base64 has.
        return this.name.slice(0, 4);
      }
    }
    const database = new SimulatedDynamoDb();
    const store = storeOn(database, [Marked]);
    await store.createTable();
    await store.append(STREAM, [new Marked()], { expected: 'none' });
    expect(await dumpOf(database)).not.toMatch(/Archer|Ann /);
    await store.dataSubjects.forget('ann');
    for await (const { event } of store.read<Marked>(STREAM)) expect(event.name).toBe('erased');
  });

  it('but not for what a @Transform changes each time, or takes from elsewhere', async () => {
    @DomainEvent({ name: 'leaks.cents' })
    class Cents {
      @DataSubject() readonly id = 'ann';
      @PersonalData({ fallback: 'erased' }) readonly name: string = SECRET;
      @Transform(({ value }) => (value as number) * 100, { toPlainOnly: true }) readonly price: number = 3;
      @Expose() get double(): number {
        return this.price * 2;
      }
    }
    expect(
      await failureOf(new InMemoryEventStore({ events: [Cents] }).append(STREAM, [new Cents()], { expected: 'none' })),
    ).toBeUndefined();
  });

  it('when personal data of one person holds that of another', async () => {
    class Contact {
      @DataSubject() readonly personId: string = 'bob';
      @PersonalData({ fallback: '' }) readonly phone: string = SECRET;
    }
    @DomainEvent({ name: 'leaks.contacts' })
    class Contacts {
      @DataSubject() readonly id = 'ann';
      @PersonalData({ fallback: [] }) @Type(() => Contact) readonly contacts: readonly Contact[] = [new Contact()];
    }
    expect(await refusalOf(new Contacts())).toMatchObject({
      path: 'contacts',
      message: expect.stringMatching(/another data subject/),
    });
  });

  it('when a field is stored under another name', async () => {
    @DomainEvent({ name: 'leaks.exposed' })
    class Exposed {
      @DataSubject() readonly id = 'ann';
      @Expose({ name: 'label' }) @PersonalData({ fallback: '' }) readonly name: string = SECRET;
    }
    expect(await refusalOf(new Exposed())).toMatchObject({ path: 'name' });
  });

  it('when its serializer gives bytes, also where plain objects stand for classes with marks', async () => {
    class Address {
      @PersonalData({ fallback: '' }) readonly street: string = '';
    }
    @DomainEvent({ name: 'leaks.bytes' })
    class Moved {
      @DataSubject() readonly id: string = 'ann';
      readonly to: object = { street: SECRET };
    }
    const serializer: EventSerializer = {
      serialize: (event) => Buffer.from(JSON.stringify(event)),
      deserialize: (bytes) => {
        const { to } = JSON.parse(Buffer.from(bytes as Uint8Array).toString()) as Moved;
        return Object.assign(new Moved(), { to: Object.assign(new Address(), to) });
      },
    };
    expect(await refusalOf(new Moved(), serializer)).toMatchObject({ message: expect.stringMatching(/plain values/) });
  });
});

it('an event of 400 KB is stored, found again and forgotten as others are', async () => {
  const database = new SimulatedDynamoDb();
  const store = storeOn(database);
  await store.createTable();
  const large = Array.from({ length: 12_000 }, (_, n) => `${SECRET} ${n}`).join(',');
  for (const commitId of ['x', 'x'])
    await store.append(STREAM, [new Renamed(large), new Renamed('small')], { expected: 'none', commitId });
  const names = async () => {
    const found: string[] = [];
    for await (const { event } of storeOn(database).read<Renamed>(STREAM)) found.push(event.name);
    return found;
  };
  expect(await names()).toEqual([large, 'small']);
  expect(await dumpOf(database)).not.toContain('Archer');
  await store.dataSubjects.forget('ann');
  expect(await names()).toEqual(['erased', 'erased']);
});

it('faults of the network put no personal data into any item', async () => {
  const database = new SimulatedDynamoDb();
  await storeOn(database).createTable();
  for (let seed = 1; seed <= 12; seed++) {
    const faulty = injectFaults(database.clientFor(), {
      seed,
      rates: { dropRequest: 0.1, dropResponse: 0.3 },
      pause: () => Promise.resolve(),
    });
    const store = storeOn(database, [Renamed], faulty.client);
    const repository = new AggregateRepository(store, { cache: {}, onWarning: () => undefined });
    const person = new Person(`p-${seed}`);
    person.apply(new Renamed(`${SECRET} ${seed}`));
    for (let tries = 0; tries < 20; tries++) {
      const error = await failureOf(repository.save(person));
      if (error === undefined) break;
      expect(wordsOf(error)).not.toContain('Archer');
    }
    await repository.drain();
  }
  const dump = await dumpOf(database);
  expect(dump).toContain('p-12');
  expect(dump).not.toContain('Archer');
});
