import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DataSubject,
  defineView,
  DomainEvent,
  DynamoEventStore,
  LocalKeyProvider,
  On,
  PersonalData,
  Projection,
  ReadSide,
  scanFeed,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { eventually } from '../../../../../test/support/eventually.js';
import { storedText } from '../../../../../test/support/stored-text.js';

@DomainEvent({ name: 'met' })
class Met {
  @DataSubject() readonly person: string;
  @PersonalData({ fallback: '' }) readonly name: string;
  readonly town: string;
  constructor(person: string, name: string, town: string) {
    this.person = person;
    this.name = name;
    this.town = town;
  }
}
@DomainEvent({ name: 'counted' })
class Counted {}

interface Person {
  readonly person: string;
  readonly name: string;
  readonly town: string;
  readonly meetings: number;
}
const personal = { subject: ({ person }: Person) => person, fields: { name: 'somebody' } };
const people = defineView<Person, 'byName' | 'byTown'>({
  name: 'people',
  projection: 'people',
  keyedBy: 'stream',
  personal,
  indexes: { byName: { partition: ({ name }) => name }, byTown: { partition: ({ town }) => town } },
});
const towns = defineView<Person>({ name: 'towns', projection: 'people', keyedBy: 'key', personal });
const alone = defineView<Person>({ name: 'alone', keyedBy: 'stream', personal });

@Projection({ name: 'people', version: 1, views: [people, towns] })
class People {
  @On(Met) async met({ person, name, town }: Met, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    const next = (before: Person | undefined): Person => ({
      person,
      name: name === '' ? 'somebody' : name,
      town,
      meetings: (before?.meetings ?? 0) + 1,
    });
    await views.of(people).update(stream.id, next);
    await views.of(towns).update(town, next);
  }
  @On(Counted) counted(_: Counted, __: RecordedEvent, views: ViewWriter): void {
    views.of(towns).increment('Bonn', { meetings: 10 }, { person: 'x', name: 'somebody', town: 'Bonn', meetings: 0 });
  }
}
@Projection({ name: 'alone', version: 1, views: [alone] })
class Alone {
  @On(Met) async met({ person, name, town }: Met, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await views.of(alone).update(stream.id, (before) => ({
      person,
      name: before?.name ?? name,
      town,
      meetings: (before?.meetings ?? 0) + 1,
    }));
  }
}

const database = { current: new SimulatedDynamoDb() };
const running: ReadSide[] = [];
const stream = { aggregate: 'person', id: 'p-1' };

async function start(subscriptions: object[] = [new People(), new Alone()]) {
  const store = new DynamoEventStore({
    client: database.current.clientFor(),
    tableName: 't',
    events: [Met, Counted],
    personalData: { keys: new LocalKeyProvider({ keys: { k: Buffer.alloc(32, 1) } }), forgetWithinMs: 0 },
  });
  await store.createTable();
  const readSide = new ReadSide({ store, feed: scanFeed({ everyMs: 5, leaseMs: 100 }), refreshMs: 5, leaseMs: 100 });
  readSide.add(subscriptions.map((instance) => ({ instance })));
  await readSide.createTables();
  readSide.start();
  running.push(readSide);
  const view = (definition: typeof people) => readSide.readModels.view(definition);
  return { store, view, projections: readSide.projections };
}

function dump(): Promise<string> {
  return storedText(database.current.clientFor(), ['t', 't-control', 't-views']);
}

beforeEach(() => {
  database.current = new SimulatedDynamoDb();
});
afterEach(async () => {
  for (const readSide of running.splice(0)) await readSide.stop();
});

