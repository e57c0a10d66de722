import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Test } from '@nestjs/testing';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  CommitIdReusedError,
  ConcurrencyError,
  DynamoEventStore,
  DynamoEventStoreModule,
  EventHandler,
  EventStore,
  eventTableDefinition,
  isEventStoreError,
  type StreamHead,
} from 'nestjs-dynamo-event-store';
import {
  checkHistory,
  formatHistory,
  HistoryRecorder,
  injectFaults,
  InMemoryEventStore,
  KILLED,
  Random,
  readFinalStreams,
  recordStore,
  SimulatedDynamoDb,
  SimulatedProcess,
  streamsOf,
  VirtualTime,
} from 'nestjs-dynamo-event-store/testing';
import {
  Account,
  AccountOpened,
  Customer,
  Deposit,
  Deposited,
  DepositHandler,
  Transfer,
  TransferHandler,
} from '../../docs/examples/accounts.js';
import { Cart, CartLine } from '../../docs/examples/cart.js';
import { CustomerRenamed, SplitName } from '../../docs/examples/upcasters.js';
import { withoutClasses } from '../../docs/examples/without-classes.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

@Aggregate({ name: 'customer' })
class Renamed extends AggregateRoot {
  name = '';
  @EventHandler(CustomerRenamed) protected onRenamed({ first, last }: CustomerRenamed): void {
    this.name = `${last}, ${first}`;
  }
}

describe('the examples of the documentation', () => {
  it('upcasters', async () => {
    const store = new InMemoryEventStore();
    const old = { type: 'name-changed', payload: { name: 'Ada King Lovelace' } };
    await store.append({ aggregate: 'customer', id: 'c-1' }, [old], { expected: 'none' });
    const compiled = await Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot({ tableName: 'unused' }), DynamoEventStoreModule.forFeature([Renamed])],
      providers: [SplitName],
    })
      .overrideProvider(EventStore)
      .useValue(store)
      .compile();
    const app = await compiled.init();
    expect((await app.get(AggregateRepository).load(Renamed, 'c-1')).name).toBe('King Lovelace, Ada');
    await app.close();
  });

  it('streams without classes', async () => {
    expect(await withoutClasses(new InMemoryEventStore())).toEqual({ balance: 70, types: ['deposited', 'withdrawn'] });
  });

  it('a command that is sent twice is carried out once; the same key for another command is refused', async () => {
    const repository = new AggregateRepository(new InMemoryEventStore());
    const deposits = new DepositHandler(repository);
    await repository.save(Account.open('a-1', 'c-1'));
    expect(await deposits.execute(new Deposit('r-1', 'a-1', 5))).toBe(2);
    expect(await deposits.execute(new Deposit('r-2', 'a-1', 7))).toBe(3);
    expect(await deposits.execute(new Deposit('r-1', 'a-1', 5))).toBe(2);
    await expect(deposits.execute(new Deposit('r-1', 'a-1', 6))).rejects.toThrow(CommitIdReusedError);
    expect((await repository.load(Account, 'a-1')).balance).toBe(12);
  });

  it('a snapshot of chosen fields holds these and nothing else', async () => {
    const store = new InMemoryEventStore();
    const repository = new AggregateRepository(store);
    const cart = new Cart('k-1');
    const baseOf = async (): Promise<string> => {
      const type = { name: 'cart snapshot', schemaVersion: 1, eventClass: Cart };
      return (await store.readState({ aggregate: 'cart', id: 'k-1' }, { type })).base;
    };
    // Every event is about 3.3 KB, so 50 KB are reached by the 16th, and 20 events by the 20th.
    for (let line = 1; line <= 20; line++) {
      expect(await baseOf()).toBe('start');
      cart.put(`${line}`.padEnd(3_300, '.'), line);
      await repository.save(cart);
    }
    expect(await baseOf()).toBe('snapshot');
    const loaded = await repository.load(Cart, 'k-1');
    expect(loaded.content).toEqual(cart.content);
    expect(loaded.content[19]).toBeInstanceOf(CartLine);
    loaded.put('one more', 1);
    expect((await repository.save(loaded)).version).toBe(21);
  });
});

describe('a transfer', () => {
  /** Someone else does something right before the next transfer is saved. */
  class InterruptedRepository extends AggregateRepository {
    interruption: (() => Promise<unknown>) | undefined;
    override async saveAll(...args: Parameters<AggregateRepository['saveAll']>): Promise<StreamHead[]> {
      const { interruption } = this;
      this.interruption = undefined;
      await interruption?.();
      return super.saveAll(...args);
    }
  }

  let repository: InterruptedRepository;
  const balances = () => Promise.all(['a', 'b'].map(async (id) => (await repository.load(Account, id)).balance));
  const transfer = (amount: number) => new TransferHandler(repository).execute(new Transfer('c-1', 'a', 'b', amount));
  beforeEach(async () => {
    repository = new InterruptedRepository(new InMemoryEventStore());
    const account = Account.open('a', 'c-1');
    account.deposit(100);
    await repository.save(Customer.join('c-1'));
    await repository.save(account);
    await repository.save(Account.open('b', 'c-1'));
  });

  it('takes place in both accounts, or in none', async () => {
    await transfer(30);
    expect(await balances()).toEqual([70, 30]);
    await expect(transfer(71)).rejects.toThrow('which is less than 71');
    expect(await balances()).toEqual([70, 30]);
  });

  it('does not take place when one of the accounts has moved on', async () => {
    repository.interruption = () =>
      repository.update(Account, 'b', (account) => {
        account.deposit(1);
      });
    const conflict = { stream: { aggregate: 'account', id: 'b' }, expected: 1, actual: 2 };
    await expect(transfer(30)).rejects.toMatchObject({ code: ConcurrencyError.code, conflicts: [conflict] });
    expect(await balances()).toEqual([100, 1]);
  });

  it('does not take place when the customer, who is only looked at, has moved on', async () => {
    repository.interruption = () =>
      repository.update(Customer, 'c-1', (customer) => {
        customer.block('fraud');
      });
    await expect(transfer(30)).rejects.toThrow(ConcurrencyError);
    expect(await balances()).toEqual([100, 0]);
    await expect(transfer(30)).rejects.toThrow('Customer c-1 is blocked');
  });
});

