import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Injectable, Logger, Module, type INestApplicationContext, type Type } from '@nestjs/common';
import { AsyncContext, CommandBus, CqrsModule, EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { REQUEST } from '@nestjs/core';
import { Inject, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  defineUpcaster,
  DomainEvent,
  DynamoEventStore,
  DynamoEventStoreModule,
  EventHandler,
  EventStore,
  getAggregateRepositoryToken,
  getEventStoreToken,
  getRepositoryToken,
  InjectEventStore,
  InjectRepository,
  recordedEventOf,
  Repository,
  Upcaster,
  type DynamoEventStoreModuleOptions,
  type DynamoEventStoreOptionsFactory,
  type EventUpcaster,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { accountClass, Deposited } from '../support/accounts.js';
import { Deposit, depositHandler } from '../support/deposit-command.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';

const Account = accountClass();
type Account = InstanceType<typeof Account>;

const tableName = uniqueTableName('module');
const client = testClient();
let app: INestApplicationContext | undefined;

async function start(module: Type | { imports: unknown[]; providers?: unknown[] }): Promise<INestApplicationContext> {
  const metadata = typeof module === 'function' ? { imports: [module] } : module;
  const compiled = await Test.createTestingModule(metadata as never).compile();
  app = await compiled.init();
  return app;
}

beforeAll(() => new DynamoEventStore({ client, tableName }).createTable());
afterEach(async () => {
  await app?.close();
  app = undefined;
  jest.restoreAllMocks();
});

describe('forRoot', () => {
  it('gives command handlers a repository by type, and features a repository by class', async () => {
    @Injectable()
    class Accounts {
      constructor(@InjectRepository(Account) readonly accounts: Repository<Account>) {}
    }
    const context = await start({
      imports: [
        CqrsModule.forRoot(),
        DynamoEventStoreModule.forRoot({ client, tableName }),
        DynamoEventStoreModule.forFeature([Account]),
      ],
      providers: [depositHandler(Account), Accounts],
    });
    const { accounts } = context.get(Accounts);
    await accounts.save(new Account('root').deposit(1));
    expect(await context.get(CommandBus).execute(new Deposit('root', 41))).toBe(2);
    expect((await accounts.load('root')).balance).toBe(42);
    expect(context.get(EventStore)).toBeInstanceOf(DynamoEventStore);
    expect(context.get(DynamoEventStore)).toBe(context.get(EventStore));
    expect(context.get(DynamoDBClient)).toBe(client);
  });

  it('makes no request at boot, and never destroys a client of yours', async () => {
    const watched = testClient();
    const destroy = jest.spyOn(watched, 'destroy');
    const send = jest.spyOn(watched, 'send');
    const context = await start({
      imports: [
        DynamoEventStoreModule.forRoot({ client: watched, tableName }),
        DynamoEventStoreModule.forFeature([Account]),
      ],
    });
    expect(send).not.toHaveBeenCalled();
    await context.close();
    expect(destroy).not.toHaveBeenCalled();
    watched.destroy();
  });

  it('destroys its own client at shutdown, and creates the table when asked', async () => {
    const name = uniqueTableName('created');
    const context = await start({
      imports: [
        DynamoEventStoreModule.forRoot({ clientConfig: testClientConfig(), tableName: () => name, createTable: true }),
      ],
    });
    const own = context.get(DynamoDBClient);
    const destroy = jest.spyOn(own, 'destroy');
    expect((await context.get(EventStore).head({ aggregate: 'a', id: 'b' })).version).toBe(0);
    await context.close();
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  it('fails at boot with every faulty option', () => {
    const compiled = Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot({ client, clientConfig: {}, tableName: '', listingShards: 0 })],
    }).compile();
    return expect(compiled).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      faults: [
        'tableName must be a name that is not empty, or a function that returns one.',
        'client and clientConfig exclude each other.',
        'listingShards is 0, but must be a whole number from 1 to 64.',
      ],
    });
  });
});

describe('a client in the wrong place', () => {
  it.each([
    [
      { client: testClientConfig() as never },
      'client must be a DynamoDBClient; settings for one go into clientConfig.',
    ],
    [{ clientConfig: client as never }, 'clientConfig is a client; pass it as client.'],
  ])('fails at boot', (options, fault) => {
    const compiled = Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot({ ...options, tableName: 'events' })],
    }).compile();
    return expect(compiled).rejects.toMatchObject({ code: 'INVALID_DEFINITION', faults: [fault] });
  });
});