describe('a view with personal data', () => {
  it('shows it, stores it encrypted, and forgets it without a rebuild', async () => {
    const { store, view, projections } = await start();
    let head = await store.append(stream, [new Met('ann', 'Ann Archer', 'Bonn')], { expected: 'none' });
    for (const name of projections.names) await projections.waitFor(name, head);
    const ann = { person: 'ann', name: 'Ann Archer', town: 'Bonn', meetings: 1 };
    expect([await view(people).get('p-1'), await view(towns).get('Bonn'), await view(alone).get('p-1')]).toEqual([
      ann,
      ann,
      ann,
    ]);
    await eventually('it is in the index', async () => {
      const { items } = await view(people).query({ index: 'byTown', partition: 'Bonn' });
      return items[0]?.value.name === 'Ann Archer';
    });
    expect((await view(people).query({ index: 'byName', partition: 'Ann Archer' })).items).toEqual([]);
    expect(await dump()).not.toContain('Archer');

    await store.dataSubjects.forget('ann');
    const gone = { ...ann, name: 'somebody' };
    expect([await view(people).get('p-1'), await view(towns).get('Bonn'), await view(alone).get('p-1')]).toEqual([
      gone,
      gone,
      gone,
    ]);

    // Steps go on from the fallbacks, and bring nothing back.
    head = await store.append(stream, [new Met('ann', '', 'Bonn')], { expected: head });
    for (const name of projections.names) await projections.waitFor(name, head);
    head = await store.append(stream, [new Counted()], { expected: head });
    await projections.waitFor('people', head);
    expect(await view(towns).get('Bonn')).toEqual({ ...gone, meetings: 12 });
    expect(await view(alone).get('p-1')).toEqual({ ...gone, meetings: 2 });
    expect(await dump()).not.toContain('Archer');
  });

  it('stores nothing again that has not changed', async () => {
    const { store, projections } = await start([new Alone()]);
    let head = await store.append(stream, [new Met('ann', 'Ann Archer', 'Bonn')], { expected: 'none' });
    await projections.waitFor('alone', head);
    head = await store.append(stream, [new Counted()], { expected: head });
    const before = await dump();
    await store.append(stream, [new Met('ann', 'Ann Archer', 'Bonn')], { expected: head });
    await eventually('it is counted', async () => (await dump()) !== before);
    expect(await dump()).not.toContain('Archer');
  });

  it('cannot be moved to another item', async () => {
    const { store, view, projections } = await start([new Alone()]);
    for (const id of ['p-1', 'p-2']) {
      const head = await store.append({ ...stream, id }, [new Met(id, `Name of ${id}`, 'Bonn')], { expected: 'none' });
      await projections.waitFor('alone', head);
    }
    const client = database.current.clientFor();
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 't-views' }));
    const [one, two] = Items;
    await client.send(new PutItemCommand({ TableName: 't-views', Item: { ...one, p: two!['p']! } }));
    const keys = ['p-1', 'p-2'];
    const shown = await Promise.allSettled(keys.map((key) => view(alone).get(key)));
    expect(shown.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('does not begin with an increment, which could not encrypt it', async () => {
    const counters = defineView<Person>({ name: 'counters', keyedBy: 'key', personal });
    @Projection({ name: 'counters', version: 1, views: [counters], attempts: 1 })
    class Counters {
      @On(Met) met({ person, name, town }: Met, _: RecordedEvent, views: ViewWriter): void {
        views.of(counters).increment(town, { meetings: 1 }, { person, name, town, meetings: 0 });
      }
    }
    const { store, projections } = await start([new Counters()]);
    const head = await store.append(stream, [new Met('ann', 'Ann Archer', 'Bonn')], { expected: 'none' });
    await expect(projections.waitFor('counters', head)).rejects.toMatchObject({ code: 'STREAM_PARKED' });
    expect(await dump()).not.toContain('Archer');
  });

  it('fails the boot without keys, and is refused when it is none', () => {
    const store = new DynamoEventStore({ client: database.current.clientFor(), tableName: 't' });
    const readSide = new ReadSide({ store });
    @Projection({ name: 'alone', version: 1, views: [alone] })
    class Counting {
      @On(Counted) counted(): void {
        // Nothing.
      }
    }
    expect(() => {
      readSide.add([{ instance: new Counting() }]);
    }).toThrow(/View "alone" has personal fields.*`personalData` option/s);
    const odd = { name: 'odd', keyedBy: 'stream' } as const;
    expect(() => defineView({ ...odd, personal: {} as never })).toThrow(/\{ subject, fields \}/);
    expect(() => defineView({ ...odd, keyedBy: 'other' as never })).toThrow(/keyedBy/);
  });

  it('needs an id of the person', async () => {
    const nobody = defineView<Person>({
      name: 'alone',
      keyedBy: 'stream',
      personal: { ...personal, subject: () => '' },
    });
    @Projection({ name: 'alone', version: 1, views: [nobody], attempts: 1 })
    class Nobody {
      @On(Met) met({ person, name, town }: Met, { stream: { id } }: RecordedEvent, views: ViewWriter): void {
        views.of(nobody).put(id, { person, name, town, meetings: 1 });
      }
    }
    const { store, projections } = await start([new Nobody()]);
    const head = await store.append(stream, [new Met('ann', 'Ann', 'Bonn')], { expected: 'none' });
    await expect(projections.waitFor('alone', head)).rejects.toThrow(/gave no id of a data subject/);
    expect(await dump()).not.toContain('"Ann"');
  });
});
