import { ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Aggregate,
  AggregateRoot,
  DataSubject,
  DataSubjects,
  DomainEvent,
  DynamoEventStore,
  DynamoEventStoreModule,
  EventHandler,
  EventStore,
  getDataSubjectsToken,
  getEventStoreToken,
  InjectDataSubjects,
  InjectRepository,
  LocalKeyProvider,
  PersonalData,
  Repository,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

@DataSubject()
@DomainEvent({ name: 'named' })
class Named {
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
@DomainEvent({ name: 'moved' })
class Moved {
  @DataSubject() readonly personId: string;
  @PersonalData({ fallback: 'erased' }) readonly street: string;
  constructor(personId: string, street: string) {
    this.personId = personId;
    this.street = street;
  }
}
@Aggregate({ name: 'person' })
class Person extends AggregateRoot {
  name = '';
  rename(name: string): this {
    this.apply(new Named(name));
    return this;
  }
  @EventHandler(Named) protected onNamed({ name }: Named): void {
    this.name = name;
  }
  @EventHandler(Moved) protected onMoved(): void {
    // Not of interest.
  }
}

const client = testClient();
const personalData = () => ({ keys: LocalKeyProvider.ephemeral(), forgetWithinMs: 0 });
let app: INestApplicationContext | undefined;

async function start(imports: unknown[], providers: unknown[] = []): Promise<INestApplicationContext> {
  const compiled = await Test.createTestingModule({ imports, providers } as never).compile();
  app = await compiled.init();
  return app;
}

afterEach(async () => {
  await app?.close();
  app = undefined;
  jest.restoreAllMocks();
});

describe('the `personalData` option of a module', () => {
  it('makes the control table, and gives `DataSubjects` by type and by the name of the store', async () => {
    @Injectable()
    class Privacy {
      constructor(
        readonly subjects: DataSubjects,
        @InjectDataSubjects('audit') readonly audited: DataSubjects,
        @InjectRepository(Person) readonly people: Repository<Person>,
        @InjectRepository(Person, 'audit') readonly auditedPeople: Repository<Person>,
      ) {}
    }
    const [tableName, audit] = [uniqueTableName('personal'), uniqueTableName('personal-audit')];
    const context = await start(
      [
        DynamoEventStoreModule.forRoot({ client, tableName, createTable: true, personalData: personalData() }),
        DynamoEventStoreModule.forRootAsync({
          name: 'audit',
          useFactory: () => ({ client, tableName: audit, createTable: true, personalData: personalData() }),
        }),
        DynamoEventStoreModule.forFeature([Person]),
        DynamoEventStoreModule.forFeature([Person], 'audit'),
      ],
      [Privacy],
    );
    const { subjects, audited, people, auditedPeople } = context.get(Privacy);
    expect(subjects).toBe(context.get(DynamoEventStore).dataSubjects);
    for (const each of [people, auditedPeople]) await each.save(new Person('ann').rename('Ann'));
    expect(await subjects.forget('ann')).toBe(true);
    expect([await subjects.isKnown('ann'), await audited.isKnown('ann')]).toEqual([false, true]);
    expect([(await people.load('ann')).name, (await auditedPeople.load('ann')).name]).toEqual(['erased', 'Ann']);
    expect(await tablesOf(tableName)).toEqual([tableName, `${tableName}-control`]);
  });

  it('shares the control table that `readSide.controlTable` names, unless it names one itself', async () => {
    const tableName = uniqueTableName('personal');
    const controls = [`${tableName}.shared`, `${tableName}.own`] as const;
    for (const own of [undefined, controls[1]]) {
      const context = await start([
        DynamoEventStoreModule.forRoot({
          client,
          tableName,
          createTable: true,
          readSide: { controlTable: controls[0] },
          personalData: { ...personalData(), ...(own === undefined ? {} : { controlTable: own }) },
        }),
        DynamoEventStoreModule.forFeature([Person]),
      ]);
      const id = own === undefined ? 'ann' : 'bob';
      await context.get(EventStore).append({ aggregate: 'person', id }, [new Named(id)], { expected: 'none' });
      await app?.close();
    }
    for (const TableName of controls) expect((await client.send(new ScanCommand({ TableName }))).Items).toHaveLength(2);
    expect(await tablesOf(tableName)).toEqual([tableName, controls[1], controls[0]].sort());
  });

  it('that is missing leaves a `DataSubjects` whose methods are refused', async () => {
    const context = await start([DynamoEventStoreModule.forRoot({ client, tableName: uniqueTableName('without') })]);
    const subjects = context.get(DataSubjects);
    const refused = { code: 'INVALID_ARGUMENT', argument: 'personalData' };
    await expect(subjects.forget('ann')).rejects.toMatchObject(refused);
    await expect(subjects.isKnown('ann')).rejects.toMatchObject(refused);
    await expect(subjects.renewKey('ann')).rejects.toMatchObject(refused);
    await expect(subjects.rewrap()).rejects.toMatchObject(refused);
  });

  it('that is missing fails the boot where events hold personal data, and names every class', async () => {
    const root = () => DynamoEventStoreModule.forRoot({ client, tableName: uniqueTableName('without') });
    const faults = [expect.stringMatching(/^Named\b.*personalData/), expect.stringMatching(/^Moved\b.*personalData/)];
    await expect(start([root(), DynamoEventStoreModule.forFeature([Person])])).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      faults,
    });
    const withEvents = DynamoEventStoreModule.forRoot({ client, tableName: 'without', events: [Named, Moved] });
    await expect(start([withEvents])).rejects.toMatchObject({ code: 'INVALID_DEFINITION', faults });
  });

  it.each([
    ['EventStore', undefined],
    ['a named store', 'audit'],
  ])('is not needed by a test double in the place of %s', async (_, name) => {
    const memory = new InMemoryEventStore();
    const named = name === undefined ? {} : { name };
    const compiled = await Test.createTestingModule({
      imports: [
        DynamoEventStoreModule.forRoot({ client, tableName: 'never-used', createTable: true, ...named }),
        DynamoEventStoreModule.forFeature([Person], name),
      ],
      providers: [
        { provide: 'subjects', useFactory: (each: DataSubjects) => each, inject: [getDataSubjectsToken(name)] },
      ],
    })
      .overrideProvider(getEventStoreToken(name))
      .useValue(memory)
      .compile();
    app = await compiled.init();
    await memory.append({ aggregate: 'person', id: 'ann' }, [new Named('Ann')], { expected: 'none' });
    expect(await app.get<DataSubjects>('subjects').forget('ann')).toBe(true);
    for await (const { event } of memory.read({ aggregate: 'person', id: 'ann' }))
      expect(event).toEqual(new Named('erased'));
    memory.clear();
    await memory.append({ aggregate: 'person', id: 'ann' }, [new Named('Ann')], { expected: 'none' });
    expect(await app.get<DataSubjects>('subjects').forget('ann')).toBe(true);
  });
});

async function tablesOf(prefix: string): Promise<string[]> {
  const names: string[] = [];
  let start: string | undefined;
  do {
    const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: start }));
    names.push(...(page.TableNames ?? []));
    start = page.LastEvaluatedTableName;
  } while (start !== undefined);
  return names.filter((each) => each.startsWith(prefix)).sort();
}
