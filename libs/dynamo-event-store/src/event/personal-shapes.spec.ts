import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Transform, Type } from 'class-transformer';
import { DataSubject, DomainEvent, PersonalData, UnknownEvent } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import type { SimulatedDynamoDb } from '../testing/simulation/simulated-dynamodb.js';

const SECRET = 'Ann Archer';
const stream = { aggregate: 'person', id: 's-1' };

class Contact {
  @DataSubject() readonly personId: string | number | bigint;
  @PersonalData({ fallback: '' }) readonly phone: string | null;
  constructor(personId: string | number | bigint, phone: string | null) {
    this.personId = personId;
    this.phone = phone;
  }
}

/** Stores the event, looks for the secret in all items, forgets the people, and returns the event before and after. */
async function lifeOf<E extends object>(event: E, ...forgotten: string[]): Promise<{ before: E; after: E }> {
  const store = new InMemoryEventStore({ events: [event.constructor] });
  await store.append(stream, [event], { expected: 'none' });
  const { database } = store as unknown as { database: SimulatedDynamoDb };
  const items: unknown[] = [];
  for (const TableName of ['events', 'events-control'])
    items.push(...((await database.client.send(new ScanCommand({ TableName }))).Items ?? []));
  expect(JSON.stringify(items)).not.toContain('Archer');
  const read = async () => {
    for await (const recorded of store.read<E>(stream)) return recorded.event;
    throw new Error('no event');
  };
  const before = await read();
  for (const subject of forgotten) expect(await store.dataSubjects.forget(subject)).toBe(true);
  return { before, after: await read() };
}

it('an event with personal data whose code throws is refused without the words of the error', async () => {
  @DomainEvent({ name: 'shapes.throwing' })
  class Throwing {
    readonly other = {
      get code(): string {
        throw new Error(`no code for ${SECRET}`);
      },
    };
    @Type(() => Contact) readonly contact = new Contact('ann', SECRET);
  }
  const error: unknown = await lifeOf(new Throwing()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'EVENT_SERIALIZATION',
    message: 'Event shapes.throwing: the reason is withheld, since the event holds personal data.',
  });
  expect((error as Error).cause).toBeUndefined();
});

