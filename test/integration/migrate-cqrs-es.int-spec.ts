import { CreateTableCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  defineUpcaster,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
} from 'nestjs-dynamo-event-store';
import { cqrsEsTable, mapForeignEvent, migrate } from 'nestjs-dynamo-event-store/transfer';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const client = testClient();
const TableName = uniqueTableName('cqrs-es');

@DomainEvent({ name: 'AccountOpened', version: 2 })
class AccountOpened {
  constructor(
    readonly owner: string,
    readonly currency: string,
  ) {}
}

@DomainEvent({ name: 'MoneyDeposited' })
class MoneyDeposited {
  constructor(readonly amount: number) {}
}

@DomainEvent({ name: 'AccountClosed' })
class AccountClosed {}

@Aggregate({ name: 'account' })
class Account extends AggregateRoot {
  state = { owner: '', currency: '', balance: 0, closed: false };
  @EventHandler(AccountOpened) protected onOpened({ owner, currency }: AccountOpened): void {
    this.state = { owner, currency, balance: 0, closed: false };
  }
  @EventHandler(MoneyDeposited) protected onDeposited({ amount }: MoneyDeposited): void {
    this.state = { ...this.state, balance: this.state.balance + amount };
  }
  @EventHandler(AccountClosed) protected onClosed(): void {
    this.state = { ...this.state, closed: true };
  }
}

/** As `DynamoEventRepository` of dynamo-es puts the events of one command. */
async function commit(id: string, first: number, events: [type: string, version: string, payload: unknown][]) {
  const bytes = (value: unknown) => ({ B: Buffer.from(JSON.stringify(value)) });
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: events.map(([type, version, payload], index) => ({
        Put: {
          TableName,
          Item: {
            AggregateTypeAndId: { S: `account:${id}` },
            AggregateIdSequence: { N: String(first + index) },
            AggregateType: { S: 'account' },
            AggregateId: { S: id },
            EventType: { S: type },
            EventVersion: { S: version },
            Payload: bytes(payload),
            Metadata: bytes({ time: `2024-05-0${first + index}T10:00:00Z`, user: 'ada' }),
          },
          ConditionExpression: 'attribute_not_exists( AggregateIdSequence )',
        },
      })),
    }),
  );
}

async function target(): Promise<DynamoEventStore> {
  const addCurrency = defineUpcaster({ event: 'AccountOpened', from: 1 }, (payload) => ({
    ...(payload as object),
    currency: 'EUR',
  }));
  const events = [AccountOpened, MoneyDeposited, AccountClosed];
  const options = { client, tableName: uniqueTableName('migrated'), events, upcasters: [addCurrency] };
  const store = new DynamoEventStore(options);
  await store.createTable();
  return store;
}

beforeAll(async () => {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'AggregateTypeAndId', AttributeType: 'S' },
        { AttributeName: 'AggregateIdSequence', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'AggregateTypeAndId', KeyType: 'HASH' },
        { AttributeName: 'AggregateIdSequence', KeyType: 'RANGE' },
      ],
    }),
  );
  await commit('a:1', 1, [
    ['AccountOpened', '1.0', { AccountOpened: { owner: 'Ada' } }],
    ['MoneyDeposited', '1.0', { MoneyDeposited: { amount: 20 } }],
  ]);
  await commit('a:1', 3, [['AccountClosed', '1.0', 'AccountClosed']]);
  await commit('a:2', 1, [['AccountOpened', '2.1', { AccountOpened: { owner: 'Eva', currency: 'CHF' } }]]);
});
afterAll(() => {
  client.destroy();
});

const source = () => cqrsEsTable({ client, tableName: TableName });

describe('a table that dynamo-es has written', () => {
  it('is migrated to aggregates, its variants unwrapped and its versions read by upcasters', async () => {
    const store = await target();
    const dry = await migrate(source(), store, { dryRun: true });
    expect((await store.head({ aggregate: 'account', id: 'a:1' })).version).toBe(0);
    const done = await migrate(source(), store);
    expect(dry).toEqual({ ...done, dryRun: true });
    expect(done).toMatchObject({ streams: 2, events: 4, stored: 4, withoutTime: 4, problems: [] });
    const repository = new AggregateRepository(store);
    const [first, second] = [await repository.load(Account, 'a:1'), await repository.load(Account, 'a:2')];
    expect([first.version, first.state]).toEqual([3, { owner: 'Ada', currency: 'EUR', balance: 20, closed: true }]);
    expect([second.version, second.state]).toEqual([1, { owner: 'Eva', currency: 'CHF', balance: 0, closed: false }]);
    expect(await migrate(source(), store)).toMatchObject({ stored: 0, present: 4 });
  });

  it('gets its times from where they are, if anywhere', async () => {
    const store = await target();
    const map = (event: Parameters<typeof mapForeignEvent>[0]) => ({
      ...mapForeignEvent(event),
      recordedAt: new Date((event.metadata as { time: string }).time),
    });
    expect(await migrate(source(), store, { map })).toMatchObject({ stored: 4, withoutTime: 0 });
    const times: string[] = [];
    for await (const { recordedAt, metadata } of store.read({ aggregate: 'account', id: 'a:1' }))
      times.push(`${recordedAt.toISOString()} ${metadata['user'] as string}`);
    expect(times).toEqual([1, 2, 3].map((day) => `2024-05-0${day}T10:00:00.000Z ada`));
  });

  it('with an event that no class here can read, or no JSON, names it', async () => {
    await commit('a:3', 1, [['AccountOpened', '3.0', { AccountOpened: {} }]]);
    const Item = {
      AggregateTypeAndId: { S: 'account:a:4' },
      AggregateIdSequence: { N: '1' },
      AggregateType: { S: 'account' },
      AggregateId: { S: 'a:4' },
      EventType: { S: 'AccountClosed' },
      EventVersion: { S: '1.0' },
      Payload: { B: Buffer.from('{') },
      Metadata: { B: Buffer.from('{}') },
    };
    await client.send(new PutItemCommand({ TableName, Item }));
    const done = await migrate(source(), await target());
    expect(done.problems.map(({ kind, place }) => `${kind} ${place}`).sort()).toEqual([
      'unreadable account:a:4 1',
      'unstorable account/a:3 1',
    ]);
    expect(done.stored).toBe(4);
  });
});