describe('forFeature', () => {
  it('fails at boot with every fault of a class', async () => {
    class Nameless {
      readonly some = 'value';
    }
    @Aggregate({ name: '' })
    class Broken extends AggregateRoot {
      @EventHandler(Nameless) onNameless(): void {
        // Not reached.
      }
      @EventHandler(Deposited) one(): void {
        // Not reached.
      }
      @EventHandler(Deposited) two(): void {
        // Not reached.
      }
    }
    const compiled = Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot({ client, tableName }), DynamoEventStoreModule.forFeature([Broken])],
    }).compile();
    await expect(compiled).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      faults: [
        'The name of @Aggregate must be well-formed text that is not empty.',
        'Broken.onNameless: Nameless has no @DomainEvent({ name }).',
        'Broken.one and Broken.two both handle Deposited; an event has one reducer.',
      ],
    });
  });
});

describe('forRootAsync', () => {
  const options: DynamoEventStoreModuleOptions = { client, tableName };

  @Injectable()
  class Factory implements DynamoEventStoreOptionsFactory {
    createDynamoEventStoreOptions(): DynamoEventStoreModuleOptions {
      return options;
    }
  }
  @Module({ providers: [Factory, { provide: 'SETTINGS', useValue: { tableName } }], exports: [Factory, 'SETTINGS'] })
  class SettingsModule {}

  it.each([
    ['useFactory', DynamoEventStoreModule.forRootAsync({ useFactory: () => Promise.resolve(options) })],
    [
      'useFactory with imports and inject',
      DynamoEventStoreModule.forRootAsync({
        imports: [SettingsModule],
        inject: ['SETTINGS'],
        useFactory: (settings: { tableName: string }) => ({ client, ...settings }),
      }),
    ],
    ['useClass', DynamoEventStoreModule.forRootAsync({ useClass: Factory })],
    ['useExisting', DynamoEventStoreModule.forRootAsync({ imports: [SettingsModule], useExisting: Factory })],
  ])('takes %s', async (form, module) => {
    const context = await start({
      imports: [CqrsModule.forRoot(), module, DynamoEventStoreModule.forFeature([Account])],
      providers: [depositHandler(Account)],
    });
    await context.get<Repository<Account>>(getRepositoryToken(Account)).save(new Account(form).deposit(1));
    expect(await context.get(CommandBus).execute(new Deposit(form, 2))).toBe(2);
  });
});

describe('several stores', () => {
  it('live side by side under their names', async () => {
    @Injectable()
    class Both {
      constructor(
        readonly main: EventStore,
        @InjectEventStore('audit') readonly audit: EventStore,
        @InjectRepository(Account) readonly accounts: Repository<Account>,
        @InjectRepository(Account, 'audit') readonly audited: Repository<Account>,
      ) {}
    }
    const auditTable = uniqueTableName('audit');
    const context = await start({
      imports: [
        DynamoEventStoreModule.forRoot({ client, tableName }),
        DynamoEventStoreModule.forRootAsync({
          name: 'audit',
          useFactory: () => ({ client, tableName: auditTable, createTable: true }),
        }),
        DynamoEventStoreModule.forFeature([Account]),
        DynamoEventStoreModule.forFeature([Account], 'audit'),
      ],
      providers: [Both],
    });
    const { main, audit, accounts, audited } = context.get(Both);
    expect(main).not.toBe(audit);
    await accounts.save(new Account('both').deposit(1));
    await audited.save(new Account('both').deposit(2));
    expect([(await accounts.load('both')).balance, (await audited.load('both')).balance]).toEqual([1, 2]);
    expect(context.get(getAggregateRepositoryToken('audit'))).not.toBe(context.get(AggregateRepository));
  });
});

describe('stores that are not global, or not told apart', () => {
  it('a store that is not global is given to its features by the module object', async () => {
    const root = DynamoEventStoreModule.forRoot({ client, tableName, global: false });
    const context = await start({ imports: [root, DynamoEventStoreModule.forFeature([Account], { imports: [root] })] });
    const accounts = context.get<Repository<Account>>(getRepositoryToken(Account));
    await accounts.save(new Account(uniqueTableName('local')).deposit(1));
  });

  it.each([undefined, 'audit'])(
    'two stores of one name (%s) fail the boot, since one would silently win',
    async (name) => {
      const root = () => DynamoEventStoreModule.forRoot({ client, tableName, ...(name === undefined ? {} : { name }) });
      const compiled = await Test.createTestingModule({ imports: [root(), root()] }).compile();
      await expect(compiled.init()).rejects.toMatchObject({
        code: 'INVALID_DEFINITION',
        faults: [
          expect.stringContaining(`There are 2 stores ${name === undefined ? 'without a name' : 'named "audit"'}`),
        ],
      });
    },
  );
});

