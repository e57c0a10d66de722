import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventsHandler,
  type ICommandHandler,
  type IEventHandler,
} from '@nestjs/cqrs';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DataSubject,
  DataSubjects,
  DomainEvent,
  DynamoEventStoreModule,
  EventHandler,
  InjectRepository,
  LocalKeyProvider,
  PersonalData,
  Repository,
} from 'nestjs-dynamo-event-store';
import { eventStoreConformance, InMemoryEventStore, scenario } from 'nestjs-dynamo-event-store/testing';

@DomainEvent({ name: 'opened' })
class Opened {
  constructor(readonly owner: string) {}
}

@DataSubject()
@DomainEvent({ name: 'contact-given' })
class ContactGiven {
  @PersonalData({ fallback: null }) readonly email: string | null;
  constructor(email: string | null) {
    this.email = email;
  }
}

@Aggregate({ name: 'account' })
class Account extends AggregateRoot {
  owner = '';
  email: string | null = null;
  give(email: string): this {
    this.apply(new ContactGiven(email));
    return this;
  }
  open(owner: string): this {
    this.apply(new Opened(owner));
    return this;
  }
  @EventHandler(Opened) protected onOpened({ owner }: Opened): void {
    this.owner = owner;
  }
  @EventHandler(ContactGiven) protected onContactGiven({ email }: ContactGiven): void {
    this.email = email;
  }
}

class Rename {
  constructor(
    readonly id: string,
    readonly owner: string,
  ) {}
}

@CommandHandler(Rename)
class RenameHandler implements ICommandHandler<Rename> {
  constructor(private readonly repository: AggregateRepository) {}
  async execute({ id, owner }: Rename): Promise<number> {
    return (await this.repository.update(Account, id, (account) => void account.open(owner))).version;
  }
}

const published: string[] = [];

@EventsHandler(Opened)
class OnOpened implements IEventHandler<Opened> {
  handle({ owner }: Opened): void {
    published.push(owner);
  }
}

@Injectable()
class Accounts {
  constructor(@InjectRepository(Account) readonly repository: Repository<Account>) {}
}

@Module({
  imports: [
    CqrsModule.forRoot(),
    DynamoEventStoreModule.forRoot({
      clientConfig: {
        endpoint: process.env['DYNAMODB_ENDPOINT'] ?? '',
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      },
      tableName: `scratch-${process.pid}`,
      createTable: true,
      personalData: { keys: LocalKeyProvider.ephemeral(), forgetWithinMs: 0 },
    }),
    DynamoEventStoreModule.forFeature([Account]),
  ],
  providers: [RenameHandler, OnOpened, Accounts],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const { repository } = app.get(Accounts);
await repository.save(new Account('a').open('ada'));
assert.equal(await app.get(CommandBus).execute(new Rename('a', 'bob')), 2);
assert.equal((await repository.load('a')).owner, 'bob');
assert.deepEqual(published, ['ada', 'bob']);
await repository.update('a', (account) => void account.give('bob@example.com'));
assert.equal((await repository.load('a')).email, 'bob@example.com');
assert.equal(await app.get(DataSubjects).forget('a'), true);
assert.equal((await repository.load('a')).email, null);
await app.close();

await scenario(Account)
  .when((account) => void account.open('ada'))
  .thenEvents(new Opened('ada'));
const cases = eventStoreConformance(() => new InMemoryEventStore());
for (const { run } of cases) await run();
console.log(`The packed library works in an application of its own; ${cases.length} conformance cases passed.`);