describe('personal data is found, comes back, and goes with its data subject', () => {
  it('in lists of lists, maps and sets of objects with data subjects of their own', async () => {
    @DomainEvent({ name: 'shapes.collections' })
    class Collections {
      @Type(() => Contact) readonly byName = new Map<string, Contact>([
        ['a', new Contact('ann', SECRET)],
        ['b', new Contact('bob', 'Bob')],
      ]);
      @Type(() => Contact) readonly all = new Set<Contact>([new Contact('bob', 'Bob'), new Contact('ann', SECRET)]);
      @Type(() => Contact) readonly none: Contact | null = null;
      @Type(() => Contact) readonly list: readonly Contact[] = [new Contact('ann', null), new Contact('bob', null)];
    }
    const { before, after } = await lifeOf(new Collections(), 'ann');
    expect(before).toEqual(new Collections());
    expect(after.byName).toEqual(
      new Map([
        ['a', new Contact('ann', '')],
        ['b', new Contact('bob', 'Bob')],
      ]),
    );
    expect(after.all).toEqual(new Set([new Contact('bob', 'Bob'), new Contact('ann', '')]));
    // What was `null` was told by that, too.
    expect(after.list).toEqual([new Contact('ann', ''), new Contact('bob', null)]);
    expect(after.none).toBeNull();
  });

  it('as a whole, whatever it holds', async () => {
    @DomainEvent({ name: 'shapes.whole' })
    class Whole {
      @DataSubject() readonly id: string = 'ann';
      @PersonalData({ fallback: [] }) readonly lists: readonly (readonly string[])[] = [[SECRET], [SECRET, 'x']];
      @PersonalData({ fallback: null }) readonly map: ReadonlyMap<string, Date> | null = new Map([
        [SECRET, new Date(0)],
      ]);
      @PersonalData({ fallback: null }) readonly set: ReadonlySet<string> | null = new Set([SECRET]);
      @PersonalData({ fallback: null }) readonly bytes: Uint8Array | null = new TextEncoder().encode(SECRET);
      @PersonalData({ fallback: 0n }) readonly number: bigint = 12_345_678_901_234_567_890n;
      @PersonalData({ fallback: new Date(0) }) readonly born: Date = new Date(86_400_000);
      @PersonalData({ fallback: 'x' }) readonly absent?: string;
    }
    const { before, after } = await lifeOf(new Whole(), 'ann');
    expect(before).toEqual(new Whole());
    expect(Object.fromEntries(Object.entries(after))).toEqual({
      id: 'ann',
      lists: [],
      map: null,
      set: null,
      bytes: null,
      number: 0n,
      born: new Date(0),
      absent: undefined,
    });
  });

  it('of subjects that are numbers', async () => {
    @DomainEvent({ name: 'shapes.numbers' })
    class Numbers {
      @Type(() => Contact) readonly contacts: readonly Contact[] = [
        new Contact(7, SECRET),
        new Contact(7n, SECRET),
        new Contact('7', SECRET),
        new Contact(8, 'Bob'),
      ];
    }
    const { after } = await lifeOf(new Numbers(), '7');
    expect(after.contacts.map(({ phone }) => phone)).toEqual(['', '', '', 'Bob']);
  });

  it('in subclasses and plain objects that a discriminator tells apart', async () => {
    abstract class Party {
      readonly kind: string = '';
    }
    class Person extends Party {
      override readonly kind: string = 'person';
      @PersonalData({ fallback: 'erased' }) name = '';
    }
    class Company extends Party {
      override readonly kind: string = 'company';
      name = '';
    }
    @DomainEvent({ name: 'shapes.parties' })
    class Parties {
      @DataSubject() readonly id: string = 'ann';
      @Type(() => Party, {
        keepDiscriminatorProperty: true,
        discriminator: {
          property: 'kind',
          subTypes: [
            { value: Person, name: 'person' },
            { value: Company, name: 'company' },
          ],
        },
      })
      readonly parties: readonly object[];
      constructor(parties: readonly object[]) {
        this.parties = parties;
      }
    }
    const parties = [Object.assign(new Company(), { name: 'Acme' }), Object.assign(new Person(), { name: SECRET })];
    const { before, after } = await lifeOf(new Parties(parties), 'ann');
    expect(before.parties).toMatchObject([{ name: 'Acme' }, { name: SECRET }]);
    expect(after.parties).toMatchObject([{ name: 'Acme' }, { name: 'erased' }]);
    const plain = await lifeOf(new Parties([{ kind: 'person', name: SECRET }]), 'ann');
    expect(plain.before.parties).toMatchObject([{ name: SECRET }]);
    expect(plain.after.parties).toMatchObject([{ name: 'erased' }]);
  });

  it('in fields of base classes, also where a subclass declares them anew without the mark', async () => {
    class Base {
      @DataSubject() readonly id: string = 'ann';
      @PersonalData({ fallback: 'erased' }) readonly name: string = '';
    }
    @DomainEvent({ name: 'shapes.derived' })
    class Derived extends Base {
      override readonly name: string = SECRET;
    }
    expect((await lifeOf(new Derived(), 'ann')).after.name).toBe('erased');
  });

  it('in the form that a @Transform stores', async () => {
    @DomainEvent({ name: 'shapes.transformed' })
    class Transformed {
      @DataSubject() readonly id: string = 'ann';
      @Transform(({ value }) => (value as readonly string[]).join('|'), { toPlainOnly: true })
      @Transform(({ value }) => (value as string).split('|'), { toClassOnly: true })
      @PersonalData({ fallback: 'erased' })
      readonly names: readonly string[] = [SECRET, 'x'];
    }
    const { before, after } = await lifeOf(new Transformed(), 'ann');
    expect(before.names).toEqual([SECRET, 'x']);
    expect(after.names).toEqual(['erased']);
  });
});

it('personal data that is excluded is stored nowhere, not even encrypted', async () => {
  @DomainEvent({ name: 'shapes.excluded' })
  class Excluded {
    @DataSubject() readonly id: string = 'ann';
    @Exclude() @PersonalData({ fallback: '' }) readonly name: string = SECRET;
  }
  const { before } = await lifeOf(new Excluded());
  expect(before).toEqual({ id: 'ann' });
});

it('an event whose type is not known any more is skipped, raw or refused without its personal data being told', async () => {
  @DataSubject()
  @DomainEvent({ name: 'shapes.gone' })
  class Gone {
    @PersonalData({ fallback: 'erased' }) readonly name: string = SECRET;
  }
  const writer = new InMemoryEventStore({ events: [Gone] });
  await writer.append(stream, [new Gone()], { expected: 'none' });
  const readWith = async (unknownEvents: 'fail' | 'skip' | 'raw', warnings: Error[] = []): Promise<object[]> => {
    const reader = new InMemoryEventStore({ unknownEvents, onWarning: (warning) => warnings.push(warning) });
    const { database, subjectKeys } = writer as unknown as { database: unknown; subjectKeys: unknown };
    Object.assign(reader, { database, subjectKeys });
    const events: object[] = [];
    for await (const { event } of reader.read(stream)) events.push(event);
    return events;
  };
  expect(await readWith('raw')).toEqual([new UnknownEvent('shapes.gone', 1, { name: SECRET })]);
  const warnings: Error[] = [];
  expect(await readWith('skip', warnings)).toEqual([]);
  expect(warnings).toHaveLength(1);
  const error = await readWith('fail').catch((cause: unknown) => (cause as Error).stack);
  await expect(readWith('fail')).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
  expect(JSON.stringify([error, String(warnings[0])])).not.toContain('Archer');
  await writer.dataSubjects.forget('s-1');
  expect(await readWith('raw')).toEqual([new UnknownEvent('shapes.gone', 1, { name: 'erased' })]);
});