describe('overriding the store in tests', () => {
  it.each([
    ['EventStore', undefined, EventStore],
    ['DynamoEventStore', undefined, DynamoEventStore],
    ['a named store', 'audit', getEventStoreToken('audit')],
  ])('works by %s', async (_, name, token) => {
    const memory = new InMemoryEventStore();
    const unreachable = {
      clientConfig: { endpoint: 'http://127.0.0.1:9', region: 'local' },
      tableName: 'never-used',
      createTable: true,
    };
    const compiled = await Test.createTestingModule({
      imports: [
        DynamoEventStoreModule.forRoot({ ...unreachable, ...(name === undefined ? {} : { name }) }),
        DynamoEventStoreModule.forFeature([Account], name),
      ],
    })
      .overrideProvider(token)
      .useValue(memory)
      .compile();
    app = await compiled.init();
    const accounts = app.get<Repository<Account>>(getRepositoryToken(Account, name));
    await accounts.save(new Account('a').deposit(5));
    expect((await accounts.load('a')).balance).toBe(5);
    expect((await memory.head({ aggregate: 'account', id: 'a' })).version).toBe(1);
  });
});

describe('publishing on the EventBus', () => {
  const publishing = (providers: unknown[], options: Partial<DynamoEventStoreModuleOptions> = {}, cqrs = {}) =>
    start({
      imports: [
        CqrsModule.forRoot(cqrs),
        DynamoEventStoreModule.forRoot({ client, tableName, ...options }),
        DynamoEventStoreModule.forFeature([Account]),
      ],
      providers,
    });

  it('hands stored events to handlers, with their envelopes', async () => {
    const seen: unknown[] = [];
    @EventsHandler(Deposited)
    class OnDeposited implements IEventHandler<Deposited> {
      handle(event: Deposited): void {
        const recorded = recordedEventOf(event);
        seen.push([recorded?.stream.id, recorded?.version, event.amount]);
      }
    }
    const context = await publishing([OnDeposited]);
    const id = uniqueTableName('published');
    await context.get(AggregateRepository).save(new Account(id).deposit(1).deposit(2));
    await eventually('both events are handled', () => seen.length === 2);
    expect(seen).toEqual([
      [id, 1, 1],
      [id, 2, 2],
    ]);
  });

  it('a subscriber that throws, at once or later, neither fails the save nor stops the next events', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let calls = 0;
    @EventsHandler(Deposited)
    class Throwing implements IEventHandler<Deposited> {
      handle({ amount }: Deposited): Promise<void> | void {
        calls += 1;
        if (amount === 1) throw new Error('at once');
        return Promise.reject(new Error('later'));
      }
    }
    const context = await publishing([Throwing]);
    const account = new Account(uniqueTableName('throwing')).deposit(1);
    expect((await context.get(AggregateRepository).save(account)).version).toBe(1);
    expect((await context.get(AggregateRepository).save(account.deposit(2))).version).toBe(2);
    await eventually('both calls are made', () => calls === 2);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('publisher down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('publisher down'))],
  ])('a publisher that %s is reported, and the save succeeds', async (_, publish) => {
    const reported: unknown[] = [];
    const onPublishError: DynamoEventStoreModuleOptions['onPublishError'] = (error, events) => {
      reported.push([(error as Error).message, events.length]);
    };
    const context = await publishing([], { onPublishError }, { eventPublisher: { publish } });
    expect((await context.get(AggregateRepository).save(new Account(uniqueTableName('p')).deposit(1))).version).toBe(1);
    await eventually('the failure is reported', () => reported.length > 0);
    expect(reported).toEqual([['publisher down', 1]]);
  });

  it('waits at shutdown for publications under way', async () => {
    let finish: () => void = () => undefined;
    let published = false;
    const eventPublisher = {
      publish: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }).then(() => {
          published = true;
        }),
    };
    const context = await publishing([], {}, { eventPublisher });
    await context.get(AggregateRepository).save(new Account(uniqueTableName('d')).deposit(1));
    let closed = false;
    const closing = context.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    finish();
    await closing;
    expect(published).toBe(true);
  });

  it('does nothing without a bus, or when switched off', async () => {
    const handled: unknown[] = [];
    @EventsHandler(Deposited)
    class OnDeposited implements IEventHandler<Deposited> {
      handle(event: Deposited): void {
        handled.push(event);
      }
    }
    const context = await publishing([OnDeposited], { publish: 'none' });
    await context.get(AggregateRepository).save(new Account(uniqueTableName('off')).deposit(1));
    await context.close();
    const alone = await start({ imports: [DynamoEventStoreModule.forRoot({ client, tableName })] });
    await alone.get(AggregateRepository).save(new Account(uniqueTableName('alone')).deposit(1));
    expect(handled).toEqual([]);
  });

  it('hands the async context to request-scoped handlers', async () => {
    class TenantContext extends AsyncContext {
      constructor(readonly tenant: string) {
        super();
      }
    }
    const seen: string[] = [];
    @EventsHandler(Deposited, { scope: Scope.REQUEST })
    class Scoped implements IEventHandler<Deposited> {
      constructor(@Inject(REQUEST) private readonly context: TenantContext) {}
      handle(): void {
        seen.push(this.context.tenant);
      }
    }
    const context = await publishing([Scoped]);
    await context
      .get(AggregateRepository)
      .save(new Account(uniqueTableName('scoped')).deposit(1), { asyncContext: new TenantContext('acme') });
    await eventually('the event is handled', () => seen.length === 1);
    expect(seen).toEqual(['acme']);
  });
});

