import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger, type INestApplicationContext } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import {
  AggregateRepository,
  DynamoEventStore,
  DynamoEventStoreModule,
  InjectRepository,
  Repository,
} from 'nestjs-dynamo-event-store';
import { injectFaults, type Fault } from 'nestjs-dynamo-event-store/testing';
import { accountClass, type Account } from '../support/accounts.js';
import { Deposit, depositHandler } from '../support/deposit-command.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const SnapshotAccount = accountClass({ every: 2 });
const tableName = uniqueTableName('states');
const client = testClient();
const operations: string[] = [];

@Injectable()
class Accounts {
  constructor(@InjectRepository(SnapshotAccount) readonly repository: Repository<Account>) {}
}

let app: INestApplicationContext | undefined;

/** An application on a client whose snapshot writes go wrong as `fault` says. */
async function start(fault?: Fault): Promise<INestApplicationContext> {
  const faulty = injectFaults(client, {
    seed: 1,
    plan: ({ operation, input }) => {
      const isSnapshot = JSON.stringify(input['Item'] ?? {}).includes('"s#"');
      operations.push(isSnapshot ? 'snapshot' : operation);
      return isSnapshot ? fault : undefined;
    },
  });
  const module = await Test.createTestingModule({
    imports: [
      CqrsModule.forRoot(),
      DynamoEventStoreModule.forRoot({ client: faulty.client, tableName, cache: { maxEntries: 10 } }),
      DynamoEventStoreModule.forFeature([SnapshotAccount]),
    ],
    providers: [depositHandler(SnapshotAccount), Accounts],
  }).compile();
  app = await module.init();
  operations.length = 0;
  return app;
}

beforeAll(() => new DynamoEventStore({ client, tableName }).createTable());
afterEach(async () => {
  await app?.close();
  app = undefined;
  jest.restoreAllMocks();
});

describe('the module', () => {
  it('with a cache does a command to a warm aggregate in one request', async () => {
    const context = await start();
    await context.get(Accounts).repository.save(new SnapshotAccount('warm').deposit(1));
    operations.length = 0;
    expect(await context.get(CommandBus).execute(new Deposit('warm', 2))).toBe(2);
    expect(operations.filter((operation) => operation !== 'snapshot')).toEqual(['PutItem']);
    expect(context.get(AggregateRepository).cacheSize.entries).toBe(1);
  });

  it('waits at shutdown for snapshots under way', async () => {
    const context = await start({ kind: 'delay', beforeMs: 150, afterMs: 0 });
    await context.get(Accounts).repository.save(new SnapshotAccount('slow').deposit(1).deposit(2));
    await context.close();
    expect(operations).toEqual(['PutItem', 'snapshot']);
    const stored = new DynamoEventStore({ client, tableName });
    const type = { name: 'account snapshot', schemaVersion: 1, eventClass: SnapshotAccount };
    const reading = await stored.readState({ aggregate: 'account', id: 'slow' }, { type });
    expect(reading).toMatchObject({ base: 'snapshot', snapshot: { version: 2 } });
  });

  it('logs a snapshot that could not be taken, and the save succeeds', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const context = await start('throttle');
    const { repository } = context.get(Accounts);
    expect((await repository.save(new SnapshotAccount('busy').deposit(1).deposit(2))).version).toBe(2);
    await context.get(AggregateRepository).drain();
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^No snapshot of account\/busy was taken: .*throttled/), expect.anything()],
    ]);
    expect((await repository.load('busy')).balance).toBe(3);
  });

  it('gives the repository of a class every verb', async () => {
    const { repository } = (await start()).get(Accounts);
    const [one, two] = [new SnapshotAccount('verbs-1').deposit(1), new SnapshotAccount('verbs-2').deposit(2)];
    expect((await repository.saveAll([one, two])).map(({ version }) => version)).toEqual([1, 1]);
    await repository.archive('verbs-1');
    expect((await repository.list({ archived: true })).items.map(({ stream }) => stream.id)).toContain('verbs-1');
    expect(await repository.close('verbs-1')).toMatchObject({ closed: true });
    expect(await repository.rebuildSnapshots({ concurrency: 2 })).toMatchObject({ failed: 0 });
    expect(await repository.purge('verbs-1')).toBeGreaterThan(0);
    expect(await repository.find('verbs-1')).toBeUndefined();
  });
});