// #region faults
it.each([1, 2, 3, 4, 5])('deposits once each, whatever is lost, late, throttled or killed (seed %i)', async (seed) => {
  // A DynamoDB in this process, in a time of its own: the same seed gives the same run.
  const time = new VirtualTime();
  const database = new SimulatedDynamoDb({ time, random: new Random(seed) });
  database.createTable('events', eventTableDefinition({ tableName: 'events' }));
  const rates = { dropRequest: 0.1, dropResponse: 0.1, throttle: 0.05, duplicate: 0.1, delay: 0.2, kill: 0.05 };
  const faulty = injectFaults(database.client, { seed, rates, pause: (ms) => time.pause(ms) });
  const surroundings = { clock: time.clock, backoff: (attempt: number) => time.pause(10 * attempt) };
  const events = [AccountOpened, Deposited];
  const storeOn = (client: DynamoDBClient) =>
    new DynamoEventStore({ client, tableName: 'events', events, ...surroundings });

  // A process of the application, with what it keeps in memory. What it asks its store, and is told, is noted down.
  const recorder = new HistoryRecorder();
  const start = (name: string) => {
    const process = new SimulatedProcess(faulty, name);
    const store = recordStore(storeOn(process.client), recorder, name);
    const repository = new AggregateRepository(store, { cache: true, ...surroundings });
    return { process, handler: new DepositHandler(repository) };
  };

  // A caller sends each command until it is answered; to another process when the one before was killed.
  const unanswered = (error: unknown): undefined => {
    if (!isEventStoreError(error) || !error.retryable) throw error;
  };
  const call = async (caller: string): Promise<void> => {
    let { process, handler } = start(caller);
    for (const amount of [1, 2, 3, 4, 5]) {
      const command = new Deposit(`${caller}-${amount}`, 'a-1', amount);
      for (let answered = false; !answered;) {
        const outcome = await process.run(() => handler.execute(command).catch(unanswered));
        if (outcome === KILLED) ({ process, handler } = start(caller));
        else answered = outcome !== undefined;
      }
    }
  };

  const store = storeOn(database.client);
  const setUp = new AggregateRepository(recordStore(store, recorder, 'set-up'));
  await time.runUntil(setUp.save(Account.open('a-1', 'c-1')));
  await time.runUntil(Promise.all(['ada', 'bob', 'eve'].map(call)));
  faulty.stop();
  await time.runUntil(faulty.settled());

  const { balance } = await time.runUntil(new AggregateRepository(store).load(Account, 'a-1'));
  expect(balance).toBe(3 * (1 + 2 + 3 + 4 + 5));
  const final = await time.runUntil(readFinalStreams(store, streamsOf(recorder.records)));
  const [violation] = checkHistory(recorder.records, final);
  if (violation) throw new Error(formatHistory(recorder.records, violation));
  // A run in which little goes wrong proves little.
  expect(faulty.log.filter(({ fault }) => fault !== undefined).length).toBeGreaterThan(5);
});
// #endregion

describe('what the README says about the costs of', () => {
  const wire = recordingClient();
  const store = new DynamoEventStore({ client: wire.client, tableName: uniqueTableName('costs') });
  const repository = new AggregateRepository(store);
  const opened = async (id: string): Promise<string> => {
    await repository.save(Account.open(id, 'c-1'));
    wire.reset();
    return id;
  };
  beforeAll(() => store.createTable());
  afterAll(() => {
    wire.client.destroy();
  });

  it('closing: up to two reads of one commit, and a PutItem of one unit', async () => {
    await repository.close(Account, await opened('closed'));
    const reads = wire.operations().slice(0, -1);
    expect(reads.length).toBeLessThanOrEqual(2);
    expect(wire.requests.slice(0, -1).map(({ operation, items }) => [operation, items])).toEqual(
      reads.map(() => ['Query', 1]),
    );
    expect(wire.requests.at(-1)).toMatchObject({ operation: 'PutItem', capacity: { CapacityUnits: 1 } });
  });

  it('archiving: one UpdateItem, of one unit and two of the index', async () => {
    await repository.archive(Account, await opened('archived'));
    expect(wire.requests).toMatchObject([
      { operation: 'UpdateItem', capacity: { Table: { CapacityUnits: 1 }, GlobalSecondaryIndexes: { streams: {} } } },
    ]);
    expect(wire.requests[0]!.capacity!.GlobalSecondaryIndexes!['streams']!.CapacityUnits).toBe(2);
  });

  it('purging: closing, reading the keys, deleting by 25, and a transaction at the end', async () => {
    const id = await opened('purged');
    const deposit = (account: Account): void => {
      account.deposit(1);
    };
    for (let count = 0; count < 27; count++) await repository.update(Account, id, deposit);
    await repository.close(Account, id);
    wire.reset();
    expect(await repository.purge(Account, id)).toBe(29);
    const deletions = ['BatchWriteItem', 'BatchWriteItem', 'TransactWriteItems'];
    expect(wire.operations()).toEqual(['Query', 'Query', ...deletions]);
  });
});