describe('upcasters', () => {
  @DomainEvent({ name: 'renamed', version: 3 })
  class Renamed {
    constructor(
      readonly first: string,
      readonly last: string,
    ) {}
  }
  @Aggregate({ name: 'person' })
  class Person extends AggregateRoot {
    name = '';
    @EventHandler(Renamed) onRenamed({ first, last }: Renamed): void {
      this.name = `${first} ${last}`;
    }
  }
  @Upcaster({ event: 'renamed', from: 1 })
  class FromOne implements EventUpcaster<{ name: string }, { full: string }> {
    upcast({ name }: { name: string }): { full: string } {
      return { full: name };
    }
  }
  const fromTwo = defineUpcaster({ event: 'renamed', from: 2 }, ({ full }: { full: string }) => {
    const [first, last] = full.split(' ');
    return { first, last };
  });

  it('that are providers and those in the options run on every load', async () => {
    const id = uniqueTableName('person');
    await new DynamoEventStore({ client, tableName }).append(
      { aggregate: 'person', id },
      [{ type: 'renamed', payload: { name: 'Ada Lovelace' } }],
      { expected: 'none' },
    );
    const context = await start({
      imports: [
        DynamoEventStoreModule.forRoot({ client, tableName, upcasters: [fromTwo] }),
        DynamoEventStoreModule.forFeature([Person]),
      ],
      providers: [FromOne],
    });
    expect((await context.get(AggregateRepository).load(Person, id)).name).toBe('Ada Lovelace');
  });

  it('with a gap, or without a target, fail the boot', async () => {
    const faulty = [defineUpcaster({ event: 'renamed', from: 3 }, (payload) => payload)];
    const compiled = await Test.createTestingModule({
      imports: [
        DynamoEventStoreModule.forRoot({ client, tableName, upcasters: faulty }),
        DynamoEventStoreModule.forFeature([Person]),
      ],
      providers: [FromOne],
    }).compile();
    await expect(compiled.init()).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      faults: [
        'The upcaster of "renamed" from version 3 has no target: the event is at version 3.',
        'The upcasters of "renamed" have a gap: none from version 2 to 3.',
      ],
    });
  });

  it('for an event that nobody knows are warned of', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const misspelt = defineUpcaster({ event: 'renamd', from: 1 }, (payload) => payload);
    await start({ imports: [DynamoEventStoreModule.forRoot({ client, tableName, upcasters: [misspelt] })] });
    expect(warn).toHaveBeenCalledWith(
      'There are upcasters for, or into, renamd, but no registered event of that name.',
    );
  });

  it('that are missing altogether are warned of', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await start({
      imports: [DynamoEventStoreModule.forRoot({ client, tableName }), DynamoEventStoreModule.forFeature([Person])],
    });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('renamed version 1, renamed version 2'));
  });
});
